// The invented export: believable, complete, and the same every time.

import Connectors
import Domain
import Testing

@Suite("The demonstration's export is believable and repeatable")
struct ExportGeneratorTests {
    private let until = ZonedMoment(instant: Moment(seconds: 1_795_000_000), offsetMinutes: 120)

    private func generate(days: Int, seed: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        generateExport(days: days, seed: seed, until: until) { bytes += $0 }
        return bytes
    }

    @Test("the same arguments give the same bytes, and another seed gives others")
    func isRepeatable() {
        #expect(generate(days: 3, seed: 7) == generate(days: 3, seed: 7))
        #expect(generate(days: 3, seed: 7) != generate(days: 3, seed: 8))
    }

    @Test("a fortnight holds every kind that is harmonised, and all of it is read without a complaint")
    func holdsEveryKind() {
        let trial = ExportTrial.bytes(generate(days: 14, seed: 7))
        #expect(trial.error == nil)
        #expect(trial.summary?.malformed == 0)
        let kinds = Set(trial.readings.map(\.kind))
        let quantities = [
            "StepCount", "DistanceWalkingRunning", "ActiveEnergyBurned", "HeartRate", "RestingHeartRate",
            "HeartRateVariabilitySDNN", "OxygenSaturation", "RespiratoryRate", "BodyTemperature", "BodyMass", "Height",
            "BodyMassIndex", "BodyFatPercentage", "BloodGlucose", "VO2Max", "BloodPressureSystolic",
            "BloodPressureDiastolic",
        ]
        let others = ["HKWorkout", "HKCategoryTypeIdentifierSleepAnalysis", "HKCorrelationTypeIdentifierBloodPressure"]
        #expect(kinds == Set(quantities.map { "HKQuantityTypeIdentifier\($0)" } + others))
        let stages = Set(
            trial.readings.map(\.value).filter { if case .code = $0 { true } else { false } }.map { "\($0)" })
        #expect(stages.count == 5)
        #expect(trial.readings.contains { $0.value == .quantity(text: "9999", unit: "count/min") })
        #expect(trial.readings.contains { $0.value == .quantity(text: "132", unit: "jin") })
        #expect(trial.readings.contains { $0.origin == "Maria's Apple Watch" })
    }

    @Test("nothing happens after the export was made, nothing ends before it starts, and every offset is the person's")
    func timesAreSound() {
        for reading in ExportTrial.bytes(generate(days: 14, seed: 11)).readings {
            #expect(reading.start.instant <= reading.end.instant)
            #expect(reading.end.instant <= until.instant)
            #expect(reading.start.offsetMinutes == 120)
        }
    }

    @Test("a person's day has hundreds of heart rates between 40 and 200, and some thousand steps")
    func numbersAreBelievable() {
        let readings = ExportTrial.bytes(generate(days: 8, seed: 3)).readings
        var steps = 0
        var rates: [Int] = []
        for reading in readings {
            guard case .quantity(let text, _) = reading.value, let number = Int(text) else { continue }
            if reading.kind == "HKQuantityTypeIdentifierStepCount" { steps += number }
            if reading.kind == "HKQuantityTypeIdentifierHeartRate" { rates.append(number) }
        }
        #expect((3_000 * 7...16_000 * 8).contains(steps))
        #expect((7 * 120...8 * 400).contains(rates.count))
        #expect(rates.filter { !(40...200).contains($0) } == [9999])
    }

    @Test("the birth date that stands in the export is in no reading")
    func birthDateStaysBehind() {
        let bytes = generate(days: 2, seed: 7)
        #expect(String(decoding: bytes, as: UTF8.self).contains("1984-03-11"))
        #expect(ExportTrial.bytes(bytes).readings.allSatisfy { !"\($0)".contains("1984") })
    }

    @Test("an error of whoever takes the bytes stops the writing and passes through")
    func writerMayFail() {
        struct Full: Error, Equatable {}
        #expect(throws: Full()) {
            try generateExport(days: 30, seed: 1, until: until) { (_: [UInt8]) throws(Full) in throw Full() }
        }
    }
}
