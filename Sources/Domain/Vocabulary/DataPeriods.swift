// From when to when, for each data type. A type that is not mentioned has no limit, so nothing has to be said where nothing is
// limited, and a type that joins the vocabulary later is not limited by accident.

public struct DataPeriods: Hashable, Sendable {
    private var limits: [DataType: DatePeriods] = [:]

    /// Nothing is limited.
    public static let none = DataPeriods()

    public init() {}

    /// The same days for all of the types.
    public init(_ periods: DatePeriods, of types: DataTypeSet) {
        for type in types { self[type] = periods }
    }

    /// `always` where there is no limit.
    public subscript(type: DataType) -> DatePeriods {
        get { limits[type] ?? .always }
        set { limits[type] = newValue.isAlways ? nil : newValue }
    }

    public var isEmpty: Bool { limits.isEmpty }
    /// The types that have a limit.
    public var types: DataTypeSet { DataTypeSet(limits.keys) }

    /// The limits of these types alone.
    public func only(_ types: DataTypeSet) -> DataPeriods {
        var result = self
        result.limits = limits.filter { types.contains($0.key) }
        return result
    }

    /// The types, those with the same days together, in the order of the vocabulary.
    public func groups(of types: DataTypeSet) -> [(types: DataTypeSet, periods: DatePeriods)] {
        var groups: [(types: DataTypeSet, periods: DatePeriods)] = []
        for type in types {
            let periods = self[type]
            if let place = groups.firstIndex(where: { $0.periods == periods }) {
                groups[place].types.insert(type)
            } else {
                groups.append((types: [type], periods: periods))
            }
        }
        return groups
    }
}

extension DataPeriods {
    /// The form at rest: `steps=2025-01-01..2025-12-31,2027-01-01..;sleep_stage=..2024-12-31`. Empty: nothing is limited.
    public var stored: String {
        types.map { type in
            let ranges = self[type].ranges.map { period in
                let ends = [period.from, period.to].map { $0.map(CivilDate.text(ofDay:)) ?? "" }
                return ends.joined(separator: "..")
            }
            return "\(type.rawValue)=\(ranges.joined(separator: ","))"
        }.joined(separator: ";")
    }

    /// Nil when any word is unknown: what cannot be read must not read as if there were no limit.
    public init?(stored text: String) {
        for part in text.split(separator: ";", omittingEmptySubsequences: true) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let type = DataType(rawValue: String(sides[0])), limits[type] == nil else {
                return nil
            }
            var periods: [DatePeriod] = []
            for range in sides[1].split(separator: ",") {
                guard let period = DatePeriod(stored: range) else { return nil }
                periods.append(period)
            }
            self[type] = DatePeriods(periods)
        }
    }
}

extension DatePeriod {
    fileprivate init?(stored text: Substring) {
        guard let dots = text.firstRange(of: "..") else { return nil }
        let ends = [String(text[..<dots.lowerBound]), String(text[dots.upperBound...])]
        let days = ends.map { $0.isEmpty ? nil : CivilDate.day($0) }
        guard zip(ends, days).allSatisfy({ $0.isEmpty || $1 != nil }) else { return nil }
        self.init(from: days[0], to: days[1])
    }
}

/// From when to when data may be read while the person is present, and by the application alone. A type without a limit is not
/// mentioned; nor is one that cannot be read in the mode at all, which is for the permissions to say.
public struct ReadingDays: Hashable, Sendable {
    public var online = DataPeriods.none
    public var offline = DataPeriods.none

    /// Nothing is limited.
    public static let none = ReadingDays()

    public init() {}

    public subscript(mode: Mode) -> DataPeriods {
        get { mode == .online ? online : offline }
        set { if mode == .online { online = newValue } else { offline = newValue } }
    }

    public var isEmpty: Bool { online.isEmpty && offline.isEmpty }

    /// The form at rest: `online.steps=2025-01-01..2025-12-31;offline.steps=..2024-12-31`. Nil: nothing is limited.
    public var stored: String? {
        guard !isEmpty else { return nil }
        return Mode.allCases.flatMap { mode in
            self[mode].stored.split(separator: ";").map { "\(mode.rawValue).\($0)" }
        }.joined(separator: ";")
    }

    /// Nil when any word is unknown: what cannot be read must not read as if there were no limit.
    public init?(stored text: String) {
        var found: [Mode: [Substring]] = [:]
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            guard let dot = part.firstIndex(of: "."), let mode = Mode(rawValue: String(part[..<dot])) else {
                return nil
            }
            found[mode, default: []].append(part[part.index(after: dot)...])
        }
        for (mode, parts) in found {
            guard let days = DataPeriods(stored: parts.joined(separator: ";")) else { return nil }
            self[mode] = days
        }
    }
}
