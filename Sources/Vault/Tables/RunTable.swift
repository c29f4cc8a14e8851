// Which entries of the log name whom, at rest: runs of neighbouring entries, each sorted by subject. What is not in a whole run
// yet is found by looking through the newest entries.

/// A range of the log whose entries are listed by subject.
public struct AuditRun: Sendable, Hashable {
    /// From 1, in the order of the log, with gaps.
    public let number: Int
    public let range: Range<Int>

    public init(number: Int, range: Range<Int>) {
        self.number = number
        self.range = range
    }
}

/// That the entry at a place names somebody or something.
public struct AuditMention: Sendable, Hashable, Comparable {
    public let subject: String
    public let place: Int

    public init(subject: String, place: Int) {
        self.subject = subject
        self.place = place
    }

    public static func < (one: AuditMention, other: AuditMention) -> Bool {
        (one.subject, one.place) < (other.subject, other.place)
    }
}

public enum RunTable {
    /// The last whole one.
    public static func last(in tx: borrowing Transaction) throws(StorageError) -> AuditRun? {
        try tx.queryOne("SELECT number, first_index, past_index FROM audit_run ORDER BY number DESC LIMIT 1") { row in
            AuditRun(number: Int(row.int(0)), range: Int(row.int(1))..<Int(row.int(2)))
        }
    }

    /// Where the entries begin that are in no whole run.
    public static func edge(in tx: borrowing Transaction) throws(StorageError) -> Int {
        try last(in: tx)?.range.upperBound ?? 0
    }

    /// In no particular order.
    public static func mentions(in range: Range<Int>, in tx: borrowing Transaction) throws(StorageError)
        -> [AuditMention]
    {
        try tx.query(
            """
            SELECT log_index, person, record, application_id, grant_id FROM audit_entry
            WHERE log_index >= \(range.lowerBound) AND log_index < \(range.upperBound)
            """
        ) { row in
            let place = Int(row.int(0))
            let subjects = [row.optionalText(1), row.optionalText(2), row.optionalText(3), row.optionalText(4)]
            return Set(subjects.compactMap { $0 }).map { AuditMention(subject: $0, place: place) }
        }.flatMap { $0 }
    }

    /// The number of a new run, which nobody has used: two who list at once cannot mix their rows. What unfinished runs have left
    /// goes, and whoever is still writing one will find it not whole.
    public static func begin(in tx: borrowing Transaction) throws(StorageError) -> Int {
        let whole = try last(in: tx)?.number ?? 0
        let used = try tx.queryOne("SELECT run FROM audit_subject ORDER BY run DESC LIMIT 1") { row in Int(row.int(0)) }
        _ = try tx.execute("DELETE FROM audit_subject WHERE run > \(whole)")
        return max(whole, used ?? 0) + 1
    }

    /// Sorted, and behind those that the run has already: so each page is written once.
    public static func add(
        _ mentions: ArraySlice<AuditMention>, to number: Int, in tx: borrowing Transaction
    ) throws(StorageError) {
        let atOnce = tx.dialect.rowsAtOnce
        let insertions = insertions.filter { $0.rows <= atOnce }
        var rest = mentions
        while !rest.isEmpty {
            let statement = insertions.first { $0.rows <= rest.count } ?? insertions[insertions.count - 1]
            let rows = rest.prefix(statement.rows)
            rest = rest.dropFirst(statement.rows)
            let values = rows.flatMap { row -> [SQLValue] in
                [.integer(Int64(number)), .text(row.subject), .integer(Int64(row.place))]
            }
            _ = try tx.execute(statement.sql.filled(values))
        }
    }

    private static let insertions: [(rows: Int, sql: StandingSQL)] = [256, 32, 1].map { count in
        (count, "INSERT INTO audit_subject (run, subject, place) VALUES \(rows: count, of: 3)")
    }

    /// From now on entries of the run are found by it. False, and nothing is done, when it has not so many rows, or does not begin
    /// where the last one ends.
    public static func finish(
        _ run: AuditRun, rows: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        let stored = try tx.queryOne("SELECT COUNT(*) FROM audit_subject WHERE run = \(run.number)") { row in
            Int(row.int(0))
        }
        let edge = try edge(in: tx)
        guard stored == rows, edge == run.range.lowerBound else { return false }
        return try tx.execute(
            """
            INSERT INTO audit_run (number, first_index, past_index)
            VALUES (\(run.number), \(run.range.lowerBound), \(run.range.upperBound))
            """) == 1
    }

    /// The oldest run goes, if all its entries are below the trail's floor. Never the last: the next begins where it ends.
    public static func deletePruned(in tx: borrowing Transaction) throws(StorageError) {
        let oldest = try tx.queryOne(
            """
            SELECT number FROM audit_run WHERE number < (SELECT MAX(number) FROM audit_run)
                AND past_index <= (SELECT min_index FROM trail_floor WHERE number = 1)
            ORDER BY number LIMIT 1
            """
        ) { row in row.int(0) }
        guard let oldest else { return }
        try tx.execute("DELETE FROM audit_run WHERE number = \(oldest)")
        try tx.execute("DELETE FROM audit_subject WHERE run = \(oldest)")
    }
}
