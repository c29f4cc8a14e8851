// Hides how Apple spells an export: document type, attributes, dates. Times are seconds on the wall clock, counted from
// 1970-01-01 00:00 of that clock.

import Domain

struct ExportWriter {
    enum Device {
        case watch, phone, scale, cuff, meter, hand

        var attributes: String {
            switch self {
            case .watch:
                "sourceName=\"Maria's Apple Watch\" sourceVersion=\"10.2\" device=\"&lt;&lt;HKDevice: 0x2822a1&gt;, "
                    + "name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch6,7, software:10.2&gt;\""
            case .phone:
                "sourceName=\"Maria’s iPhone\" sourceVersion=\"17.2.1\" device=\"&lt;&lt;HKDevice: 0x2822b2&gt;, "
                    + "name:iPhone, manufacturer:Apple Inc., model:iPhone, hardware:iPhone14,5, software:17.2.1&gt;\""
            case .scale: "sourceName=\"Health Mate\" sourceVersion=\"5120\""
            case .cuff: "sourceName=\"OMRON connect\" sourceVersion=\"7.10\""
            case .meter: "sourceName=\"Dexcom G7\" sourceVersion=\"2.1\""
            case .hand: "sourceName=\"Health\" sourceVersion=\"17.2.1\""
            }
        }
    }

    private(set) var bytes: [UInt8] = []
    private let end: Int64
    private let offsetMinutes: Int

    init(until: ZonedMoment) {
        offsetMinutes = until.offsetMinutes
        end = until.instant.seconds + Int64(until.offsetMinutes) * 60
        bytes.reserveCapacity(96 << 10)
    }

    mutating func takeBytes() -> [UInt8] {
        let taken = bytes
        bytes.removeAll(keepingCapacity: true)
        return taken
    }

    mutating func openDocument() {
        put(documentStart)
        put("<HealthData locale=\"en_GB\">\n <ExportDate value=\"")
        put(date: end)
        put("\"/>\n <Me HKCharacteristicTypeIdentifierDateOfBirth=\"1984-03-11\"")
        put(" HKCharacteristicTypeIdentifierBiologicalSex=\"HKBiologicalSexFemale\"")
        put(" HKCharacteristicTypeIdentifierBloodType=\"HKBloodTypeNotSet\"")
        put(" HKCharacteristicTypeIdentifierFitzpatrickSkinType=\"HKFitzpatrickSkinTypeNotSet\"/>\n")
    }

    mutating func closeDocument() { put("</HealthData>\n") }

    /// One quantity: `number × 10^-scale`. Nothing is written that ends after the export was made.
    mutating func record(
        _ kind: String, unit: String, _ number: Int, scale: Int, by device: Device, from start: Int64, to finish: Int64,
        indent: String = " "
    ) {
        guard finish <= end else { return }
        put("\(indent)<Record type=\"HKQuantityTypeIdentifier\(kind)\" \(device.attributes) unit=\"\(unit)\"")
        putFrame(from: start, to: finish)
        put(" value=\"")
        put(number, scale: scale)
        if case .hand = device {
            put("\">\n\(indent) <MetadataEntry key=\"HKWasUserEntered\" value=\"1\"/>\n\(indent)</Record>\n")
        } else {
            put("\"/>\n")
        }
    }

    mutating func sleep(_ stage: String, by device: Device, from start: Int64, to finish: Int64) {
        guard finish <= end else { return }
        put(" <Record type=\"HKCategoryTypeIdentifierSleepAnalysis\" \(device.attributes)")
        putFrame(from: start, to: finish)
        put(" value=\"HKCategoryValueSleepAnalysis\(stage)\"/>\n")
    }

    mutating func bloodPressure(systolic: Int, diastolic: Int, at moment: Int64) {
        guard moment <= end else { return }
        let parts = [("BloodPressureSystolic", systolic), ("BloodPressureDiastolic", diastolic)]
        for (kind, number) in parts {
            record(kind, unit: "mmHg", number, scale: 0, by: .cuff, from: moment, to: moment)
        }
        put(" <Correlation type=\"HKCorrelationTypeIdentifierBloodPressure\" \(Device.cuff.attributes)")
        putFrame(from: moment, to: moment)
        put(">\n")
        for (kind, number) in parts {
            record(kind, unit: "mmHg", number, scale: 0, by: .cuff, from: moment, to: moment, indent: "  ")
        }
        put(" </Correlation>\n")
    }

