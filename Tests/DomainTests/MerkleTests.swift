// The tree of the audit log: its hashes against published vectors, its growth and its proofs against a plain account.

import Domain
import TestKit
import Testing

struct MerkleTests {
    /// The leaves and roots with which Certificate Transparency's own code is tested.
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("RFC 6962 §2.1: the published leaves have the published roots")
    func vectors() {
        var range = MerkleRange()
        #expect(
            range.root.bytes == unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        for (leaf, root) in zip(Self.leaves, Self.roots) {
            range.append(MerkleHash.leaf(of: unhex(leaf)))
            #expect(range.root.bytes == unhex(root))
        }
        let all = Self.leaves.map { MerkleHash.leaf(of: unhex($0)) }
        for size in 1...8 { #expect(MerkleRange.root(of: all[..<size]).bytes == unhex(Self.roots[size - 1])) }
    }

    @Test("A hash has 32 bytes, and reads back alone and in a row")
    func bytes() {
        #expect(MerkleHash([UInt8](repeating: 0, count: 31)) == nil)
        #expect(MerkleHash([UInt8](repeating: 0, count: 33)) == nil)
        #expect(MerkleHash.list([UInt8](repeating: 0, count: 33)) == nil)
        #expect(MerkleHash.list([]) == [])
        let hashes = PlainTree.counted(5).leaves
        #expect(MerkleHash.list(MerkleHash.bytes(of: hashes)) == hashes)
        #expect(hashes.allSatisfy { MerkleHash($0.bytes) == $0 })
        #expect(MerkleHash.leaf(of: [1, 2].lazy.map { $0 }) == MerkleHash.leaf(of: [1, 2]))
    }

    @Test("A tree that grows leaf by leaf has the plain root at every size, and goes on from what was stored")
    func growth() throws {
        let plain = PlainTree.counted(1_100)
        var range = MerkleRange()
        for size in 0...1_100 {
            #expect(range.root == plain.root(0..<size), "size \(size)")
            let again = try #require(MerkleRange(size: size, stored: range.stored))
            #expect(again == range && range.stored.count == 32 * size.nonzeroBitCount)
            if size < 1_100 { range.append(plain.leaves[size]) }
        }
    }

    @Test("What was stored for another size is refused")
    func stored() {
        #expect(MerkleRange(size: 3, stored: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(MerkleRange(size: 2, stored: [UInt8](repeating: 0, count: 31)) == nil)
        #expect(MerkleRange(size: -1, peaks: []) == nil)
        #expect(MerkleRange(size: .max, stored: [UInt8](repeating: 0, count: 32 * 63)) == nil)
    }

    @Test("Subtrees may be appended whole, but only where they belong")
    func subtrees() {
        let plain = PlainTree.counted(1_024)
        var range = MerkleRange()
        for start in stride(from: 0, to: 1_024, by: 256) {
            let isAppended = range.append(subtree: plain.root(start..<start + 256), height: 8)
            #expect(isAppended && range.root == plain.root(0..<start + 256))
        }
        range.append(.ofNothing)
        let before = range
        for height in [1, 8, 57, 63, 64, -1, .max, .min] {
            let isAppended = range.append(subtree: .ofNothing, height: height)
            #expect(!isAppended && range == before, "height \(height)")
        }
    }

    @Test("RFC 6962 §2.1.1: inclusion is proved from tiles as the plain account proves it, for every size up to 1,100")
    func inclusion() throws {
        var dice = SeededDice("inclusion")
        let plain = PlainTree.counted(1_100)
        for size in 1...1_100 {
            let root = plain.root(0..<size)
            for index in Set([0, size - 1, size / 2, dice.roll(0...size - 1)]) {
                let path = try #require(plain.inclusion(of: index, in: size))
                let leaf = plain.leaves[index]
                #expect(path == plain.path(index, 0..<size), "\(index) of \(size)")
                #expect(MerkleProof.isIncluded(leaf, at: index, in: size, with: root, by: path))
                let elsewhere = (index + dice.roll(1...max(1, size - 1))) % size
                let wrong: [(MerkleHash, Int, MerkleHash, [MerkleHash])] = [
                    (.ofNothing, index, root, path), (leaf, -1, root, path), (leaf, size, root, path),
                    (leaf, index, root, path.turned(using: &dice)), (leaf, index, root, path + [root]),
                    (leaf, index, .ofNothing, path),
                ]
                for (leaf, at, root, by) in wrong {
                    let isTaken = MerkleProof.isIncluded(leaf, at: at, in: size, with: root, by: by)
                    #expect(!isTaken, "\(at) of \(size), \(dice.note)")
                }
                guard size > 1 else { continue }
                #expect(!MerkleProof.isIncluded(leaf, at: elsewhere, in: size, with: root, by: path), "\(dice.note)")
                let cut = Array(path.dropLast())
                #expect(!MerkleProof.isIncluded(leaf, at: index, in: size, with: root, by: cut), "\(dice.note)")
            }
        }
    }

    @Test(
        "RFC 6962 §2.1.2: consistency is proved from tiles as the plain account proves it, for every size up to 1,100")
    func consistency() throws {
        var dice = SeededDice("consistency")
        let plain = PlainTree.counted(1_100)
        for new in 1...1_100 {
            let root = plain.root(0..<new)
            for old in Set([1, new, max(1, new - 1), max(1, new / 256 * 256), dice.roll(1...new)]) {
                let path = try #require(plain.consistency(from: old, to: new))
                let before = plain.root(0..<old)
                #expect(path == plain.subproof(old, 0..<new, true), "\(old) to \(new)")
                #expect(MerkleProof.isContinued(before, of: old, by: root, of: new, by: path))
                let paths = [path.turned(using: &dice), path + [root], Array(path.dropLast())]
                for wrong in paths where wrong != path {
                    let isTaken = MerkleProof.isContinued(before, of: old, by: root, of: new, by: wrong)
                    #expect(!isTaken, "\(old) to \(new), \(dice.note)")
                }
                let other = [before].turned(using: &dice)[0]
                #expect(!MerkleProof.isContinued(other, of: old, by: root, of: new, by: path), "\(dice.note)")
                #expect(!MerkleProof.isContinued(before, of: old, by: other, of: new, by: path), "\(dice.note)")
            }
        }
        let none = MerkleProof.consistency(from: 0, to: 7) { plain.tile($0) }
        #expect(none == [])
        #expect(MerkleProof.isContinued(.ofNothing, of: 0, by: plain.root(0..<7), of: 7, by: []))
        #expect(!MerkleProof.isContinued(plain.leaves[0], of: 0, by: plain.root(0..<7), of: 7, by: []))
    }

    @Test("Proofs of big trees, over several levels of tiles, hold too")
    func bigTrees() throws {
        var dice = SeededDice("big trees")
        let plain = PlainTree.counted(66_000)
        for size in [65_535, 65_536, 65_537, 65_792, 66_000, dice.roll(2_000...66_000)] {
            let root = plain.root(0..<size)
            let index = dice.roll(0...size - 1)
            let old = dice.roll(1...size)
            let path = try #require(plain.inclusion(of: index, in: size))
            #expect(MerkleProof.isIncluded(plain.leaves[index], at: index, in: size, with: root, by: path))
            let steps = try #require(plain.consistency(from: old, to: size))
            #expect(
                MerkleProof.isContinued(plain.root(0..<old), of: old, by: root, of: size, by: steps), "\(dice.note)")
        }
    }

    @Test("Whatever sizes and places a stranger names, and however bad a tile is, there is no proof and no stop")
    func hostile() {
        let plain = PlainTree.counted(300)
        let odd = [Int.min, -1, 0, 1, 299, 300, 1 << 55, 1 << 56, 1 << 62, Int.max]
        for first in odd {
            for second in odd {
                // A reader that has nothing.
                let proof = MerkleProof.inclusion(of: first, in: second) { _ in [] }
                #expect(proof == nil || second == 1)
                _ = MerkleProof.consistency(from: first, to: second) { _ in nil }
                for path in [[], plain.leaves, Array(plain.leaves[..<1]), Array(plain.leaves[..<60])] {
                    let leaf = plain.leaves[0]
                    let isIn = MerkleProof.isIncluded(leaf, at: first, in: second, with: .ofNothing, by: path)
                    let isNext = MerkleProof.isContinued(leaf, of: first, by: .ofNothing, of: second, by: path)
                    #expect(!isIn && !isNext)
                }
            }
        }
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try MerkleProof.inclusion(of: 3, in: 300) { _ throws(Broken) in throw Broken() }
        }
    }
}
