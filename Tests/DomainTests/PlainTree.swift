// A Merkle tree as RFC 6962 §2.1 writes it down, by recursion over the leaves: slow, plain, and no code of ours in it but the
// two hashes.

import Domain
import TestKit

final class PlainTree {
    let leaves: [MerkleHash]
    private var known: [Range<Int>: MerkleHash] = [:]

    init(_ leaves: [MerkleHash]) { self.leaves = leaves }

    /// Leaves 0, 1, 2, … hashed.
    static func counted(_ count: Int) -> PlainTree {
        PlainTree((0..<count).map { MerkleHash.leaf(of: Array("entry \($0)".utf8)) })
    }

    /// MTH(D[range]).
    func root(_ range: Range<Int>) -> MerkleHash {
        if range.isEmpty { return .ofNothing }
        if range.count == 1 { return leaves[range.lowerBound] }
        if let hash = known[range] { return hash }
        let middle = range.lowerBound + Self.k(range.count)
        let hash = MerkleHash.node(root(range.lowerBound..<middle), root(middle..<range.upperBound))
        known[range] = hash
        return hash
    }

    /// PATH(m, D[range]), m counted from the range's start.
    func path(_ m: Int, _ range: Range<Int>) -> [MerkleHash] {
        if range.count == 1 { return [] }
        let k = Self.k(range.count)
        let middle = range.lowerBound + k
        return m < k
            ? path(m, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
            : path(m - k, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    /// SUBPROOF(m, D[range], b).
    func subproof(_ m: Int, _ range: Range<Int>, _ b: Bool) -> [MerkleHash] {
        if m == range.count { return b ? [] : [root(range)] }
        let k = Self.k(range.count)
        let middle = range.lowerBound + k
        return m <= k
            ? subproof(m, range.lowerBound..<middle, b) + [root(middle..<range.upperBound)]
            : subproof(m - k, middle..<range.upperBound, false) + [root(range.lowerBound..<middle)]
    }

    /// The largest power of two smaller than n.
    private static func k(_ n: Int) -> Int {
        var k = 1
        while k * 2 < n { k *= 2 }
        return k
    }

    /// A tile by its definition: MTH(D[(n·256 + i)·256^l ..< (n·256 + i + 1)·256^l]).
    func tile(_ tile: LogTile) -> [MerkleHash]? {
        guard case .hashes(let level) = tile.kind else { return nil }
        let span = (0..<level).reduce(1) { span, _ in span * 256 }
        return (0..<tile.width).map { i in
            let start = (tile.index * 256 + i) * span
            return root(start..<start + span)
        }
    }
}

extension PlainTree {
    /// What is under test, reading this tree's tiles.
    func inclusion(of index: Int, in size: Int) -> [MerkleHash]? {
        MerkleProof.inclusion(of: index, in: size) { tile($0) }
    }

    func consistency(from old: Int, to new: Int) -> [MerkleHash]? {
        MerkleProof.consistency(from: old, to: new) { tile($0) }
    }
}

/// `00ff…` as bytes.
func unhex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

extension [MerkleHash] {
    /// With one bit turned.
    func turned(using dice: inout SeededDice) -> [MerkleHash] {
        guard !isEmpty else { return [.ofNothing] }
        var changed = self
        let place = dice.roll(0...count - 1)
        var bytes = changed[place].bytes
        bytes[dice.roll(0...31)] ^= 1 << UInt8(dice.roll(0...7))
        if let hash = MerkleHash(bytes) { changed[place] = hash }
        return changed
    }
}
