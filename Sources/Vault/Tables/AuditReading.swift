// The audit trail as it is read: newest first for people, in the order of the log for applications and auditors, and counted by
// day. Each question goes by one index of the log, whatever else it asks for.

public import Domain

/// What else an entry must be. Nil and empty ask nothing.
public struct AuditFilter: Sendable, Equatable {
    public var actions: [AuditEntry.Action] = []
    /// True: what was done. False: what was refused or failed.
    public var isDone: Bool?
    public var application: ApplicationID?
    public var grant: GrantID?
    public var person: AuditName?
    public var record: AuditName?
    /// Not those of this person: who sees them already.
    public var butNotOf: AuditName?
    /// From this moment on, and before that one.
    public var from: Moment?
    public var to: Moment?

    public init() {}

    public func includes(_ entry: AuditEntry) -> Bool {
        guard actions.isEmpty || actions.contains(entry.action), isDone == nil || isDone == (entry.outcome == .done),
            application == nil || application == entry.application, grant == nil || grant == entry.grant,
            person == nil || person == entry.person, record == nil || record == entry.record
        else { return false }
        if let butNotOf, butNotOf == entry.person { return false }
        if let from, entry.at < from { return false }
        if let to, entry.at >= to { return false }
        return true
    }

    var conditions: [SQL] {
        var all: [SQL] = []
        if !actions.isEmpty { all.append("action IN (\(list: actions.map(\.rawValue)))") }
        if let isDone { all.append(isDone ? "outcome = 'done'" : "outcome <> 'done'") }
        if let application { all.append("application_id = \(application)") }
        if let grant { all.append("grant_id = \(grant)") }
        if let person { all.append("person = \(person)") }
        if let record { all.append("record = \(record)") }
        if let butNotOf { all.append("(person IS NULL OR person <> \(butNotOf))") }
        if let from { all.append("at >= \(from)") }
        if let to { all.append("at < \(to)") }
        return all
    }
}

/// How many entries of one day, application and outcome.
public struct AuditCount: Sendable, Hashable {
    /// Counted from 1970-01-01, in UTC.
    public let day: Int
    public let isDone: Bool
    public let application: ApplicationID?
    public let count: Int
}

extension AuditCount {
    fileprivate init(_ entry: AuditEntry) {
        day = Int(entry.at.seconds / 86_400)
        isDone = entry.outcome == .done
        application = entry.application
        count = entry.repetition?.times ?? 1
    }
}

extension AuditTable {
    /// Newest first. Without `before` those come first that still wait for their place, however many; `limit` is of the log.
    public static func newest(
        about subject: AuditSubject, _ filter: AuditFilter, before: Int? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [LoggedEntry] {
        let conditions = [condition(subject)] + filter.conditions + [before.map { "log_index < \($0)" } ?? "1 = 1"]
        let logged = try tx.query(
            """
            SELECT log_index, leaf FROM audit_entry WHERE \(fragment: conditions.joined(separator: " AND "))
            ORDER BY log_index DESC LIMIT \(limit)
            """, logged)
        guard before == nil else { return logged }
        let waiting = try waiting(in: tx).filter { subject.isNamed(by: $0.entry) && filter.includes($0.entry) }
        return waiting.reversed() + logged
    }

    /// In the order of the log, and only what has its place there. `after` is the place of the last one seen.
    public static func inOrder(
        about subject: AuditSubject, _ filter: AuditFilter, after: Int? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [LoggedEntry] {
        let conditions = [condition(subject)] + filter.conditions + ["log_index > \(after ?? -1)"]
        return try tx.query(
            """
            SELECT log_index, leaf FROM audit_entry WHERE \(fragment: conditions.joined(separator: " AND "))
            ORDER BY log_index LIMIT \(limit)
            """, logged)
    }

    /// Refused ones that are counted at most: their entries have to be opened, because one may stand for many.
    static let mostRefusedCounted = 5_000

    /// Counts of the newest `limit` entries that are of this filter, by day, application and outcome.
    public static func counts(
        about subject: AuditSubject, _ filter: AuditFilter, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [AuditCount] {
        var done = filter
        done.isDone = true
        var refused = filter
        refused.isDone = false
        // The window ends the sum and not the search, so that the search goes along the index and stops at the limit.
        var search = done
        search.from = nil
        let conditions = [condition(subject)] + search.conditions
        let served = try tx.query(
            """
            SELECT day, application_id, COUNT(*) FROM (
                SELECT at, at / 86400000000 AS day, application_id
                FROM audit_entry WHERE \(fragment: conditions.joined(separator: " AND "))
                ORDER BY log_index DESC LIMIT \(limit)) AS newest
            WHERE at >= \(filter.from ?? Moment(microseconds: 0)) GROUP BY day, application_id
            """
        ) { row in
            AuditCount(day: Int(row.int(0)), isDone: true, application: row.optionalID(1), count: Int(row.int(2)))
        }
        let waiting = try waiting(in: tx).filter { subject.isNamed(by: $0.entry) && done.includes($0.entry) }
        let others = try newest(about: subject, refused, limit: min(limit, mostRefusedCounted), in: tx)
        return served + (waiting + others).map { AuditCount($0.entry) }
    }

    /// When an application was last let at data under the grant, whether or not there was any.
    public static func lastRead(under grant: GrantID, in tx: borrowing Transaction) throws(StorageError) -> Moment? {
        var filter = AuditFilter()
        filter.actions = [.read, .deliver]
        filter.isDone = true
        return try newest(about: .grant(grant), filter, limit: 1, in: tx).first?.entry.at
    }

    // Oldest first; of very many only the newest, so that a sequencer at rest makes no page slow.
    private static func waiting(in tx: borrowing Transaction) throws(StorageError) -> [LoggedEntry] {
        try tx.query("SELECT leaf FROM audit_inbox ORDER BY place DESC LIMIT \(mostLookedThrough)") { row in
            LoggedEntry(index: nil, leaf: try leaf(row.bytes(0)))
        }.reversed()
    }
}
