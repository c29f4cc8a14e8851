// Hides the two proofs of a Merkle tree: that an entry is in it, and that it continues an earlier one. They are made from
// tiles (RFC 6962 §2.1.1, §2.1.2) and checked without them (RFC 9162 §2.1.3.2, §2.1.4.2).
// INVARIANT: total; whatever a stranger hands in is proved or not, and nothing stops.

public enum MerkleProof {
    /// Hashes in the longest proof.
    public static let longest = 64

    /// From the entry's sibling up to a child of the root. Nil when the tree has no such entry, or a tile has fewer hashes
    /// than its width says. Each tile is read once, as wide as a tree of that size has it.
    public static func inclusion<Failure: Error>(
        of index: Int, in size: Int, reading: (LogTile) throws(Failure) -> [MerkleHash]?
    ) throws(Failure) -> [MerkleHash]? {
        guard (1...LogTile.mostEntries).contains(size), (0..<size).contains(index) else { return nil }
        var tiles = Tiles(size: size)
        var path: [MerkleHash] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = split(range)
            let other: Range<Int>
            if index < middle {
                other = middle..<range.upperBound
                range = range.lowerBound..<middle
            } else {
                other = range.lowerBound..<middle
                range = middle..<range.upperBound
            }
            guard let hash = try tiles.root(of: other, reading) else { return nil }
            path.append(hash)
        }
        return path.reversed()
    }

    /// That the tree of the new size begins with the tree of the old size. Nil when the old one is bigger, or a tile has
    /// fewer hashes than its width says. Empty when the sizes are equal or the old one is 0.
    public static func consistency<Failure: Error>(
        from old: Int, to new: Int, reading: (LogTile) throws(Failure) -> [MerkleHash]?
    ) throws(Failure) -> [MerkleHash]? {
        guard old >= 0, old <= new, new <= LogTile.mostEntries else { return nil }
        guard old > 0, old < new else { return [] }
        var tiles = Tiles(size: new)
        var path: [MerkleHash] = []
        var range = 0..<new
        // Whether the old tree itself is what is left: its root is known to whoever checks.
        var isWhole = true
        while old < range.upperBound {
            let middle = split(range)
            let other: Range<Int>
            if old <= middle {
                other = middle..<range.upperBound
                range = range.lowerBound..<middle
            } else {
                other = range.lowerBound..<middle
                range = middle..<range.upperBound
                isWhole = false
            }
            guard let hash = try tiles.root(of: other, reading) else { return nil }
            path.append(hash)
        }
        if !isWhole {
            guard let hash = try tiles.root(of: range, reading) else { return nil }
            path.append(hash)
        }
        return path.reversed()
    }

    /// RFC 9162 §2.1.3.2.
    public static func isIncluded(
        _ leaf: MerkleHash, at index: Int, in size: Int, with root: MerkleHash, by path: [MerkleHash]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var place = index
        var last = size - 1
        var hash = leaf
        for step in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = MerkleHash.node(step, hash)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, step)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// RFC 9162 §2.1.4.2; with an empty proof for equal sizes and for the empty tree.
    public static func isContinued(
        _ oldRoot: MerkleHash, of old: Int, by newRoot: MerkleHash, of new: Int, by path: [MerkleHash]
    ) -> Bool {
        guard old >= 0, old <= new else { return false }
        if old == new { return path.isEmpty && oldRoot == newRoot }
        if old == 0 { return path.isEmpty && oldRoot == .ofNothing }
        guard !path.isEmpty else { return false }
        let steps = old & (old - 1) == 0 ? [oldRoot] + path : path
        var place = old - 1
        var last = new - 1
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var before = steps[0]
        var after = steps[0]
        for step in steps.dropFirst() {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                before = MerkleHash.node(step, before)
                after = MerkleHash.node(step, after)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                after = MerkleHash.node(after, step)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && before == oldRoot && after == newRoot
    }

    /// The largest power of two smaller than the count, from the lower end. The count is 2 or more.
    private static func split(_ range: Range<Int>) -> Int {
        range.lowerBound + 1 << (Int.bitWidth - 1 - (range.count - 1).leadingZeroBitCount)
    }

    /// The tiles of one proof, each read once.
    private struct Tiles {
        let size: Int
        private var read: [LogTile: [MerkleHash]] = [:]

        init(size: Int) { self.size = size }

        /// MTH of a range that one of the splits above made: its beginning is a multiple of the complete tree before it.
        mutating func root<Failure: Error>(
            of range: Range<Int>, _ reading: (LogTile) throws(Failure) -> [MerkleHash]?
        ) throws(Failure) -> MerkleHash? {
            guard range.count.nonzeroBitCount > 1 else { return try node(range, reading) }
            let middle = MerkleProof.split(range)
            guard let left = try node(range.lowerBound..<middle, reading),
                let right = try root(of: middle..<range.upperBound, reading)
            else { return nil }
            return MerkleHash.node(left, right)
        }

        /// Of a complete subtree.
        private mutating func node<Failure: Error>(
            _ range: Range<Int>, _ reading: (LogTile) throws(Failure) -> [MerkleHash]?
        ) throws(Failure) -> MerkleHash? {
            let level = range.count.trailingZeroBitCount / 8
            let first = range.lowerBound >> (8 * level)
            let count = range.count >> (8 * level)
            guard let tile = LogTile(.hashes(level: level), index: first / LogTile.fullWidth, in: size) else {
                return nil
            }
            let hashes: [MerkleHash]
            if let known = read[tile] {
                hashes = known
            } else {
                guard let fresh = try reading(tile), fresh.count == tile.width else { return nil }
                read[tile] = fresh
                hashes = fresh
            }
            let place = first % LogTile.fullWidth
            guard place + count <= hashes.count else { return nil }
            return MerkleRange.root(of: hashes[place..<place + count])
        }
    }
}
