// The months of the trail as the operator sees them: where each lies in the log, and what became of it. And from where on the trail is
// kept at all, for everybody who is told of it.

public import Domain
import Vault

/// One month of the trail, as a range of the log.
public struct TrailMonthView: Sendable, Equatable {
    public let month: TrailMonth
    /// The indexes of its entries. Some may be of the month before: of several refusals that were counted, the entry comes a minute
    /// late.
    public let entries: Range<Int>
    /// Nothing can be added to it any more: a later month has begun in the log.
    public let isFinished: Bool
    public let archivedAt: Moment?
    /// How many of its entries are not kept any more.
    public let pruned: Int
}

/// The log, its months and its floor, all of one instant.
struct TrailPlan: Sendable {
    let head: LogHead
    let floor: TrailFloor
    let months: [TrailMonthView]
    /// The lowest index whose row is there, kept or not.
    let lowest: Int

    /// Nil before the log begins.
    init?(in tx: borrowing Transaction) throws(StorageError) {
        guard let head = try LogTable.head(in: tx) else { return nil }
        let floor = try MonthTable.floor(in: tx)
        let rows = try MonthTable.all(in: tx)
        self.head = head
        self.floor = floor
        lowest = try MonthTable.lowest(in: tx) ?? 0
        let ends = rows.dropFirst().map(\.first) + [head.size]
        months = zip(rows, ends).map { row, end in
            TrailMonthView(
                month: row.month, entries: row.first..<max(end, row.first),
                isFinished: row.month != rows.last?.month, archivedAt: row.archivedAt,
                pruned: max(0, min(floor.minimum, end) - row.first))
        }
    }
}

extension Gateway {
    /// Oldest first; empty before the log begins.
    public func trailMonths() async throws(Declined) -> [TrailMonthView] {
        try await read { tx in try TrailPlan(in: tx)?.months ?? [] }
    }

    /// C2SP tlog-tiles, Pruning: no entry below this index is kept. 0 while everything is.
    public func logMinimum() async throws(Declined) -> Int {
        _ = try await logHead()
        return try await read { tx in try MonthTable.floor(in: tx).minimum }
    }

    func trailPlan() async throws(Declined) -> TrailPlan {
        guard let plan = try await read({ tx in try TrailPlan(in: tx) }) else { throw Declined(.notFound) }
        return plan
    }
}

extension TrailFloor {
    /// `The trail is kept from 2020-11-01 on.`; nil while everything is kept.
    var sentence: String? { month.map { "The trail is kept from \($0)-01 on." } }

    /// Whether an entry of that id would be from before. Ids tell when they were made.
    func isBeyond(_ id: AuditID) -> Bool {
        guard let keptFrom else { return false }
        return id.text.dropFirst(AuditNoun.prefix.count + 1).prefix(10) < keptFrom.sortingText
    }
}
