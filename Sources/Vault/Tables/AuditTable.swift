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

    /// The latest moment of what was appended last; nil for an empty trail. Of a few, for a refusal that was counted comes later.
    public static func newest(in tx: borrowing Transaction) throws(StorageError) -> Moment? {
        try tx.query("SELECT at FROM audit_entry ORDER BY id DESC LIMIT 64") { row in row.moment(0) }.max()
    }

    private static let insertion: StandingSQL = """
        INSERT INTO audit_entry (id, at, action, outcome, application_id, person, record, grant_id, mode, types, items,
            request_id)
        VALUES (\(holes: 12))
        """
}
