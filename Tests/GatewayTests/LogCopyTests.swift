// A copy made from a real trail on either engine: sound to us and to code that is not ours; and what an insider with the database
// and the key cannot hide from who kept a checkpoint.

import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Copies of the audit log") struct LogCopyTests {
    private final class Copy {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        var path: String { folder.path }
        deinit { try? FileManager.default.removeItem(at: folder) }

        func verify(_ key: VerifierKey, older: [UInt8]? = nil) throws -> LogVerifier.Report {
            try LogVerifier(LogDirectory(path), key: key).verify(older: older)
        }

        func judge(_ key: VerifierKey, older: [UInt8]? = nil) throws -> (status: Int32, said: String) {
            var arguments = ["\(try Repository.root().path)/acceptance/third_party/tlog_check.py", path, key.text]
            if let older {
                let kept = folder.appendingPathComponent("kept")
                try Data(older).write(to: kept)
                arguments += ["--old", kept.path]
            }
            return try ThirdParty.run(arguments)
        }
    }

    private static func traffic(_ stage: Stage, _ count: Int) async throws {
        let pulse = try await stage.application()
        let ada = try await stage.person("ada\(count)@example.org")
        let mine = try await stage.authorize(ada, pulse)
        for _ in 0..<count { _ = try await stage.read(mine.token, mine.record) }
        await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record, types: ["sleep_stage"]) }
    }

    private static func seal(_ log: Sequencer) async throws { while case .sealed = try await log.round() {} }

    @Test(
        "D2: a copy of a real trail is sound, grows by what is new, and others' code finds the same",
        arguments: EngineUnderTest.available)
    func sound(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            let copy = Copy()
            #expect(try await stage.gateway.exportLog(to: copy.path).size == 0)
            try await Self.traffic(stage, 300)
            try await Self.seal(log)
            let first = try await stage.gateway.exportLog(to: copy.path)
            #expect(try copy.verify(log.key).checkpoint == first && first.size > 300)
            let kept = try LogDirectory(copy.path).readCheckpoint()
            try await Self.traffic(stage, 260)
            try await Self.seal(log)
            let second = try await stage.gateway.exportLog(to: copy.path)
            #expect(second.size > first.size + 260)
            #expect(try copy.verify(log.key, older: kept).older == first)
            let again = try await stage.gateway.exportLog(to: copy.path)
            #expect(again == second)
            guard ThirdParty.isThere else { return }
            let judged = try copy.judge(log.key, older: kept)
            #expect(judged.status == 0 && judged.said.contains("OK size=\(second.size)"), "\(judged.said)")
        }
    }

    @Test(
        "D2: a history that an insider rewrote and signed again is noticed by a kept checkpoint, and never copied over",
        arguments: EngineUnderTest.available)
    func insider(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            let empty = try #require(try await stage.engine.read { tx in try LogTable.head(in: tx) })
            try await Self.traffic(stage, 280)
            try await Self.seal(log)
            let copy = Copy()
            let honest = try await stage.gateway.exportLog(to: copy.path)
            let kept = try LogDirectory(copy.path).readCheckpoint()

            // With the database: everything goes back to the inbox, one entry changed, and the log begins anew; with the key: our
            // own sequencer signs it.
            let leaves = try await stage.engine.read { tx in try LogTable.leaves(0..<honest.size, in: tx) }
            let target = try #require(AuditLeaf(parsing: leaves[100]))
            let hidden = AuditEntry(
                id: target.entry.id, at: target.entry.at, action: .signedIn, outcome: .done, person: target.entry.person
            )
            try await stage.engine.write { tx in
                try tx.execute("DELETE FROM audit_entry")
                try tx.execute("DELETE FROM log_tile")
                try tx.execute("DELETE FROM log_head")
                try LogTable.insert(empty, in: tx)
                for (place, leaf) in leaves.enumerated() {
                    guard let entry = AuditLeaf(parsing: leaf)?.entry else { continue }
                    try AuditTable.append(place == 100 ? hidden : entry, in: tx)
                }
            }
            stage.clock.move(by: .seconds(5))
            try await Self.seal(log)
            let forged = Copy()
            #expect(try await stage.gateway.exportLog(to: forged.path).size == honest.size)
            #expect(try forged.verify(log.key).checkpoint.size == honest.size, "by itself it is sound")
            #expect(throws: LogFault.rewritten(before: honest.size)) { try forged.verify(log.key, older: kept) }
            await #expect(throws: LogFault.rewritten(before: honest.size)) {
                try await stage.gateway.exportLog(to: copy.path)
            }
            guard ThirdParty.isThere else { return }
            #expect(try forged.judge(log.key).status == 0)
            #expect(try forged.judge(log.key, older: kept).status != 0)
        }
    }

    @Test("D2: an entry changed in the database alone is in no sound copy", arguments: EngineUnderTest.available)
    func changedInPlace(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            let log = try await stage.gateway.openLog()
            try await Self.traffic(stage, 20)
            try await Self.seal(log)
            let leaf = try await stage.engine.read { tx in try LogTable.leaves(7..<8, in: tx) }[0]
            let entry = try #require(AuditLeaf(parsing: leaf)?.entry)
            let other = try #require(
                AuditLeaf(
                    AuditEntry(id: entry.id, at: entry.at, action: .signedOut, outcome: .done, person: entry.person)))
            try await stage.engine.execute("UPDATE audit_entry SET leaf = \(other.bytes) WHERE log_index = 7")
            let copy = Copy()
            _ = try await stage.gateway.exportLog(to: copy.path)
            #expect(throws: LogFault.self) { try copy.verify(log.key) }
            guard ThirdParty.isThere else { return }
            #expect(try copy.judge(log.key).status != 0)
        }
    }

    @Test("D2: a folder with another log's copy, or a longer one, is left alone")
    func leavesOthersAlone() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let log = try await stage.gateway.openLog()
            try await Self.traffic(stage, 3)
            try await Self.seal(log)
            let other = try LogMaker()
            try other.grow(to: 5, by: 5)
            let before = try other.directory.readCheckpoint()
            await #expect(throws: LogFault.notSigned(file: "checkpoint")) {
                try await stage.gateway.exportLog(to: other.folder.path)
            }
            #expect(try other.directory.readCheckpoint() == before)
        }
    }
}
