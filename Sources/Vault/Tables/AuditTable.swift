// The audit trail at rest: rows are added and read, nothing else. There is no statement here that changes or removes one.

public import Domain

public enum AuditTable {
    public static func append(_ entry: AuditEntry, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            insertion.filled([
                entry.id.sqlValue, entry.at.sqlValue, .text(entry.action.rawValue), .text(entry.outcome.text),
                entry.application.sqlValue, entry.person.sqlValue, entry.record.sqlValue, entry.grant.sqlValue,
                (entry.mode?.rawValue).sqlValue, .text(entry.types.map(\.rawValue).joined(separator: ",")),
                entry.items.sqlValue, entry.request.sqlValue,
            ]))
    }

    private static let insertion: StandingSQL = """
        INSERT INTO audit_entry (id, at, action, outcome, application_id, person, record, grant_id, mode, types, items,
            request_id)
        VALUES (\(holes: 12))
        """

    /// The last time that items left under the grant, by whichever way.
    public static func lastHandedOver(
        under grant: GrantID, in tx: borrowing Transaction
    ) throws(StorageError) -> Moment? {
        try tx.queryOne(
            """
            SELECT MAX(at) AS latest FROM audit_entry
            WHERE grant_id = \(grant) AND action IN ('read', 'deliver') AND outcome = 'done' AND items > 0
            """
        ) { row in row.optionalMoment(0) } ?? nil
    }
}
