// What an auditor narrows the trail to on their page. What cannot be read is said beside its field, and nothing is read.

import Domain
import Gateway

struct AuditQuery: Equatable {
    private(set) var query = TrailQuery()
    /// By field.
    private(set) var faults: [String: String] = [:]

    /// Dates are days in UTC, and `to` is the last of them. Parameters of other names are passed over, as pages do.
    init(_ form: Form, limit: Int) {
        query.limit = limit
        query.isNewestFirst = true
        func read<Value>(_ name: String, _ wanted: String, _ parse: (String) -> Value?) -> Value? {
            let text = form.text(name).trimmedOfSpaces
            guard !text.isEmpty else { return nil }
            let value = parse(text)
            if value == nil { faults[name] = wanted }
            return value
        }
        func day(_ name: String) -> Int? { read(name, "a day, as 2026-11-21") { CivilDate.day($0) } }
        query.from = day("from").map { Moment(seconds: Int64($0) * 86_400) }
        query.to = day("to").map { Moment(seconds: Int64($0 + 1) * 86_400) }
        query.actions = read("action", "one of the list") { AuditEntry.Action(rawValue: $0) }.map { [$0] } ?? []
        query.isDone = read("outcome", "one of the list") { $0 == "done" ? true : $0 == "refused" ? false : nil }
        query.application = read("application", "an id that begins with app_") { ApplicationID($0) }
        query.person = read("person", "a name of the trail’s: n_ and 26 letters and digits") { AuditName($0) }
        query.record = read("record", "a name of the trail’s: n_ and 26 letters and digits") { AuditName($0) }
        query.before = read("before", "the place of an entry") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    }

    /// The same question as an address has it.
    func words(before: Int?) -> String {
        let fields: [(String, String?)] = [
            ("from", query.from.map { String($0.rfc3339.prefix(10)) }),
            ("to", query.to.map { String(($0 - .days(1)).rfc3339.prefix(10)) }),
            ("action", query.actions.first?.rawValue), ("outcome", query.isDone.map { $0 ? "done" : "refused" }),
            ("application", query.application?.text), ("person", query.person?.text), ("record", query.record?.text),
            ("before", before.map { String($0) }),
        ]
        // Nothing in them needs escaping: each was read as what it is.
        let parts = fields.compactMap { name, value in value.map { "\(name)=\($0)" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}
