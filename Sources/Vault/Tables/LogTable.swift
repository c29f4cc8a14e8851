// The log at rest: its head, its tiles and its entries. All of it is written by the sequencer's rounds, each one transaction, so
// that head, tiles and entries never disagree; the only rows that ever go are those of the inbox, when they have their place.

public import Domain

/// How long the log is, and what is signed of it.
public struct LogHead: Sendable, Equatable {
    /// As `VerifierKey` writes it; the log's name is in it.
    public let verifierKey: String
    public let size: Int
    /// As `MerkleRange` stores them.
    public let peaks: [UInt8]
    /// The signed checkpoint.
    public let note: [UInt8]
    public let signedAt: Moment

    public init(verifierKey: String, size: Int, peaks: [UInt8], note: [UInt8], signedAt: Moment) {
        self.verifierKey = verifierKey
        self.size = size
        self.peaks = peaks
        self.note = note
        self.signedAt = signedAt
    }
}

/// What waits for its place.
public struct WaitingLeaf: Sendable, Equatable {
    public let place: Int64
    public let leaf: [UInt8]
}

public enum LogTable {
    /// Nil before the first start.
    public static func head(in tx: borrowing Transaction) throws(StorageError) -> LogHead? {
        try tx.queryOne("SELECT verifier_key, size, peaks, note, signed_at FROM log_head WHERE number = 1") { row in
            LogHead(
                verifierKey: row.text(0), size: Int(row.int(1)), peaks: row.bytes(2), note: row.bytes(3),
                signedAt: row.moment(4))
        }
    }

    /// The first one; there is never another.
    public static func insert(_ head: LogHead, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO log_head (number, verifier_key, size, peaks, note, signed_at)
            VALUES (1, \(head.verifierKey), \(head.size), \(head.peaks), \(head.note), \(head.signedAt))
            """)
    }

    /// False, and nothing is done, when the log is no more as long as `size`, or its key is not `key`, or that of the new head.
    public static func update(
        to head: LogHead, from size: Int, by key: String? = nil, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE log_head SET size = \(head.size), peaks = \(head.peaks), note = \(head.note),
                signed_at = \(head.signedAt), verifier_key = \(head.verifierKey)
            WHERE number = 1 AND size = \(size) AND verifier_key = \(key ?? head.verifierKey)
            """) == 1
    }

    /// False when somebody else may lengthen the log and his time is not over.
    public static func takeLease(
        _ holder: String, at now: Moment, until end: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE log_head SET lease_holder = \(holder), lease_until = \(end)
            WHERE number = 1 AND (lease_holder IS NULL OR lease_holder = \(holder) OR lease_until <= \(now))
            """) == 1
    }

    public static func isAnythingWaiting(in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.queryOne("SELECT 1 FROM audit_inbox LIMIT 1") { row in row.int(0) } != nil
    }

    /// How many entries wait for their place; `most` where it is that many or more.
    public static func countWaiting(upTo most: Int, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.queryOne("SELECT COUNT(*) FROM (SELECT 1 FROM audit_inbox LIMIT \(most)) AS waiting") { row in
            Int(row.int(0))
        } ?? 0
    }

    /// The first ones there are. Never those behind a place that was reached before: PostgreSQL's places become visible in
    /// another order than they are given.
    public static func waiting(limit: Int, in tx: borrowing Transaction) throws(StorageError) -> [WaitingLeaf] {
        try tx.query("SELECT place, leaf FROM audit_inbox ORDER BY place LIMIT \(limit)") { row in
            WaitingLeaf(place: row.int(0), leaf: row.bytes(1))
        }
    }

    /// How many went. In the transaction that has read up to `place` these are exactly the ones that were read.
    public static func takeOut(upTo place: Int64, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute("DELETE FROM audit_inbox WHERE place <= \(place)")
    }

    /// Entries from that index on, in this order.
    public static func append(
        _ leaves: [(bytes: [UInt8], columns: LeafColumns)], from index: Int, in tx: borrowing Transaction
    ) throws(StorageError) {
        let atOnce = tx.dialect.rowsAtOnce
        let insertions = insertions.filter { $0.rows <= atOnce }
        var next = 0
        while next < leaves.count {
            let statement = insertions.first { $0.rows <= leaves.count - next } ?? insertions[insertions.count - 1]
            var values: [SQLValue] = []
            values.reserveCapacity(10 * statement.rows)
            for place in next..<next + statement.rows {
                let columns = leaves[place].columns
                values.append(.integer(Int64(index + place)))
                values.append(.text(columns.id))
                values.append(.integer(columns.at.microseconds))
                values.append(.text(columns.action))
                values.append(.text(columns.outcome))
                values.append(columns.application.map(SQLValue.text) ?? .null)
                values.append(columns.person.map(SQLValue.text) ?? .null)
                values.append(columns.record.map(SQLValue.text) ?? .null)
                values.append(columns.grant.map(SQLValue.text) ?? .null)
                values.append(.bytes(leaves[place].bytes))
            }
            _ = try tx.execute(statement.sql.filled(values))
            next += statement.rows
        }
    }

    private static let insertions: [(rows: Int, sql: StandingSQL)] = [256, 32, 4, 1].map { count in
        (
            count,
            """
            INSERT INTO audit_entry (log_index, id, at, action, outcome, application_id, person, record, grant_id, leaf)
            VALUES \(rows: count, of: 10)
            """
        )
    }

    /// How many entries have their place; reads the last one only.
    public static func count(in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.queryOne("SELECT log_index FROM audit_entry ORDER BY log_index DESC LIMIT 1") { row in
            Int(row.int(0)) + 1
        } ?? 0
    }

    /// Their bytes, in order.
    public static func leaves(_ range: Range<Int>, in tx: borrowing Transaction) throws(StorageError) -> [[UInt8]] {
        try tx.query(
            """
            SELECT leaf FROM audit_entry WHERE log_index >= \(range.lowerBound) AND log_index < \(range.upperBound)
            ORDER BY log_index
            """
        ) { row in row.bytes(0) }
    }

    /// As many hashes as it has by now, which may be more than the tile is wide. Nil where there is none, or it is no tile of
    /// hashes.
    public static func hashes(_ tile: LogTile, in tx: borrowing Transaction) throws(StorageError) -> [MerkleHash]? {
        guard case .hashes(let level) = tile.kind else { return nil }
        let stored = try tx.queryOne(
            "SELECT hashes FROM log_tile WHERE level = \(level) AND idx = \(tile.index)"
        ) { row in row.bytes(0) }
        return stored.flatMap { MerkleHash.list($0) }
    }

    /// Over what there is at its place.
    public static func put(_ tile: LogTile, _ hashes: [UInt8], in tx: borrowing Transaction) throws(StorageError) {
        guard case .hashes(let level) = tile.kind else { return }
        _ = try tx.execute(tilePutting.filled([.integer(Int64(level)), .integer(Int64(tile.index)), .bytes(hashes)]))
    }

    private static let tilePutting: StandingSQL = """
        INSERT INTO log_tile (level, idx, hashes) VALUES (\(holes: 3))
        ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes
        """
}
