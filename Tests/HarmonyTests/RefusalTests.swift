// What becomes no item, and why; and what is kept although it is unlikely.

import Domain
import Harmony
import Testing

struct RefusalTests {
    static let refused: [(Reading, Harmonised)] = [
        (quantity("HeartRate", "9999", "count/min"), .refused(.impossible, .heartRate)),
        (quantity("HeartRate", "0.9", "count/min"), .refused(.impossible, .heartRate)),
        (quantity("HeartRate", "-74", "count/min"), .refused(.impossible, .heartRate)),
        (quantity("HeartRate", "74", "count/fortnight"), .refused(.unknownUnit, .heartRate)),
        (quantity("HeartRate", "74", ""), .refused(.unknownUnit, .heartRate)),
        (quantity("HeartRate", "74", "lb"), .refused(.unknownUnit, .heartRate)),
        (quantity("HeartRate", "NaN", "count/min"), .refused(.notANumber, .heartRate)),
        (quantity("HeartRate", "", "count/min"), .refused(.notANumber, .heartRate)),
        (quantity("HeartRate", "7 4", "count/min"), .refused(.notANumber, .heartRate)),
        (quantity("HeartRate", "1e400", "count/min"), .refused(.notANumber, .heartRate)),
        (quantity("BodyMass", "1" + String(repeating: "0", count: 33), "lb"), .refused(.impossible, .bodyWeight)),
        (quantity("BodyTemperature", "1e30", "degF"), .refused(.impossible, .bodyTemperature)),
        (quantity("OxygenSaturation", "101", "%"), .refused(.impossible, .oxygenSaturation)),
        (quantity("OxygenSaturation", "-0.97", "%"), .refused(.impossible, .oxygenSaturation)),
        (quantity("HeartRateVariabilitySDNN", "0", "ms"), .refused(.impossible, .heartRateVariabilitySDNN)),
        (quantity("BloodGlucose", "5.4", "mmol<194.1>/L"), .refused(.unknownUnit, .bloodGlucose)),
        (quantity("BloodGlucose", "5.4", "mmol<>/L"), .refused(.unknownUnit, .bloodGlucose)),
        (quantity("StepCount", "0", "count"), .refused(.impossible, .steps)),
        (quantity("DietaryWater", "1", "L"), .refused(.unknownKind, nil)),
        (sampleReading("Heart rate of Anna"), .refused(.unknownKind, nil)),
        (
            sampleReading("HKQuantityTypeIdentifierHeartRate", .code("HKCategoryValueNotApplicable")),
            .refused(.notANumber, .heartRate)
        ),
        (
            sampleReading("HKCategoryTypeIdentifierSleepAnalysis", .code("HKCategoryValueSleepAnalysisDozing")),
            .refused(.unknownCode, .sleepStage)
        ),
        (
            sampleReading("HKCategoryTypeIdentifierSleepAnalysis", .quantity(text: "1", unit: "hr")),
            .refused(.unknownCode, .sleepStage)
        ),
        (
            sampleReading("HKCorrelationTypeIdentifierBloodPressure", .quantity(text: "120", unit: "mmHg")),
            .refused(.notANumber, .bloodPressure)
        ),
        (
            sampleReading(
                "HKCorrelationTypeIdentifierBloodPressure", .pair(systolic: "16", diastolic: "11", unit: "kPa")),
            .refused(.unknownUnit, .bloodPressure)
        ),
        (
            sampleReading(
                "HKCorrelationTypeIdentifierBloodPressure", .pair(systolic: "120", diastolic: "8", unit: "mmHg")),
            .refused(.impossible, .bloodPressure)
        ),
        (sampleReading(end: later(.seconds(-1))), .refused(.endsBeforeItStarts, .heartRate)),
        (sampleReading(end: later(.hours(25))), .refused(.inTheFuture, .heartRate)),
        (
            sampleReading(start: ZonedMoment(instant: Moment(seconds: -2_300_000_000), offsetMinutes: 0)),
            .refused(.impossible, .heartRate)
        ),
        (
            sampleReading(end: ZonedMoment(instant: evening.instant, offsetMinutes: 100_000)),
            .refused(.impossible, .heartRate)
        ),
    ]

