// Invitations to a record: who was asked to hold what, until when, and what became of it.

public import Domain

public struct RecordInvitationRow: Sendable {
    public let id: RecordInvitationID
    public let record: RecordID
    public let recordName: String
    public let invitedBy: PersonID
    public let invitedByName: String
    public let holding: RecordHolding
    public let state: RecordAccessState
    public let createdAt: Moment
    public let expiresAt: Moment
}

public enum RecordInvitationTable {
    public static func insert(
        _ id: RecordInvitationID, tokenHash: [UInt8], to record: RecordID, by person: PersonID,
        _ holding: RecordHolding, at now: Moment, until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        let isAll = holding.permissions == .everything
        _ = try tx.execute(
            """
            INSERT INTO record_invitation (id, token_hash, record_id, invited_by, relationship, is_custodian, permissions,
                access_expires_at, state, created_at, expires_at)
            VALUES (\(id), \(tokenHash), \(record), \(person), \(holding.relationship.rawValue),
                \(holding.isCustodian), \(isAll ? Permissions.storedEverything : holding.permissions.stored),
                \(holding.expiresAt), 'invited', \(now), \(until))
            """)
    }

    public static func find(
        tokenHash: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) -> RecordInvitationRow? {
        try tx.queryOne("\(fragment: selection) WHERE i.token_hash = \(tokenHash)", invitation)
    }

    public static func find(
        _ id: RecordInvitationID, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordInvitationRow? {
        try tx.queryOne("\(fragment: selection) WHERE i.id = \(id)", invitation)
    }

    /// Newest first.
    public static func of(
        record: RecordID, in tx: borrowing Transaction
    ) throws(StorageError) -> [RecordInvitationRow] {
        try tx.query("\(fragment: selection) WHERE i.record_id = \(record) ORDER BY i.id DESC LIMIT 100", invitation)
    }

    /// False when somebody else was faster.
    public static func end(
        _ id: RecordInvitationID, as state: RecordAccessState, by person: PersonID?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE record_invitation SET state = \(state.rawValue), ended_at = \(now), ended_by = \(person)
            WHERE id = \(id) AND state = 'invited'
            """) == 1
    }

    /// Whoever closes a record: what was offered of it is offered no more.
    public static func cancelAll(
        to record: RecordID, by person: PersonID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE record_invitation SET state = 'cancelled', ended_at = \(now), ended_by = \(person)
            WHERE record_id = \(record) AND state = 'invited'
            """)
    }

    private static let selection: SQL = """
        SELECT i.id, i.record_id, r.name, i.invited_by, p.name, i.relationship, i.is_custodian, i.permissions,
            i.access_expires_at, i.state, i.created_at, i.expires_at
        FROM record_invitation i JOIN record r ON r.id = i.record_id JOIN person p ON p.id = i.invited_by
        """

    private static func invitation(_ row: borrowing Row) throws(StorageError) -> RecordInvitationRow {
        RecordInvitationRow(
            id: Identifier(stored: row.text(0)), record: Identifier(stored: row.text(1)), recordName: row.text(2),
            invitedBy: Identifier(stored: row.text(3)), invitedByName: row.text(4),
            holding: RecordHolding(
                relationship: try stored(row.text(5), "record_invitation.relationship"), isCustodian: row.int(6) != 0,
                permissions: try storedPermissions(row.text(7), "record_invitation.permissions"),
                expiresAt: row.optionalMoment(8)),
            state: try stored(row.text(9), "record_invitation.state"), createdAt: row.moment(10),
            expiresAt: row.moment(11))
    }
}
