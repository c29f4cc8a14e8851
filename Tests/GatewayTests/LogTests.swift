// A log in a folder: what we write, our verifier and others' find sound; what was changed, both refuse.

import Domain
import Foundation
import Gateway
import TestKit
import Testing

@Suite("The log in a folder")
struct LogTests {
    static let withoutThirdParty: Comment =
        "pymerkle, sigstore, cryptography and rfc8785 are not in .venv: scripts/venv.sh puts them there"

    @Test("signed-note: notes that others signed are right, and wrong as soon as a letter is another")
    func foreignNotes() throws {
        let note = """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.

            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
            — EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=

            """
        for text in [
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        ] {
            let key = try #require(VerifierKey(text))
            try SignedNote(parsing: Array(note.utf8)).verify(with: key, by: LogSignature.isRight)
            let changed = try SignedNote(parsing: Array(note.replacing("think", with: "thinc").utf8))
            #expect(throws: SignedNote.Fault.wrongSignature) {
                try changed.verify(with: key, by: LogSignature.isRight)
            }
        }
    }

    @Test("RFC 8032 §7.1: the seed of the first vector gives its public key; a seed of another length gives none")
    func seed() throws {
        let name = try #require(NoteName("licet.example/audit"))
        let seed: [UInt8] = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
            0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ]
        let signer = try #require(LogSigner(name: name, seed: seed))
        #expect(signer.key.publicKey.prefix(4) == [0xd7, 0x5a, 0x98, 0x01])
        #expect(LogSigner(name: name, seed: Array(seed.dropLast())) == nil && LogSigner(name: name, seed: []) == nil)
        #expect(!LogSignature.isRight([], [], signer.key.publicKey) && !LogSignature.isRight(seed + seed, [], []))
    }

    @Test("A log that grew in batches is sound at each size, and continues each checkpoint that it ever signed")
    func growing() throws {
        for (size, batch) in [(1, 1), (256, 256), (257, 100), (600, 37), (1_030, 515)] {
            let log = try LogMaker()
            var kept: [[UInt8]] = []
            for next in stride(from: batch, through: size + batch - 1, by: batch) {
                kept += try log.grow(to: min(next, size), by: batch)
                var told: [Int] = []
                let report = try log.verifier.verify { done, _ in told.append(done) }
                #expect(report.checkpoint.size == min(next, size) && report.older == nil && report.others == 0)
                #expect(report.checkpoint.root == log.range.root && told.last == report.checkpoint.size)
            }
            for old in kept { #expect(try log.verifier.verify(older: old).older != nil) }
        }
    }

    @Test("An empty log is sound; a partial tile that was dropped is found in the full one; a witness may sign too")
    func corners() throws {
        let empty = try LogMaker()
        _ = try empty.directory.append([], to: MerkleRange(), signer: empty.signer)
        let none = try empty.directory.readCheckpoint()
        #expect(try empty.verifier.verify(older: none).checkpoint.size == 0)

        let log = try LogMaker()
        let kept = try log.grow(to: 300, by: 100)
        #expect(try log.verifier.verify(older: none).older?.size == 0)
        try log.grow(to: 512, by: 212)
        try log.remove("tile/0/001.p")
        try log.remove("tile/entries/001.p")
        let now = try log.directory.readCheckpoint()
        for checkpoint in kept + [now] {
            var note = try SignedNote(parsing: checkpoint)
            let witness = try #require(NoteName("witness.example"))
            note = SignedNote(
                text: note.text,
                signatures: note.signatures + [.init(name: witness, keyID: 1, bytes: [UInt8](repeating: 0, count: 72))])
            try log.change("checkpoint") { $0 = Data(note.bytes) }
            // The partial tile of level 1 was never dropped.
            #expect(try log.verifier.verify().others == 1)
        }
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fault: LogFault
        /// The judge reads no upper tiles.
        var isSeenByOthers = true
        let make: @Sendable (LogMaker) throws -> Void
    }

    private static func tile(_ path: String) -> LogTile { LogTile(path: path) ?? LogTile.grown(from: 0, to: 1)[0] }

    static let damages: [Damage] = [
        Damage(testDescription: "a bit of an entry", fault: .wrongEntry(1_280, tile("tile/0/005"))) {
            try $0.change("tile/entries/005") { $0[20] ^= 1 }
        },
        Damage(testDescription: "a bit of a tile", fault: .wrongEntry(768, tile("tile/0/003"))) {
            try $0.change("tile/0/003") { $0[31] ^= 1 }
        },
        Damage(
            testDescription: "a bit of an upper tile", fault: .wrongHash(place: 2, tile("tile/1/000.p/11")),
            isSeenByOthers: false
        ) { try $0.change("tile/1/000.p/11") { $0[64] ^= 1 } },
        Damage(testDescription: "a removed entry", fault: .wrongLength(tile("tile/entries/000"))) {
            let count = 2 + (try LogMaker.leaf(0)).count
            try $0.change("tile/entries/000") { $0.removeFirst(count) }
        },
        Damage(testDescription: "a swapped pair", fault: .wrongEntry(2_817, tile("tile/0/011.p/184"))) {
            let sizes = try (2_816...2_818).map { 2 + (try LogMaker.leaf($0)).count }
            try $0.change("tile/entries/011.p/184") {
                let first = sizes[0]
                let second = first + sizes[1]
                let third = second + sizes[2]
                $0 = $0[..<first] + $0[second..<third] + $0[first..<second] + $0[third...]
            }
        },
        Damage(testDescription: "a truncated bundle", fault: .wrongLength(tile("tile/entries/007"))) {
            try $0.change("tile/entries/007") { $0.removeLast(5) }
        },
        Damage(testDescription: "a truncated tile", fault: .wrongLength(tile("tile/0/007"))) {
            try $0.change("tile/0/007") { $0.removeLast(32) }
        },
        Damage(testDescription: "a missing bundle", fault: .unreadable(file: "tile/entries/004")) {
            try $0.remove("tile/entries/004")
        },
        Damage(
            testDescription: "an entry and its hash", fault: .wrongHash(place: 0, tile("tile/1/000.p/11"))
        ) {
            try $0.change("tile/entries/000") { $0[2] ^= 1 }
            var entry = try LogMaker.leaf(0)
            entry[0] ^= 1
            let hash = MerkleHash.leaf(of: entry).bytes
            try $0.change("tile/0/000") { $0.replaceSubrange(0..<32, with: hash) }
        },
        Damage(
            testDescription: "an entry and its hash, at the end", fault: .wrongRoot(size: 3_000)
        ) {
            try $0.change("tile/entries/011.p/184") { $0[2] ^= 1 }
            var entry = try LogMaker.leaf(2_816)
            entry[0] ^= 1
            let hash = MerkleHash.leaf(of: entry).bytes
            try $0.change("tile/0/011.p/184") { $0.replaceSubrange(0..<32, with: hash) }
        },
        Damage(testDescription: "another size", fault: .wrongSignature(file: "checkpoint")) {
            try $0.change("checkpoint") {
                $0 = Data(String(decoding: $0, as: UTF8.self).replacing("\n3000\n", with: "\n2999\n").utf8)
            }
        },
        Damage(testDescription: "no checkpoint", fault: .unreadable(file: "checkpoint")) {
            try $0.remove("checkpoint")
        },
        Damage(testDescription: "no signature", fault: .notACheckpoint(file: "checkpoint")) {
            try $0.change("checkpoint") { $0.removeLast(30) }
        },
    ]

    @Test("D2: a log that was changed is refused, and the first thing that is wrong is named", arguments: damages)
    func damaged(damage: Damage) throws {
        let log = try LogMaker()
        try log.grow(to: 3_000, by: 700)
        _ = try log.verifier.verify()
        try damage.make(log)
        #expect(throws: damage.fault) { try log.verifier.verify() }
        #expect(damage.fault.sentence.hasSuffix("."))
        guard ThirdParty.isThere else { return }
        let (status, said) = try ThirdParty.judge(log)
        #expect((status != 0) == damage.isSeenByOthers, "\(said)")
    }

    @Test("D2: a history that was rewritten and signed again is noticed with an older checkpoint, and only with it")
    func rewritten() throws {
        let honest = try LogMaker()
        let kept = try honest.grow(to: 3_000, by: 1_000)
        let insider = try LogMaker()
        try insider.grow(to: 3_000, by: 1_000, rewriting: 2_500)
        _ = try insider.verifier.verify()
        #expect(try insider.verifier.verify(older: kept[1]).older?.size == 2_000)
        #expect(throws: LogFault.rewritten(before: 3_000)) { try insider.verifier.verify(older: kept[2]) }
        let early = try LogMaker()
        try early.grow(to: 3_000, by: 3_000, rewriting: 999)
        #expect(throws: LogFault.rewritten(before: 1_000)) { try early.verifier.verify(older: kept[0]) }
        let shorter = try LogMaker()
        try shorter.grow(to: 2_000, by: 1_000)
        #expect(throws: LogFault.shrunk(from: 3_000, to: 2_000)) { try shorter.verifier.verify(older: kept[2]) }
        let other = try LogMaker(seed: 8)
        try other.grow(to: 1, by: 1)
        #expect(throws: LogFault.notSigned(file: "the older checkpoint")) {
            try honest.verifier.verify(older: try other.directory.readCheckpoint())
        }
    }

    @Test("An append that cannot be written leaves the checkpoint as it was")
    func unwritable() throws {
        let log = try LogMaker()
        try log.grow(to: 10, by: 10)
        let before = try log.directory.readCheckpoint()
        try FileManager.default.removeItem(at: log.folder.appendingPathComponent("tile/0"))
        #expect(throws: LogFault.unreadable(file: "tile/0/000.p/10")) { try log.grow(to: 20, by: 10) }
        let other = try LogMaker()
        try Data().write(to: other.folder.appendingPathComponent("tile"))
        #expect(throws: LogFault.self) { try other.grow(to: 1, by: 1) }
        #expect(throws: LogFault.unreadable(file: "checkpoint")) { try other.directory.readCheckpoint() }
        #expect(try log.directory.readCheckpoint() == before)
    }

    @Test(
        "C2SP: a log of ours is sound to code that is not ours, and canonical",
        .enabled(if: ThirdParty.isThere, withoutThirdParty))
    func thirdParty() throws {
        let log = try LogMaker()
        let kept = try log.grow(to: 3_000, by: 450)
        let (status, said) = try ThirdParty.judge(log, old: kept[2])
        #expect(status == 0 && said.hasPrefix("OK size=3000 "), "\(said)")
        let insider = try LogMaker()
        try insider.grow(to: 3_000, by: 450, rewriting: 3)
        #expect(try ThirdParty.judge(insider).status == 0)
        #expect(try ThirdParty.judge(insider, old: kept[2]).status != 0)
        let lines = log.folder.appendingPathComponent("lines")
        let text = try (0..<200).map { String(decoding: try LogMaker.leaf($0), as: UTF8.self) }.joined(separator: "\n")
        try Data(text.utf8).write(to: lines)
        let check = """
            import json, rfc8785, sys
            lines = open(sys.argv[1], 'rb').read().split(b'\\n')
            sys.exit(not (len(lines) == 200 and all(rfc8785.dumps(json.loads(line)) == line for line in lines)))
            """
        #expect(try ThirdParty.run(["-c", check, lines.path]).status == 0)
    }
}
