// A month of the trail in a folder of its own: its entries, with all of the tree that is needed to find them in what the log signed.
// It stays good by itself when the log has long pruned the month; several such folders and a copy of the rest are the whole log.

public import Domain
import Vault

extension Gateway {
    /// Puts on record that the month is archived, before anything of it leaves. Declines where it cannot be.
    public func announceArchive(of month: TrailMonth) async throws(Declined) {
        let now = world.now()
        let id = world.identify(AuditNoun.self)
        let result = try await write { tx -> Declined? in
            guard let plan = try TrailPlan(in: tx), let view = plan.months.first(where: { $0.month == month }) else {
                return Self.unarchivable("The log has no entries of \(month).")
            }
            if let refusal = Self.refusal(to: view, at: now) { return refusal }
            let line = AuditEntry(
                id: id, at: now, action: .trailArchived, outcome: .done, items: view.entries.count, actor: .operator)
            try AuditTable.append(line, in: tx)
            return nil
        }
        if let result { throw result }
    }

    /// Writes the month's entries with the tree up to the newest checkpoint, and then reads it all again and checks it. Everything of
    /// the month must have its place. `progress` is told how many files are written, and of how many; then how many entries are
    /// checked. Throws `Declined` for the trail and `LogFault` for the folder.
    public func archive(
        _ month: TrailMonth, to folder: String,
        progress: @Sendable (_ step: ArchiveStep, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> LogVerifier.Report {
        let now = world.now()
        let plan = try await trailPlan()
        guard let view = plan.months.first(where: { $0.month == month }), view.isFinished else {
            throw Self.unarchivable("\(month) has entries that are not in the log yet: try again in a moment.")
        }
        if let refusal = Self.refusal(to: view, at: now) { throw refusal }
        let directory = LogDirectory(folder)
        let part = LogPart.month(month, view.entries)
        // A folder with another log, or another month, in it is left as it is.
        let isFree = !directory.hasCheckpoint && !directory.has(LogPart.archiveFile)
        guard isFree || (try? LogPart.of(directory)) == part else { throw LogFault.otherFolder(wanted: "an archive") }
        guard let key = VerifierKey(plan.head.verifierKey) else {
            throw LogFault.notACheckpoint(file: LogDirectory.checkpoint)
        }
        // What was archived once may be the only good copy by now: it is looked at, and never written over.
        if directory.hasCheckpoint {
            let own = VerifierKey(String(try directory.readText(Self.logKeyFile).prefix { $0 != "\n" }))
            let report = try LogVerifier(directory, key: own ?? key).verify { done, total in
                progress(.checking, done, total)
            }
            guard try await isOurs(report.checkpoint) else { throw LogFault.rewritten(before: report.checkpoint.size) }
            try await write { tx in try MonthTable.markArchived(month, at: now, in: tx) }
            return report
        }
        let handedOver = try await logHandovers().compactMap { bytes in
            (try? LogProof(parsing: bytes)).flatMap { Checkpoint(text: $0.note.text)?.size }
        }
        let witnessed = try await read { tx in try WitnessTable.witnessed(in: tx)?.size }
        let sizes = handedOver + [witnessed].compactMap { $0 }.filter { $0 <= plan.head.size }
        let tiles = Self.tiles(of: view.entries, and: sizes, in: plan.head.size)
        for (place, tile) in tiles.enumerated() {
            try directory.write(try await bytes(of: tile), to: tile.path)
            progress(.writing, place + 1, tiles.count)
        }
        try directory.write(Array("\(key)\n".utf8), to: Self.logKeyFile)
        try directory.write(Array((part.text ?? "").utf8), to: LogPart.archiveFile)
        try await exportKeys(to: directory)
        try await exportWitnessed(to: directory, upTo: witnessed ?? 0)
        try directory.write(
            try await read { tx in try Self.newestNote(plan.head, in: tx) }, to: LogDirectory.checkpoint)
        let report = try LogVerifier(directory, key: key).verify { done, total in progress(.checking, done, total) }
        try await write { tx in try MonthTable.markArchived(month, at: now, in: tx) }
        return report
    }

    /// Whether this log begins with what was signed there.
    private func isOurs(_ past: Checkpoint) async throws(Declined) -> Bool {
        try await read { tx in
            try MerkleRange.told(by: { tile throws(StorageError) in try Self.hashes(tile, in: tx) }, size: past.size)
        }?.root == past.root
    }

    private static func unarchivable(_ why: String) -> Declined {
        Declined(.invalidFields, faults: [FieldFault("month", why)])
    }

    private static func refusal(to view: TrailMonthView, at now: Moment) -> Declined? {
        if view.month >= TrailMonth(of: now) { return unarchivable("\(view.month) is not over yet.") }
        if view.pruned > 0 { return unarchivable("Entries of \(view.month) were pruned: its archive was made before.") }
        return nil
    }

    /// The bundles and tiles of level 0 that touch the month, every tile above, and what the log's end needs, and the sizes at which
    /// its key was handed over.
    private static func tiles(of entries: Range<Int>, and sizes: [Int], in size: Int) -> [LogTile] {
        let part = LogPart.covered(by: entries, in: size)
        let edges = Set(sizes.map { $0 / LogTile.fullWidth })
        return LogTile.grown(from: 0, to: size).filter { tile in
            let isOfMonth = part.contains(tile.index * LogTile.fullWidth)
            return switch tile.kind {
            case .entries: isOfMonth
            case .hashes(level: 0): isOfMonth || !tile.isFull || edges.contains(tile.index)
            case .hashes: true
            }
        }
    }
}

public enum ArchiveStep: Sendable, Equatable {
    case writing, checking
}
