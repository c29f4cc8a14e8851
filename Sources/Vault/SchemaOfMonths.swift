// The eleventh migration: where each month of the trail begins, and from where on the trail is kept. For a log that there is already
// the months are read off its entries, in one walk of the engine's.

import Domain

extension Schema {
    static let months = Migration(number: 11, name: "months of the trail") { word in
        [
            // A month begins at the first entry that is of it or of a later one; it ends where the next begins.
            """
            CREATE TABLE trail_month (
                month \(raw: word.integer) PRIMARY KEY,
                first_index \(raw: word.integer) NOT NULL,
                archived_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            // Always one row: the minimum index, and the month from which on everything is kept.
            """
            CREATE TABLE trail_floor (
                number \(raw: word.integer) PRIMARY KEY CHECK (number = 1),
                min_index \(raw: word.integer) NOT NULL,
                kept_month \(raw: word.integer),
                pruned_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "INSERT INTO trail_floor (number, min_index) VALUES (1, 0)",
        ]
    } work: { tx throws(StorageError) in
        // Columns of today, not `LogTable`'s: a later migration may give it more.
        let signed = try tx.queryOne("SELECT signed_at FROM log_head WHERE number = 1") { row in row.moment(0) }
        guard let signed else { return }
        // An entry ahead of the clock by which the log was last signed begins no month.
        let days = try tx.query(
            """
            SELECT day, MIN(log_index) FROM (
                SELECT at / 86400000000 AS day, log_index FROM audit_entry WHERE at <= \(signed)) AS dated
            GROUP BY day ORDER BY day DESC
            """
        ) { row in (month: TrailMonth(of: Moment(seconds: row.int(0) * 86_400)), first: Int(row.int(1))) }
        // From the last day back: a month begins where it or any later one is first met.
        var months: [(month: TrailMonth, first: Int)] = []
        var first = Int.max
        for day in days {
            first = min(first, day.first)
            if months.last?.month == day.month { months.removeLast() }
            // A month that a later one overtook has no entries of its own.
            if months.last?.first != first { months.append((day.month, first)) }
        }
        for (place, known) in months.reversed().enumerated() {
            try MonthTable.insert(known.month, from: place == 0 ? 0 : known.first, in: tx)
        }
    }
}
