// The native JSON: its exact text, and that reading it back is the exact inverse.

import Domain
import Harmony
import Testing

struct NativeTests {
    static let provenance = Provenance(
        source: .appleHealth, origin: "Apple Watch", manufacturer: "Apple Inc.", model: "Watch6,2", isUserEntered: false
    )
    static let bareProvenance = Provenance(
        source: .appleHealth, origin: nil, manufacturer: nil, model: nil, isUserEntered: true)
    static let id = ItemID(bytes: Array(0..<16))

    static func measure(_ text: String, _ unit: String) -> Measure? {
        DecimalNumber(text).map { Measure($0, unit: unit) }
    }

    static func sample(
        _ type: DataType, _ value: Item.Value, _ provenance: Provenance = provenance, isUnusual: Bool = false
    ) -> Item {
        Item(
            id: id, type: type, value: value, start: evening, end: later(.minutes(1)), provenance: provenance,
            isUnusual: isUnusual)
    }

    static let head = #"{"id":"itm_000g40r40m30e209185gr38e1w","type":""#
    static let times = #"","start":"2026-10-31T23:00:00+02:00","end":"2026-10-31T23:01:00+02:00","#
    static let source =
        #","source":{"name":"apple_health","origin":"Apple Watch","manufacturer":"Apple Inc.","model":"Watch6,2","#
        + #""user_entered":false}"#

    @Test("F1: a quantity, as sent beside it")
    func quantities() throws {
        let ours = try #require(Self.measure("74", "/min"))
        let sent = try #require(Self.measure("74", "count/min"))
        let item = Self.sample(.heartRate, .quantity(ours, asSent: sent), isUnusual: true)
        let middle = #""value":74,"unit":"/min","as_sent":{"value":"74","unit":"count/min"}"#
        #expect(native(item) == Self.head + "heart_rate" + Self.times + middle + Self.source + #","unusual":true}"#)
    }

    @Test("F1: what is absent is left out")
    func absent() throws {
        let item = Self.sample(
            .bodyWeight, .quantity(try #require(Self.measure("75.0", "kg")), asSent: nil), Self.bareProvenance)
        let end = #""value":75.0,"unit":"kg","source":{"name":"apple_health","user_entered":true}}"#
        #expect(native(item) == Self.head + "body_weight" + Self.times + end)
    }

    @Test("F1: blood pressure, sleep and workouts have their own fields")
    func otherShapes() throws {
        let systolic = try #require(Self.measure("120", "mm[Hg]"))
        let diastolic = try #require(Self.measure("80", "mm[Hg]"))
        let pressure = Self.sample(.bloodPressure, .bloodPressure(systolic: systolic, diastolic: diastolic))
        let pair = #""systolic":{"value":120,"unit":"mm[Hg]"},"diastolic":{"value":80,"unit":"mm[Hg]"}"#
        #expect(native(pressure) == Self.head + "blood_pressure" + Self.times + pair + Self.source + "}")

        let sleep = Self.sample(.sleepStage, .sleepStage(.asleepREM))
        #expect(native(sleep) == Self.head + "sleep_stage" + Self.times + #""stage":"asleep_rem""# + Self.source + "}")

        let run = Workout(
            activity: "running", duration: Self.measure("30", "min"), distance: Self.measure("5000", "m"),
            energy: Self.measure("301.5", "kcal"))
        let fields =
            #""activity":"running","duration":{"value":30,"unit":"min"},"distance":{"value":5000,"unit":"m"},"#
            + #""energy":{"value":301.5,"unit":"kcal"}"#
        let workout = Self.sample(.workout, .workout(run))
        #expect(native(workout) == Self.head + "workout" + Self.times + fields + Self.source + "}")
    }

    @Test(
        "F1: native JSON read back is the item, and is written again as the same bytes",
        arguments: [7, 8, 9] as [UInt64])
    func roundTrip(seed: UInt64) {
        var dice = Dice(seed: seed)
        for round in 0..<3_000 {
            let item = RandomItems.item(using: &dice)
            let text = native(item)
            #expect(parseNative(Array(text.utf8)) == item, "seed \(seed), round \(round)")
            #expect(parseNative(text.utf8) == item, "seed \(seed), round \(round)")
        }
    }

    @Test("F1: bytes that are not exactly native JSON are no item, and stop nothing", arguments: [17, 18] as [UInt64])
    func junk(seed: UInt64) {
        var dice = Dice(seed: seed)
        var survivors = 0
        for round in 0..<5_000 {
            let original = Array(native(RandomItems.item(using: &dice)).utf8)
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &dice) { RandomItems.damage(&bytes, using: &dice) }
            guard let item = parseNative(bytes) else { continue }
            if bytes != original { survivors += 1 }
            #expect(Array(native(item).utf8) == bytes, "seed \(seed), round \(round)")
        }
        #expect(survivors < 5_000, "seed \(seed)")
    }

    @Test(
        "F1: JSON that says the same in another way is refused",
        arguments: [
            ("\"value\":74,", "\"value\":074,"), ("\"value\":74,", "\"value\": 74,"),
            ("\"value\":74,", "\"value\":74.,"),
            ("+02:00", "+02:60"), ("heart_rate", "heart"), ("T23:00:00+", "T23:00:00.000000+"),
            ("2026-10", "2026-13"),
            (",\"user_entered\":false", ""), ("false}}", "false},\"unusual\":false}"), ("Watch6", "\\u0057atch6"),
            ("74,", "999999999999999999999999999999999999999999,"), ("}}", "}} "), ("itm_", "per_"),
        ])
    func otherSpellings(_ ours: String, _ theirs: String) throws {
        let value = Item.Value.quantity(try #require(Self.measure("74", "/min")), asSent: nil)
        let text = native(Self.sample(.heartRate, value))
        #expect(parseNative(text.utf8) != nil)
        #expect(text.contains(ours))
        #expect(parseNative(text.replacing(ours, with: theirs).utf8) == nil)
        #expect(parseNative([]) == nil)
    }
}
