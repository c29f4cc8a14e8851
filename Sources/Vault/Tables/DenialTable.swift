// Refusals that are counted (D1): a row for what one process has counted of one kind in one minute, durable before any of them is
// answered. When the minute is over whoever comes first makes it an entry of the trail.

public import Domain

public enum DenialTable {
    /// False when the row is not there any more: it has become an entry.
    public static func update(_ tally: AuditEntry, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.execute(change.filled([.bytes(try leaf(tally).bytes), tally.id.sqlValue])) == 1
    }

    public static func insert(_ tally: AuditEntry, in tx: borrowing Transaction) throws(StorageError) {
        let first = tally.repetition?.first ?? tally.at
        _ = try tx.execute(addition.filled([tally.id.sqlValue, first.sqlValue, .bytes(try leaf(tally).bytes)]))
    }

    /// Up to `limit` of those whose first refusal was before `end` go, oldest first, as the entries that they have become.
    public static func takeOver(
        before end: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [AuditEntry] {
        let rows = try tx.query(
            "SELECT id, leaf FROM denial_tally WHERE first_at < \(end) ORDER BY first_at, id LIMIT \(limit)"
        ) { row in (id: row.text(0), leaf: row.bytes(1)) }
        var taken: [AuditEntry] = []
        for row in rows {
            guard let leaf = AuditLeaf(parsing: row.leaf) else {
                throw StorageError(.corrupt, "denial_tally.leaf cannot be read")
            }
            if try tx.execute("DELETE FROM denial_tally WHERE id = \(row.id)") == 1 { taken.append(leaf.entry) }
        }
        return taken
    }

    private static func leaf(_ entry: AuditEntry) throws(StorageError) -> AuditLeaf {
        guard let leaf = AuditLeaf(entry) else { throw StorageError(.corrupt, "an entry holds an id that is none") }
        return leaf
    }

    private static let change: StandingSQL = "UPDATE denial_tally SET leaf = \(holes: 1) WHERE id = \(holes: 1)"
    private static let addition: StandingSQL = "INSERT INTO denial_tally (id, first_at, leaf) VALUES (\(holes: 3))"
}
