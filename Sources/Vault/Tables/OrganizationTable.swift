// Organizations, who owns them, and the invitations that make owners.

public import Domain

public struct OrganizationRow: Sendable {
    public let id: OrganizationID
    public let name: String
    public let environment: Environment
    public let responsible: String
    public let wrappedDataKey: [UInt8]

    public init(
        id: OrganizationID, name: String, environment: Environment, responsible: String, wrappedDataKey: [UInt8]
    ) {
        self.id = id
        self.name = name
        self.environment = environment
        self.responsible = responsible
        self.wrappedDataKey = wrappedDataKey
    }
}

public enum OrganizationTable {
    public static func insert(
        _ row: OrganizationRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO organization (id, name, environment, responsible, data_key, created_at)
            VALUES (\(row.id), \(row.name), \(row.environment.rawValue), \(row.responsible), \(row.wrappedDataKey), \(now))
            """)
    }

    public static func find(
        _ id: OrganizationID, in tx: borrowing Transaction
    ) throws(StorageError) -> OrganizationRow? {
        try tx.queryOne(
            "SELECT id, name, environment, responsible, data_key FROM organization WHERE id = \(id)"
        ) { row throws(StorageError) in
            OrganizationRow(
                id: Identifier(stored: row.text(0)), name: row.text(1),
                environment: try stored(row.text(2), "organization.environment"), responsible: row.text(3),
                wrappedDataKey: row.bytes(4))
        }
    }

    public static func find(named name: String, in tx: borrowing Transaction) throws(StorageError) -> OrganizationID? {
        try tx.queryOne("SELECT id FROM organization WHERE name = \(name) ORDER BY id LIMIT 1") { row in
            Identifier(stored: row.text(0))
        }
    }

    /// How many there are; asked only to see whether the storage answers.
    public static func count(in tx: borrowing Transaction) throws(StorageError) -> Int64 {
        try tx.queryOne("SELECT COUNT(*) FROM organization") { row in row.int(0) } ?? 0
    }

    /// In the order of their ids, from behind one of them.
    public static func wrappedKeys(
        after id: OrganizationID?, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [(id: OrganizationID, wrapped: [UInt8])] {
        try tx.query(
            "SELECT id, data_key FROM organization WHERE id > \(id?.text ?? "") ORDER BY id LIMIT \(limit)"
        ) { row in (row.id(0), row.bytes(1)) }
    }

    /// The same data key, wrapped anew.
    public static func rewrap(
        _ id: OrganizationID, from former: [UInt8], to wrapped: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE organization SET data_key = \(wrapped) WHERE id = \(id) AND data_key = \(former)")
    }

    public static func addOwner(
        _ person: PersonID, to organization: OrganizationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO membership (organization_id, person_id, role, created_at)
            VALUES (\(organization), \(person), 'owner', \(now)) ON CONFLICT (organization_id, person_id) DO NOTHING
            """)
    }

    public static func owned(by person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> [OrganizationID]
    {
        try tx.query(
            """
            SELECT organization_id FROM membership WHERE person_id = \(person) AND role = 'owner' ORDER BY organization_id
            """
        ) { row in Identifier(stored: row.text(0)) }
    }

    public static func invite(
        to organization: OrganizationID, tokenHash: [UInt8], at now: Moment, until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO invitation (token_hash, organization_id, created_at, expires_at)
            VALUES (\(tokenHash), \(organization), \(now), \(until))
            """)
    }

    /// Nil when there is no such invitation, or it was used, or it has expired: all three look alike.
    public static func useInvitation(
        _ tokenHash: [UInt8], by person: PersonID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> OrganizationID? {
        try tx.queryOne(
            """
            UPDATE invitation SET used_at = \(now), used_by = \(person)
            WHERE token_hash = \(tokenHash) AND used_at IS NULL AND expires_at > \(now)
            RETURNING organization_id
            """
        ) { row in Identifier(stored: row.text(0)) }
    }
}
