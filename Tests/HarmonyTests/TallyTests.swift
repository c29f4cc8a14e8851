// A tally counts and explains, and holds no value.

import Domain
import Harmony
import Testing

struct TallyTests {
    static func tally(_ readings: [Reading]) -> Tally {
        var tally = Tally()
        for reading in readings { tally.add(outcome(reading), kind: reading.kind) }
        return tally
    }

    static let mixed = tally([
        quantity("HeartRate", "71", "count/min"), quantity("HeartRate", "9999", "count/min"),
        quantity("BodyMass", "165.3", "lb"), quantity("BodyMass", "1234567", "stone"),
        quantity("BodyMass", "1234567", "stone"), quantity("DietaryWater", "1234567", "L"),
        quantity("BloodPressureSystolic", "1234567", "mmHg"), quantity("StepCount", "many", "count"),
        sampleReading("HKWorkout", .workout(WorkoutReading(activity: "HKWorkoutActivityTypeYoga"))),
    ])

    @Test("F1: every reading is counted once, kept or not")
    func counts() {
        #expect(Self.mixed.itemCount == 3)
        #expect(Self.mixed.refusalCount == 6)
        #expect(Self.mixed.items == [.heartRate: 1, .bodyWeight: 1, .workout: 1])
        #expect(Self.mixed.refusals[Tally.Refusal(.type(.bodyWeight), .unknownUnit)] == 2)
    }

    @Test("F1: a tally speaks plain sentences, always in the same order")
    func sentences() {
        #expect(
            Self.mixed.sentences == [
                "1 workout was kept.",
                "1 heart rate reading was kept.",
                "1 weight reading was kept.",
                "1 step count held no number and was not kept.",
                "1 heart rate reading was impossible and was not kept.",
                "1 blood pressure reading told only one of the two pressures, which the pair tells together, "
                    + "and was not kept.",
                "2 weight readings came in a unit that Licet does not know and were not kept.",
                "1 reading of the kind HKQuantityTypeIdentifierDietaryWater was passed over: "
                    + "Licet does not carry it.",
            ])
    }

    @Test("D2: no value, unit or free text of a reading is in a tally or a refusal")
    func noValues() {
        for text in ["9999", "1234567", "165.3", "stone", "many", "Apple Watch"] {
            #expect(!Self.mixed.sentences.joined().contains(text))
            #expect(!String(reflecting: Self.mixed).contains(text))
        }
        let refused = outcome(quantity("HeartRate", "9999", "count/min"))
        #expect(!String(reflecting: refused).contains("9999"))
    }

    @Test("D2: a file that writes a diary where the kind belongs does not get it into the tally")
    func oddKinds() {
        let odd = Self.tally([
            sampleReading("Anna felt ill on Monday"), sampleReading("HK Anna"), sampleReading(""),
            sampleReading("HK" + String(repeating: "a", count: 100)),
        ])
        #expect(odd.sentences == ["4 readings of other kinds were passed over: Licet does not carry them."])
    }

    @Test("F1: a file with endless kinds makes no endless tally")
    func manyKinds() {
        let many = Self.tally((0..<2_000).map { sampleReading("HKQuantityTypeIdentifierMade\($0)") })
        #expect(many.refusalCount == 2_000)
        #expect(many.refusals.count == Tally.kindLimit + 1)
        var copy = Tally()
        copy.add(many)
        #expect(copy == many)
    }

    @Test("F1: tallies of parts add up to the tally of the whole")
    func sums() {
        var sum = Self.mixed
        sum.add(Self.mixed)
        #expect(sum.itemCount == 6)
        #expect(sum.refusalCount == 12)
        #expect(sum != Self.mixed)
        var restored = Tally()
        for (type, count) in sum.items { restored.add(items: count, of: type) }
        for (refusal, count) in sum.refusals { restored.add(refusals: count, refusal.subject, refusal.reason) }
        #expect(restored == sum)
    }

    @Test("F1: large counts are readable")
    func largeCounts() {
        var tally = Tally()
        tally.add(items: 1_234_567, of: .heartRate)
        tally.add(items: 999, of: .steps)
        #expect(tally.sentences == ["999 step counts were kept.", "1,234,567 heart rate readings were kept."])
    }
}
