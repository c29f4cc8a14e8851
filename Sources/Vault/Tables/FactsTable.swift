// Gathers what the decision needs, in one statement, in the transaction that asks. Nothing here has an opinion.

public import Domain

/// The facts, and the names under which the audit trail knows whom they are about.
public struct Known: Sendable {
    public var facts: Facts
    public var recordPseudonym: RecordPseudonym?
    public var personPseudonym: PersonPseudonym?
    public var person: AuditName?
    public var record: AuditName?

    /// The same application, as if there were no grant: what a stranger's question sees.
    public var withoutGrant: Known {
        Known(
            facts: Facts(application: facts.application, grant: nil, recordAccess: nil, recordIsSuspended: false),
            recordPseudonym: nil, personPseudonym: nil, person: nil, record: nil)
    }
}

public struct KnownToken: Sendable {
    public let application: ApplicationID
    public let mode: Mode
    /// Nil for client credentials, and for a multi-record application's token: such a token stands on no one grant.
    public let grant: GrantID?
    /// Set for a multi-record application's token: it reaches this person's grants and no others.
    public let person: PersonID?
    public let expiresAt: Moment
    public let hasEnded: Bool
    /// What it was given. For health data the grant counts, not this.
    public let scope: String
    /// Of the key that it is bound to; nil for a bearer token.
    public let keyThumbprint: String?
    /// What it may do at most, whatever its grants give; nil is no limit.
    public var limit: Permissions?
    public let known: Known
}

public enum FactsTable {
    public static func byToken(
        _ hash: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) -> KnownToken? {
        try tx.queryOne(byToken.filled([.bytes(hash)])) { row throws(StorageError) in
            KnownToken(
                application: Identifier(stored: row.text(18)),
                mode: try stored(row.text(19), "access_token.mode"),
                grant: row.optionalText(20).map { Identifier(stored: $0) },
                person: row.optionalText(23).map { Identifier(stored: $0) }, expiresAt: row.moment(21),
                hasEnded: row.optionalInt(22) != nil, scope: row.text(24), keyThumbprint: row.optionalText(25),
                limit: try row.optionalText(26).map { text throws(StorageError) in
                    try storedPermissions(text, "access_token.permissions")
                },
                known: try known(row))
        }
    }

    /// For an application that names the record: its newest grant, an active one before any other; of one person, when one is
    /// given.
    public static func byPseudonym(
        _ pseudonym: String, for application: ApplicationID, of person: PersonID? = nil, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Known? {
        let mine: SQL = person.map { "AND person_id = \($0)" } ?? ""
        return try tx.queryOne(
            """
            SELECT \(fragment: columns) FROM application a
            LEFT JOIN consent_grant g ON g.id = (
                SELECT id FROM consent_grant WHERE application_id = \(application) AND record_pseudonym = \(pseudonym)
                \(fragment: mine)
                ORDER BY CASE WHEN state = 'active' AND expires_at > \(now) THEN 0 ELSE 1 END, id DESC LIMIT 1)
            \(fragment: joins) WHERE a.id = \(application)
            """, known)
    }

    /// The grants in force under that name, newest first: what each could give is for the decision to say. Never more than
    /// sixteen.
    public static func inForce(
        under pseudonym: String, for application: ApplicationID, of person: PersonID?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [Known] {
        let mine: SQL = person.map { "AND g.person_id = \($0)" } ?? ""
        return try tx.query(
            """
            SELECT \(fragment: columns) FROM consent_grant g JOIN application a ON a.id = g.application_id
            \(fragment: joins)
            WHERE g.application_id = \(application) AND g.record_pseudonym = \(pseudonym) \(fragment: mine)
                AND g.state = 'active' AND g.expires_at > \(now)
            ORDER BY g.id DESC LIMIT 16
            """, known)
    }

    public static func byGrant(_ grant: GrantID, in tx: borrowing Transaction) throws(StorageError) -> Known? {
        try tx.queryOne(
            """
            SELECT \(fragment: columns) FROM consent_grant g JOIN application a ON a.id = g.application_id
            \(fragment: joins) WHERE g.id = \(grant)
            """, known)
    }

    // Asked with every access to health data.
    private static let byToken: StandingSQL = """
        SELECT \(fragment: columns), t.application_id, t.mode, t.grant_id, t.expires_at, t.ended_at, t.person_id,
            t.scope, t.dpop_jkt, t.permissions
        FROM access_token t JOIN application a ON a.id = t.application_id
        LEFT JOIN consent_grant g ON g.id = t.grant_id \(fragment: joins)
        WHERE t.token_hash = \(holes: 1)
        """

    private static let columns: SQL = """
        a.id, a.state, a.coverage, g.id, g.application_id, g.person_id, g.record_id, g.permissions, g.expires_at, g.state,
        g.record_pseudonym, g.person_pseudonym, ra.permissions, ra.expires_at, r.is_suspended, p.audit_name, r.audit_name,
        g.periods
        """
    private static let joins: SQL = """
        LEFT JOIN record_access ra ON ra.person_id = g.person_id AND ra.record_id = g.record_id AND ra.state = 'active'
        LEFT JOIN record r ON r.id = g.record_id LEFT JOIN person p ON p.id = g.person_id
        """

    private static func known(_ row: borrowing Row) throws(StorageError) -> Known {
        var facts = Facts(
            application: Facts.ApplicationFacts(
                id: Identifier(stored: row.text(0)), isInGoodStanding: row.text(1) == "active",
                currentRules: try storedPermissions(row.text(2), "application.coverage")),
            grant: nil, recordAccess: nil, recordIsSuspended: (row.optionalInt(14) ?? 0) != 0)
        guard let grant = row.optionalText(3) else {
            return Known(facts: facts, recordPseudonym: nil, personPseudonym: nil, person: nil, record: nil)
        }
        let state: GrantState = try stored(row.text(9), "consent_grant.state")
        facts.grant = Facts.GrantFacts(
            id: Identifier(stored: grant), application: Identifier(stored: row.text(4)),
            person: Identifier(stored: row.text(5)), record: Identifier(stored: row.text(6)),
            permissions: try storedPermissions(row.text(7), "consent_grant.permissions"), expiresAt: row.moment(8),
            isRevoked: state == .revoked, dates: try readingDays(row.optionalText(17), "consent_grant.periods"))
        if let own = row.optionalText(12) {
            facts.recordAccess = Facts.RecordAccessFacts(
                permissions: try storedPermissions(own, "record_access.permissions"),
                expiresAt: row.optionalMoment(13))
        }
        return Known(
            facts: facts, recordPseudonym: Identifier(stored: row.text(10)),
            personPseudonym: Identifier(stored: row.text(11)),
            person: row.optionalText(15).map { Identifier(stored: $0) },
            record: row.optionalText(16).map { Identifier(stored: $0) })
    }
}
