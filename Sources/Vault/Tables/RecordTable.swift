// Records, who holds access to them, and every change of that.

public import Domain

public struct RecordRow: Sendable {
    public let id: RecordID
    /// What its people call it; empty for a record that was never named.
    public let name: String
    public let country: String?
    public let isSuspended: Bool
    public let auditName: AuditName
}

/// One person's access to one record.
public struct HoldingRow: Sendable {
    public let record: RecordRow
    public let person: PersonID
    public let personName: String
    public let personAuditName: AuditName
    public let state: RecordAccessState
    public let holding: RecordHolding

    /// What the person may do in the record at a moment; nil when nothing.
    public func reach(at now: Moment) -> Permissions? {
        state == .active && holding.isInForce(at: now) ? holding.permissions : nil
    }
}

public enum RecordTable {
    /// A new record, held by its person as custodian.
    public static func insert(
        _ record: RecordID, auditName: AuditName, name: String = "", country: String? = nil, of person: PersonID,
        as relationship: Relationship = .own, until: Moment? = nil, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO record (id, audit_name, is_suspended, created_at, name, country)
            VALUES (\(record), \(auditName), 0, \(now), \(name), \(country))
            """)
        try give(
            record, to: person, stored: Permissions.storedEverything, relationship: relationship, custodian: true,
            until: until, at: now, in: tx)
        try remember(.given, record, person, actor: person, at: now, in: tx)
    }

    /// Gives access, also to somebody who had it before and lost it.
    public static func give(
        _ record: RecordID, to person: PersonID, _ holding: RecordHolding, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        let isAll = holding.permissions == .everything
        try give(
            record, to: person, stored: isAll ? Permissions.storedEverything : holding.permissions.stored,
            relationship: holding.relationship, custodian: holding.isCustodian, until: holding.expiresAt, at: now,
            in: tx)
    }

    private static func give(
        _ record: RecordID, to person: PersonID, stored permissions: String, relationship: Relationship,
        custodian: Bool, until: Moment?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO record_access (person_id, record_id, relationship, is_custodian, permissions, expires_at, created_at,
                state)
            VALUES (\(person), \(record), \(relationship.rawValue), \(custodian), \(permissions), \(until), \(now), 'active')
            ON CONFLICT (person_id, record_id) DO UPDATE SET relationship = excluded.relationship,
                is_custodian = excluded.is_custodian, permissions = excluded.permissions,
                expires_at = excluded.expires_at, state = 'active'
            """)
    }

    public static func narrow(
        _ record: RecordID, of person: PersonID, to holding: RecordHolding, in tx: borrowing Transaction
    ) throws(StorageError) {
        let isAll = holding.permissions == .everything
        _ = try tx.execute(
            """
            UPDATE record_access SET is_custodian = \(holding.isCustodian), expires_at = \(holding.expiresAt),
                permissions = \(isAll ? Permissions.storedEverything : holding.permissions.stored)
            WHERE person_id = \(person) AND record_id = \(record) AND state = 'active'
            """)
    }

    /// False when it is not in the state any more from which it is to end.
    public static func end(
        _ record: RecordID, of person: PersonID, from before: RecordAccessState, as state: RecordAccessState,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE record_access SET state = \(state.rawValue)
            WHERE person_id = \(person) AND record_id = \(record) AND state = \(before.rawValue)
            """) == 1
    }

    public static func suspend(
        _ record: RecordID, _ isSuspended: Bool, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            "UPDATE record SET is_suspended = \(isSuspended) WHERE id = \(record) AND is_suspended <> \(isSuspended)"
        ) == 1
    }

    public static func describe(
        _ record: RecordID, name: String, country: String?, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE record SET name = \(name), country = \(country) WHERE id = \(record)")
    }

    public enum Event: String, Sendable {
        case given, narrowed, left, removed, expired, suspended, resumed
    }

    /// The line of the history that belongs to the access as it stands now: written after the row.
    public static func remember(
        _ event: Event, _ record: RecordID, _ person: PersonID, actor: PersonID?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO record_event (record_id, person_id, version, at, event, actor, is_custodian, permissions, expires_at)
            SELECT record_id, person_id, 1 + COALESCE((SELECT MAX(version) FROM record_event e
                    WHERE e.record_id = \(record) AND e.person_id = \(person)), 0),
                \(now), \(event.rawValue), \(actor), is_custodian, permissions, expires_at
            FROM record_access WHERE record_id = \(record) AND person_id = \(person)
            """)
    }

    /// What one person could do in a record at a moment that is over, and until when; nil when nothing.
    public static func access(
        of person: PersonID, in record: RecordID, at moment: Moment, tx: borrowing Transaction
    ) throws(StorageError) -> Facts.RecordAccessFacts? {
        let last = try tx.queryOne(
            """
            SELECT event, permissions, expires_at FROM record_event
            WHERE record_id = \(record) AND person_id = \(person) AND at <= \(moment) ORDER BY version DESC LIMIT 1
            """
        ) { row throws(StorageError) -> Facts.RecordAccessFacts? in
            let event: Event = try stored(row.text(0), "record_event.event")
            switch event {
            case .left, .removed, .expired: return nil
            case .given, .narrowed, .suspended, .resumed:
                return Facts.RecordAccessFacts(
                    permissions: try storedPermissions(row.text(1), "record_event.permissions"),
                    expiresAt: row.optionalMoment(2))
            }
        }
        return last ?? nil
    }

    /// Whether the record was paused at a moment that is over.
    public static func wasSuspended(
        _ record: RecordID, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.queryOne(
            """
            SELECT event FROM record_event
            WHERE record_id = \(record) AND event IN ('suspended', 'resumed') AND at <= \(moment)
            ORDER BY at DESC, version DESC LIMIT 1
            """
        ) { row in row.text(0) == "suspended" } ?? false
    }

    /// Records that the person holds or held access to: the one that came with their account first, then what else is said to
    /// be their own.
    public static func of(person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> [HoldingRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE ra.person_id = \(person)
            ORDER BY \(fragment: ownFirst)
            """, holding)
    }

    /// Everybody who holds, or held, access to the record.
    public static func holders(
        of record: RecordID, in tx: borrowing Transaction
    ) throws(StorageError) -> [HoldingRow] {
        try tx.query("\(fragment: selection) WHERE ra.record_id = \(record) ORDER BY ra.person_id", holding)
    }

    public static func holding(
        of person: PersonID, in record: RecordID, tx: borrowing Transaction
    ) throws(StorageError) -> HoldingRow? {
        try tx.queryOne(
            "\(fragment: selection) WHERE ra.person_id = \(person) AND ra.record_id = \(record)", holding)
    }

    /// Access whose end has come and of which nobody has said so yet, a bounded batch.
    public static func overdue(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [HoldingRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE ra.state = 'active' AND ra.expires_at IS NOT NULL AND ra.expires_at <= \(now)
            ORDER BY ra.expires_at LIMIT \(limit)
            """, holding)
    }

    /// The one that came with the account, also when the clock has ended it; for whoever left or lost it, what else is said to
    /// be their own.
    public static func own(of person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> HoldingRow? {
        try tx.queryOne(
            """
            \(fragment: selection) WHERE ra.person_id = \(person) AND ra.relationship = 'own'
                AND ra.state IN ('active', 'expired')
            ORDER BY \(fragment: ownFirst) LIMIT 1
            """, holding)
    }

    /// What the trail called it is forgotten; `name` is in no entry.
    public static func rename(
        _ record: RecordID, to name: AuditName, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE record SET audit_name = \(name) WHERE id = \(record)")
    }

    public static func auditName(
        of record: RecordID, in tx: borrowing Transaction
    ) throws(StorageError) -> AuditName? {
        try tx.queryOne("SELECT audit_name FROM record WHERE id = \(record)") { row in
            Identifier(stored: row.text(0))
        }
    }

    /// The record that the person last used with the application.
    public static func selected(
        by person: PersonID, for application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordID? {
        try tx.queryOne(
            "SELECT record_id FROM selected_record WHERE application_id = \(application) AND person_id = \(person)"
        ) { row in Identifier(stored: row.text(0)) }
    }

    public static func select(
        _ record: RecordID, by person: PersonID, for application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO selected_record (application_id, person_id, record_id)
            VALUES (\(application), \(person), \(record))
            ON CONFLICT (application_id, person_id) DO UPDATE SET record_id = excluded.record_id
            """)
    }

    private static let ownFirst: SQL = """
        CASE WHEN ra.record_id = p.own_record_id THEN 0 WHEN ra.relationship = 'own' THEN 1 ELSE 2 END, ra.created_at,
            ra.record_id
        """

    private static let selection: SQL = """
        SELECT r.id, r.name, r.country, r.is_suspended, r.audit_name, ra.person_id, p.name, p.audit_name, ra.state,
            ra.relationship, ra.is_custodian, ra.permissions, ra.expires_at
        FROM record_access ra JOIN record r ON r.id = ra.record_id JOIN person p ON p.id = ra.person_id
        """

    private static func holding(_ row: borrowing Row) throws(StorageError) -> HoldingRow {
        HoldingRow(
            record: RecordRow(
                id: Identifier(stored: row.text(0)), name: row.text(1), country: row.optionalText(2),
                isSuspended: row.int(3) != 0, auditName: Identifier(stored: row.text(4))),
            person: Identifier(stored: row.text(5)), personName: row.text(6),
            personAuditName: Identifier(stored: row.text(7)), state: try stored(row.text(8), "record_access.state"),
            holding: RecordHolding(
                relationship: try stored(row.text(9), "record_access.relationship"), isCustodian: row.int(10) != 0,
                permissions: try storedPermissions(row.text(11), "record_access.permissions"),
                expiresAt: row.optionalMoment(12)))
    }
}
