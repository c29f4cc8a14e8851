// Hides the bytes of an audit entry as the log keeps them: one line of JSON in the canonical form of RFC 8785, so that
// whoever has the entry has its hash. It is made of an `AuditEntry` alone: ids, closed words, counts and times, no free text.

/// An entry and its canonical bytes. Its place in the log is not among them: the log gives it afterwards.
public struct AuditLeaf: Hashable, Sendable {
    /// As it is written: a time beyond RFC 3339 or a count beyond RFC 8785 stands at the nearest that can be said.
    public let entry: AuditEntry
    /// ASCII without control characters, at most `longest`.
    public let bytes: [UInt8]

    public static let longest = 4_096
    /// Of the members and what they mean.
    public static let version = 1
    /// 2^53 - 1: every reader of JSON has the same number (RFC 8785 §3.2.2.3).
    static let mostItems = 9_007_199_254_740_991
    /// 0001-01-01T00:00:00Z and the last microsecond of the year 9999.
    static let times = Moment(seconds: -62_135_596_800)...Moment(microseconds: 253_402_300_799_999_999)

    /// Nil when one of the ids is none, which only a damaged row can give.
    public init?(_ entry: AuditEntry) {
        guard Self.isID(entry.id), Self.isID(entry.application), Self.isID(entry.person), Self.isID(entry.record),
            Self.isID(entry.grant), Self.isID(entry.request), Self.isID(entry.key)
        else { return nil }
        let said = AuditEntry(
            id: entry.id, at: Self.said(entry.at), action: entry.action, outcome: entry.outcome,
            application: entry.application, person: entry.person, record: entry.record, grant: entry.grant,
            mode: entry.mode, types: entry.types, items: min(max(entry.items, 0), Self.mostItems),
            request: entry.request, actor: entry.actor, method: entry.method, key: entry.key,
            repetition: entry.repetition.flatMap {
                .init(times: min($0.times, Self.mostItems), first: Self.said($0.first), last: Self.said($0.last))
            })
        self.entry = said
        bytes = Self.write(said)
    }

    /// Nil unless it is to the byte what `init(_:)` makes of some entry.
    public init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.longest, let members = LeafScanner.members(of: bytes),
            members["v"] == .number(Self.version), let entry = Self.entry(members), let leaf = AuditLeaf(entry),
            leaf.bytes == bytes
        else { return nil }
        self = leaf
    }

    /// Of the bytes, as the log's leaf.
    public var hash: MerkleHash { .leaf(of: bytes) }

    private static func said(_ moment: Moment) -> Moment { min(max(moment, times.lowerBound), times.upperBound) }

    private static func isID<Named: Noun>(_ id: Identifier<Named>?) -> Bool {
        guard let id else { return true }
        return Identifier<Named>(id.text) != nil
    }

    /// Members in the order of their names; what is absent is left out. Done on the way of every request: bytes go to their
    /// place without becoming texts first.
    private static func write(_ entry: AuditEntry) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(480)
        let quote = UInt8(ascii: "\"")
        func name(_ name: StaticString) {
            line.append(UInt8(ascii: line.isEmpty ? "{" : ","))
            line.append(quote)
            name.withUTF8Buffer { line.append(contentsOf: $0) }
            line.append(quote)
            line.append(UInt8(ascii: ":"))
        }
        func text(_ text: String) {
            line.append(quote)
            line.append(contentsOf: text.utf8)
            line.append(quote)
        }
        func put(_ member: StaticString, _ value: String?) {
            guard let value else { return }
            name(member)
            text(value)
        }
        put("action", entry.action.rawValue)
        put("actor", entry.actor?.rawValue)
        put("application", entry.application?.text)
        put("at", Self.text(entry.at))
        put("first_at", (entry.repetition?.first).map(Self.text))
        put("grant", entry.grant?.text)
        put("id", entry.id.text)
        name("items")
        line.append(contentsOf: String(entry.items).utf8)
        put("key", entry.key?.text)
        put("last_at", (entry.repetition?.last).map(Self.text))
        put("method", entry.method?.rawValue)
        put("mode", entry.mode?.rawValue)
        put("outcome", entry.outcome.text)
        put("person", entry.person?.text)
        put("record", entry.record?.text)
        put("request", entry.request?.text)
        if let repetition = entry.repetition {
            name("times")
            line.append(contentsOf: String(repetition.times).utf8)
        }
        name("types")
        for (place, type) in entry.types.map(\.rawValue).sorted().enumerated() {
            line.append(UInt8(ascii: place == 0 ? "[" : ","))
            text(type)
        }
        if entry.types.isEmpty { line.append(UInt8(ascii: "[")) }
        line.append(UInt8(ascii: "]"))
        name("v")
        line.append(contentsOf: String(version).utf8)
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// Always with microseconds, so that all times are of one length and sort as they read.
    private static func text(_ moment: Moment) -> String {
        let text = moment.rfc3339
        return moment.microseconds % 1_000_000 == 0 ? "\(text.dropLast()).000000Z" : text
    }

    private static func entry(_ members: [String: LeafScanner.Value]) -> AuditEntry? {
        // Nil where a member is absent; what is there and no id gives other bytes in the end.
        func id<Named: Noun>(_ name: String) -> Identifier<Named>? {
            members[name]?.text.flatMap { Identifier<Named>($0) }
        }
        guard let own: AuditID = id("id"), let at = members["at"]?.text.flatMap({ Moment(rfc3339: $0) }),
            let action = members["action"]?.text.flatMap(AuditEntry.Action.init(rawValue:)),
            let outcome = members["outcome"]?.text.flatMap(AuditEntry.Outcome.init(text:)),
            case .number(let items)? = members["items"], case .list(let types)? = members["types"]
        else { return nil }
        return AuditEntry(
            id: own, at: at, action: action, outcome: outcome, application: id("application"), person: id("person"),
            record: id("record"), grant: id("grant"), mode: members["mode"]?.text.flatMap(Mode.init(rawValue:)),
            types: DataTypeSet(types.compactMap(DataType.init(rawValue:))), items: items, request: id("request"),
            actor: members["actor"]?.text.flatMap(AuditEntry.Actor.init(rawValue:)),
            method: members["method"]?.text.flatMap(AuditEntry.Method.init(rawValue:)), key: id("key"),
            repetition: repetition(members))
    }

    private static func repetition(_ members: [String: LeafScanner.Value]) -> AuditEntry.Repetition? {
        guard case .number(let times)? = members["times"],
            let first = members["first_at"]?.text.flatMap({ Moment(rfc3339: $0) }),
            let last = members["last_at"]?.text.flatMap({ Moment(rfc3339: $0) })
        else { return nil }
        return AuditEntry.Repetition(times: times, first: first, last: last)
    }
}

