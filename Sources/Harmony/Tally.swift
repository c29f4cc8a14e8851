// Counts what became of an import's readings, for the person and for the operator. It can hold no value: only types,
// reasons, counts and names of kinds that look like names.

public import Domain

public struct Tally: Sendable, Equatable {
    /// A type of ours, or the source's name of a kind that we do not know.
    public enum Subject: Hashable, Sendable {
        case type(DataType)
        case kind(String)
    }

    public struct Refusal: Hashable, Sendable {
        public let subject: Subject
        public let reason: Refused

        public init(_ subject: Subject, _ reason: Refused) {
            self.subject = subject
            self.reason = reason
        }
    }

    public private(set) var items: [DataType: Int] = [:]
    public private(set) var refusals: [Refusal: Int] = [:]

    /// The kind that stands for names too long, too odd or too many to list.
    public static let otherKind = "other"
    /// So many unknown kinds are listed by name; the rest are counted together.
    public static let kindLimit = 300

    private var listedKinds = 0

    public init() {}

    public var itemCount: Int { items.values.reduce(0, +) }
    public var refusalCount: Int { refusals.values.reduce(0, +) }

    /// `kind` is the reading's own; it is kept only where the type is unknown.
    public mutating func add(_ harmonised: Harmonised, kind: String) {
        switch harmonised {
        case .item(let item): add(items: 1, of: item.type)
        case .refused(let reason, let type?): add(refusals: 1, .type(type), reason)
        case .refused(let reason, nil): add(refusals: 1, .kind(kind), reason)
        }
    }

    public mutating func add(_ other: Tally) {
        for (type, count) in other.items { add(items: count, of: type) }
        for (refusal, count) in other.refusals { add(refusals: count, refusal.subject, refusal.reason) }
    }

    /// For tallies that come back from a store.
    public mutating func add(items count: Int, of type: DataType) { items[type, default: 0] += count }

    /// For tallies that come back from a store.
    public mutating func add(refusals count: Int, _ subject: Subject, _ reason: Refused) {
        let refusal = Refusal(listed(subject), reason)
        if case .kind(let name) = refusal.subject, name != Self.otherKind, refusals[refusal] == nil { listedKinds += 1 }
        refusals[refusal, default: 0] += count
    }

    // A file may call a kind anything: a diary in the kind's place must not end up in a report.
    private func listed(_ subject: Subject) -> Subject {
        guard case .kind(let name) = subject else { return subject }
        if refusals[Refusal(subject, .unknownKind)] != nil { return subject }
        return listedKinds < Self.kindLimit && looksLikeKind(name) ? subject : .kind(Self.otherKind)
    }

    private func looksLikeKind(_ name: String) -> Bool {
        guard name.hasPrefix("HK"), name.utf8.count <= 80 else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: false
            }
        }
    }
}
