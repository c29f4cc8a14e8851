// The log shown to its witnesses, on each engine: what is kept is signed, what a witness says without a signature leads to an alarm at
// most, and whoever is slow or gone is asked later.

import Domain
import Logging
import Synchronization
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("The witnesses of the audit log") struct WitnessTests {
    /// A log with witnesses, and what the operator is told.
    private struct Scene: Sendable {
        let stage: Stage
        let gateway: Gateway
        let log: Sequencer
        let fakes: FakeWitnesses
        let policy: WitnessPolicy
        let witnesses: Witnesses
        let told: Told

        init(_ stage: Stage, _ count: Int = 3, enough: Int = 2) async throws {
            self.stage = stage
            let told = Told()
            self.told = told
            gateway = Gateway(
                engine: stage.engine, world: stage.clock.world, policy: stage.policy,
                masterKey: try #require(MasterKey(Stage.masterKey)),
                logger: Logger(label: "told") { _ in ToldHandler(told: told) })
            log = try await gateway.openLog()
            let clock = stage.clock
            fakes = FakeWitnesses(count) { clock.now }
            let key = log.key
            fakes.logs.withLock { $0 = [key] }
            policy = try fakes.policy(enough)
            witnesses = Witnesses(gateway, policy: policy, post: fakes, pause: .seconds(10))
        }

        func grow(_ count: Int) async throws {
            let entries = (0..<count).map { number in
                AuditEntry(
                    id: stage.clock.world.identify(), at: stage.clock.now, action: .read, outcome: .done, items: number)
            }
            try await stage.engine.write { tx in for entry in entries { try AuditTable.append(entry, in: tx) } }
            while case .sealed = try await log.round() {}
        }

        /// Who has signed a note by the policy, and of how many entries it is.
        func signed(_ bytes: [UInt8]) throws -> (size: Int, by: [WitnessKey]) {
            let note = try SignedNote(parsing: bytes)
            try note.verify(with: log.key, by: LogSignature.isRight)
            let found = try note.cosignatures(of: fakes.keys, by: LogSignature.isRight)
            return (try #require(Checkpoint(text: note.text)).size, found.map(\.key))
        }

        func round() async throws -> Int {
            stage.clock.move(by: .seconds(10))
            return try await witnesses.round()
        }
    }

    private final class Told: Sendable {
        let lines = Mutex<[(level: Logger.Level, text: String)]>([])
        func count(_ level: Logger.Level) -> Int { lines.withLock { $0.count { $0.level == level } } }
        var last: String { lines.withLock { $0.last?.text ?? "" } }
    }

    private struct ToldHandler: LogHandler {
        let told: Told
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) {
            let words = (event.metadata ?? [:]).values.map { "\($0)" }.sorted().joined(separator: " ")
            told.lines.withLock { $0.append((event.level, "\(event.message) \(words)")) }
        }
    }

    @Test(
        "D2: each checkpoint goes to each witness with its proof, and what enough of them signed is kept",
        arguments: EngineUnderTest.available)
    func signs(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let scene = try await Scene(stage)
            #expect(try await scene.round() == 0, "an empty log is shown to nobody")
            await declined(as: .notFound) { try await scene.gateway.witnessedCheckpoint() }
            var size = 0
            for count in [1, 7, 250, 43] {
                try await scene.grow(count)
                size += count
                let bare = try scene.signed(try await scene.gateway.logCheckpoint())
                #expect(bare.size == size && bare.by.isEmpty)
                #expect(try await scene.round() == 3)
                let newest = try scene.signed(try await scene.gateway.logCheckpoint())
                #expect(newest.size == size && Set(newest.by) == Set(scene.fakes.keys))
                let kept = try scene.signed(try await scene.gateway.witnessedCheckpoint())
                #expect(kept.size == size && kept.by.count >= 2)
                #expect(try await scene.round() == 0, "nothing is new")
            }
            #expect(scene.fakes.seen(0).asked == [0, 1, 8, 258] && scene.told.count(.warning) == 0)
        }
    }

    @Test("D2: a proof is of the newest witnessed checkpoint that has the entry", arguments: EngineUnderTest.available)
    func proofs(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let scene = try await Scene(stage)
            try await scene.grow(300)
            _ = try await scene.round()
            try await scene.grow(5)
            let entries = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
            for (index, size) in [(0, 300), (299, 300), (300, 305), (304, 305)] {
                let proof = try await scene.gateway.auditProof(entries[index].entry.id, for: .operation)
                #expect(proof.index == index && proof.checkpoint.size == size)
                try proof.verify(try #require(proof.extra), with: scene.log.key, by: LogSignature.isRight)
                let signed = try proof.note.cosignatures(of: scene.fakes.keys, by: LogSignature.isRight)
                #expect(scene.policy.isMet(by: signed.map(\.key)) == (size == 300))
            }
        }
    }

    @Test("D2: who does not answer is asked later and later, told of once, and the others are enough without it")
    func away() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let scene = try await Scene(stage)
            scene.fakes.set(2) { $0.mood = .silent }
            for _ in 0..<4 {
                try await scene.grow(1)
                #expect(try await scene.round() == 2)
                #expect(try scene.signed(try await scene.gateway.witnessedCheckpoint()).by.count == 2)
            }
            #expect(scene.told.count(.warning) == 1 && scene.told.last.contains("witness.example/2"))
            scene.fakes.set(2) { $0.mood = .honest }
            scene.fakes.set(1) { $0.mood = .says(WitnessReply(status: 404, type: "", body: [])) }
            try await scene.grow(1)
            stage.clock.move(by: .minutes(10))
            #expect(try await scene.round() == 2)
            #expect(scene.told.count(.warning) == 2 && scene.told.last.contains("404"))
            // One alone is not enough: what enough had signed stays, and the newest has the one line.
            scene.fakes.set(2) { $0.mood = .says(WitnessReply(status: 503, type: "", body: [])) }
            try await scene.grow(1)
            #expect(try await scene.round() == 1)
            #expect(try scene.signed(try await scene.gateway.witnessedCheckpoint()).size == 5)
            #expect(try scene.signed(try await scene.gateway.logCheckpoint()).by == [scene.fakes.keys[0]])
            // Late, it is enough after all, for the same checkpoint.
            scene.fakes.set(2) { $0.mood = .honest }
            stage.clock.move(by: .minutes(10))
            #expect(try await scene.round() == 1)
            #expect(try scene.signed(try await scene.gateway.witnessedCheckpoint()).size == 6)
            #expect(scene.told.count(.critical) == 0)
        }
    }

    @Test("tlog-witness: a forged line, another's line and an answer that is none are never kept", arguments: 0..<4)
    func liars(_ way: Int) async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let scene = try await Scene(stage, 1, enough: 1)
            try await scene.grow(3)
            let text = try SignedNote(parsing: try await scene.gateway.logCheckpoint()).text
            let other = FakeWitnesses(2) { stage.clock.now }
            let lines = [
                FakeWitnesses.line(other.secrets[1], scene.fakes.keys[0], text, stage.clock.now),
                FakeWitnesses.line(other.secrets[1], other.keys[1], text, stage.clock.now), "welcome\n",
            ]
            scene.fakes.set(0) { seen in
                seen.mood =
                    way == 3 ? .forging : .says(WitnessReply(status: 200, type: "", body: Array(lines[way].utf8)))
            }
            #expect(try await scene.round() == 0)
            await declined(as: .notFound) { try await scene.gateway.witnessedCheckpoint() }
            #expect(try scene.signed(try await scene.gateway.logCheckpoint()).by.isEmpty)
            #expect(scene.told.count(.warning) == 1)
        }
    }

    @Test("tlog-witness: with 409 a witness says where to go on from, and we do; beyond our own log it is an alarm")
    func sizes() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let scene = try await Scene(stage, 1, enough: 1)
            try await scene.grow(20)
            #expect(try await scene.round() == 1)
            try await stage.engine.execute("DELETE FROM log_witness")
            try await scene.grow(1)
            #expect(try await scene.round() == 1)
            #expect(scene.fakes.seen(0).asked == [0, 0, 20])
            // Says one thing, then another, without end.
            scene.fakes.set(0) {
                $0.mood = .says(WitnessReply(status: 409, type: "text/x.tlog.size", body: [0x33, 10]))
            }
            try await scene.grow(1)
            #expect(try await scene.round() == 0)
            #expect(scene.told.count(.critical) == 0 && scene.fakes.seen(0).asked.count { $0 == -1 } == 2)
            scene.fakes.set(0) { seen in
                seen.mood = .says(WitnessReply(status: 409, type: "text/x.tlog.size", body: Array("23\n".utf8)))
            }
            stage.clock.move(by: .minutes(10))
            #expect(try await scene.round() == 0)
            #expect(
                scene.told.count(.critical) == 1 && scene.told.last.contains("a log of 23 entries, and ours has 22"))
            stage.clock.move(by: .minutes(10))
            #expect(try await scene.round() == 0)
            #expect(scene.told.count(.critical) == 1, "told once")
            scene.fakes.set(0) { $0.mood = .honest }
            stage.clock.move(by: .minutes(20))
            #expect(try await scene.round() == 1)
        }
    }

    @Test(
        "D2: another history than the witnesses have seen is signed by none of them, and is an alarm",
        arguments: EngineUnderTest.available)
    func fork(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let scene = try await Scene(stage, 2, enough: 2)
            try await scene.grow(30)
            let head = try #require(try await stage.engine.read { tx in try LogTable.head(in: tx) })
            let tile = try #require(LogTile(.hashes(level: 0), index: 0, in: 30))
            let hashes = try await scene.gateway.logTile(tile)
            try await scene.grow(10)
            #expect(try await scene.round() == 2)
            // As an older backup would have it.
            try await stage.engine.write { tx in
                try tx.execute("DELETE FROM audit_entry WHERE log_index >= 30")
                try tx.execute("DELETE FROM log_tile")
                try tx.execute("DELETE FROM log_head")
                try tx.execute("DELETE FROM log_witness")
                try tx.execute("UPDATE log_witnessed SET size = 0, note = \([UInt8]())")
                try LogTable.put(tile, hashes, in: tx)
                try LogTable.insert(head, in: tx)
            }
            try await scene.grow(1)
            #expect(try await scene.round() == 0)
            #expect(
                scene.told.count(.critical) == 2 && scene.told.last.contains("a log of 40 entries, and ours has 31"))
            try await scene.grow(30)
            stage.clock.move(by: .minutes(10))
            #expect(try await scene.round() == 0)
            #expect(scene.told.count(.critical) == 4 && scene.told.last.contains("not the beginning of our log"))
            #expect(scene.fakes.seen(0).size == 40 && scene.fakes.seen(0).refused == 1)
            await declined(as: .notFound) { try await scene.gateway.witnessedCheckpoint() }
        }
    }

    @Test("D2: of several nodes one asks, until its time is over", arguments: EngineUnderTest.available)
    func lease(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let scene = try await Scene(stage, 1, enough: 1)
            let other = Witnesses(scene.gateway, policy: scene.policy, post: scene.fakes, pause: .seconds(10))
            try await scene.grow(1)
            #expect(try await scene.witnesses.round() == 1)
            try await scene.grow(1)
            stage.clock.move(by: .seconds(19))
            #expect(try await other.round() == 0)
            stage.clock.move(by: .seconds(1))
            #expect(try await other.round() == 1)
            #expect(scene.fakes.seen(0).size == 2)
        }
    }

    @Test("tlog-policy: a witness is asked over https, or on this machine")
    func addresses() throws {
        for (url, wanted) in [
            ("https://w.example", "https://w.example/add-checkpoint"),
            ("https://w.example/a/", "https://w.example/a/add-checkpoint"),
            ("http://127.0.0.1:80/w", "http://127.0.0.1:80/w/add-checkpoint"),
            ("http://localhost:80", "http://localhost:80/add-checkpoint"),
            ("http://[::1]:80", "http://[::1]:80/add-checkpoint"),
            ("http://w.example", nil), ("http://10.0.0.1", nil), ("https://u@w.example", nil),
            ("https://w.example?a=b", nil),
            ("https://w.example#a", nil), ("https://", nil), ("", nil),
        ] as [(String, String?)] { #expect(WitnessPolicy.submission(url) == wanted, "\(url)") }
        #expect(WitnessPolicy.submission(nil) == nil)
    }
}
