// Hides how a tree grows by leaves without being kept: of all that went in, only the roots of the largest complete
// subtrees remain, at most one for each bit of the size.

/// A Merkle tree from its first leaf on, as small as it can be carried (RFC 6962 §2.1).
public struct MerkleRange: Hashable, Sendable {
    /// How many leaves went in.
    public private(set) var size: Int
    /// The roots of the complete subtrees, the biggest first: one for each 1 in the size.
    public private(set) var peaks: [MerkleHash]

    public init() {
        size = 0
        peaks = []
    }

    /// Nil unless there are as many peaks as the size has ones.
    public init?(size: Int, peaks: [MerkleHash]) {
        guard (0...LogTile.mostEntries).contains(size), peaks.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.peaks = peaks
    }

    /// Reads what `stored` wrote.
    public init?(size: Int, stored: [UInt8]) {
        guard let peaks = MerkleHash.list(stored) else { return nil }
        self.init(size: size, peaks: peaks)
    }

    /// The peaks, 32 bytes each.
    public var stored: [UInt8] { MerkleHash.bytes(of: peaks) }

    /// False, and nothing is appended, when the tree is as big as trees get.
    @discardableResult
    public mutating func append(_ leaf: MerkleHash) -> Bool { append(subtree: leaf, height: 0) }

    /// Appends 2^height leaves by the root of their subtree. False, and nothing is appended, unless the size is a multiple
    /// of so many.
    public mutating func append(subtree root: MerkleHash, height: Int) -> Bool {
        guard (0...56).contains(height) else { return false }
        let leaves = 1 << height
        guard size & (leaves - 1) == 0, size <= LogTile.mostEntries - leaves else { return false }
        var hash = root
        var rest = size >> height
        while rest & 1 == 1, let left = peaks.popLast() {
            hash = MerkleHash.node(left, hash)
            rest >>= 1
        }
        peaks.append(hash)
        size += leaves
        return true
    }

    /// MTH of all the leaves.
    public var root: MerkleHash {
        guard var hash = peaks.last else { return .ofNothing }
        for peak in peaks.dropLast().reversed() { hash = MerkleHash.node(peak, hash) }
        return hash
    }

    /// MTH of these hashes, taken as the leaves.
    public static func root(of hashes: ArraySlice<MerkleHash>) -> MerkleHash {
        guard hashes.count.nonzeroBitCount == 1 else {
            var range = MerkleRange()
            for hash in hashes { range.append(hash) }
            return range.root
        }
        // A complete tree, level by level in one array.
        var level = Array(hashes)
        var count = level.count
        while count > 1 {
            count /= 2
            for place in 0..<count { level[place] = MerkleHash.node(level[2 * place], level[2 * place + 1]) }
        }
        return level[0]
    }
}
