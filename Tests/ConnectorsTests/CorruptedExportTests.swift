// Good exports with random damage: whatever happens to the bytes, the answer is readings or one clear error.

import Connectors
import Domain
import Testing

@Suite("F1: random corruption never crashes the import")
struct CorruptedExportTests {
    @Test(
        "F1: two thousand damaged exports each end in a result or an export error",
        arguments: [1, 2, 3, 4] as [UInt64], [false, true])
    func damagedExports(seed: UInt64, isArchive: Bool) {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE HealthData [ <!ELEMENT Record EMPTY> ]>
            <HealthData locale="en_GB">
            \(recordElement(source: "Zoë &amp; Co", inside: "<MetadataEntry key=\"HKWasUserEntered\" value=\"1\"/>"))
            <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="1" durationUnit="min" \
            startDate="2026-10-31 23:00:00 +0200"><WorkoutStatistics type="HKQuantityTypeIdentifierDistanceCycling" \
            sum="1" unit="km"/></Workout>
            <Correlation type="HKCorrelationTypeIdentifierBloodPressure" startDate="2026-10-31 23:00:00 +0200">
            \(recordElement(type: "HKQuantityTypeIdentifierBloodPressureSystolic", unit: "mmHg"))
            \(recordElement(type: "HKQuantityTypeIdentifierBloodPressureDiastolic", unit: "mmHg"))
            </Correlation>
            </HealthData>
            """
        let whole = isArchive ? ZipMaker.stored([("a.csv", "1"), ("export.xml", text)]) : Array(text.utf8)
        #expect(ExportTrial.bytes(whole).readings.count == 3)
        var dice = Dice(state: seed &* 2 &+ (isArchive ? 1 : 0) | 1 << 40)
        var refused = 0
        for _ in 0..<250 {
            let trial = ExportTrial.bytes(damage(whole, &dice))
            #expect((trial.summary == nil) != (trial.error == nil), "seed \(seed)")
            if trial.error != nil { refused += 1 }
        }
        // Damage that is never noticed, or always, would mean that this test tests nothing.
        #expect((1..<250).contains(refused), "seed \(seed)")
    }

    private func damage(_ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0...dice.draw(3) where !bytes.isEmpty {
            let at = dice.draw(bytes.count)
            let length = min(bytes.count - at, 1 + dice.draw(40))
            switch dice.draw(7) {
            case 0: bytes[at] ^= 1 << UInt8(dice.draw(8))
            case 1: bytes[at] = UInt8(dice.draw(256))
            case 2: bytes.removeSubrange(at..<(at + length))
            case 3: bytes.insert(contentsOf: bytes[at..<(at + length)], at: dice.draw(bytes.count))
            case 4: bytes.insert(contentsOf: Array("<>\"'&;=/!-[]?".utf8).prefix(1 + dice.draw(12)), at: at)
            case 5: bytes.removeSubrange(at...)
            default: for place in at..<(at + length) { bytes[place] = UInt8(dice.draw(256)) }
            }
        }
        return bytes
    }
}

/// Xorshift: the same damage for the same seed.
private struct Dice {
    var state: UInt64

    mutating func draw(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 11) % count
    }
}
