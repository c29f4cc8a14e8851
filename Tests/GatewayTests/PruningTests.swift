// Pruning the beginning of the trail: only what is old enough and archived; at one stroke for whoever reads, and piece by piece on
// the disk; and whatever was ever proved stays proved.

import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Pruning the trail") struct PruningTests {
    private static let later = TrailMonth("2025-03")

    /// Three old months, archived; then six years.
    private static func on(
        _ kind: EngineUnderTest,
        _ play: @Sendable (Stage, Sequencer, TrailFolders, _ early: [UInt8]) async throws -> Void
    ) async throws {
        try await Stage.on(kind, clock: Stage.oldClock()) { stage in
            let log = try await stage.gateway.openLog()
            let folders = TrailFolders()
            let early = try await stage.liveThroughOldMonths(log)
            for (text, _) in Stage.oldMonths { try await stage.archive(text, log, to: folders.path(text)) }
            stage.clock.move(to: try #require(later).start)
            try await play(stage, log, folders, early)
        }
    }

    private static func indexes(_ stage: Stage) async throws -> [Int] {
        try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }.compactMap(\.index)
    }

    private static func rows(_ stage: Stage) async throws -> Int {
        try await stage.count("SELECT COUNT(*) FROM audit_entry")
    }

    @Test(
        "D2: what is old and archived goes, as far as whole tiles reach; it is on record, and the log goes on",
        arguments: EngineUnderTest.available)
    func prunes(_ kind: EngineUnderTest) async throws {
        try await Self.on(kind) { stage, log, folders, _ in
            let archives = ["2019-01", "2019-02"].map(folders.path)
            let old = try await stage.engine.read { tx in
                try LogTable.leaves(10..<11, in: tx) + LogTable.leaves(900..<901, in: tx)
            }.compactMap { AuditLeaf(parsing: $0)?.entry.id }
            let proofs = try await [
                stage.gateway.auditProof(old[0], for: .operation), stage.gateway.auditProof(old[1], for: .operation),
            ]
            #expect(try await stage.prune("2019-03", log, archives) == 768)
            let all = try await Self.indexes(stage)
            let rows = try await Self.rows(stage)
            #expect(all.first == 768 && all.count == rows)
            #expect(try await stage.gateway.logMinimum() == 768)
            let line = try #require(try await stage.audit(.trailPruned).first)
            #expect(line.items == 768 && line.outcome == "done")
            let months = try await stage.gateway.trailMonths()
            #expect(months.prefix(3).map(\.pruned) == [300, 468, 0], "32 entries of February are in a tile of March's")
            // The log goes on, and what was proved of an entry that is gone is still so.
            try await stage.record(300)
            #expect(try await log.round(atMost: 512) == .sealed(300))
            for (proof, id) in zip(proofs, old) {
                let leaf = try #require(proof.extra)
                try proof.verify(leaf, with: log.key, by: LogSignature.isRight)
                let kept = proof.checkpoint
                let path = try await stage.gateway.logConsistency(from: kept.size, to: nil)
                let head = try #require(try await stage.engine.read { tx in try LogTable.head(in: tx) })
                let now = try #require(Checkpoint(text: try SignedNote(parsing: head.note).text))
                #expect(MerkleProof.isContinued(kept.root, of: kept.size, by: now.root, of: now.size, by: path.path))
                #expect(AuditLeaf(parsing: leaf)?.entry.id == id)
            }
            // Whoever asks for the entry is told since when there are any.
            do throws(Declined) {
                _ = try await stage.gateway.auditEntry(old[0], for: .operation)
                Issue.record("an entry that was pruned is there")
            } catch {
                #expect(error.problem == .notFound && error.detail == "The trail is kept from 2019-03-01 on.")
            }
            #expect(try await stage.gateway.auditEntry(old[1], for: .operation).index == 900)
            // And again a month later, further: the rest of February is in March's archive, too.
            stage.clock.move(to: try #require(Self.later).end)
            #expect(try await stage.prune("2019-04", log, [folders.path("2019-03")]) == 1_280 - 768)
        }
    }

    @Test(
        "D2: nothing goes that is younger than the retention, or that no sound archive of this log has",
        arguments: EngineUnderTest.available)
    func refuses(_ kind: EngineUnderTest) async throws {
        try await Self.on(kind) { stage, log, folders, _ in
            let all = try await Self.rows(stage)
            let (january, february) = (folders.path("2019-01"), folders.path("2019-02"))
            func refuses(_ month: String, _ archives: [String], _ why: String) async throws {
                do {
                    try await stage.prune(month, log, archives)
                    Issue.record("\(why): pruned")
                } catch let error as Declined {
                    #expect(error.faults.contains { $0.message.contains(why) }, "\(error)")
                }
            }
            // Six years ago it was March 2019: April's beginning is younger.
            try await refuses("2019-04", [january, february, folders.path("2019-03")], "2019-03 at the latest")
            try await refuses("2025-03", [january, february], "kept for 6 years")
            try await refuses("2019-03", [], "No archive here has entry 0, of 2019-01")
            try await refuses("2019-03", [february], "No archive here has entry 0, of 2019-01")
            try await refuses("2019-03", [january], "No archive here has entry 512, of 2019-02")
            try await refuses("2019-01", [january], "nothing to prune")
            _ = try await stage.gateway.exportLog(to: folders.path("copy"))
            try await refuses("2019-03", [folders.path("copy")], "not an archive")
            // Damaged, unsigned, of a log that is not this one.
            try folders.add("2019-02", to: "damaged")
            try folders.change("damaged", "tile/entries/002") { $0[100] ^= 1 }
            try folders.add("2019-02", to: "keyless")
            try folders.remove("keyless", "key")
            for name in ["damaged", "keyless", "nowhere"] {
                await #expect(throws: LogFault.self) {
                    try await stage.prune("2019-03", log, [january, folders.path(name)])
                }
            }
            try await Stage.on(.sqliteMemory, clock: Stage.oldClock()) { other in
                let log = try await other.gateway.openLog()
                try await other.record(1)
                try await other.liveThroughOldMonths(log)
                try await other.archive("2019-01", log, to: folders.path("other"))
            }
            await #expect(throws: LogFault.self) {
                try await stage.prune("2019-03", log, [folders.path("other"), february])
            }
            #expect(try await Self.rows(stage) == all)
            #expect(try await stage.audit(.trailPruned).isEmpty)
            #expect(try await stage.gateway.logMinimum() == 0)
        }
    }

    @Test(
        "D2: whoever is stopped in the middle of pruning goes on later; meanwhile nobody sees half of anything",
        arguments: EngineUnderTest.available)
    func stopped(_ kind: EngineUnderTest) async throws {
        try await Self.on(kind) { stage, log, folders, _ in
            let archives = ["2019-01", "2019-02"].map(folders.path)
            let month = try #require(TrailMonth("2019-03"))
            let plan = try await stage.gateway.planPruning(before: month, archives: archives)
            #expect(plan == PruningPlan(minimum: 768, keeping: month, first: 0, isBegun: false))
            // Announced, and stopped: nothing has gone, and nothing goes before the announcement is sealed.
            let id = try await stage.gateway.announcePruning(plan)
            await declined(as: .auditNotSealedYet) { try await stage.gateway.beginPruning(plan, announcedBy: id) }
            #expect(try await stage.gateway.pruneRound(from: 0, to: plan.minimum) == nil)
            #expect(try await Self.indexes(stage).first == 0)
            try await stage.seal(log)
            // Another entry announces nothing.
            let other = try #require(try await stage.audit(.trailArchived).first.flatMap { AuditID($0.id) })
            await declined(as: .auditNotSealedYet) { try await stage.gateway.beginPruning(plan, announcedBy: other) }
            try await stage.gateway.beginPruning(plan, announcedBy: id)
            // Begun, and stopped after one round: for readers all of it is gone.
            #expect(try await stage.gateway.pruneRound(from: 0, to: plan.minimum) == 256)
            #expect(try await Self.indexes(stage).first == 768)
            let name = AuditName(bytes: [UInt8](repeating: 3, count: 16))
            let seen = try await stage.engine.read { tx in
                try AuditTable.newest(about: .person(name), AuditFilter(), limit: 1_000, in: tx)
                    + AuditTable.inOrder(about: .person(name), AuditFilter(), limit: 1_000, in: tx)
            }
            #expect(!seen.isEmpty && seen.allSatisfy { ($0.index ?? 0) >= 768 })
            try await stage.record(1)
            #expect(try await log.round() == .sealed(1))
            // A copy that is made now is sound, and says what it has not.
            _ = try await stage.gateway.exportLog(to: folders.path("copy"))
            #expect(try folders.verify("copy", log.key).unseen == 768)
            // The same command again goes on, and puts nothing more on record.
            #expect(try await stage.prune("2019-03", log, archives) == 512)
            #expect(try await stage.audit(.trailPruned).count == 1)
            let (rows, read) = (try await Self.rows(stage), try await Self.indexes(stage).count)
            #expect(rows == read)
        }
    }

    @Test(
        "D2: a copy goes on past pruning; a new one begins at the minimum index; with the archives it is the whole log again",
        arguments: EngineUnderTest.available)
    func copies(_ kind: EngineUnderTest) async throws {
        try await Self.on(kind) { stage, log, folders, early in
            let old = try await stage.gateway.exportLog(to: folders.path("old"))
            let kept = try folders.checkpoint("old")
            try await stage.prune("2019-03", log, ["2019-01", "2019-02"].map(folders.path))
            try await stage.record(400)
            try await stage.seal(log)
            let size = try await stage.gateway.exportLog(to: folders.path("old")).size
            #expect(size > old.size + 400)
            #expect(try folders.verify("old", log.key, older: kept).unseen == 0, "it had them already")
            _ = try await stage.gateway.exportLog(to: folders.path("new"))
            let report = try folders.verify("new", log.key, older: kept)
            #expect(report.unseen == 768 && report.part == .from(768) && report.checkpoint.size == size)
            #expect(!folders.has("new", "tile/entries/002") && folders.has("new", "tile/entries/003"))

            // Its tiles below the minimum index may be missing too: then the tile above tells.
            try folders.add("new", to: "bare")
            for tile in ["tile/0/000", "tile/0/001", "tile/0/002"] { try folders.remove("bare", tile) }
            #expect(try folders.verify("bare", log.key, older: kept) == report)
            try folders.change("bare", "tile/1/000.p/\(size / 256)") { $0[40] ^= 1 }
            #expect(throws: LogFault.self) { try folders.verify("bare", log.key) }
            // A checkpoint from among what is gone is compared as long as the hashes are there.
            #expect(try folders.verify("new", log.key, older: early).older?.size == 299)
            try folders.remove("new", "tile/0/001")
            #expect(throws: LogFault.unseen(before: 299)) { try folders.verify("new", log.key, older: early) }

            // Nobody may leave more out than the log itself says.
            try folders.add("old", to: "less")
            try folders.remove("less", "tile/entries/000")
            try folders.remove("less", "tile/entries/003")
            #expect(throws: LogFault.unreadable(file: "tile/entries/003")) { try folders.verify("less", log.key) }
            try folders.change("less", "minimum") { $0 = Data("1024\n".utf8) }
            #expect(throws: LogFault.unannounced(minimum: 1_024)) { try folders.verify("less", log.key) }

            for archive in ["2019-01", "2019-02"] {
                try folders.add(archive, to: "whole")
                try folders.remove("whole", "archive")
                try folders.remove("whole", "checkpoint")
            }
            _ = try await stage.gateway.exportLog(to: folders.path("rest"))
            try folders.add("rest", to: "whole")
            #expect(try folders.verify("whole", log.key).unseen == 0)
            guard ThirdParty.isThere else { return }
            let judged = try folders.judge("whole", log.key)
            #expect(judged.status == 0 && judged.said.hasPrefix("OK size="), "\(judged.said)")
            #expect(try folders.judge("rest", log.key).status != 0, "the judge wants all of it")
            try folders.change("whole", "tile/entries/001") { $0[9] ^= 1 }
            #expect(try folders.judge("whole", log.key).status != 0)
            #expect(throws: LogFault.self) { try folders.verify("whole", log.key) }
        }
    }
}
