"""Small Apple Health exports, made on the spot."""

import datetime
import io
import pathlib
import zipfile

from kit.ledger import LEDGER

QUANTITY = "HKQuantityTypeIdentifier"
NOON = datetime.datetime(2025, 3, 17, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))

STEPS = (QUANTITY + "StepCount", "count")
HEART_RATE = (QUANTITY + "HeartRate", "count/min")
WEIGHT = (QUANTITY + "BodyMass", "kg")
GLUCOSE = (QUANTITY + "BloodGlucose", "mg/dL")
SLEEP = ("HKCategoryTypeIdentifierSleepAnalysis", None)


def record(kind: tuple[str, str | None], value, minute: int) -> str:
    LEDGER.hear_value(value)
    start = NOON + datetime.timedelta(minutes=minute)
    when = "".join(
        f' {name}="{(start + datetime.timedelta(minutes=later)).strftime("%Y-%m-%d %H:%M:%S %z")}"'
        for name, later in (("creationDate", 1), ("startDate", 0), ("endDate", 1)))
    unit = f' unit="{kind[1]}"' if kind[1] else ""
    return (f' <Record type="{kind[0]}" sourceName="Ada\'s Apple Watch" sourceVersion="11.1"{unit}{when}'
            f' value="{value}"/>\n')


def export(*readings: tuple[tuple[str, str | None], object]) -> bytes:
    """An export with one record a minute."""
    out = io.StringIO()
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (ExportDate,Me,Record*)>\n'
              '<!ATTLIST Record value CDATA #IMPLIED>\n]>\n<HealthData locale="en_GB">\n'
              ' <ExportDate value="2025-06-30 08:00:00 +0200"/>\n'
              ' <Me HKCharacteristicTypeIdentifierDateOfBirth="1980-01-01"/>\n')
    for minute, (kind, value) in enumerate(readings):
        out.write(record(kind, value, minute))
    out.write("</HealthData>\n")
    return out.getvalue().encode()


def many(count: int, kind=STEPS) -> bytes:
    return export(*((kind, 50 + number % 90) for number in range(count)))


def zipped(path: pathlib.Path, files: dict[str, bytes]) -> pathlib.Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def written(path: pathlib.Path, content: bytes) -> pathlib.Path:
    path.write_bytes(content)
    return path
