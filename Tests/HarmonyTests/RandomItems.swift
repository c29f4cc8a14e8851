// Items that no source would send but that the type allows, and damage to their JSON. All from seeded dice.

import Domain
import Harmony

enum RandomItems {
    static func item(using dice: inout Dice) -> Item {
        let start = moment(using: &dice)
        return Item(
            id: ItemID(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &dice) }),
            type: DataType.allCases.randomElement(using: &dice) ?? .steps, value: value(using: &dice), start: start,
            end: moment(using: &dice), provenance: provenance(using: &dice), isUnusual: Bool.random(using: &dice))
    }

    static func damage(_ bytes: inout [UInt8], using dice: inout Dice) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &dice)
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 32...126, using: &dice), at: place)
        default: bytes.removeLast(bytes.count - place)
        }
    }

    private static func value(using dice: inout Dice) -> Item.Value {
        switch Int.random(in: 0..<4, using: &dice) {
        case 0:
            .quantity(measure(using: &dice), asSent: maybe(using: &dice, measure))
        case 1: .bloodPressure(systolic: measure(using: &dice), diastolic: measure(using: &dice))
        case 2: .sleepStage(SleepStage.allCases.randomElement(using: &dice) ?? .awake)
        default:
            .workout(
                Workout(
                    activity: text(using: &dice), duration: maybe(using: &dice, measure),
                    distance: maybe(using: &dice, measure), energy: maybe(using: &dice, measure)))
        }
    }

    private static func measure(using dice: inout Dice) -> Measure {
        let long = Int128.random(in: Int128.min...Int128.max, using: &dice)
        let shift = Int.random(in: 0...120, using: &dice)
        let edges: [Int128] = [0, 1, -1, .min, .max, 100, long]
        let significand = Bool.random(using: &dice) ? long >> shift : edges.randomElement(using: &dice) ?? 0
        let number = DecimalNumber(significand: significand, scale: Int.random(in: 0...45, using: &dice))
        return Measure(number, unit: text(using: &dice))
    }

    private static func provenance(using dice: inout Dice) -> Provenance {
        Provenance(
            source: .appleHealth, origin: maybe(using: &dice, text), manufacturer: maybe(using: &dice, text),
            model: maybe(using: &dice, text), isUserEntered: Bool.random(using: &dice))
    }

    /// Any moment of the years 1 to 9999 at any offset of whole minutes.
    private static func moment(using dice: inout Dice) -> ZonedMoment {
        let seconds = Int64.random(in: -62_135_000_000...253_402_000_000, using: &dice)
        let fraction = Bool.random(using: &dice) ? Int64.random(in: 0..<1_000_000, using: &dice) : 0
        let offset = Bool.random(using: &dice) ? Int.random(in: -1080...1080, using: &dice) : 0
        return ZonedMoment(instant: Moment(microseconds: seconds * 1_000_000 + fraction), offsetMinutes: offset)
    }

    private static func text(using dice: inout Dice) -> String {
        let scalars: [Unicode.Scalar] = ["a", "Z", "9", "\"", "\\", "\n", "\u{0}", "\u{1f}", "é", "𝄞", "\u{301}", "/"]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &dice) { text.append(scalars.randomElement(using: &dice) ?? "a") }
        return String(text)
    }

    private static func maybe<Part>(using dice: inout Dice, _ make: (inout Dice) -> Part) -> Part? {
        Bool.random(using: &dice) ? make(&dice) : nil
    }
}
