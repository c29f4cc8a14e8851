// Grants with their events, and the pseudonyms under which an application knows records and people. Grants are never deleted.

public import Domain

public struct GrantRow: Sendable {
    public let id: GrantID
    public let application: ApplicationID
    public let person: PersonID
    public let record: RecordID
    public let recordPseudonym: RecordPseudonym
    public let personPseudonym: PersonPseudonym
    public let ruleVersion: Int
    public let rules: [RuleName]
    public let permissions: Permissions
    public let scope: String
    public let refusedScope: String
    public let state: GrantState
    public let itemsDelivered: Int
    public let createdAt: Moment
    public let expiresAt: Moment
    public let revokedAt: Moment?

    public init(
        id: GrantID, application: ApplicationID, person: PersonID, record: RecordID, recordPseudonym: RecordPseudonym,
        personPseudonym: PersonPseudonym, ruleVersion: Int, rules: [RuleName], permissions: Permissions, scope: String,
        refusedScope: String, state: GrantState, itemsDelivered: Int, createdAt: Moment, expiresAt: Moment,
        revokedAt: Moment?
    ) {
        self.id = id
        self.application = application
        self.person = person
        self.record = record
        self.recordPseudonym = recordPseudonym
        self.personPseudonym = personPseudonym
        self.ruleVersion = ruleVersion
        self.rules = rules
        self.permissions = permissions
        self.scope = scope
        self.refusedScope = refusedScope
        self.state = state
        self.itemsDelivered = itemsDelivered
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }
}

public enum GrantTable {
    public static func insert(_ row: GrantRow, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym, person_pseudonym,
                rule_version, rules, permissions, scope, refused_scope, state, items_delivered, created_at, expires_at)
            VALUES (\(row.id), \(row.application), \(row.person), \(row.record), \(row.recordPseudonym),
                \(row.personPseudonym), \(row.ruleVersion), \(row.rules.map(\.text).joined(separator: " ")),
                \(row.permissions.stored), \(row.scope), \(row.refusedScope), \(row.state.rawValue),
                \(row.itemsDelivered), \(row.createdAt), \(row.expiresAt))
            """)
    }

    public static func find(_ id: GrantID, in tx: borrowing Transaction) throws(StorageError) -> GrantRow? {
        try tx.queryOne("\(fragment: selection) WHERE id = \(id)", grant)
    }

    /// Newest first, active and not.
    public static func of(person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> [GrantRow] {
        try tx.query("\(fragment: selection) WHERE person_id = \(person) ORDER BY id DESC LIMIT 1000", grant)
    }

    public static func active(
        ofRecord record: RecordID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE record_id = \(record) AND state = 'active' AND expires_at > \(now) ORDER BY id
            """, grant)
    }

    /// False when it was not in a state that can be revoked any more.
    public static func revoke(
        _ id: GrantID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE consent_grant SET state = 'revoked', revoked_at = \(now) WHERE id = \(id) AND state <> 'revoked'
            """) == 1
    }

    /// Grants whose time is over and of whom nobody has said so yet, a bounded batch.
    public static func overdue(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        try tx.query(
            "\(fragment: selection) WHERE state = 'active' AND expires_at <= \(now) ORDER BY id LIMIT \(limit)", grant)
    }

    public static func expire(_ id: GrantID, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.execute("UPDATE consent_grant SET state = 'expired' WHERE id = \(id) AND state = 'active'") == 1
    }

    public static func addDelivered(
        _ items: Int, to id: GrantID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE consent_grant SET items_delivered = items_delivered + \(items) WHERE id = \(id)")
    }

    public static func record(
        _ event: String, of id: GrantID, actor: String, method: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO grant_event (grant_id, at, event, actor, method)
            VALUES (\(id), \(now), \(event), \(actor), \(method))
            """)
    }

    static let columns: SQL = """
        id, application_id, person_id, record_id, record_pseudonym, person_pseudonym, rule_version, rules, permissions,
        scope, refused_scope, state, items_delivered, created_at, expires_at, revoked_at
        """
    private static let selection: SQL = "SELECT \(fragment: columns) FROM consent_grant"

    private static func grant(_ row: borrowing Row) throws(StorageError) -> GrantRow {
        GrantRow(
            id: Identifier(stored: row.text(0)), application: Identifier(stored: row.text(1)),
            person: Identifier(stored: row.text(2)), record: Identifier(stored: row.text(3)),
            recordPseudonym: Identifier(stored: row.text(4)), personPseudonym: Identifier(stored: row.text(5)),
            ruleVersion: Int(row.int(6)), rules: row.text(7).split(separator: " ").compactMap { RuleName(String($0)) },
            permissions: try storedPermissions(row.text(8), "consent_grant.permissions"), scope: row.text(9),
            refusedScope: row.text(10), state: try stored(row.text(11), "consent_grant.state"),
            itemsDelivered: Int(row.int(12)), createdAt: row.moment(13), expiresAt: row.moment(14),
            revokedAt: row.optionalMoment(15))
    }
}

/// What an application calls a record or a person: random, made once, the same again after revoking and authorizing anew.
public enum PseudonymTable {
    /// `fresh` is used when the application has no name for the record yet.
    public static func record(
        _ record: RecordID, for application: ApplicationID, fresh: RecordPseudonym, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordPseudonym {
        _ = try tx.execute(
            """
            INSERT INTO record_pseudonym (application_id, record_id, pseudonym)
            VALUES (\(application), \(record), \(fresh)) ON CONFLICT (application_id, record_id) DO NOTHING
            """)
        return try tx.queryOne(
            """
            SELECT pseudonym FROM record_pseudonym WHERE application_id = \(application) AND record_id = \(record)
            """
        ) { row in Identifier(stored: row.text(0)) } ?? fresh
    }

    public static func person(
        _ person: PersonID, for application: ApplicationID, fresh: PersonPseudonym, in tx: borrowing Transaction
    ) throws(StorageError) -> PersonPseudonym {
        _ = try tx.execute(
            """
            INSERT INTO person_pseudonym (application_id, person_id, pseudonym)
            VALUES (\(application), \(person), \(fresh)) ON CONFLICT (application_id, person_id) DO NOTHING
            """)
        return try tx.queryOne(
            """
            SELECT pseudonym FROM person_pseudonym WHERE application_id = \(application) AND person_id = \(person)
            """
        ) { row in Identifier(stored: row.text(0)) } ?? fresh
    }
}
