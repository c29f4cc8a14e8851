// The audit trail as it is read: newest first for people, in the order of the log for applications and auditors, and counted by
// day. Who is named is found in the runs, and in the newest entries, which are in none yet; all else is asked of what is found.

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

    /// Whom the entries must name, where they must name somebody: the one who has the fewest.
    var subject: AuditSubject {
        if let grant { return .grant(grant) }
        if let person { return .person(person) }
        if let record { return .record(record) }
        return application.map(AuditSubject.application) ?? .anything
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
    public struct Kind: Sendable, Hashable {
        /// Counted from 1970-01-01, in UTC.
        public let day: Int
        public let isDone: Bool
        public let application: ApplicationID?

        public init(day: Int, isDone: Bool, application: ApplicationID?) {
            self.day = day
            self.isDone = isDone
            self.application = application
        }

        fileprivate init(at moment: Moment, isDone: Bool, application: ApplicationID?) {
            self.init(day: Int(moment.seconds / 86_400), isDone: isDone, application: application)
        }
    }

    public let kind: Kind
    public let count: Int
    public var day: Int { kind.day }
    public var isDone: Bool { kind.isDone }
    public var application: ApplicationID? { kind.application }
}

extension AuditTable {
    /// Newest first. Without `before` those come first that still wait for their place, however many; `limit` is of the log.
    public static func newest(
        about subject: AuditSubject, _ filter: AuditFilter, before: Int? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [LoggedEntry] {
        let logged = try newest("leaf", about: subject, filter, before: before, limit: limit, in: tx) { row in
            LoggedEntry(index: Int(row.int(1)), leaf: try leaf(row.bytes(0)))
        }
        guard before == nil else { return logged }
        let waiting = try waiting(in: tx).filter { subject.isNamed(by: $0.entry) && filter.includes($0.entry) }
        return waiting.reversed() + logged
    }

    /// In the order of the log, and only what has its place there. `after` is the place of the last one seen.
    public static func inOrder(
        about subject: AuditSubject, _ filter: AuditFilter, after: Int? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [LoggedEntry] {
        let conditions = ([condition(subject)] + filter.conditions).joined(separator: " AND ")
        let after = after ?? -1
        var found: [LoggedEntry] = []
        var start = after + 1
        if let key = (subject == .anything ? filter.subject : subject).key {
            let edge = try RunTable.edge(in: tx)
            found = try tx.query(
                """
                SELECT log_index, leaf FROM \(fragment: mentions(of: key)) AND past_index > \(after) AND place > \(after)
                    AND \(fragment: conditions)
                ORDER BY number, place LIMIT \(limit)
                """, logged)
            guard found.count < limit else { return found }
            start = max(start, edge)
        }
        return found
            + (try tx.query(
                """
                SELECT log_index, leaf FROM audit_entry WHERE log_index >= \(start) AND \(fragment: conditions)
                ORDER BY log_index LIMIT \(limit - found.count)
                """, logged))
    }

    // Newest first: those that are in no run yet, then run by run.
    private static func newest<Entry>(
        _ columns: SQL, about subject: AuditSubject, _ filter: AuditFilter, before: Int?, limit: Int,
        in tx: borrowing Transaction, _ map: (borrowing Row) throws -> Entry
    ) throws(StorageError) -> [Entry] {
        let before = before ?? .max
        let conditions = ([condition(subject)] + filter.conditions).joined(separator: " AND ")
        let key = (subject == .anything ? filter.subject : subject).key
        let edge = key == nil ? 0 : try RunTable.edge(in: tx)
        let newest = try tx.query(
            """
            SELECT \(fragment: columns), log_index FROM audit_entry
            WHERE log_index >= \(edge) AND log_index < \(before) AND \(fragment: conditions)
            ORDER BY log_index DESC LIMIT \(limit)
            """, map)
        guard let key, newest.count < limit else { return newest }
        return newest
            + (try tx.query(
                """
                SELECT \(fragment: columns), log_index FROM \(fragment: mentions(of: key)) AND first_index < \(before)
                    AND place < \(before) AND \(fragment: conditions)
                ORDER BY number DESC, place DESC LIMIT \(limit - newest.count)
                """, map))
    }

    // Joined in this order, so that a page ends where it is full: run by run, in each by subject, and to the entry.
    private static func mentions(of subject: String) -> SQL {
        """
        audit_run CROSS JOIN audit_subject CROSS JOIN audit_entry
        WHERE run = number AND subject = \(subject) AND log_index = place
        """
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
        let rows = try newest(
            "at, application_id", about: subject, search, before: nil, limit: limit, in: tx
        ) { row -> (at: Moment, application: ApplicationID?) in (row.moment(0), row.optionalID(1)) }
        var counts: [AuditCount.Kind: Int] = [:]
        for row in rows where row.at >= filter.from ?? Moment(microseconds: 0) {
            counts[AuditCount.Kind(at: row.at, isDone: true, application: row.application), default: 0] += 1
        }
        let waiting = try waiting(in: tx).filter { subject.isNamed(by: $0.entry) && done.includes($0.entry) }
        let others = try newest(about: subject, refused, limit: min(limit, mostRefusedCounted), in: tx)
        for entry in (waiting + others).map(\.entry) {
            let kind = AuditCount.Kind(at: entry.at, isDone: entry.outcome == .done, application: entry.application)
            counts[kind, default: 0] += entry.repetition?.times ?? 1
        }
        return counts.map { AuditCount(kind: $0, count: $1) }
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
