// From the fields that the house blames to the inputs of a page: what is wrong is said once on top and once beside the input.

import Domain
import Gateway

struct FormFaults: Sendable {
    let faults: [Fault]

    static let none = FormFaults(faults: [])

    init(faults: [Fault]) { self.faults = faults }

    /// `inputs` leads from a field's name, without index or dot, to the id of its input. What no input stands for is said at
    /// `otherwise`.
    init(_ declined: Declined, inputs: [String: String], otherwise: String) {
        let named = declined.faults.map { fault in
            let field = String(fault.field.prefix { $0 != "[" && $0 != "." })
            return Fault(target: inputs[field] ?? otherwise, message: Self.sentence(fault.message))
        }
        let title = declined.detail ?? declined.problem.title
        faults = named.isEmpty ? [Fault(target: otherwise, message: title)] : named
    }

    /// Far from the input, a fault says which one it means.
    var named: [Fault] {
        faults.map { fault in
            let label = Self.labels[fault.target].map { "\($0): " } ?? ""
            return Fault(target: fault.target, message: label + fault.message)
        }
    }

    var summary: FaultSummary? {
        faults.isEmpty ? nil : FaultSummary(heading: "That did not work yet.", faults: named)
    }

    // By the input's id; those that are missing here have faults that speak for themselves.
    private static let labels = [
        "days": "Days", "narrow-days": "End it sooner", "renew-days": "Days from today", "name": "Name",
        "relationship": "Whose it is", "country": "Country", "ends-on": "End of your access",
        "invite-relationship": "What the record is to them", "invite-ends-on": "End of their access",
        "new-password": "New password", "code": "Recovery code",
    ]

    /// Nil when nothing is wrong with the input.
    func message(_ target: String) -> String? {
        let messages = faults.filter { $0.target == target }.map(\.message)
        return messages.isEmpty ? nil : messages.joined(separator: " ")
    }

    // `1 to 100 characters` becomes a sentence of the page.
    private static func sentence(_ text: String) -> String {
        guard let first = text.first, let last = text.last else { return text }
        return first.uppercased() + text.dropFirst() + (".?!".contains(last) ? "" : ".")
    }
}

/// Whether what a person typed as a number of days is one.
enum TypedDays: Sendable {
    case absent
    case days(Int)
    case unreadable

    init(_ text: String) {
        let text = text.trimmedOfSpaces
        if text.isEmpty {
            self = .absent
        } else if let days = Int(text) {
            self = .days(days)
        } else {
            self = .unreadable
        }
    }
}
