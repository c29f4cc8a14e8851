"""Writes a believable Apple Health export of a chosen size; the same numbers in give the same bytes out.

usage: gen_export.py RECORDS OUT.xml [SEED]

About RECORDS readings of ten common kinds, one every 37 seconds, ending in October 2025; each night twenty sleep stages, each
day one run.
"""

import datetime
import random
import sys

ZONE = datetime.timezone(datetime.timedelta(hours=2))
END = datetime.datetime(2025, 10, 31, 23, 0, tzinfo=ZONE)
STEP = datetime.timedelta(seconds=37)
WATCH = ("&lt;&lt;HKDevice: 0x30155c&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch6,2,"
         " software:9.1&gt;")
PHONE = "&lt;&lt;HKDevice: 0x30166d&gt;, name:iPhone, manufacturer:Apple Inc., model:iPhone, hardware:iPhone14,5, software:16.1&gt;"
STAGES = ("AsleepCore", "AsleepCore", "AsleepDeep", "AsleepREM", "Awake")

# Kind, unit, least, most, decimal places, how many of a thousand, device, minutes it lasts.
KINDS = (
    ("HeartRate", "count/min", 48, 170, 0, 500, WATCH, 0),
    ("StepCount", "count", 1, 120, 0, 150, PHONE, 1),
    ("ActiveEnergyBurned", "Cal", 0.05, 9, 3, 150, WATCH, 1),
    ("DistanceWalkingRunning", "km", 0.001, 0.09, 5, 100, PHONE, 1),
    ("OxygenSaturation", "%", 0.92, 1, 2, 30, WATCH, 1),
    ("RespiratoryRate", "count/min", 11, 20, 1, 30, WATCH, 1),
    ("HeartRateVariabilitySDNN", "ms", 15, 120, 3, 20, WATCH, 1),
    ("RestingHeartRate", "count/min", 45, 80, 0, 10, WATCH, 1),
    ("BodyMass", "kg", 60, 95, 1, 5, PHONE, 0),
    ("VO2Max", "mL/min·kg", 28, 55, 2, 5, WATCH, 1),
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
]>
<HealthData locale="en_GB">
 <ExportDate value="2025-11-01 10:00:00 +0200"/>
 <Me HKCharacteristicTypeIdentifierDateOfBirth="1980-01-01" HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexNotSet"/>
"""


def written(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} +0200"


def night(dice: random.Random, day: datetime.date) -> list[str]:
    """Twenty stages from ten past midnight, and a run eight hours after the last."""
    lines = []
    at = datetime.datetime(day.year, day.month, day.day, 0, 10, tzinfo=ZONE)
    for _ in range(20):
        until = at + datetime.timedelta(minutes=dice.randint(5, 40))
        lines.append(
            f' <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Watch" sourceVersion="9.1" device="{WATCH}"'
            f' creationDate="{written(until)}" startDate="{written(at)}" endDate="{written(until)}"'
            f' value="HKCategoryValueSleepAnalysis{dice.choice(STAGES)}"/>\n')
        at = until
    begin = written(at + datetime.timedelta(hours=8))
    end = written(at + datetime.timedelta(hours=8, minutes=31))
    lines.append(
        f' <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="31.5" durationUnit="min" sourceName="Watch"'
        f' sourceVersion="9.1" device="{WATCH}" creationDate="{end}" startDate="{begin}" endDate="{end}">\n'
        f'  <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" startDate="{begin}" endDate="{end}"'
        f' sum="{dice.randint(2000, 4500) / 10}" unit="Cal"/>\n </Workout>\n')
    return lines


def generate(records: int, out, seed: int = 20_251_031) -> int:
    """Writes to a text file and answers how many elements a reader will find."""
    dice = random.Random(seed)
    kinds = dice.choices(KINDS, [kind[5] for kind in KINDS], k=records)
    out.write(HEAD)
    elements, lines, today = 0, [], None
    at = END - STEP * records
    one_minute = datetime.timedelta(minutes=1)
    for name, unit, least, most, places, _, device, minutes in kinds:
        at += STEP
        start = written(at)
        end = written(at + one_minute) if minutes else start
        value = dice.randint(least, most) if places == 0 else f"{dice.uniform(least, most):.{places}f}"
        source = "Watch" if device is WATCH else "Phone"
        lines.append(
            f' <Record type="HKQuantityTypeIdentifier{name}" sourceName="{source}" sourceVersion="9.1" device="{device}"'
            f' unit="{unit}" creationDate="{end}" startDate="{start}" endDate="{end}" value="{value}"/>\n')
        elements += 1
        if at.day != today:
            today = at.day
            lines += night(dice, at.date())
            elements += 21
        if len(lines) > 5_000:
            out.write("".join(lines))
            lines.clear()
    out.write("".join(lines))
    out.write("</HealthData>\n")
    return elements


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        print(generate(int(sys.argv[1]), file, *map(int, sys.argv[3:])))
