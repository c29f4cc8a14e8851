// Token families: what one exchange of a code began, and the refresh tokens that carry it on (RFC 6749 §6, RFC 9700 §4.14).

public import Domain

public struct FamilyRow: Sendable {
    public let id: TokenFamilyID
    public let application: ApplicationID
    /// The grant that its code was given under.
    public let grant: GrantID
    /// Set for a multi-record application: its tokens stand on the person.
    public let person: PersonID?
    /// SHA-256 thumbprint of the key that its tokens are bound to (RFC 9449 §6.1).
    public let keyThumbprint: String?
    public let state: TokenFamily

    public init(
        id: TokenFamilyID, application: ApplicationID, grant: GrantID, person: PersonID?, keyThumbprint: String?,
        state: TokenFamily
    ) {
        self.id = id
        self.application = application
        self.grant = grant
        self.person = person
        self.keyThumbprint = keyThumbprint
        self.state = state
    }
}

public enum FamilyTable {
    public static func insert(
        _ row: FamilyRow, code: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO token_family (id, application_id, grant_id, person_id, code_hash, dpop_jkt, generation,
                advanced_at, created_at, expires_at)
            VALUES (\(row.id), \(row.application), \(row.grant), \(row.person), \(code), \(row.keyThumbprint),
                \(row.state.generation), \(row.state.advancedAt), \(now), \(row.state.expiresAt))
            """)
    }

    public static func insertToken(
        hash: [UInt8], of family: TokenFamilyID, generation: Int, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO refresh_token (token_hash, family_id, generation, created_at)
            VALUES (\(hash), \(family), \(generation), \(now))
            """)
    }

    /// The family that a refresh token belongs to, and the token's own generation.
    public static func find(
        token hash: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) -> (family: FamilyRow, generation: Int)? {
        try tx.queryOne(
            """
            SELECT \(fragment: columns), t.generation FROM refresh_token t JOIN token_family f ON f.id = t.family_id
            WHERE t.token_hash = \(hash)
            """
        ) { row in (family(row), Int(row.int(9))) }
    }

    /// One conditional update decides who moves a family on: false for everybody but the first.
    public static func advance(
        _ id: TokenFamilyID, from generation: Int, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE token_family SET generation = generation + 1, advanced_at = \(now)
            WHERE id = \(id) AND generation = \(generation) AND ended_at IS NULL
            """) == 1
    }

    /// How many access tokens ended with it. Its refresh tokens are good for nothing any more.
    public static func end(
        _ id: TokenFamilyID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        _ = try tx.execute("UPDATE token_family SET ended_at = \(now) WHERE id = \(id) AND ended_at IS NULL")
        return try tx.execute(
            "UPDATE access_token SET ended_at = \(now) WHERE family_id = \(id) AND ended_at IS NULL")
    }

    /// The grant ends earlier now, and so does what stands on it.
    public static func shorten(
        ofGrant grant: GrantID, to end: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE token_family SET expires_at = \(end)
            WHERE grant_id = \(grant) AND person_id IS NULL AND expires_at > \(end)
            """)
    }

    /// The grant goes on longer, and so may what stands on it.
    public static func prolong(
        ofGrant grant: GrantID, to end: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE token_family SET expires_at = \(end)
            WHERE grant_id = \(grant) AND expires_at < \(end) AND ended_at IS NULL
            """)
    }

    /// How many refresh tokens ended with the grant.
    public static func endAll(
        ofGrant grant: GrantID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try tx.query(
            """
            UPDATE token_family SET ended_at = \(now)
            WHERE grant_id = \(grant) AND person_id IS NULL AND ended_at IS NULL
            RETURNING expires_at
            """
        ) { row in row.moment(0) }.count { $0 > now }
    }

    public static func endAll(
        ofPerson person: PersonID, application: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try tx.query(
            """
            UPDATE token_family SET ended_at = \(now)
            WHERE person_id = \(person) AND application_id = \(application) AND ended_at IS NULL
            RETURNING expires_at
            """
        ) { row in row.moment(0) }.count { $0 > now }
    }

    /// A code used twice ends what its first use began (RFC 9700 §2.1.1).
    public static func endAll(
        fromCode code: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try tx.execute(
            "UPDATE token_family SET ended_at = \(now) WHERE code_hash = \(code) AND ended_at IS NULL")
    }

    private static let columns: SQL = """
        f.id, f.application_id, f.grant_id, f.person_id, f.dpop_jkt, f.generation, f.advanced_at, f.expires_at, f.ended_at
        """

    private static func family(_ row: borrowing Row) -> FamilyRow {
        FamilyRow(
            id: Identifier(stored: row.text(0)), application: Identifier(stored: row.text(1)),
            grant: Identifier(stored: row.text(2)), person: row.optionalText(3).map { Identifier(stored: $0) },
            keyThumbprint: row.optionalText(4),
            state: TokenFamily(
                generation: Int(row.int(5)), advancedAt: row.moment(6), expiresAt: row.moment(7),
                hasEnded: row.optionalInt(8) != nil))
    }
}
