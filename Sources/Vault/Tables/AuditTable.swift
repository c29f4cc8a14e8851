// The audit trail at rest: an entry is written into the inbox with what it tells of, and the sequencer moves it into the log.
// Whoever reads finds it in one or the other. No statement here changes an entry or takes one away; those below the trail's floor are not seen.

public import Domain

/// An entry and its place in the log.
public struct LoggedEntry: Hashable, Sendable {
    /// From 0; nil while it waits for its place.
    public let index: Int?
    public let leaf: AuditLeaf
    public var entry: AuditEntry { leaf.entry }

    public init(index: Int?, leaf: AuditLeaf) {
        self.index = index
        self.leaf = leaf
    }
}

/// Whom or what an entry names.
public enum AuditSubject: Sendable, Hashable {
    case anything
    case person(AuditName)
    case record(AuditName)
    case application(ApplicationID)
    case grant(GrantID)

    /// How the runs call it; nil where all entries are meant.
    var key: String? {
        switch self {
        case .anything: nil
        case .person(let name), .record(let name): name.text
        case .application(let id): id.text
        case .grant(let id): id.text
        }
    }

    public func isNamed(by entry: AuditEntry) -> Bool {
        switch self {
        case .anything: true
        case .person(let name): entry.person == name
        case .record(let name): entry.record == name
        case .application(let id): entry.application == id
        case .grant(let id): entry.grant == id
        }
    }
}

public enum AuditTable {
    /// INVARIANT: what cannot be written as a leaf is an error, never left out.
    public static func append(_ entry: AuditEntry, in tx: borrowing Transaction) throws(StorageError) {
        guard let leaf = AuditLeaf(entry) else {
            throw StorageError(.corrupt, "an audit entry names something by an id that is none")
        }
        _ = try tx.execute(insertion.filled([.bytes(leaf.bytes)]))
    }

    private static let insertion: StandingSQL = "INSERT INTO audit_inbox (leaf) VALUES (\(holes: 1))"

    /// In the order of the log, then those that still wait, in the order in which they came. `after` is a place in the log:
    /// only what comes behind it.
    public static func entries(
        about subject: AuditSubject = .anything, after: Int? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [LoggedEntry] {
        var found = try tx.query(
            """
            SELECT log_index, leaf FROM audit_entry WHERE log_index > \(after ?? -1) AND \(fragment: condition(subject))
            ORDER BY log_index LIMIT \(limit)
            """, logged)
        guard found.count < limit else { return found }
        let waiting = try tx.query("SELECT leaf FROM audit_inbox ORDER BY place") { row in try leaf(row.bytes(0)) }
        for leaf in waiting where found.count < limit && subject.isNamed(by: leaf.entry) {
            found.append(LoggedEntry(index: nil, leaf: leaf))
        }
        return found
    }

    /// Nil where there is none. What waits is looked through from its end to where nothing is as new as the id: with a sequencer
    /// at work those are few, and with one at rest none is passed over.
    public static func find(_ id: AuditID, in tx: borrowing Transaction) throws(StorageError) -> LoggedEntry? {
        let known = try tx.queryOne(
            "SELECT log_index, leaf FROM audit_entry WHERE id = \(id) AND \(fragment: MonthTable.kept)", logged)
        if let known { return known }
        let sought = Array("\"id\":\"\(id.text)\"".utf8)
        var before = Int64.max
        while true {
            let page = try tx.query(
                """
                SELECT place, leaf FROM audit_inbox WHERE place < \(before) ORDER BY place DESC
                LIMIT \(mostLookedThrough)
                """
            ) { row in (place: row.int(0), leaf: row.bytes(1)) }
            if let found = page.first(where: { $0.leaf.contains(sought) }) {
                return LoggedEntry(index: nil, leaf: try leaf(found.leaf))
            }
            guard page.count == mostLookedThrough, let last = page.last,
                try mayWait(id, behind: page.map(\.leaf), in: tx)
            else { return nil }
            before = last.place
        }
    }

    // Entries are written some seconds after their id was made, and in nearly that order: where a whole page is minutes older than
    // the id, or everything that waits is minutes newer, it is not further back.
    private static func mayWait(
        _ id: AuditID, behind page: [[UInt8]], in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        let made = id.text.dropFirst(AuditNoun.prefix.utf8.count + 1)
        let oldest = try tx.queryOne("SELECT leaf FROM audit_inbox ORDER BY place LIMIT 1") { row in row.bytes(0) }
        let newestHere = page.compactMap { LeafColumns($0)?.at }.max()
        guard let newestHere, let first = oldest.flatMap({ LeafColumns($0)?.at }) else { return true }
        return made <= (newestHere + mostLate).sortingText + "~" && made >= (first - mostLate).sortingText
    }

    private static let mostLate = Span.minutes(2)

    static let mostLookedThrough = 16_384

    /// Of entries that have their place, are kept, and are about the subject.
    static func condition(_ subject: AuditSubject) -> SQL {
        "\(fragment: MonthTable.kept) AND \(fragment: naming(subject))"
    }

    private static func naming(_ subject: AuditSubject) -> SQL {
        switch subject {
        case .anything: "1 = 1"
        case .person(let name): "person = \(name)"
        case .record(let name): "record = \(name)"
        case .application(let id): "application_id = \(id)"
        case .grant(let id): "grant_id = \(id)"
        }
    }

    static func logged(_ row: borrowing Row) throws(StorageError) -> LoggedEntry {
        LoggedEntry(index: Int(row.int(0)), leaf: try leaf(row.bytes(1)))
    }

    static func leaf(_ bytes: [UInt8]) throws(StorageError) -> AuditLeaf {
        guard let leaf = AuditLeaf(parsing: bytes) else {
            throw StorageError(.corrupt, "an audit entry is not as it was written")
        }
        return leaf
    }

    /// The latest moment of what was appended last; nil for an empty trail. Of a few, for a refusal that was counted comes later.
    public static func newest(in tx: borrowing Transaction) throws(StorageError) -> Moment? {
        let waiting = try tx.query("SELECT leaf FROM audit_inbox ORDER BY place DESC LIMIT 64") { row in row.bytes(0) }
        let placed = try tx.query("SELECT at FROM audit_entry ORDER BY log_index DESC LIMIT 64") { row in row.moment(0)
        }
        return (waiting.compactMap { LeafColumns($0)?.at } + placed).max()
    }
}
