// How dates of data are said: to people in a sentence, to programs as JSON, to OAuth clients as RFC 9396 has it.

import Domain
import Gateway

extension Wording {
    /// One sentence for all of the types, or one for each part of them that has its own dates; none where nothing is limited.
    static func dates(_ limits: DataPeriods, of types: DataTypeSet) -> [String] {
        let groups = limits.groups(of: types)
        return groups.compactMap { some, periods in
            guard !periods.isAlways else { return nil }
            let days = "Only \(words(periods))"
            return groups.count == 1 ? days : "\(typeNames(some).joined(separator: ", ")): \(days.lowercasedFirst)"
        }
    }

    /// None where nothing is limited.
    static func dates(_ dates: DatePeriods) -> [String] { dates.isAlways ? [] : ["Only \(words(dates))"] }

    /// As on the consent page: what holds for the rule after a yes. Where that would lift a limit, the page says what was agreed
    /// to so far.
    static func dates(_ dates: RuleDates) -> [String] {
        guard dates.after.isAlways, let stood = dates.stood, !stood.isAlways else { return Wording.dates(dates.after) }
        return ["Of any date. So far you agreed to those \(words(stood))"]
    }

    /// Of several rules together, each that has dates by its name.
    static func dates(_ rules: [DatedRule], among count: Int) -> [String] {
        rules.map { count == 1 ? "Only \(words($0.dates))" : "\($0.rule.text): only \(words($0.dates))" }
    }

    /// `from 1 January 2026 to 30 June 2026, and from 1 March 2027`.
    static func words(_ periods: DatePeriods) -> String {
        guard !periods.isEmpty else { return "on no day" }
        return periods.ranges.map { period in
            let ends = [("from", period.from), ("to", period.to)].compactMap { word, day in
                day.map { "\(word) \(TimeText(dayNumber: $0).words)" }
            }
            return ends.joined(separator: " ")
        }.joined(separator: ", and ")
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

extension TimeText {
    /// Days counted from 1970-01-01.
    init(dayNumber: Int) { self.init(day: Moment(microseconds: Int64(dayNumber) * 86_400_000_000)) }
}

extension JSONValue {
    /// Empty where nothing is limited.
    static func periods(_ limits: DataPeriods, of types: DataTypeSet) -> JSONValue {
        .array(
            limits.groups(of: types.intersection(limits.types)).flatMap { some, periods in
                periods.ranges.map { period in
                    .object(["data_types": .types(some), "from": .day(period.from), "to": .day(period.to)])
                }
            })
    }

    /// Of each rule that has dates, its own; empty where nothing is limited.
    static func periods(_ rules: [DatedRule]) -> JSONValue {
        .array(
            rules.flatMap { rule in
                rule.dates.ranges.map { period in
                    .object([
                        "rule": .string(rule.rule.text), "data_types": .types(rule.types), "from": .day(period.from),
                        "to": .day(period.to),
                    ])
                }
            })
    }

    /// Null where that end is open.
    private static func day(_ day: Int?) -> JSONValue { .text(day.map(CivilDate.text(ofDay:))) }

    /// RFC 9396 §7.1.
    static func details(_ details: [GrantedDetail]) -> JSONValue {
        .array(
            details.map { detail in
                .object([
                    "type": .string(DataDetail.type), "purpose": .string(detail.purpose.text),
                    "datatypes": .types(detail.types), "actions": .texts(detail.actions.map(\.rawValue)),
                    "period": detail.period.map { period in
                        .object([
                            "from": period.from.map { .string(CivilDate.text(ofDay: $0)) },
                            "to": period.to.map { .string(CivilDate.text(ofDay: $0)) },
                        ])
                    },
                ])
            })
    }
}
