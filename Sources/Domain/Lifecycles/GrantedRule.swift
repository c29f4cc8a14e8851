// A rule that the person said yes to, with the dates that they said yes to; and what follows from all of them for reading. The
// rules are the truth: whatever else says dates is derived here, in one place.

/// A rule that the person said yes to, and the version of the rule set they saw.
public struct GrantedRule: Hashable, Sendable {
    /// Ranges of dates that one rule may have.
    public static let mostRanges = 64

    public let name: RuleName
    public let version: Int
    /// The local days that what it gives may be from.
    public let dates: DatePeriods

    public init(_ name: RuleName, version: Int, dates: DatePeriods = .always) {
        self.name = name
        self.version = version
        self.dates = dates
    }

    public var isLimited: Bool { !dates.isAlways }

    /// At rest: `steps@3`; for a time `steps@3:20089..20453,20500..`, in days counted from 1970-01-01, an open end left out.
    public var stored: String {
        let text = "\(name.text)@\(version)"
        guard isLimited else { return text }
        let ranges = dates.ranges.map { "\($0.from.map(String.init) ?? "")..\($0.to.map(String.init) ?? "")" }
        return "\(text):\(ranges.joined(separator: ","))"
    }

    /// Nil for anything else: dates that cannot be read must not read as none. `fallback` is the version for rows written before
    /// each rule had its own.
    public init?(stored text: some StringProtocol, fallback: Int) {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = halves.first, halves.count <= 2 else { return nil }
        let sides = first.split(separator: "@", omittingEmptySubsequences: false)
        guard let word = sides.first, let name = RuleName(String(word)), sides.count <= 2 else { return nil }
        let version = sides.count == 2 ? Int(sides[1]) : fallback
        guard let version else { return nil }
        guard halves.count == 2 else {
            self.init(name, version: version)
            return
        }
        var periods: [DatePeriod] = []
        for range in halves[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let period = DatePeriod(days: String(range)) else { return nil }
            periods.append(period)
        }
        self.init(name, version: version, dates: DatePeriods(periods))
    }
}

extension DatePeriod {
    // Two dots, because a day before 1970 has a minus of its own.
    fileprivate init?(days text: String) {
        guard let dots = text.firstRange(of: "..") else { return nil }
        let ends = [text[..<dots.lowerBound], text[dots.upperBound...]]
        let days = ends.map { Int($0) }
        guard zip(ends, days).allSatisfy({ $0.isEmpty || $1 != nil }) else { return nil }
        self.init(from: days[0], to: days[1])
    }
}

/// A granted rule that has dates, as it is told: what it gives, and of when.
public struct DatedRule: Hashable, Sendable {
    public let rule: RuleName
    /// As far as they are still granted.
    public let types: DataTypeSet
    public let dates: DatePeriods
}

extension GrantTerms {
    /// The same, with what follows from the dates of its rules: in a mode, a type may be read of the days of all granted rules of
    /// that mode that read it. A rule that only writes lifts nothing, nor does one of the other mode; what no granted rule stands
    /// for is limited to no day at all, as soon as any rule has dates.
    ///
    /// `definitions` are the granted rules as they read when they were granted; without any dates they are not looked at.
    public func limited(by definitions: [AuthorizationRule]) -> GrantTerms {
        var result = self
        result.limits = .none
        guard hasDates else { return result }
        for mode in Mode.allCases {
            for type in permissions[mode, .read] {
                let reading = definitions.filter {
                    $0.mode == mode && $0.accesses.contains(.read) && $0.types.contains(type)
                }
                result.limits[mode][type] = reading.reduce(.never) { $0.union(granted($1.name)?.dates ?? .never) }
            }
        }
        return result
    }

    public var hasDates: Bool { rules.contains(where: \.isLimited) }

    /// The days of which a type may be read in any mode.
    public var readable: DataPeriods {
        guard !limits.isEmpty else { return .none }
        var result = DataPeriods.none
        for type in permissions[.online, .read].union(permissions[.offline, .read]) {
            result[type] = Mode.allCases.reduce(.never) {
                permissions[$1, .read].contains(type) ? $0.union(limits[$1][type]) : $0
            }
        }
        return result
    }

    /// The granted rules that have dates, each with its own.
    public func dated(_ definitions: [AuthorizationRule]) -> [DatedRule] {
        definitions.compactMap { rule in
            guard let granted = granted(rule.name), granted.isLimited else { return nil }
            return DatedRule(rule: rule.name, types: held(of: rule), dates: granted.dates)
        }
    }

    /// What of the rule's types is granted still.
    public func held(of rule: AuthorizationRule) -> DataTypeSet {
        rule.types.intersection(rule.accesses.reduce(.none) { $0.union(permissions[rule.mode, $1]) })
    }
}
