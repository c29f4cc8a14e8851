// Hides which files a log writes when entries are appended, and what is in them. Of what is there already it reads only the
// partial tiles that it continues.

/// What a log gains by a batch of entries.
public struct LogGrowth: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        public let tile: LogTile
        public let bytes: [UInt8]
    }

    /// The tree as it is afterwards.
    public let range: MerkleRange
    /// Hashes from level 0 up and entries: exactly `LogTile.grown`, in another order.
    public let files: [File]

    /// `reading` gives a tile as it was written, and is asked for at most nine. Nil when an entry is too long, when the log
    /// would be, or when a tile that was read does not hold what its width says.
    public static func appending<Failure: Error>(
        _ entries: [[UInt8]], to range: MerkleRange, reading: (LogTile) throws(Failure) -> [UInt8]?
    ) throws(Failure) -> LogGrowth? {
        guard entries.count <= LogTile.mostEntries - range.size else { return nil }
        let leaves = entries.map { MerkleHash.leaf(of: $0) }
        guard let bundles = try bundles(entries, after: range.size, reading),
            let hashes = try appending(
                hashes: leaves, to: range,
                reading: { tile throws(Failure) in try reading(tile).flatMap { MerkleHash.list($0) } })
        else { return nil }
        return LogGrowth(range: hashes.range, files: bundles + hashes.files)
    }

    /// The same without the entries themselves: where they are kept in another way than in files.
    public static func appending<Failure: Error>(
        hashes leaves: [MerkleHash], to range: MerkleRange, reading: (LogTile) throws(Failure) -> [MerkleHash]?
    ) throws(Failure) -> LogGrowth? {
        guard leaves.count <= LogTile.mostEntries - range.size else { return nil }
        var files: [File] = []
        var grown = range
        for leaf in leaves { grown.append(leaf) }
        var added = leaves
        for level in 0..<8 where !added.isEmpty {
            let kind = LogTile.Kind.hashes(level: level)
            let before = range.size >> (8 * level)
            var hashes: [MerkleHash] = []
            if let begun = LogTile(kind, index: before / LogTile.fullWidth, in: range.size) {
                guard let found = try reading(begun), found.count == begun.width else { return nil }
                hashes = found
            }
            hashes += added
            added = []
            for (number, start) in stride(from: 0, to: hashes.count, by: LogTile.fullWidth).enumerated() {
                let chunk = hashes[start..<min(start + LogTile.fullWidth, hashes.count)]
                guard let tile = LogTile(kind, index: before / LogTile.fullWidth + number, width: chunk.count) else {
                    return nil
                }
                files.append(File(tile: tile, bytes: MerkleHash.bytes(of: Array(chunk))))
                if tile.isFull { added.append(MerkleRange.root(of: chunk)) }
            }
        }
        return LogGrowth(range: grown, files: files)
    }

    private static func bundles<Failure: Error>(
        _ entries: [[UInt8]], after size: Int, _ reading: (LogTile) throws(Failure) -> [UInt8]?
    ) throws(Failure) -> [File]? {
        guard !entries.isEmpty else { return [] }
        var files: [File] = []
        var bundle: [UInt8] = []
        if let begun = LogTile(.entries, index: size / LogTile.fullWidth, in: size) {
            guard let bytes = try reading(begun), EntryBundle.entries(in: bytes)?.count == begun.width else {
                return nil
            }
            bundle = bytes
        }
        var end = size
        for (place, entry) in entries.enumerated() {
            guard EntryBundle.append(entry, to: &bundle) else { return nil }
            end += 1
            let width = end % LogTile.fullWidth
            guard width == 0 || place == entries.count - 1 else { continue }
            guard let tile = LogTile(.entries, index: (end - 1) / LogTile.fullWidth, in: end) else { return nil }
            files.append(File(tile: tile, bytes: bundle))
            bundle = []
        }
        return files
    }
}

extension MerkleRange {
    /// The tree of that size as its partial tiles tell it, at most one of each level. Nil when one does not hold what its width
    /// says.
    public static func told<Failure: Error>(
        by reading: (LogTile) throws(Failure) -> [MerkleHash]?, size: Int
    ) throws(Failure) -> MerkleRange? {
        guard (0...LogTile.mostEntries).contains(size) else { return nil }
        var peaks: [MerkleHash] = []
        for level in (0..<8).reversed() {
            // Without a partial tile all that this level has stands in the one above.
            let index = (size >> (8 * level)) / LogTile.fullWidth
            guard let tile = LogTile(.hashes(level: level), index: index, in: size) else { continue }
            guard let hashes = try reading(tile), hashes.count == tile.width else { return nil }
            var range = MerkleRange()
            for hash in hashes { range.append(hash) }
            peaks += range.peaks
        }
        return MerkleRange(size: size, peaks: peaks)
    }
}
