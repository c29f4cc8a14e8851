// The audit trail at rest: rows are added and read, nothing else. There is no statement here that changes or removes one.

public import Domain

public enum AuditTable {
    public static func append(_ entry: AuditEntry, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO audit_entry (id, at, action, outcome, application_id, person, record, grant_id, mode, types, items,
                request_id)
            VALUES (\(entry.id), \(entry.at), \(entry.action.rawValue), \(entry.outcome.text), \(entry.application),
                \(entry.person), \(entry.record), \(entry.grant), \(entry.mode?.rawValue),
                \(entry.types.map(\.rawValue).joined(separator: ",")), \(entry.items), \(entry.request))
            """)
    }
}
