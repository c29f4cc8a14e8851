// A month of the trail in a folder of its own: sound alone, to us; and together with the others the whole log, to code that is not
// ours.

import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Archives of the trail's months") struct ArchiveTests {
    @Test(
        "D2: the log is cut into months as it is sealed; what comes a minute late stands in the next one",
        arguments: EngineUnderTest.available)
    func months(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind, clock: Stage.oldClock()) { stage in
            let log = try await stage.gateway.openLog()
            #expect(try await stage.gateway.trailMonths() == [])
            try await stage.liveThroughOldMonths(log)
            let months = try await stage.gateway.trailMonths()
            #expect(months.map(\.month.text) == ["2019-01", "2019-02", "2019-03", "2019-04"])
            // The late one of each month begins with the next month's first entry, and so is in the range before it.
            #expect(months.map(\.entries) == [0..<300, 300..<800, 800..<1_500, 1_500..<1_501])
            #expect(months.map(\.isFinished) == [true, true, true, false])
            #expect(months.allSatisfy { $0.archivedAt == nil && $0.pruned == 0 })
        }
    }

    @Test(
        "D2: an archive of a month is checked alone: each of its entries is in the tree that was signed",
        arguments: EngineUnderTest.available)
    func alone(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind, clock: Stage.oldClock()) { stage in
            let log = try await stage.gateway.openLog()
            let folders = TrailFolders()
            try await stage.liveThroughOldMonths(log)
            let report = try await stage.archive("2019-02", log, to: folders.path("feb"))
            let month = try #require(TrailMonth("2019-02"))
            #expect(report.part == .month(month, 300..<800) && report.checkpoint.size == 1_502)
            #expect(report.unseen == 1_502 - 768, "tiles 1 to 3 of the six")
            #expect(try folders.verify("feb", log.key) == report)
            #expect(!folders.has("feb", "tile/entries/000") && !folders.has("feb", "tile/0/000"))
            #expect(folders.has("feb", "tile/1/000.p/5") && folders.has("feb", "tile/0/005.p/222"), "the right edge")
            let announced = try #require(try await stage.audit(.trailArchived).first)
            #expect(announced.items == 500 && announced.outcome == "done")
            let months = try await stage.gateway.trailMonths()
            #expect(months.map { $0.archivedAt != nil } == [false, true, false, false])
            // Asked for again it is looked at, and stays as it was: also when the store has been damaged meanwhile.
            try await stage.record(300)
            #expect(try await stage.archive("2019-02", log, to: folders.path("feb")) == report)
            _ = try await stage.engine.write { tx in
                try tx.execute("UPDATE audit_entry SET leaf = \([UInt8]("other".utf8)) WHERE log_index = 400")
            }
            #expect(try await stage.archive("2019-02", log, to: folders.path("feb")) == report)
            #expect(try folders.verify("feb", log.key) == report)
        }
    }

    static let damages: [(what: String, file: String, change: @Sendable (inout Data) -> Void)] = [
        ("a bit of an entry", "tile/entries/002", { $0[200] ^= 1 }),
        ("a bit of an entry beside the month", "tile/entries/001", { $0[20] ^= 1 }),
        ("a bit of a tile", "tile/0/002", { $0[33] ^= 1 }),
        ("a bit above", "tile/1/000.p/5", { $0[3] ^= 1 }),
        ("a bit at the edge", "tile/0/005.p/222", { $0[3] ^= 1 }),
        ("a bundle cut off", "tile/entries/003", { $0.removeLast() }),
        ("a checkpoint of another size", "checkpoint", { $0.replace(Data("1502".utf8), with: Data("1501".utf8)) }),
        (
            "a month that ends beyond the log", "archive",
            { $0.replace(Data("end 800".utf8), with: Data("end 9999".utf8)) }
        ),
        (
            "a month that is more than is there", "archive",
            { $0.replace(Data("first 300".utf8), with: Data("first 1".utf8)) }
        ),
        ("a manifest that says nothing", "archive", { $0 = Data("yes\n".utf8) }),
    ]

    @Test("D2: a changed archive is refused")
    func damaged() async throws {
        try await Stage.on(.sqliteMemory, clock: Stage.oldClock()) { stage in
            let log = try await stage.gateway.openLog()
            let folders = TrailFolders()
            try await stage.liveThroughOldMonths(log)
            try await stage.archive("2019-02", log, to: folders.path("good"))
            for (place, damage) in Self.damages.enumerated() {
                try folders.add("good", to: "bad\(place)")
                _ = try folders.verify("bad\(place)", log.key)
                try folders.change("bad\(place)", damage.file, damage.change)
                #expect(throws: LogFault.self, "\(damage.what)") { try folders.verify("bad\(place)", log.key) }
            }
            for file in ["tile/entries/001", "tile/0/003", "tile/1/000.p/5", "tile/0/005.p/222"] {
                try folders.add("good", to: file)
                try folders.remove(file, file)
                #expect(throws: LogFault.self, "\(file) is missing") { try folders.verify(file, log.key) }
            }
        }
    }

    @Test(
        "D2: what is not over, or not there, is not archived; a folder with something else in it is left alone",
        arguments: EngineUnderTest.available)
    func refused(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind, clock: Stage.oldClock()) { stage in
            let log = try await stage.gateway.openLog()
            let folders = TrailFolders()
            try await stage.liveThroughOldMonths(log)
            for month in ["2019-04", "2018-12", "2019-05"] {
                await declined(as: .invalidFields) { try await stage.archive(month, log, to: folders.path("x")) }
            }
            // Over, but the log knows of nothing later yet.
            stage.clock.move(to: try #require(TrailMonth("2019-05")).start)
            let april = try #require(TrailMonth("2019-04"))
            await declined(as: .invalidFields) { try await stage.gateway.archive(april, to: folders.path("x")) }
            #expect(!folders.has("x", "checkpoint"))
            #expect(try await stage.audit(.trailArchived).isEmpty, "what is refused is no archive")
            #expect(
                try await stage.archive("2019-04", log, to: folders.path("apr")).part == .month(april, 1_500..<1_501))

            _ = try await stage.gateway.exportLog(to: folders.path("copy"))
            for (name, month) in [("copy", "2019-01"), ("apr", "2019-01")] {
                let before = try folders.checkpoint(name)
                await #expect(throws: LogFault.otherFolder(wanted: "an archive")) {
                    try await stage.archive(month, log, to: folders.path(name))
                }
                #expect(try folders.checkpoint(name) == before)
            }
            await #expect(throws: LogFault.otherFolder(wanted: "a copy")) {
                try await stage.gateway.exportLog(to: folders.path("apr"))
            }
        }
    }
}
