// Prunes the beginning of the trail (C2SP tlog-tiles, Pruning): what is older than the retention and lies in sound archives that are
// at hand. The tree stays: every proof ever given stays good. INVARIANT: first it is announced in the sealed log, then nobody reads it
// any more, then it is deleted piece by piece; whoever runs it again goes on where it stopped.

public import Domain
import Vault

/// What is to go, found to be allowed.
public struct PruningPlan: Sendable, Equatable {
    /// The minimum index: every entry below it goes. A multiple of 256.
    public let minimum: Int
    /// Everything of this month and of later ones stays.
    public let keeping: TrailMonth
    /// The first entry that is still there. From it on to the minimum index they go.
    public let first: Int
    /// The minimum index stands already: only deleting is left to do.
    public let isBegun: Bool
}

extension Gateway {
    /// Rows in one transaction: on SQLite requests wait behind it.
    static let prunedAtOnce = 256

    /// Finds out what may go: everything before the month, as far as whole tiles reach. Each entry that goes must be in one of the
    /// archives, which are read through and compared with this log. Throws `Declined` for the trail and `LogFault` for an archive.
    public func planPruning(
        before month: TrailMonth, archives: [String],
        progress: @Sendable (_ folder: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> PruningPlan {
        let years = policy.trailRetentionYears
        let latest = TrailMonth(number: TrailMonth(of: world.now()).number - 12 * years)
        guard let latest, month <= latest else {
            let until = latest.map { " That is \($0) at the latest." } ?? ""
            throw Self.unprunable("before", "Entries are kept for \(years) years (trail_retention_years).\(until)")
        }
        let plan = try await trailPlan()
        guard let kept = plan.months.first(where: { $0.month >= month }) else {
            throw Self.unprunable("before", "The log has no entry of \(month) or later.")
        }
        let minimum = kept.entries.lowerBound / LogTile.fullWidth * LogTile.fullWidth
        guard plan.lowest < minimum else {
            throw Self.unprunable("before", "There is nothing to prune: the log begins at entry \(plan.lowest).")
        }
        var covered = plan.lowest
        for archive in try await ranges(of: archives, against: plan.head, progress)
        where archive.lowerBound <= covered { covered = max(covered, archive.upperBound) }
        if covered < minimum {
            let missing = plan.months.last { $0.entries.lowerBound <= covered }?.month.text ?? "the beginning"
            throw Self.unprunable("archived", "No archive here has entry \(covered), of \(missing).")
        }
        return PruningPlan(
            minimum: minimum, keeping: kept.month, first: plan.lowest,
            isBegun: plan.floor.minimum >= minimum)
    }

    /// The indexes that each archive has whole, in their order. Sound, and of this log: what it signed is a beginning of what this
    /// log is now. Its key is its own: what counts is that the roots are ours.
    private func ranges(
        of archives: [String], against head: LogHead,
        _ progress: @Sendable (_ folder: String, _ done: Int, _ total: Int) -> Void
    ) async throws -> [Range<Int>] {
        guard let now = MerkleRange(size: head.size, stored: head.peaks) else {
            throw LogFault.wrongRoot(size: head.size)
        }
        var ranges: [Range<Int>] = []
        for folder in archives {
            let directory = LogDirectory(folder)
            let text = try directory.readText(Self.logKeyFile).split(separator: "\n").first
            guard let key = text.flatMap({ VerifierKey($0) }) else { throw LogFault.unreadable(file: Self.logKeyFile) }
            let report = try LogVerifier(directory, key: key).verify { done, total in progress(folder, done, total) }
            guard case .month(_, let entries) = report.part else {
                throw Self.unprunable("archived", "\(folder) is not an archive of a month.")
            }
            let signed = report.checkpoint
            guard signed.size <= now.size else { throw LogFault.shrunk(from: signed.size, to: now.size) }
            let path = try await read { tx in
                try MerkleProof.consistency(from: signed.size, to: now.size) { tile in try Self.hashes(tile, in: tx) }
            }
            guard let path,
                MerkleProof.isContinued(signed.root, of: signed.size, by: now.root, of: now.size, by: path)
            else { throw LogFault.rewritten(before: signed.size) }
            ranges.append(LogPart.covered(by: entries, in: signed.size))
        }
        return ranges.sorted { $0.lowerBound < $1.lowerBound }
    }

    private static func unprunable(_ what: String, _ why: String) -> Declined {
        Declined(.invalidFields, faults: [FieldFault(what, why)])
    }

    /// Puts on record what will go. Nothing goes before that entry is sealed: whoever misses entries finds in the log why.
    public func announcePruning(_ plan: PruningPlan) async throws(Declined) -> AuditID {
        let line = AuditEntry(
            id: world.identify(), at: world.now(), action: .trailPruned, outcome: .done, items: plan.minimum,
            actor: .operator)
        try await write { tx in try AuditTable.append(line, in: tx) }
        return line.id
    }

    /// Makes the minimum index what the plan says: from here on nobody reads what lies below. Declines while the announcement waits
    /// for its place.
    public func beginPruning(_ plan: PruningPlan, announcedBy id: AuditID) async throws(Declined) {
        let now = world.now()
        let isSealed = try await write { tx in
            guard let line = try AuditTable.find(id, in: tx), line.index != nil, line.entry.action == .trailPruned,
                line.entry.items == plan.minimum
            else { return false }
            _ = try MonthTable.raise(to: plan.minimum, keeping: plan.keeping, at: now, in: tx)
            return true
        }
        guard isSealed else { throw Declined(.auditNotSealedYet, retryAfter: .seconds(1)) }
    }

    /// Deletes some of what lies below the minimum index, from that index on and before `end`, which archives are there for. Answers where it goes on; nil when nothing is left.
    public func pruneRound(from index: Int, to end: Int) async throws(Declined) -> Int? {
        try await write { tx -> Int? in
            let end = min(index + Self.prunedAtOnce, end, try MonthTable.floor(in: tx).minimum)
            guard index < end else { return nil }
            try RunTable.deletePruned(in: tx)
            _ = try MonthTable.deletePruned(index..<end, in: tx)
            return end
        }
    }
}
