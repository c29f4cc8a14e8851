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

    /// As on the consent page: where a yes would lift a limit, the page says what was agreed to so far.
    static func dates(_ dates: RuleDates, of types: DataTypeSet) -> [String] {
        let after = Wording.dates(dates.after, of: types)
        let lifted = dates.stood.types.intersection(types).subtracting(dates.after.types)
        guard !lifted.isEmpty else { return after }
        return after
            + dates.stood.groups(of: lifted).map { some, periods in
                let names = some == types ? "" : "\(typeNames(some).joined(separator: ", ")): "
                return "\(names)\(names.isEmpty ? "Of" : "of") any date. So far you agreed to those \(words(periods))"
            }
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
