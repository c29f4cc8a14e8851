// Authorization codes and access tokens: hashes that point to a grant and carry no rights of their own.

public import Domain

public struct CodeRow: Sendable {
    public let application: ApplicationID
    public let grant: GrantID
    /// Set for a multi-record application: its token stands on the person.
    public let person: PersonID?
    public let redirectURI: String
    /// The request named no redirect URI, so the exchange need not.
    public let omitsRedirect: Bool
    public let codeChallenge: String
    public let expiresAt: Moment
    public let isUsed: Bool
    /// This authorization may act while the person is away.
    public let isOffline: Bool
    /// The key that the authorization request bound the code to (RFC 9449 §10).
    public let keyThumbprint: String?
}

public enum TokenTable {
    public static func insertCode(
        hash: [UInt8], application: ApplicationID, grant: GrantID, redirectURI: String, codeChallenge: String,
        person: PersonID? = nil, isOffline: Bool, keyThumbprint: String? = nil, omitsRedirect: Bool = false,
        at now: Moment, until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO authorization_code (code_hash, application_id, grant_id, redirect_uri, code_challenge,
                created_at, expires_at, person_id, is_offline, dpop_jkt, omits_redirect)
            VALUES (\(hash), \(application), \(grant), \(redirectURI), \(codeChallenge), \(now), \(until), \(person),
                \(isOffline), \(keyThumbprint), \(omitsRedirect))
            """)
    }

    public static func findCode(_ hash: [UInt8], in tx: borrowing Transaction) throws(StorageError) -> CodeRow? {
        try tx.queryOne(
            """
            SELECT application_id, grant_id, redirect_uri, code_challenge, expires_at, used_at, person_id,
                is_offline, dpop_jkt, omits_redirect
            FROM authorization_code WHERE code_hash = \(hash)
            """
        ) { row in
            CodeRow(
                application: Identifier(stored: row.text(0)), grant: Identifier(stored: row.text(1)),
                person: row.optionalText(6).map { Identifier(stored: $0) }, redirectURI: row.text(2),
                omitsRedirect: row.bool(9),
                codeChallenge: row.text(3), expiresAt: row.moment(4),
                isUsed: row.optionalInt(5) != nil, isOffline: row.int(7) != 0, keyThumbprint: row.optionalText(8))
        }
    }

    /// One conditional update decides who redeems a code: false for everybody but the first (RFC 6749 §4.1.2).
    public static func useCode(
        _ hash: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            "UPDATE authorization_code SET used_at = \(now) WHERE code_hash = \(hash) AND used_at IS NULL") == 1
    }

    public static func insert(
        hash: [UInt8], application: ApplicationID, grant: GrantID?, person: PersonID? = nil, code: [UInt8]?,
        family: TokenFamilyID? = nil, keyThumbprint: String? = nil, mode: Mode, scope: String,
        limit: Permissions? = nil, at now: Moment, until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            insertion.filled([
                .bytes(hash), application.sqlValue, grant.sqlValue, person.sqlValue, code.sqlValue,
                .text(mode.rawValue), .text(scope), now.sqlValue, until.sqlValue, family.sqlValue,
                keyThumbprint.sqlValue, (limit?.stored).sqlValue,
            ]))
    }

    private static let insertion: StandingSQL = """
        INSERT INTO access_token (token_hash, application_id, grant_id, person_id, code_hash, mode, scope, created_at,
            expires_at, family_id, dpop_jkt, permissions)
        VALUES (\(holes: 12))
        """

    /// Ends one token, if it is this application's. Nil when there was nothing to end.
    public static func end(
        _ hash: [UInt8], of application: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (grant: GrantID?, person: PersonID?)? {
        try tx.queryOne(
            """
            UPDATE access_token SET ended_at = \(now)
            WHERE token_hash = \(hash) AND application_id = \(application) AND ended_at IS NULL AND expires_at > \(now)
            RETURNING grant_id, person_id
            """
        ) { row in
            (row.optionalText(0).map { Identifier(stored: $0) }, row.optionalText(1).map { Identifier(stored: $0) })
        }
    }

    /// How many tokens ended with the grant, access and refresh tokens together: those whose life was over already do not count.
    /// Codes that were not redeemed yet end too.
    public static func endAll(
        ofGrant grant: GrantID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        _ = try tx.execute(
            "UPDATE authorization_code SET used_at = \(now) WHERE grant_id = \(grant) AND used_at IS NULL")
        let families = try FamilyTable.endAll(ofGrant: grant, at: now, in: tx)
        let tokens = try tx.query(
            """
            UPDATE access_token SET ended_at = \(now) WHERE grant_id = \(grant) AND ended_at IS NULL
            RETURNING expires_at
            """
        ) { row in row.moment(0) }
        return families + tokens.count { $0 > now }
    }

    /// What stands on the person and not on one grant, counted in the same way.
    public static func endAll(
        ofPerson person: PersonID, application: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        let families = try FamilyTable.endAll(ofPerson: person, application: application, at: now, in: tx)
        let tokens = try tx.query(
            """
            UPDATE access_token SET ended_at = \(now)
            WHERE person_id = \(person) AND application_id = \(application) AND ended_at IS NULL
            RETURNING expires_at
            """
        ) { row in row.moment(0) }
        return families + tokens.count { $0 > now }
    }

    /// The grant ends earlier now, and so does what stands on it.
    public static func shorten(
        ofGrant grant: GrantID, to end: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE access_token SET expires_at = \(end) WHERE grant_id = \(grant) AND expires_at > \(end)")
        try FamilyTable.shorten(ofGrant: grant, to: end, in: tx)
    }

    /// A code used twice ends what its first use got (RFC 9700 §2.1.1).
    public static func endAll(
        fromCode code: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        let families = try FamilyTable.endAll(fromCode: code, at: now, in: tx)
        // Those of the first exchange, and those of every refresh since.
        return families
            + (try tx.execute(
                """
                UPDATE access_token SET ended_at = \(now) WHERE ended_at IS NULL AND (code_hash = \(code)
                    OR family_id IN (SELECT id FROM token_family WHERE code_hash = \(code)))
                """))
    }
}

/// The little that authenticating a client needs, in one look-up by key.
public struct ClientRow: Sendable {
    public let secretHash: [UInt8]
    public let previousSecretHash: [UInt8]?
    public let previousSecretUntil: Moment?
    public let isActive: Bool
    public let ruleVersion: Int
    /// When that version was published.
    public let rulesSince: Moment
    public let authentication: ClientAuthentication
    public let mustBind: Bool
}

extension TokenTable {
    public static func client(_ id: ApplicationID, in tx: borrowing Transaction) throws(StorageError) -> ClientRow? {
        try tx.queryOne(client.filled([id.sqlValue])) { row throws(StorageError) in
            ClientRow(
                secretHash: row.bytes(0), previousSecretHash: row.optionalBytes(3),
                previousSecretUntil: row.optionalMoment(4), isActive: row.text(1) == "active",
                ruleVersion: Int(row.int(2)), rulesSince: row.moment(8),
                authentication: try stored(row.text(5), "application.authentication"),
                mustBind: row.int(6) != 0 || row.text(7) == SecurityProfile.fapi2.rawValue)
        }
    }

    // Asked with every token and every introspection.
    private static let client: StandingSQL = """
        SELECT secret_hash, state, rule_version, previous_secret_hash, previous_secret_until,
            authentication, binds_tokens, profile,
            (SELECT created_at FROM rule_set WHERE application_id = id AND version = rule_version)
        FROM application WHERE id = \(holes: 1)
        """
}
