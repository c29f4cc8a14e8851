// Readings as Apple Health words them, and dice that fall the same way for the same seed.

import Domain
import Harmony

/// 2026-10-31T21:00:00Z, told in the zone two hours east.
let evening = ZonedMoment(instant: Moment(seconds: 1_793_480_400), offsetMinutes: 120)
let dayAfter = evening.instant + .days(1)
let sampleKey = ItemKey(Array(0..<16))

func later(_ span: Span) -> ZonedMoment {
    ZonedMoment(instant: evening.instant + span, offsetMinutes: evening.offsetMinutes)
}

func sampleReading(
    _ kind: String = "HKQuantityTypeIdentifierHeartRate",
    _ value: Reading.Value = .quantity(text: "74", unit: "count/min"),
    start: ZonedMoment = evening, end: ZonedMoment = later(.minutes(1)), origin: String = "Apple Watch",
    device: String? = nil, isUserEntered: Bool = false
) -> Reading {
    Reading(
        source: .appleHealth, kind: kind, value: value, start: start, end: end, origin: origin, device: device,
        isUserEntered: isUserEntered)
}

func quantity(_ kind: String, _ text: String, _ unit: String) -> Reading {
    sampleReading("HKQuantityTypeIdentifier" + kind, .quantity(text: text, unit: unit))
}

func outcome(_ reading: Reading) -> Harmonised { harmonise(reading, notAfter: dayAfter, key: sampleKey) }

func kept(_ reading: Reading) -> Item? {
    guard case .item(let item) = outcome(reading) else { return nil }
    return item
}

func native(_ item: Item) -> String {
    var bytes: [UInt8] = []
    renderNative(item, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

/// `74 /min` for a quantity.
func said(_ measure: Measure) -> String { "\(measure.number.text) \(measure.unit)" }

/// SplitMix64.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
