// Hides how a number in a source's unit becomes a number in ours. A unit that is not listed for its type is refused:
// nothing here guesses.

import Domain

/// How one unit becomes another.
enum Conversion: Sendable {
    /// Another spelling of the same unit: the number stays as sent, zeros included.
    case same
    case times(DecimalNumber)
    case ratio(minus: Int128, numerator: Int128, denominator: Int128)
    /// Percent, where a number of at most one is a fraction of one (Apple writes 97 % as `0.97` with the unit `%`).
    case percentOrFraction

    /// Nil when the result is too long to hold, which no possible value is.
    func convert(_ number: DecimalNumber) -> DecimalNumber? {
        switch self {
        case .same: number
        case .times(let factor): number.multiplied(by: factor)
        case .ratio(let subtrahend, let numerator, let denominator):
            number.converted(minus: subtrahend, times: numerator, over: denominator)
        case .percentOrFraction:
            number.isAtMostOne ? number.multiplied(by: DecimalNumber(significand: 100)) : number
        }
    }

    static func times(_ significand: Int128, scale: Int = 0) -> Conversion {
        .times(DecimalNumber(significand: significand, scale: scale))
    }
}

/// The units a source may use for one quantity of ours.
struct UnitTable: Sendable {
    let ours: String
    private let rows: [(unit: String, conversion: Conversion)]
    private let takesMolarGlucose: Bool

    init(_ ours: String, _ rows: [(unit: String, conversion: Conversion)], takesMolarGlucose: Bool = false) {
        self.ours = ours
        self.rows = rows + [(ours, .same)]
        self.takesMolarGlucose = takesMolarGlucose
    }

    /// Nil when the unit is not known for this quantity.
    func conversion(from unit: String) -> Conversion? {
        for row in rows where row.unit == unit { return row.conversion }
        return takesMolarGlucose && isMolarGlucose(unit) ? Self.molarGlucose : nil
    }

    /// HealthKit writes the molar mass into the unit (`mmol<180.15588000005408>/L`). Another mass is another substance.
    private func isMolarGlucose(_ unit: String) -> Bool {
        guard unit.utf8.count <= 40, unit.hasPrefix("mmol<"), unit.hasSuffix(">/L") else { return false }
        guard let mass = DecimalNumber(unit.dropFirst(5).dropLast(3)) else { return false }
        return (180.15..<180.16).contains(mass.approximate)
    }

    /// mmol/L to mg/dL, as Tidepool converts.
    private static let molarGlucose = Conversion.times(18_01559, scale: 5)

    static let steps = UnitTable("{steps}", [("count", .same)])
    static let perMinute = UnitTable("/min", [("count/min", .same)])
    static let length = UnitTable(
        "m",
        [
            ("km", .times(1000)), ("mi", .times(1_609_344, scale: 3)), ("ft", .times(3048, scale: 4)),
            ("yd", .times(9144, scale: 4)),
        ])
    static let height = UnitTable(
        "cm", [("m", .times(100)), ("in", .times(254, scale: 2)), ("ft", .times(3048, scale: 2))])
    // HealthKit writes the kilocalorie both as `kcal` and as `Cal`; `cal` is a thousandth of it, and 4.184 J.
    static let energy = UnitTable(
        "kcal",
        [
            ("Cal", .same), ("cal", .times(1, scale: 3)),
            ("kJ", .ratio(minus: 0, numerator: 1000, denominator: 4184)),
        ])
    // The avoirdupois pound is 0.45359237 kg exactly; an ounce is its sixteenth, a stone fourteen.
    static let mass = UnitTable(
        "kg",
        [
            ("lb", .times(45_359_237, scale: 8)), ("oz", .times(28_349_523_125, scale: 12)),
            ("st", .times(635_029_318, scale: 8)), ("g", .times(1, scale: 3)),
        ])
    static let temperature = UnitTable(
        "Cel", [("degC", .same), ("degF", .ratio(minus: 32, numerator: 5, denominator: 9))])
    static let percent = UnitTable("%", [("%", .percentOrFraction)])
    static let milliseconds = UnitTable("ms", [("s", .times(1000))])
    static let duration = UnitTable(
        "min", [("hr", .times(60)), ("h", .times(60)), ("s", .ratio(minus: 0, numerator: 1, denominator: 60))])
    static let bodyMassIndex = UnitTable("kg/m2", [("count", .same)])
    static let pressure = UnitTable("mm[Hg]", [("mmHg", .same)])
    static let glucose = UnitTable("mg/dL", [("mmol/L", molarGlucose)], takesMolarGlucose: true)
    static let oxygenUptake = UnitTable(
        "mL/kg/min",
        [
            ("mL/min·kg", .same), ("mL/kg·min", .same), ("mL/(kg·min)", .same), ("mL/kg*min", .same),
            ("ml/kg*min", .same), ("ml/(kg*min)", .same), ("mL/(kg*min)", .same),
        ])
}
