// From a key that somebody knows to the key that signs now, through handovers; and the ways in which who stole a former key would
// like to go, all of them closed.

import Domain
import TestKit
import Testing

struct LogKeyChainTests {
    /// A log of a few entries, some of which name new keys.
    struct Log {
        var leaves: [[UInt8]] = []
        var hashes: [MerkleHash] { leaves.map { MerkleHash.leaf(of: $0) } }

        static func key(_ number: Int) throws -> VerifierKey {
            let name = try #require(NoteName("log.example/1"))
            return try #require(VerifierKey(name: name, publicKey: [UInt8](repeating: UInt8(number), count: 32)))
        }

        /// An entry; with a key, the one that names it.
        mutating func add(_ key: VerifierKey? = nil) throws {
            let at = Moment(seconds: 1_795_255_200 + Int64(leaves.count))
            let entry = AuditEntry(
                id: AuditID(at: at, dice: [UInt8](repeating: UInt8(leaves.count), count: 10)), at: at,
                action: key == nil ? .read : .logKeyRotated, outcome: .done, key: key?.id)
            leaves.append(try #require(AuditLeaf(entry)).bytes)
        }

        func note(_ size: Int, by keys: [VerifierKey]) throws -> SignedNote {
            var range = MerkleRange()
            for hash in hashes[..<size] { range.append(hash) }
            let text = Checkpoint(origin: keys[0].name, range: range).text
            return SignedNote(
                text: text,
                signatures: keys.map {
                    .init(name: $0.name, keyID: $0.keyID, bytes: PlainSignature.sign(Array(text.utf8), $0.publicKey))
                })
        }

        func proof(of index: Int, in size: Int, by keys: [VerifierKey]) throws -> LogProof {
            let path = MerkleProof.inclusion(of: index, in: size) { tile throws(Never) in
                Array(hashes[..<min(size, 256)].prefix(tile.width))
            }
            return try LogProof(
                index: index, path: try #require(path), note: try note(size, by: keys), extra: leaves[index])
        }
    }

    private static func chain(_ known: Int, _ handovers: [LogProof], _ listed: [Int]) throws -> [VerifierKey] {
        try LogKeyChain(
            from: try Log.key(known), handovers: handovers, listed: try listed.map { try Log.key($0) },
            by: PlainSignature.isRight
        ).keys
    }

    /// Ten entries: the fourth names the second key, the eighth the third.
    private static func log() throws -> Log {
        var log = Log()
        for place in 0..<10 { try log.add(place == 3 ? try Log.key(2) : place == 7 ? try Log.key(3) : nil) }
        return log
    }

    private static func handovers(_ log: Log) throws -> [LogProof] {
        [
            try log.proof(of: 3, in: 5, by: [try Log.key(2), try Log.key(1)]),
            try log.proof(of: 7, in: 8, by: [try Log.key(3), try Log.key(2), try Log.key(1)]),
        ]
    }

    @Test("D2: who knows any of the keys comes to the last; without handovers the known key is all there is")
    func follows() throws {
        let log = try Self.log()
        let handovers = try Self.handovers(log)
        #expect(try Self.chain(1, handovers, [3, 2, 1]) == (try [1, 2, 3].map { try Log.key($0) }))
        #expect(try Self.chain(2, handovers, [1, 2, 3, 9]) == (try [2, 3].map { try Log.key($0) }))
        #expect(try Self.chain(3, handovers, [1, 2, 3]) == [try Log.key(3)])
        #expect(try Self.chain(1, Array(handovers.prefix(1)), [2]) == (try [1, 2].map { try Log.key($0) }))
        #expect(try Self.chain(1, [], []) == [try Log.key(1)])
        let chain = try LogKeyChain(
            from: try Log.key(1), handovers: handovers, listed: [try Log.key(2), try Log.key(3)],
            by: PlainSignature.isRight)
        let third = try Log.key(3)
        #expect(chain.last == third && chain.accountsFor(3) && chain.accountsFor(7) && !chain.accountsFor(4))
        #expect(log.leaves.map { LogRotation.key(namedBy: $0) != nil } == (0..<10).map { $0 == 3 || $0 == 7 })
    }

    @Test("D2: a handover that is missing, out of order, or whose key is not listed leads nowhere")
    func incomplete() throws {
        let handovers = try Self.handovers(try Self.log())
        #expect(throws: LogKeyChain.Fault.noKey(2)) { try Self.chain(1, handovers, [2]) }
        #expect(throws: LogKeyChain.Fault.noKey(1)) { try Self.chain(1, handovers, []) }
        #expect(throws: LogKeyChain.Fault.notAHandover(2)) { try Self.chain(1, handovers.reversed(), [2, 3]) }
        #expect(throws: LogKeyChain.Fault.notAHandover(2)) { try Self.chain(1, [handovers[0], handovers[0]], [2, 3]) }
        var log = try Self.log()
        let other = try log.proof(of: 4, in: 5, by: [try Log.key(1), try Log.key(2)])
        #expect(throws: LogKeyChain.Fault.notAHandover(1)) { try Self.chain(1, [other], [2]) }
        let bare = try LogProof(index: 3, path: handovers[0].path, note: handovers[0].note)
        #expect(throws: LogKeyChain.Fault.notAHandover(1)) { try Self.chain(1, [bare], [2]) }
        // A key of another name is not this log's.
        try log.add(try WitnessPolicyTests.log(2))
        let foreign = try log.proof(of: 10, in: 11, by: [try Log.key(1)])
        #expect(throws: LogKeyChain.Fault.noKey(1)) {
            try LogKeyChain(
                from: try Log.key(1), handovers: [foreign], listed: [try WitnessPolicyTests.log(2)],
                by: PlainSignature.isRight)
        }
    }

    @Test("D2: with a stolen former key nobody makes a handover that is believed", arguments: 0..<6)
    func forged(_ way: Int) throws {
        var log = try Self.log()
        let real = try Self.handovers(log)
        let thief = try Log.key(9)
        let forged: [LogProof]
        let fault: LogKeyChain.Fault
        switch way {
        case 0:
            // The real entry, by the stolen key and the thief's: it names another.
            forged = [try log.proof(of: 3, in: 9, by: [thief, try Log.key(1)])]
            fault = .wrong(1)
        case 1:
            // The real entry by the stolen key alone.
            forged = [try log.proof(of: 3, in: 9, by: [try Log.key(1)])]
            fault = .wrong(1)
        case 2:
            // A further entry that names the thief's key, handed over by the stolen one instead of the last.
            try log.add(thief)
            forged = real + [try log.proof(of: 10, in: 11, by: [thief, try Log.key(1)])]
            fault = .wrong(3)
        case 3:
            // A further entry by which the log comes back to the stolen key.
            try log.add(try Log.key(1))
            forged = real + [try log.proof(of: 10, in: 11, by: [try Log.key(1)])]
            fault = .wrong(3)
        case 4:
            // The same with the thief's own first key before the known one.
            try log.add(try Log.key(1))
            forged = [real[0], try log.proof(of: 10, in: 11, by: [try Log.key(1), thief])]
            fault = .wrong(2)
        default:
            // An entry that is not where the handover says.
            forged = [
                try LogProof(
                    index: 2, path: real[0].path, note: real[0].note, extra: real[0].extra)
            ]
            fault = .wrong(1)
        }
        #expect(throws: fault) { try Self.chain(1, forged, [1, 2, 3, 9]) }
    }
}