extension AuditEntry.Outcome {
    /// Reads what `text` writes.
    public init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = parts.count == 2 ? String(parts[1]) : ""
        switch parts[0] {
        case "done" where parts.count == 1: self = .done
        case "refused":
            guard let refusal = Refusal(rawValue: word) else { return nil }
            self = .refused(refusal)
        case "failed":
            guard let problem = Problem(rawValue: word) else { return nil }
            self = .failed(problem)
        default: return nil
        }
    }
}

/// Reads an object of plain texts, whole numbers and lists of plain texts, without a space and without an escape: all that
/// a leaf is made of.
private struct LeafScanner {
    enum Value: Equatable {
        case text(String), number(Int), list([String])

        var text: String? {
            guard case .text(let text) = self else { return nil }
            return text
        }
    }

    private var rest: ArraySlice<UInt8>

    /// Nil for anything else, a name given twice among it.
    static func members(of bytes: [UInt8]) -> [String: Value]? {
        var scanner = LeafScanner(rest: bytes[...])
        var members: [String: Value] = [:]
        guard scanner.take("{") else { return nil }
        repeat {
            guard let name = scanner.text(), scanner.take(":"), let value = scanner.value(),
                members.updateValue(value, forKey: name) == nil
            else { return nil }
        } while scanner.take(",")
        guard scanner.take("}"), scanner.rest.isEmpty else { return nil }
        return members
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: sign) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func value() -> Value? {
        if take("[") {
            if take("]") { return .list([]) }
            var list: [String] = []
            repeat {
                guard let text = text() else { return nil }
                list.append(text)
            } while take(",")
            return take("]") ? .list(list) : nil
        }
        if rest.first == UInt8(ascii: "\"") { return text().map(Value.text) }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return DecimalText.read(String(decoding: digits, as: UTF8.self)).map(Value.number)
    }

    private mutating func text() -> String? {
        guard take("\"") else { return nil }
        let plain = rest.prefix { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        rest = rest[plain.endIndex...]
        return take("\"") ? String(decoding: plain, as: UTF8.self) : nil
    }
}
