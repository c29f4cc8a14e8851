// Grants with their events, and the pseudonyms under which an application knows records and people. Grants are never deleted.

public import Domain

public struct GrantRow: Sendable {
    public let id: GrantID
    public let application: ApplicationID
    public let person: PersonID
    public let record: RecordID
    public let recordPseudonym: RecordPseudonym
    public let personPseudonym: PersonPseudonym
    /// Of the rule set that stood when the terms were last agreed to.
    public let ruleVersion: Int
    public let terms: GrantTerms
    /// Counts its changes, from 1.
    public let version: Int
    public let state: GrantState
    public let itemsDelivered: Int
    public let createdAt: Moment
    public let revokedAt: Moment?

    public init(
        id: GrantID, application: ApplicationID, person: PersonID, record: RecordID, recordPseudonym: RecordPseudonym,
        personPseudonym: PersonPseudonym, ruleVersion: Int, terms: GrantTerms, version: Int = 1, state: GrantState,
        itemsDelivered: Int, createdAt: Moment, revokedAt: Moment?
    ) {
        self.id = id
        self.application = application
        self.person = person
        self.record = record
        self.recordPseudonym = recordPseudonym
        self.personPseudonym = personPseudonym
        self.ruleVersion = ruleVersion
        self.terms = terms
        self.version = version
        self.state = state
        self.itemsDelivered = itemsDelivered
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }

    /// As `GrantTable.update` leaves it behind.
    public func changed(to terms: GrantTerms, ruleVersion: Int) -> GrantRow {
        GrantRow(
            id: id, application: application, person: person, record: record, recordPseudonym: recordPseudonym,
            personPseudonym: personPseudonym, ruleVersion: ruleVersion, terms: terms, version: version + 1,
            state: state, itemsDelivered: itemsDelivered, createdAt: createdAt, revokedAt: revokedAt)
    }

    /// Not written yet, with the limits that follow from its rules.
    public func limited(_ terms: GrantTerms) -> GrantRow {
        GrantRow(
            id: id, application: application, person: person, record: record, recordPseudonym: recordPseudonym,
            personPseudonym: personPseudonym, ruleVersion: ruleVersion, terms: terms, version: version, state: state,
            itemsDelivered: itemsDelivered, createdAt: createdAt, revokedAt: revokedAt)
    }

    public var permissions: Permissions { terms.permissions }
    public var scope: String { terms.scope }
    public var expiresAt: Moment { terms.expiresAt }

    /// What it is worth at a moment, whether or not anybody wrote it down.
    public func state(at now: Moment) -> GrantState { state.effective(expiresAt: terms.expiresAt, at: now) }
}

/// One change in the life of a grant, with the terms after it.
public struct GrantChange: Sendable {
    public enum Event: String, CaseIterable, Sendable, Hashable {
        case given, extended, narrowed, renewed, revoked, expired
    }

    public let version: Int
    public let at: Moment
    public let event: Event
    public let actor: Notice.Actor
    /// `page`, `api`, or `none` for the clock.
    public let method: String
    public let rules: [GrantedRule]
    public let permissions: Permissions
    public let scope: String
    public let expiresAt: Moment
    /// The days that followed from the dates of the rules.
    public let limits: ReadingDays
    /// How many tokens ended with it; nil where it ended none, or nobody counted.
    public let tokensEnded: Int?

    /// The terms as they read then; what was refused is not part of the history.
    public var terms: GrantTerms {
        GrantTerms(
            rules: rules, permissions: permissions, scope: scope, refusedScope: "", expiresAt: expiresAt,
            limits: limits)
    }
}

