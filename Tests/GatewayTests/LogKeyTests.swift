// Another key for the log while it is written: who signs when, what is kept of it for ever, and how who knows only the old key comes to
// the new one.

import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("The audit log's keys") struct LogKeyTests {
    private final class Copy {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        var path: String { folder.path }
        deinit { try? FileManager.default.removeItem(at: folder) }

        func verify(_ key: VerifierKey, older: [UInt8]? = nil) throws -> LogVerifier.Report {
            try LogVerifier(LogDirectory(path), key: key).verify(older: older)
        }
        func remove(_ file: String) throws {
            try FileManager.default.removeItem(at: folder.appendingPathComponent(file))
        }
        func write(_ bytes: [UInt8], to file: String) throws {
            try Data(bytes).write(to: folder.appendingPathComponent(file))
        }
    }

    private static func append(_ count: Int, by stage: Stage) async throws {
        let entries = (0..<count).map { number in
            AuditEntry(
                id: stage.clock.world.identify(), at: stage.clock.now, action: .read, outcome: .done, items: number)
        }
        try await stage.engine.write { tx in for entry in entries { try AuditTable.append(entry, in: tx) } }
    }

    private static func seal(_ log: Sequencer) async throws { while case .sealed = try await log.round() {} }

    /// Which of the keys have signed the newest checkpoint, in the order of the lines.
    private static func signers(_ stage: Stage, _ keys: [VerifierKey]) async throws -> [VerifierKey] {
        let note = try SignedNote(parsing: try await stage.gateway.logCheckpoint())
        for key in keys where note.signatures.contains(where: { $0.keyID == key.keyID }) {
            try note.verify(with: key, by: LogSignature.isRight)
        }
        return note.signatures.compactMap { line in keys.first { $0.keyID == line.keyID } }
    }

    private static func seeds(_ stage: Stage) async throws -> Int {
        try await stage.count("SELECT COUNT(*) FROM deployment_key WHERE name LIKE 'log-signing-key%'")
    }

    @Test(
        "D2: both keys sign from the rotation's entry on, until the overlap is over; then the old seed is no more",
        arguments: EngineUnderTest.available)
    func rotates(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            try await Self.append(3, by: stage)
            try await Self.seal(log)
            let old = try await stage.gateway.logKey()
            let new = try await stage.gateway.rotateLogKey(overlap: .days(90), request: nil)
            #expect(new != old && new.name == old.name)
            #expect(try await stage.gateway.logKey() == old, "nothing is signed by it yet")
            #expect(try await stage.gateway.logKeys().map(\.key) == [old])
            #expect(try await stage.gateway.logHandovers().isEmpty)
            try await Self.seal(log)
            #expect(try await stage.gateway.logKey() == new)
            #expect(try await Self.signers(stage, [old, new]) == [new, old])
            let entry = try #require(
                try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx).last })
            #expect(entry.entry.action == .logKeyRotated && entry.entry.key == new.id && entry.index == 3)

            let handover = try LogProof(parsing: try #require(try await stage.gateway.logHandovers().first))
            #expect(handover.index == 3 && handover.checkpoint.size == 4 && handover.extra == entry.leaf.bytes)
            for key in [old, new] { try handover.verify(entry.leaf.bytes, with: key, by: LogSignature.isRight) }
            let views = try await stage.gateway.logKeys()
            #expect(views.map(\.key) == [old, new] && views.map(\.signsUntil) == [stage.clock.now + .days(90), nil])

            stage.clock.move(by: Span(microseconds: Span.days(90).microseconds - 1))
            try await Self.append(1, by: stage)
            try await Self.seal(log)
            #expect(try await Self.signers(stage, [old, new]) == [new, old])
            #expect(try await stage.gateway.logKeyRound() == 0)
            stage.clock.move(by: Span(microseconds: 1))
            try await Self.append(1, by: stage)
            try await Self.seal(log)
            #expect(try await Self.signers(stage, [old, new]) == [new])
            #expect(try await Self.seeds(stage) == 2)
            #expect(try await stage.gateway.logKeyRound() == 1)
            #expect(try await Self.seeds(stage) == 1)
            #expect(try await stage.gateway.logKeyRound() == 0)
            #expect(try await stage.gateway.logKeys().map(\.key) == [old, new])
            // A start after it opens the log with the new key alone.
            #expect(try await stage.gateway.openLog().key == new)
            try await Self.append(1, by: stage)
            try await Self.seal(log)
            #expect(try await Self.signers(stage, [old, new]) == [new])
        }
    }

    @Test(
        "D2: a node that runs takes the new key up without a start, and signs nothing with it before the entry has its place",
        arguments: EngineUnderTest.available)
    func otherNode(_ kind: EngineUnderTest) async throws {
        try await kind.tryingTwo { one, other in
            let first = try await Stage(engine: one, clock: TestWorld(seed: 1))
            let second = try await Stage(engine: other, clock: TestWorld(seed: 2))
            let log = try await second.gateway.openLog()
            let old = log.key
            _ = try await first.gateway.openLog()
            try await Self.append(Sequencer.most + 20, by: first)
            let new = try await first.gateway.rotateLogKey(overlap: .days(1), request: nil)
            #expect(try await log.round() == .sealed(Sequencer.most))
            #expect(try await Self.signers(second, [old, new]) == [old], "the entry waits behind a full round")
            #expect(try await log.round() == .sealed(21))
            #expect(try await Self.signers(first, [old, new]) == [new, old])
        }
    }

    @Test("D2: with no overlap the handover is the last that the old key signs; two rotations at once hand over twice")
    func atOnce() async throws {
        try await Stage.on(.sqliteFile) { stage in
            let log = try await stage.gateway.openLog()
            let first = log.key
            let second = try await stage.gateway.rotateLogKey(overlap: .days(0), request: nil)
            #expect(try await stage.gateway.logKeyRound() == 0, "it has yet to hand over")
            let third = try await stage.gateway.rotateLogKey(overlap: .days(0), request: nil)
            stage.clock.move(by: .days(1))
            try await Self.append(5, by: stage)
            try await Self.seal(log)
            #expect(try await Self.signers(stage, [first, second, third]) == [third, second, first])
            #expect(try await stage.gateway.logKeyRound() == 2)
            try await Self.append(1, by: stage)
            try await Self.seal(log)
            #expect(try await Self.signers(stage, [first, second, third]) == [third])
            let copy = Copy()
            _ = try await stage.gateway.exportLog(to: copy.path)
            for (key, rotations) in [(first, 2), (second, 1), (third, 0)] {
                #expect(try copy.verify(key).rotations == rotations)
            }
            await declined(as: .invalidFields) {
                try await stage.gateway.rotateLogKey(overlap: .days(-1), request: nil)
            }
            await declined(as: .invalidFields) {
                try await stage.gateway.rotateLogKey(overlap: .days(3_651), request: nil)
            }
            for _ in 0..<7 { try await stage.gateway.rotateLogKey(overlap: .days(9), request: nil) }
            await declined(as: .invalidFields) { try await stage.gateway.rotateLogKey(overlap: .days(9), request: nil) }
        }
    }

    @Test(
        "D2: a copy is sound to whoever knows any of its keys, grows over a rotation, and without its handovers says what is missing",
        arguments: EngineUnderTest.available)
    func copies(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            let copy = Copy()
            try await Self.append(300, by: stage)
            try await Self.seal(log)
            _ = try await stage.gateway.exportLog(to: copy.path)
            let kept = try LogDirectory(copy.path).readCheckpoint()
            var keys = [log.key]
            for _ in 0..<2 {
                keys.append(try await stage.gateway.rotateLogKey(overlap: .days(30), request: nil))
                try await Self.append(140, by: stage)
                try await Self.seal(log)
                stage.clock.move(by: .days(31))
                _ = try await stage.gateway.logKeyRound()
            }
            try await Self.append(1, by: stage)
            try await Self.seal(log)
            _ = try await stage.gateway.exportLog(to: copy.path)
            for (place, key) in keys.enumerated() { #expect(try copy.verify(key).rotations == 2 - place) }
            #expect(try copy.verify(keys[0], older: kept).older?.size == 300)
            #expect(throws: LogFault.notSigned(file: "the older checkpoint")) { try copy.verify(keys[2], older: kept) }
            if ThirdParty.isThere {
                let script = try Repository.root().appendingPathComponent("acceptance/third_party/tlog_check.py").path
                #expect(try ThirdParty.run([script, copy.path, keys[2].text]).status == 0)
                #expect(try ThirdParty.run([script, copy.path, keys[0].text]).status != 0)
            }

            let second = try LogDirectory(copy.path).readSmall("handover/2", atMost: LogProof.longest)
            try copy.remove("handover/2")
            #expect(throws: LogFault.notSigned(file: "checkpoint")) { try copy.verify(keys[0]) }
            #expect(throws: LogFault.handover(1, .wrong)) { try copy.verify(keys[2]) }
            try copy.remove("handover/1")
            #expect(throws: LogFault.noHandover(entry: 300)) { try copy.verify(keys[2]) }
            try copy.write(second, to: "handover/1")
            #expect(throws: LogFault.handover(1, .wrong)) { try copy.verify(keys[0]) }
            try copy.write([1], to: "handover/1")
            #expect(throws: LogFault.handover(1, .unreadable)) { try copy.verify(keys[0]) }
            _ = try await stage.gateway.exportLog(to: copy.path)
            try copy.remove("keys")
            #expect(throws: LogFault.handover(1, .noKey)) { try copy.verify(keys[0]) }
        }
    }

    @Test("D2: a stolen former key cannot go on from the real log, alone or with a handover of its own making")
    func stolen() throws {
        let name = try #require(NoteName("licet.example/log"))
        let signers = try (1...3).map {
            try #require(LogSigner(name: name, seed: [UInt8](repeating: UInt8($0), count: 32)))
        }
        let (old, new, thief) = (signers[0], signers[1], signers[2])
        func rotation(_ key: VerifierKey, _ number: Int) throws -> [UInt8] {
            let at = Moment(seconds: 1_795_255_200 + Int64(number))
            return try #require(
                AuditLeaf(
                    AuditEntry(
                        id: AuditID(at: at, dice: [UInt8](repeating: 1, count: 10)), at: at, action: .logKeyRotated,
                        outcome: .done, key: key.id))
            ).bytes
        }
        /// Ten entries and the rotation, then more; signed by these at the end, with handovers of these sizes by these.
        func made(
            _ more: [[UInt8]], by last: [LogSigner], _ handovers: [(entry: Int, size: Int, by: [LogSigner])]
        ) throws -> Copy {
            let copy = Copy()
            let entries = try (0..<10).map { try LogMaker.leaf($0) } + [try rotation(new.key, 10)] + more
            let directory = LogDirectory(copy.path)
            let range = try directory.append(entries, to: MerkleRange(), signer: old)
            try copy.write(try LogSigner.sign(range, by: last).bytes, to: "checkpoint")
            try copy.write(Array(signers.map { "\($0.key)\n" }.joined().utf8), to: "keys")
            for (place, handover) in handovers.enumerated() {
                var part = MerkleRange()
                let hashes = entries.map { MerkleHash.leaf(of: $0) }
                for hash in hashes[..<handover.size] { part.append(hash) }
                let path = MerkleProof.inclusion(of: handover.entry, in: handover.size) { tile throws(Never) in
                    Array(hashes[..<tile.width])
                }
                let proof = try LogProof(
                    index: handover.entry, path: try #require(path), note: try LogSigner.sign(part, by: handover.by),
                    extra: entries[handover.entry])
                try directory.write(proof.bytes, to: "handover/\(place + 1)")
            }
            return copy
        }
        let tail = try (11..<20).map { try LogMaker.leaf($0) }
        let real = (entry: 10, size: 11, by: [new, old])
        let honest = try made(tail, by: [new], [real])
        #expect(try honest.verify(old.key).rotations == 1 && honest.verify(new.key).rotations == 0)

        #expect(throws: LogFault.noHandover(entry: 10)) { try made(tail, by: [old], []).verify(old.key) }
        #expect(throws: LogFault.notSigned(file: "checkpoint")) { try made(tail, by: [old], [real]).verify(old.key) }
        #expect(throws: LogFault.handover(1, .wrong)) {
            try made(tail, by: [thief], [(10, 15, [thief, old])]).verify(old.key)
        }
        let toThief = tail + [try rotation(thief.key, 20)]
        #expect(throws: LogFault.handover(2, .wrong)) {
            try made(toThief, by: [thief], [real, (20, 21, [thief, old])]).verify(old.key)
        }
        #expect(throws: LogFault.handover(1, .wrong)) {
            try made(toThief, by: [thief], [(20, 21, [thief])]).verify(old.key)
        }
        #expect(throws: LogFault.noHandover(entry: 10)) {
            try made(toThief, by: [thief], [(20, 21, [thief, old])]).verify(old.key)
        }
        let back = tail + [try rotation(old.key, 20)]
        #expect(throws: LogFault.handover(2, .wrong)) {
            try made(back, by: [old], [real, (20, 21, [old])]).verify(old.key)
        }
        #expect(throws: LogFault.noHandover(entry: 10)) {
            try made(back, by: [old], [(20, 21, [old])]).verify(old.key)
        }
        // A handover from another history is none of this one.
        let other = try made(Array(tail.reversed()), by: [new], [(10, 15, [new, old])])
        let mixed = try made(tail, by: [new], [])
        try LogDirectory(mixed.path).write(
            try LogDirectory(other.path).readSmall("handover/1", atMost: LogProof.longest), to: "handover/1")
        #expect(throws: LogFault.handover(1, .otherHistory)) { try mixed.verify(old.key) }
    }

    @Test("F8: the seeds are sealed, each under its own name, and go on under a new sealing key")
    func sealed() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let log = try await stage.gateway.openLog()
            try await stage.gateway.rotateLogKey(overlap: .days(1), request: nil)
            let report = try await stage.gateway.rewrapKeys(request: nil)
            #expect(report.untouched == 2 && report.broken == 0)
            try await stage.engine.execute(
                "UPDATE deployment_key SET sealed_key = (SELECT sealed_key FROM deployment_key WHERE name = 'log-signing-key')"
            )
            #expect(try await log.round() == .broken(.lostKey))
            await declined(as: .unexpected) { try await stage.gateway.openLog() }
        }
    }
}
