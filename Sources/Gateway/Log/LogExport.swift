// A whole copy of the log in a folder, as `LogVerifier` and others' programs read it. Run again it adds what is new; it never goes
// over a copy of another history. Of a log that was pruned it has the whole tree, and the entries from the minimum index on.

public import Domain
import Vault

extension Gateway {
    public static let logKeyFile = "key"

    /// The checkpoint that the copy has when this returns. `progress` is told how many entries are copied, and of how many.
    /// Throws `Declined` for the storage and `LogFault` for the folder.
    /// `witnessed`: the copy ends where enough witnesses have signed.
    public func exportLog(
        to folder: String, witnessed: Bool = false,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Checkpoint {
        let plan = try await trailPlan()
        let (head, minimum) = (plan.head, plan.floor.minimum)
        let end = try await read { tx in
            witnessed ? try WitnessTable.witnessed(in: tx)?.note : try Self.newestNote(head, in: tx)
        }
        guard let end else { throw LogFault.notWitnessed(by: 0) }
        guard let key = VerifierKey(head.verifierKey), let note = try? SignedNote(parsing: end),
            let checkpoint = Checkpoint(text: note.text)
        else { throw LogFault.notACheckpoint(file: "checkpoint") }
        let directory = LogDirectory(folder)
        guard !directory.has(LogPart.archiveFile) else { throw LogFault.otherFolder(wanted: "a copy") }
        let copied = try await sizeOfCopy(in: directory, try await logKeys().map(\.key), checkpoint)
        for tile in LogTile.grown(from: copied, to: checkpoint.size)
        where tile.kind != .entries || LogPart.from(minimum).mustHold(tile) {
            try directory.write(try await bytes(of: tile), to: tile.path)
            if tile.kind == .entries {
                progress(min((tile.index + 1) * LogTile.fullWidth, checkpoint.size), checkpoint.size)
            }
        }
        try directory.write(Array("\(key)\n".utf8), to: Self.logKeyFile)
        if minimum > 0, let text = LogPart.from(minimum).text {
            try directory.write(Array(text.utf8), to: LogPart.minimumFile)
        }
        try await exportKeys(to: directory)
        // Last: whoever finds it finds all that it signs.
        try directory.write(end, to: LogDirectory.checkpoint)
        try await exportWitnessed(to: directory, upTo: checkpoint.size)
        return checkpoint
    }

    // 0 where there is no copy yet. The tree of that size must be the same here and there.
    private func sizeOfCopy(
        in directory: LogDirectory, _ keys: [VerifierKey], _ now: Checkpoint
    ) async throws -> Int {
        guard directory.hasCheckpoint else { return 0 }
        guard let note = try? SignedNote(parsing: try directory.readCheckpoint()),
            let copied = Checkpoint(text: note.text)
        else { throw LogFault.notACheckpoint(file: LogDirectory.checkpoint) }
        guard keys.contains(where: { (try? note.verify(with: $0, by: LogSignature.isRight)) != nil }) else {
            throw LogFault.notSigned(file: LogDirectory.checkpoint)
        }
        guard copied.size <= now.size else { throw LogFault.shrunk(from: copied.size, to: now.size) }
        let tree = try await read { tx in
            try MerkleRange.told(
                by: { tile throws(StorageError) in try Self.hashes(tile, in: tx) }, size: copied.size)
        }
        guard tree?.root == copied.root else { throw LogFault.rewritten(before: copied.size) }
        return copied.size
    }

    func bytes(of tile: LogTile) async throws -> [UInt8] {
        guard tile.kind == .entries else { return try await logTile(tile) }
        let start = tile.index * LogTile.fullWidth
        let leaves = try await read { tx -> [[UInt8]]? in
            // Half deleted, it would look like damage.
            let floor = try MonthTable.floor(in: tx)
            guard LogPart.from(floor.minimum).mustHold(tile) else { return nil }
            return try LogTable.leaves(start..<start + tile.width, in: tx)
        }
        guard let leaves else { throw LogFault.prunedMeanwhile }
        var bundle: [UInt8] = []
        guard leaves.count == tile.width, leaves.allSatisfy({ EntryBundle.append($0, to: &bundle) }) else {
            throw LogFault.wrongLength(tile)
        }
        return bundle
    }
}
