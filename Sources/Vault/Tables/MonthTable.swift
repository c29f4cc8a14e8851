// The months of the trail, and its floor: the minimum index, below which entries are not kept. The only statement of the house that
// deletes entries is here, and it reaches none above the floor, whatever it is told.

public import Domain

public struct MonthRow: Sendable, Equatable {
    public let month: TrailMonth
    /// The index of its first entry. The next month's is where it ends.
    public let first: Int
    /// When an archive of it was last written and found sound.
    public let archivedAt: Moment?
}

/// From where on the trail is kept.
public struct TrailFloor: Sendable, Equatable {
    /// C2SP tlog-tiles, Pruning: 0 while everything is kept.
    public let minimum: Int
    /// Every entry of this month and of later ones is kept; nil while everything is.
    public let month: TrailMonth?

    /// When that is; nil while everything is kept.
    public var keptFrom: Moment? { month?.start }
}

public enum MonthTable {
    /// Oldest first.
    public static func all(in tx: borrowing Transaction) throws(StorageError) -> [MonthRow] {
        try tx.query("SELECT month, first_index, archived_at FROM trail_month ORDER BY month") { row in
            MonthRow(month: try month(row.int(0)), first: Int(row.int(1)), archivedAt: row.optionalMoment(2))
        }
    }

    private static func month(_ number: Int64) throws(StorageError) -> TrailMonth {
        guard let month = TrailMonth(number: Int(number)) else {
            throw StorageError(.corrupt, "a month of the trail is none")
        }
        return month
    }

    /// Where months begin among these entries, which get their places from that index on. An entry's month is never later than
    /// the one of `now`: a clock that runs ahead begins none.
    public static func note(
        _ leaves: [(bytes: [UInt8], columns: LeafColumns)], from index: Int, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        var end = try tx.queryOne("SELECT month FROM trail_month ORDER BY month DESC LIMIT 1") { row in
            try month(row.int(0)).end
        }
        for (place, leaf) in leaves.enumerated() {
            let at = min(leaf.columns.at, now)
            if let end, at < end { continue }
            let month = TrailMonth(of: at)
            try insert(month, from: index + place, in: tx)
            end = month.end
        }
    }

    static func insert(_ month: TrailMonth, from index: Int, in tx: borrowing Transaction) throws(StorageError) {
        try tx.execute("INSERT INTO trail_month (month, first_index) VALUES (\(month.number), \(index))")
    }

    public static func markArchived(
        _ month: TrailMonth, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        try tx.execute("UPDATE trail_month SET archived_at = \(now) WHERE month = \(month.number)")
    }

    // MARK: the floor

    public static func floor(in tx: borrowing Transaction) throws(StorageError) -> TrailFloor {
        try tx.queryOne("SELECT min_index, kept_month FROM trail_floor WHERE number = 1") { row in
            TrailFloor(minimum: Int(row.int(0)), month: try row.optionalInt(1).map { try month($0) })
        } ?? TrailFloor(minimum: 0, month: nil)
    }

    /// False, and nothing is done, when it is as high already: it never goes down.
    public static func raise(
        to minimum: Int, keeping month: TrailMonth, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE trail_floor SET min_index = \(minimum), kept_month = \(month.number), pruned_at = \(now)
            WHERE number = 1 AND min_index < \(minimum)
            """) == 1
    }

    /// What entries must be to be read: those below the floor are nobody's any more, also while they are still being deleted.
    static let kept: SQL = "log_index >= (SELECT min_index FROM trail_floor WHERE number = 1)"

    /// The lowest index that still has its entry, kept or not; nil for an empty log.
    public static func lowest(in tx: borrowing Transaction) throws(StorageError) -> Int? {
        try tx.queryOne("SELECT log_index FROM audit_entry ORDER BY log_index LIMIT 1") { row in Int(row.int(0)) }
    }

    /// Deletes those of the entries with these indexes that are below the floor. Answers how many. Whoever deletes many knows where
    /// they begin: PostgreSQL would look for the lowest through all that was deleted before.
    public static func deletePruned(_ range: Range<Int>, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute(
            """
            DELETE FROM audit_entry WHERE log_index >= \(range.lowerBound) AND log_index < \(range.upperBound)
                AND log_index < (SELECT min_index FROM trail_floor WHERE number = 1)
            """)
    }
}