    /// Energy and distance stand in children, as phones have written them since iOS 16.
    mutating func workout(
        _ activity: String, from start: Int64, seconds: Int64, kilocalories: Int, distance: (kind: String, metres: Int)?
    ) {
        guard start + seconds <= end else { return }
        put(" <Workout workoutActivityType=\"HKWorkoutActivityType\(activity)\" duration=\"")
        put(Int(seconds) * 100 / 60, scale: 2)
        put("\" durationUnit=\"min\" \(Device.watch.attributes)")
        putFrame(from: start, to: start + seconds)
        put(">\n")
        putStatistics("ActiveEnergyBurned", unit: "Cal", kilocalories, scale: 0, from: start, to: start + seconds)
        if let distance {
            putStatistics(distance.kind, unit: "km", distance.metres, scale: 3, from: start, to: start + seconds)
        }
        put(" </Workout>\n")
    }

    mutating func activitySummary(day: Int, kilocalories: Int, exerciseMinutes: Int) {
        put(" <ActivitySummary dateComponents=\"")
        put(day: day)
        put("\" activeEnergyBurned=\"\(kilocalories)\" activeEnergyBurnedGoal=\"500\" activeEnergyBurnedUnit=\"Cal\"")
        put(" appleExerciseTime=\"\(exerciseMinutes)\" appleExerciseTimeGoal=\"30\"/>\n")
    }
}

extension ExportWriter {
    private mutating func putStatistics(
        _ kind: String, unit: String, _ sum: Int, scale: Int, from start: Int64, to finish: Int64
    ) {
        put("  <WorkoutStatistics type=\"HKQuantityTypeIdentifier\(kind)\" startDate=\"")
        put(date: start)
        put("\" endDate=\"")
        put(date: finish)
        put("\" sum=\"")
        put(sum, scale: scale)
        put("\" unit=\"\(unit)\"/>\n")
    }

    private mutating func putFrame(from start: Int64, to finish: Int64) {
        put(" creationDate=\"")
        put(date: min(finish + 5, end))
        put("\" startDate=\"")
        put(date: start)
        put("\" endDate=\"")
        put(date: finish)
        put("\"")
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Apple leaves trailing zeros out.
    private mutating func put(_ number: Int, scale: Int) {
        var number = number
        var scale = scale
        while scale > 0, number % 10 == 0 {
            number /= 10
            scale -= 1
        }
        DecimalNumber(significand: Int128(number), scale: scale).appendText(to: &bytes)
    }

    private mutating func put(day: Int) {
        let date = CivilDate(daysSinceEpoch: day)
        put(date.year, digits: 4)
        put("-")
        put(date.month, digits: 2)
        put("-")
        put(date.day, digits: 2)
    }

    private mutating func put(date wall: Int64) {
        let seconds = Int(wall % 86_400)
        put(day: Int(wall / 86_400))
        put(" ")
        put(seconds / 3600, digits: 2)
        put(":")
        put(seconds / 60 % 60, digits: 2)
        put(":")
        put(seconds % 60, digits: 2)
        put(offsetMinutes < 0 ? " -" : " +")
        put(abs(offsetMinutes) / 60, digits: 2)
        put(abs(offsetMinutes) % 60, digits: 2)
    }

    private mutating func put(_ number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}

/// In the manner of Apple's: element and attribute declarations, no entities.
private let documentStart = """
    <?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE HealthData [
    <!-- HealthKit Export Version: 14 -->
    <!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary)*)>
    <!ATTLIST HealthData
      locale CDATA #REQUIRED
    >
    <!ELEMENT ExportDate EMPTY>
    <!ATTLIST ExportDate
      value CDATA #REQUIRED
    >
    <!ELEMENT Me EMPTY>
    <!ELEMENT Record (MetadataEntry*)>
    <!ATTLIST Record
      type          CDATA #REQUIRED
      unit          CDATA #IMPLIED
      value         CDATA #IMPLIED
      sourceName    CDATA #REQUIRED
      sourceVersion CDATA #IMPLIED
      device        CDATA #IMPLIED
      creationDate  CDATA #IMPLIED
      startDate     CDATA #REQUIRED
      endDate       CDATA #REQUIRED
    >
    <!-- Records inside a correlation stand at the top level too. -->
    <!ELEMENT Correlation ((MetadataEntry|Record)*)>
    <!ELEMENT Workout ((MetadataEntry|WorkoutStatistics)*)>
    <!ELEMENT WorkoutStatistics EMPTY>
    <!ELEMENT ActivitySummary EMPTY>
    <!ELEMENT MetadataEntry EMPTY>
    ]>

    """
