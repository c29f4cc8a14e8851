// Imports as they run and as they ended. Counts and plain sentences only: no health value is ever written here.

public import Domain

public struct ImportRow: Sendable {
    public let id: ImportID
    public let person: PersonID
    public let record: RecordID
    public let state: String
    public let startedAt: Moment
    public let finishedAt: Moment?
    public let bytesRead: Int64
    public let bytesTotal: Int64
    public let records: Int
    public let items: Int
    /// JSON, opaque here.
    public let report: String
    public let failure: String?
}

public enum ImportTable {
    public static func insert(
        _ id: ImportID, person: PersonID, record: RecordID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO data_import (id, person_id, record_id, state, started_at, seen_at, bytes_read, bytes_total,
                records, items, report)
            VALUES (\(id), \(person), \(record), 'running', \(now), \(now), 0, 0, 0, 0, '')
            """)
    }

    /// Says that it is still alive, and how far it is.
    public static func progress(
        _ id: ImportID, bytesRead: Int64, bytesTotal: Int64, records: Int, items: Int, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE data_import SET seen_at = \(now), bytes_read = \(bytesRead), bytes_total = \(bytesTotal),
                records = \(records), items = \(items)
            WHERE id = \(id) AND state = 'running'
            """)
    }

    /// False when it had ended already, e.g. because it was taken for dead.
    public static func finish(
        _ id: ImportID, state: String, report: String, failure: String?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE data_import SET state = \(state), finished_at = \(now), report = \(report), failure = \(failure)
            WHERE id = \(id) AND state = 'running'
            """) == 1
    }

    public static func find(
        _ id: ImportID, of person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) -> ImportRow? {
        try tx.queryOne("\(fragment: selection) WHERE id = \(id) AND person_id = \(person)", row)
    }

    /// Newest first.
    public static func of(person: PersonID, in tx: borrowing Transaction) throws(StorageError) -> [ImportRow] {
        try tx.query("\(fragment: selection) WHERE person_id = \(person) ORDER BY id DESC LIMIT 20", row)
    }

    /// Running, and not heard of since the moment given: their process died.
    public static func dead(since: Moment, in tx: borrowing Transaction) throws(StorageError) -> [ImportID] {
        try tx.query("SELECT id FROM data_import WHERE state = 'running' AND seen_at < \(since) ORDER BY id") { row in
            Identifier(stored: row.text(0))
        }
    }

    private static let selection: SQL = """
        SELECT id, person_id, record_id, state, started_at, finished_at, bytes_read, bytes_total, records, items, report,
            failure
        FROM data_import
        """

    private static func row(_ row: borrowing Row) throws(StorageError) -> ImportRow {
        ImportRow(
            id: Identifier(stored: row.text(0)), person: Identifier(stored: row.text(1)),
            record: Identifier(stored: row.text(2)), state: row.text(3), startedAt: row.moment(4),
            finishedAt: row.optionalMoment(5), bytesRead: row.int(6), bytesTotal: row.int(7), records: Int(row.int(8)),
            items: Int(row.int(9)), report: row.text(10), failure: row.optionalText(11))
    }
}
