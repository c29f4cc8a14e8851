// Who may read the whole trail: people whom the operator named, and nobody else.

public import Domain

public enum AuditorTable {
    public static func has(_ person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.queryOne(
            """
            SELECT a.person_id FROM auditor a JOIN person p ON p.id = a.person_id
            WHERE a.person_id = \(person) AND p.closed_at IS NULL
            """
        ) { row in row.text(0) } != nil
    }

    /// False when they are one already.
    public static func insert(
        _ person: PersonID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            "INSERT INTO auditor (person_id, created_at) VALUES (\(person), \(now)) ON CONFLICT DO NOTHING") == 1
    }

    /// False when they are none.
    public static func remove(_ person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.execute("DELETE FROM auditor WHERE person_id = \(person)") == 1
    }

    public static func logins(in tx: borrowing Transaction) throws(StorageError) -> [String] {
        try tx.query(
            "SELECT p.login FROM auditor a JOIN person p ON p.id = a.person_id WHERE p.closed_at IS NULL ORDER BY p.login"
        ) { row in row.text(0) }
    }
}