public enum GrantTable {
    public static func insert(_ row: GrantRow, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym, person_pseudonym,
                rule_version, rules, permissions, scope, refused_scope, state, items_delivered, created_at, expires_at,
                version, periods, is_detailed)
            VALUES (\(row.id), \(row.application), \(row.person), \(row.record), \(row.recordPseudonym),
                \(row.personPseudonym), \(row.ruleVersion), \(stored(row.terms.rules)),
                \(row.permissions.stored), \(row.scope), \(row.terms.refusedScope), \(row.state.rawValue),
                \(row.itemsDelivered), \(row.createdAt), \(row.expiresAt), \(row.version),
                \(row.terms.limits.stored), \(row.terms.isDetailed ? 1 : 0))
            """)
    }

    /// Writes new terms over the version they were made from: false when somebody else was faster, or it is not active.
    public static func update(
        _ id: GrantID, to terms: GrantTerms, ruleVersion: Int, from version: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE consent_grant SET rules = \(stored(terms.rules)), permissions = \(terms.permissions.stored),
                scope = \(terms.scope), refused_scope = \(terms.refusedScope), expires_at = \(terms.expiresAt),
                rule_version = \(ruleVersion), version = \(version + 1),
                periods = \(terms.limits.stored), is_detailed = \(terms.isDetailed ? 1 : 0)
            WHERE id = \(id) AND version = \(version) AND state = 'active'
            """) == 1
    }

    /// The application asked in details for what stands already: told of again in details, and otherwise unchanged.
    public static func noteDetails(_ id: GrantID, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute("UPDATE consent_grant SET is_detailed = 1 WHERE id = \(id)")
    }

    private static func stored(_ rules: [GrantedRule]) -> String { rules.map(\.stored).joined(separator: " ") }

    public static func find(_ id: GrantID, in tx: borrowing Transaction) throws(StorageError) -> GrantRow? {
        try tx.queryOne("\(fragment: selection) WHERE id = \(id)", grant)
    }

    /// Newest first, active and not; a page after the id that is given.
    public static func of(
        person: PersonID, after: GrantID? = nil, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        guard let after else {
            return try tx.query(
                "\(fragment: selection) WHERE person_id = \(person) ORDER BY id DESC LIMIT \(limit)", grant)
        }
        return try tx.query(
            """
            \(fragment: selection) WHERE person_id = \(person) AND id < \(after) ORDER BY id DESC LIMIT \(limit)
            """, grant)
    }

    /// Those in force now, newest first. Few, however long the history is.
    public static func active(
        ofPerson person: PersonID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE person_id = \(person) AND state = 'active' AND expires_at > \(now)
            ORDER BY id DESC
            """, grant)
    }

    /// What one person gave one application, newest first: for one record, or for all.
    public static func of(
        person: PersonID, application: ApplicationID, record: RecordID?, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        guard let record else {
            return try tx.query(
                """
                \(fragment: selection) WHERE application_id = \(application) AND person_id = \(person)
                ORDER BY id DESC LIMIT 1000
                """, grant)
        }
        return try tx.query(
            """
            \(fragment: selection) WHERE application_id = \(application) AND person_id = \(person)
                AND record_id = \(record) ORDER BY id DESC LIMIT 100
            """, grant)
    }

    public static func active(
        ofRecord record: RecordID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE record_id = \(record) AND state = 'active' AND expires_at > \(now) ORDER BY id
            """, grant)
    }

    /// In force now, for an application that names the record: of everybody, or of one person. Newest first.
    public static func active(
        for application: ApplicationID, record: String, of person: PersonID?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        let theirs: SQL = person.map { "AND person_id = \($0)" } ?? ""
        return try tx.query(
            """
            \(fragment: selection) WHERE application_id = \(application) AND record_pseudonym = \(record)
                \(fragment: theirs) AND state = 'active' AND expires_at > \(now) ORDER BY id DESC
            """, grant)
    }

    /// False when it was not in a state that can be revoked any more.
    public static func revoke(
        _ id: GrantID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE consent_grant SET state = 'revoked', revoked_at = \(now), version = version + 1
            WHERE id = \(id) AND state <> 'revoked'
            """) == 1
    }

    /// Grants whose time is over and of whom nobody has said so yet, a bounded batch.
    public static func overdue(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE state = 'active' AND expires_at <= \(now) ORDER BY expires_at LIMIT \(limit)
            """, grant)
    }

    public static func expire(_ id: GrantID, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.execute(
            "UPDATE consent_grant SET state = 'expired', version = version + 1 WHERE id = \(id) AND state = 'active'"
        ) == 1
    }

    public static func addDelivered(
        _ items: Int, to id: GrantID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE consent_grant SET items_delivered = items_delivered + \(items) WHERE id = \(id)")
    }

    /// The line of the history that belongs to the grant as it stands now: written after the row.
    public static func record(
        _ event: GrantChange.Event, of id: GrantID, actor: Notice.Actor, method: String, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO grant_change (grant_id, version, at, event, actor, method, rules, permissions, scope, expires_at,
                periods)
            SELECT id, version, \(now), \(event.rawValue), \(actor.rawValue), \(method), rules, permissions, scope,
                expires_at, periods
            FROM consent_grant WHERE id = \(id)
            """)
    }

    /// Known only after the change was told: beside its line, which stands for the grant as it is now.
    public static func noteTokens(
        _ ended: Int, of id: GrantID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE grant_change SET tokens_ended = \(ended)
            WHERE grant_id = \(id) AND version = (SELECT version FROM consent_grant WHERE id = \(id))
            """)
    }

    /// Oldest first.
    public static func changes(
        of id: GrantID, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantChange] {
        try tx.query(
            """
            SELECT c.version, c.at, c.event, c.actor, c.method, c.permissions, c.expires_at, c.rules, c.scope,
                g.rule_version, c.periods, c.tokens_ended
            FROM grant_change c JOIN consent_grant g ON g.id = c.grant_id WHERE c.grant_id = \(id) ORDER BY c.version
            """
        ) { row throws(StorageError) in
            GrantChange(
                version: Int(row.int(0)), at: row.moment(1),
                event: try Vault.stored(row.text(2), "grant_change.event"),
                actor: try Vault.stored(row.text(3), "grant_change.actor"), method: row.text(4),
                rules: try granted(row.text(7), fallback: Int(row.int(9)), "grant_change.rules"),
                permissions: try storedPermissions(row.text(5), "grant_change.permissions"), scope: row.text(8),
                expiresAt: row.moment(6), limits: try readingDays(row.optionalText(10), "grant_change.periods"),
                tokensEnded: row.optionalInt(11).map { Int($0) })
        }
    }

    /// The grants that could count at a moment that is over: those in force then before any other, the newest first.
    public static func counted(
        for application: ApplicationID, record: String, at moment: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantID] {
        try tx.query(
            """
            SELECT c.grant_id FROM grant_change c JOIN consent_grant g ON g.id = c.grant_id
            WHERE g.application_id = \(application) AND g.record_pseudonym = \(record) AND c.at <= \(moment)
                AND NOT EXISTS (SELECT 1 FROM grant_change later
                    WHERE later.grant_id = c.grant_id AND later.version > c.version AND later.at <= \(moment))
            ORDER BY CASE WHEN c.event NOT IN ('revoked', 'expired') AND c.expires_at > \(moment) THEN 0 ELSE 1 END,
                c.grant_id DESC LIMIT \(limit)
            """
        ) { row in Identifier(stored: row.text(0)) }
    }

    static let columns: SQL = """
        id, application_id, person_id, record_id, record_pseudonym, person_pseudonym, rule_version, rules, permissions,
        scope, refused_scope, state, items_delivered, created_at, expires_at, revoked_at, version, periods,
        is_detailed
        """
    private static let selection: SQL = "SELECT \(fragment: columns) FROM consent_grant"

    private static func granted(
        _ text: String, fallback version: Int, _ column: String
    ) throws(StorageError) -> [GrantedRule] {
        let words = text.split(separator: " ")
        let rules = words.compactMap { GrantedRule(stored: $0, fallback: version) }
        guard rules.count == words.count else { throw StorageError(.corrupt, "\(column) cannot be read") }
        return rules
    }

    private static func grant(_ row: borrowing Row) throws(StorageError) -> GrantRow {
        let ruleVersion = Int(row.int(6))
        let terms = GrantTerms(
            rules: try granted(row.text(7), fallback: ruleVersion, "consent_grant.rules"),
            permissions: try storedPermissions(row.text(8), "consent_grant.permissions"),
            scope: row.text(9), refusedScope: row.text(10), expiresAt: row.moment(14),
            isDetailed: row.int(18) != 0, limits: try readingDays(row.optionalText(17), "consent_grant.periods"))
        return GrantRow(
            id: Identifier(stored: row.text(0)), application: Identifier(stored: row.text(1)),
            person: Identifier(stored: row.text(2)), record: Identifier(stored: row.text(3)),
            recordPseudonym: Identifier(stored: row.text(4)), personPseudonym: Identifier(stored: row.text(5)),
            ruleVersion: ruleVersion, terms: terms, version: Int(row.int(16)),
            state: try Vault.stored(row.text(11), "consent_grant.state"), itemsDelivered: Int(row.int(12)),
            createdAt: row.moment(13), revokedAt: row.optionalMoment(15))
    }
}