    @Test("F1: what cannot be understood or cannot be is refused with its reason", arguments: refused)
    func refuses(_ reading: Reading, _ expected: Harmonised) {
        #expect(outcome(reading) == expected)
    }

    @Test("F1: a reading of an instant, and one that ends exactly at the limit, are kept")
    func instants() {
        #expect(kept(sampleReading(end: evening)) != nil)
        #expect(kept(sampleReading(end: later(.days(1)))) != nil)
    }

    static let borders: [(kind: String, unit: String, unusual: [String], usual: [String])] = [
        ("HeartRate", "count/min", ["1", "24.9", "250.1", "300"], ["25", "250"]),
        ("RestingHeartRate", "count/min", ["24", "151"], ["25", "150"]),
        ("BodyTemperature", "degC", ["29.9", "43.1"], ["30", "43"]),
        ("BodyMass", "kg", ["0.9", "400.5", "1000"], ["1", "400"]),
        ("OxygenSaturation", "%", ["0.49", "49"], ["0.5", "100"]),
        ("BloodGlucose", "mg/dL", ["9", "601"], ["10", "600"]),
        ("StepCount", "count", ["301"], ["300"]),
    ]

    @Test("F1: what is unlikely is kept and marked unusual; the borders themselves are usual", arguments: borders)
    func marksUnusual(_ kind: String, _ unit: String, _ unusual: [String], _ usual: [String]) {
        for text in unusual { #expect(kept(quantity(kind, text, unit))?.isUnusual == true, "\(kind) \(text)") }
        for text in usual { #expect(kept(quantity(kind, text, unit))?.isUnusual == false, "\(kind) \(text)") }
    }

    @Test("F1: more steps than 300 a minute are unusual, but a few steps in one second are not")
    func stepRate() {
        let eight = Reading.Value.quantity(text: "8", unit: "count")
        let many = Reading.Value.quantity(text: "2999", unit: "count")
        let kind = "HKQuantityTypeIdentifierStepCount"
        #expect(kept(sampleReading(kind, eight, end: later(.seconds(1))))?.isUnusual == false)
        #expect(kept(sampleReading(kind, many, end: later(.minutes(10))))?.isUnusual == false)
        #expect(kept(sampleReading(kind, many, end: later(.minutes(9))))?.isUnusual == true)
    }

    @Test("Every refusal has a stable code")
    func codes() {
        let codes = [
            "unknown_kind", "unknown_unit", "not_a_number", "impossible", "unknown_code", "ends_before_it_starts",
            "in_the_future", "carried_by_its_pair",
        ]
        #expect(Refused.allCases.map(\.rawValue) == codes)
    }

    @Test("F1: harmonising is total: no reading, however odd, stops it", arguments: [1, 2, 3] as [UInt64])
    func isTotal(seed: UInt64) {
        var dice = Dice(seed: seed)
        let kinds = QuantityTests.cases.map { "HKQuantityTypeIdentifier" + $0.kind }
        let units = QuantityTests.cases.map(\.unit)
        let letters = Array("0123456789.-+eE9")
        var harmoniser = Harmoniser(key: sampleKey, notAfter: dayAfter)
        var items = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...36, using: &dice)
            let text = String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &dice)] })
            let value = Reading.Value.quantity(text: text, unit: units[Int.random(in: 0..<units.count, using: &dice)])
            let reading = sampleReading(kinds[Int.random(in: 0..<kinds.count, using: &dice)], value)
            guard case .item(let item) = harmoniser.harmonise(reading) else { continue }
            items += 1
            #expect(parseNative(Array(native(item).utf8)) == item, "seed \(seed)")
        }
        #expect(items > 20, "seed \(seed)")
    }
}
