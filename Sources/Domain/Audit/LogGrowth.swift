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
        var files: [File] = []
        var grown = range
        let leaves = entries.map { MerkleHash.leaf(of: $0) }
        for leaf in leaves { grown.append(leaf) }

        guard let bundles = try bundles(entries, after: range.size, reading) else { return nil }
        files += bundles
        var added = leaves
        for level in 0..<8 where !added.isEmpty {
            let kind = LogTile.Kind.hashes(level: level)
            let before = range.size >> (8 * level)
            var hashes: [MerkleHash] = []
            if let begun = LogTile(kind, index: before / LogTile.fullWidth, in: range.size) {
                guard let bytes = try reading(begun), let found = MerkleHash.list(bytes), found.count == begun.width
                else { return nil }
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
