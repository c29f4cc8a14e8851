// The sequencer promises: every entry once, in one log that only grows, signed as it is stored, by several nodes too; and not a
// signature when what is stored is not what was signed.

import Domain
import Logging
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("The sequencer of the audit log") struct SequencerTests {
    private static func append(_ count: Int, by node: Stage) async throws -> [AuditID] {
        let entries = (0..<count).map { number in
            AuditEntry(
                id: node.clock.world.identify(), at: node.clock.now, action: .read, outcome: .done,
                person: AuditName(bytes: [UInt8](repeating: UInt8(number % 7), count: 16)), types: [.steps],
                items: number)
        }
        try await node.engine.write { tx in for entry in entries { try AuditTable.append(entry, in: tx) } }
        return entries.map(\.id)
    }

    /// The checkpoint in force, its signature checked.
    private static func checkpoint(_ engine: any Engine) async throws -> Checkpoint {
        let head = try #require(try await engine.read { tx in try LogTable.head(in: tx) })
        let note = try SignedNote(parsing: head.note)
        try note.verify(with: try #require(VerifierKey(head.verifierKey)), by: LogSignature.isRight)
        return try #require(Checkpoint(text: note.text))
    }

    private static func hashes(_ engine: any Engine) async throws -> [MerkleHash] {
        let leaves = try await engine.read { tx in
            try LogTable.leaves(0..<(try LogTable.count(in: tx)), in: tx)
        }
        return leaves.map { MerkleHash.leaf(of: $0) }
    }

    @Test(
        "D2: what waits gets its place in order, signed, and readers find it before and after",
        arguments: EngineUnderTest.available)
    func seals(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            #expect(log.key.name.text == "licet.example/log")
            #expect(try await Self.checkpoint(stage.engine).size == 0)
            #expect(try await log.round() == .nothingWaits)
            var known: [AuditID] = []
            for count in [1, 254, 1, 1, 300, 4_096] {
                known += try await Self.append(count, by: stage)
                let before = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
                #expect(before.map(\.entry.id) == known)
                #expect(before.suffix(count).allSatisfy { $0.index == nil })
                #expect(try await log.round(atMost: 4_096) == .sealed(count))
                let after = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
                #expect(after.map(\.index) == (0..<known.count).map { $0 } && after.map(\.leaf) == before.map(\.leaf))
                let signed = try await Self.checkpoint(stage.engine)
                #expect(signed.size == known.count)
                #expect(signed.root == MerkleRange.root(of: try await Self.hashes(stage.engine)[...]))
            }
            let name = AuditName(bytes: [UInt8](repeating: 3, count: 16))
            let named = try await stage.engine.read { tx in
                try AuditTable.entries(about: .person(name), after: 200, limit: 40, in: tx)
            }
            #expect(named.count == 40 && named.allSatisfy { $0.entry.person == name && ($0.index ?? 0) > 200 })
        }
    }

    @Test("D2: what comes by thousands is sealed by rounds that are full", arguments: EngineUnderTest.available)
    func many(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            let known = try await Self.append(Sequencer.most + 5, by: stage)
            #expect(try await log.round() == .sealed(Sequencer.most))
            #expect(try await log.round() == .sealed(5))
            #expect(try await log.round() == .nothingWaits)
            #expect(try await stage.audit().map(\.id).sorted() == known.map(\.text).sorted())
        }
    }

    @Test(
        "D2: two nodes that append and seal at once make one log: each entry once, each checkpoint continues the last",
        arguments: EngineUnderTest.available)
    func twoNodes(_ kind: EngineUnderTest) async throws {
        try await kind.tryingTwo { one, other in
            let first = try await Stage(engine: one, clock: TestWorld(seed: 1))
            let second = try await Stage(engine: other, clock: TestWorld(seed: 2))
            async let opened = first.gateway.openLog()
            async let openedToo = second.gateway.openLog()
            let logs = (try await opened, try await openedToo)
            #expect(logs.0.key == logs.1.key, "both came to one key")
            async let writing = Self.write(by: first)
            async let writingToo = Self.write(by: second)
            async let rounds = Self.rounds(logs.0, first)
            async let roundsToo = Self.rounds(logs.1, second)
            let known = try await writing + writingToo
            let checkpoints = try await rounds + roundsToo
            // Whatever is left, by whoever may.
            first.clock.move(by: .seconds(10))
            while try await logs.0.round() != .nothingWaits {}
            let hashes = try await Self.hashes(one)
            #expect(hashes.count == known.count)
            let entries = try await one.read { tx in try AuditTable.entries(limit: .max, in: tx) }
            #expect(Set(entries.map(\.entry.id)) == Set(known) && entries.allSatisfy { $0.index != nil })
            for seen in checkpoints + [try await Self.checkpoint(other)] {
                #expect(MerkleRange.root(of: hashes[..<seen.size]) == seen.root, "\(seen.size)")
            }
        }
    }

    private static func write(by node: Stage) async throws -> [AuditID] {
        var known: [AuditID] = []
        for _ in 0..<25 { known += try await append(9, by: node) }
        return known
    }

    // Time moves, so that the lease passes from one to the other.
    private static func rounds(_ log: Sequencer, _ node: Stage) async throws -> [Checkpoint] {
        var seen: [Checkpoint] = []
        for _ in 0..<25 {
            node.clock.move(by: .milliseconds(700))
            _ = try await log.round()
            seen.append(try await checkpoint(node.engine))
        }
        return seen
    }

    @Test("D2: while one node holds the lease the other leaves the log alone, and takes over when it is over")
    func lease() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let one = try await stage.gateway.openLog()
            let other = try await stage.gateway.openLog()
            _ = try await Self.append(1, by: stage)
            #expect(try await one.round() == .sealed(1))
            _ = try await Self.append(1, by: stage)
            stage.clock.move(by: Span(microseconds: 2_999_999))
            #expect(try await other.round() == .elsewhere)
            stage.clock.move(by: Span(microseconds: 1))
            #expect(try await other.round() == .sealed(1))
            _ = try await Self.append(1, by: stage)
            #expect(try await one.round() == .elsewhere)
        }
    }

    static let damages: [(what: String, statement: SQL)] = [
        ("an entry is gone", "DELETE FROM audit_entry WHERE log_index = (SELECT MAX(log_index) FROM audit_entry)"),
        ("a tile is shorter", "UPDATE log_tile SET hashes = \([UInt8](repeating: 1, count: 32)) WHERE level = 0"),
        ("a tile is gone", "DELETE FROM log_tile WHERE level = 0 AND idx = 1"),
        ("a hash is another", "UPDATE log_tile SET hashes = \([UInt8](repeating: 1, count: 32 * 44)) WHERE idx = 1"),
        ("the size is another", "UPDATE log_head SET size = 299"),
        ("the tree is another", "UPDATE log_head SET peaks = \([UInt8](repeating: 1, count: 32 * 4))"),
        ("the checkpoint is none", "UPDATE log_head SET note = \([UInt8]("nothing".utf8))"),
        ("the head is gone", "DELETE FROM log_head"),
    ]

    @Test(
        "D2: what is stored and not what was signed is never signed again, and the trail is kept on",
        arguments: damages.indices)
    func refusesDamage(_ place: Int) async throws {
        for kind in EngineUnderTest.available where kind != .sqliteFile {
            try await Stage.on(kind) { stage in
                let log = try await stage.gateway.openLog()
                _ = try await Self.append(300, by: stage)
                #expect(try await log.round(atMost: 300) == .sealed(300))
                let signed = try await stage.engine.read { tx in try LogTable.head(in: tx)?.signedAt }
                stage.clock.move(by: .seconds(1))
                try await stage.engine.execute(Self.damages[place].statement)
                let last = try await Self.append(1, by: stage)
                let round = try await log.round()
                guard case .broken = round else {
                    Issue.record("\(Self.damages[place].what): \(round)")
                    return
                }
                #expect(try await log.round() == round)
                let head = try await stage.engine.read { tx in try LogTable.head(in: tx) }
                #expect(head == nil || head?.signedAt == signed)
                let found = try await stage.engine.read { tx in try AuditTable.find(try #require(last.first), in: tx) }
                #expect(found?.index == nil && found?.entry.id == last.first)
            }
        }
    }

    @Test(
        "D2: a log that has lost its head or its key is not begun a second time",
        arguments: ["log_head", "deployment_key"])
    func beginsOnce(_ table: String) async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let log = try await stage.gateway.openLog()
            #expect(try await stage.gateway.openLog().key == log.key)
            try await stage.engine.execute(table == "log_head" ? "DELETE FROM log_head" : "DELETE FROM deployment_key")
            await declined(as: .unexpected) { try await stage.gateway.openLog() }
        }
    }

    @Test("F8: the log's key is sealed, and goes on under a new sealing key")
    func keySealed() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let log = try await stage.gateway.openLog()
            let report = try await stage.gateway.rewrapKeys(request: nil)
            #expect(report.untouched == 1 && report.broken == 0)
            let new = try #require(MasterKey([UInt8](repeating: 9, count: 32), replacing: Stage.masterKey))
            let gateway = Gateway(
                engine: stage.engine, world: stage.clock.world, policy: stage.policy, masterKey: new,
                logger: Logger(label: "other") { _ in SwiftLogNoOpLogHandler() })
            #expect(try await gateway.rewrapKeys(request: nil).rewrapped == 1)
            #expect(try await gateway.openLog().key == log.key)
            await declined(as: .unexpected) { try await stage.gateway.openLog() }
        }
    }
}
