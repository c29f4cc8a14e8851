// Checks a copy of a log with nothing but the log's public key: every entry, every tile, the root, the signature, and that an older
// checkpoint is continued. Of a pruned log, or an archive of a month, every entry that must be there. It holds a tile of each level
// at a time, however long the log is.

public import Domain

public struct LogVerifier: Sendable {
    private let directory: LogDirectory
    private let key: VerifierKey
    private let policy: WitnessPolicy?
    private let unwitnessed: Int

    /// With a policy its quorum is demanded, of everything that the folder holds but at most so many entries at its end.
    public init(_ directory: LogDirectory, key: VerifierKey, policy: WitnessPolicy? = nil, unwitnessed: Int = 0) {
        self.directory = directory
        self.key = key
        self.policy = policy
        self.unwitnessed = unwitnessed
    }

    /// What was found sound.
    public struct Report: Hashable, Sendable {
        public let checkpoint: Checkpoint
        /// Of the older checkpoint, where one was given.
        public let older: Checkpoint?
        /// Lines beside those of the log's keys; these were not checked.
        public let others: Int
        /// What the folder says that it holds.
        public let part: LogPart
        /// Entries that were not there: nobody looked at them, but what the tree has of them is what was signed.
        public let unseen: Int
        /// How many rotations led from the known key to the one that signs.
        public let rotations: Int
        /// Of the policy, where one was given: how long the log was that its witnesses signed, and who did.
        public let witnessed: Witnessed?
    }

    public struct Witnessed: Hashable, Sendable {
        public let size: Int
        public let cosignatures: [Cosignature]
    }

    /// Throws the first thing that is wrong, from the first entry on. `older` are the bytes of a checkpoint that was kept;
    /// `progress` is told how many entries are done, and of how many, after each tile.
    public func verify(
        older: [UInt8]? = nil, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(LogFault) -> Report {
        let chain = try directory.keyChain(from: key)
        // Only the last key: what a former one signs alone after its time is nothing.
        let (checkpoint, note) = try Self.open(try directory.readCheckpoint(), "checkpoint", [chain.last])
        var past: Checkpoint?
        if let older { past = try Self.open(older, "the older checkpoint", chain.keys).0 }
        if let past, past.size > checkpoint.size { throw .shrunk(from: past.size, to: checkpoint.size) }

        var reader = try LogPartReader(directory, size: checkpoint.size, chain)
        var range = MerkleRange()
        var upper = UpperLevels(directory)
        while let tile = LogTile(.hashes(level: 0), index: range.size / LogTile.fullWidth, in: checkpoint.size) {
            let hashes = try reader.read(tile)
            if let past, (range.size..<range.size + tile.width).contains(past.size) {
                let begun = past.size - range.size
                guard begun == 0 || hashes.isKnown else { throw .unseen(before: past.size) }
                try Self.compare(past, range, hashes.all[..<begun])
            }
            if tile.isFull {
                let root = hashes.root
                guard range.append(subtree: root, height: 8) else { throw .wrongLength(tile) }
                try upper.add(root)
            } else {
                for hash in hashes.all { range.append(hash) }
            }
            progress(range.size, checkpoint.size)
            if !tile.isFull { break }
        }
        try upper.finish()
        guard range.root == checkpoint.root else { throw .wrongRoot(size: checkpoint.size) }
        try reader.finish()
        if let past, past.size == checkpoint.size { try Self.compare(past, range, []) }
        try directory.compare(chain, with: checkpoint)
        let others = note.signatures.count { line in
            line.name != key.name
        }
        return Report(
            checkpoint: checkpoint, older: past, others: others, part: reader.part, unseen: reader.unseen,
            rotations: chain.keys.count - 1,
            witnessed: try policy.map { policy throws(LogFault) in
                let found = try directory.witnessed(by: policy, chain, in: checkpoint)
                // An old signature says nothing of what was written, or written anew, behind it.
                let needed =
                    switch reader.part {
                    case .month(_, let entries): entries.upperBound
                    case .from, .whole: checkpoint.size
                    }
                guard policy.asksForNobody || needed - found.checkpoint.size <= unwitnessed else {
                    throw .unwitnessedTail(from: found.checkpoint.size, size: needed)
                }
                return Witnessed(size: found.checkpoint.size, cosignatures: found.cosignatures)
            })
    }

    /// Signed by one of these keys, the newest of which comes last.
    static func open(
        _ bytes: [UInt8], _ file: String, _ keys: [VerifierKey]
    ) throws(LogFault) -> (Checkpoint, SignedNote) {
        guard let note = try? SignedNote(parsing: bytes), let checkpoint = Checkpoint(text: note.text) else {
            throw .notACheckpoint(file: file)
        }
        var isSigned = false
        for key in keys {
            do throws(SignedNote.Fault) {
                try note.verify(with: key, by: LogSignature.isRight)
                isSigned = true
            } catch .wrongSignature {
                throw .wrongSignature(file: file)
            } catch { continue }
        }
        guard isSigned else { throw .notSigned(file: file) }
        guard checkpoint.origin == keys.last?.name else { throw .otherLog(file: file) }
        return (checkpoint, note)
    }

    private static func compare(
        _ past: Checkpoint, _ range: MerkleRange, _ more: ArraySlice<MerkleHash>
    ) throws(LogFault) {
        var range = range
        for hash in more { range.append(hash) }
        guard range.root == past.root else { throw .rewritten(before: past.size) }
    }
}

/// The levels above the lowest, as the tiles below make them, each compared with its files as they fill.
private struct UpperLevels {
    private let directory: LogDirectory
    /// By level, from 1: what the next tile holds, and how many tiles were full before it.
    private var levels: [(hashes: [MerkleHash], tiles: Int)] = []

    init(_ directory: LogDirectory) { self.directory = directory }

    /// The root of the next full tile of level 0.
    mutating func add(_ root: MerkleHash) throws(LogFault) {
        var hash = root
        var place = 0
        while true {
            if place == levels.count { levels.append(([], 0)) }
            levels[place].hashes.append(hash)
            guard levels[place].hashes.count == LogTile.fullWidth else { return }
            try compare(place)
            hash = MerkleRange.root(of: levels[place].hashes[...])
            levels[place].hashes.removeAll(keepingCapacity: true)
            levels[place].tiles += 1
            place += 1
        }
    }

    /// Compares the tiles that stay partial.
    func finish() throws(LogFault) {
        for place in levels.indices where !levels[place].hashes.isEmpty { try compare(place) }
    }

    private func compare(_ place: Int) throws(LogFault) {
        let (made, tiles) = levels[place]
        guard let tile = LogTile(.hashes(level: place + 1), index: tiles, width: made.count) else { return }
        let stated = try directory.readHashes(tile)
        for (place, hash) in made.enumerated() where hash != stated[place] {
            throw .wrongHash(place: place, tile)
        }
    }
}
