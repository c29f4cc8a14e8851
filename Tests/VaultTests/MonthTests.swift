// The months of the trail at rest: filled for a log of before, kept as entries get their places; and the floor, which never goes down
// and above which nothing is ever deleted.

import Domain
import TestKit
import Testing

@testable import Vault

@Suite("The table of months") struct MonthTests {
    private static let now = Moment(seconds: 1_795_255_200)

    private static func leaf(
        _ number: Int, _ at: String
    ) throws -> (bytes: [UInt8], columns: LeafColumns) {
        let at = try #require(Moment(rfc3339: at))
        let dice = (0..<10).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let entry = AuditEntry(id: AuditID(at: at, dice: dice), at: at, action: .read, outcome: .done)
        let bytes = try #require(AuditLeaf(entry)).bytes
        return (bytes, try #require(LeafColumns(bytes)))
    }

    private static func leaves(_ times: [String], from index: Int = 0) throws -> [(
        bytes: [UInt8], columns: LeafColumns
    )] {
        try times.enumerated().map { try leaf(index + $0, $1) }
    }

    private static func months(_ engine: any Engine) async throws -> [String] {
        try await engine.read { tx in try MonthTable.all(in: tx) }.map { "\($0.month) from \($0.first)" }
    }

    private static func head(at moment: Moment) -> LogHead {
        LogHead(verifierKey: "log+00000000+AQ==", size: 0, peaks: [], note: [], signedAt: moment)
    }

    @Test(
        "D2: a month begins at its first entry, late ones stay where they are, and a clock that runs ahead begins none",
        arguments: EngineUnderTest.available)
    func noted(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Schema.migrations, at: Self.now)
            #expect(try await Self.months(engine) == [])
            let first = try Self.leaves(["2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-01-31T23:59:58Z"])
            try await engine.write { tx in try MonthTable.note(first, from: 0, at: Self.now, in: tx) }
            #expect(try await Self.months(engine) == ["2026-01 from 0", "2026-02 from 1"])
            // March had no entries; the last one says that it is of the year 2199, and is of now.
            let more = try Self.leaves(
                ["2026-02-28T23:59:59.999999Z", "2026-04-01T00:00:00Z", "2199-01-01T00:00:00Z"], from: 3)
            let now = try #require(Moment(rfc3339: "2026-04-02T00:00:00Z"))
            try await engine.write { tx in try MonthTable.note(more, from: 3, at: now, in: tx) }
            #expect(try await Self.months(engine).dropFirst(2) == ["2026-04 from 4"])
            let last = try Self.leaves(["2026-05-01T00:00:00Z"], from: 6)
            try await engine.write { tx in try MonthTable.note(last, from: 6, at: Self.now, in: tx) }
            #expect(try await Self.months(engine).last == "2026-05 from 6")
        }
    }

    @Test(
        "D2: the eleventh migration finds the months of a log of before, as if they had been noted",
        arguments: EngineUnderTest.available)
    func migrated(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            let before = Schema.migrations.filter { $0.number < 11 }
            _ = try await migrate(engine, before, at: Self.now)
            let leaves = try Self.leaves([
                "2199-01-01T00:00:00Z", "2025-12-31T23:00:00Z", "2026-01-01T00:00:01Z", "2025-12-31T23:59:59Z",
                "2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z",
            ])
            let signed = try #require(Moment(rfc3339: "2026-04-01T00:00:00Z"))
            try await engine.write { tx in
                try LogTable.insert(Self.head(at: signed), in: tx)
                try LogTable.append(leaves, from: 0, in: tx)
            }
            #expect(try await migrate(engine, Schema.migrations, at: Self.now).first == 11)
            // February came after March had begun, and so has no range of its own.
            #expect(try await Self.months(engine) == ["2025-12 from 0", "2026-01 from 2", "2026-03 from 5"])
            #expect(try await engine.read { tx in try MonthTable.floor(in: tx) } == TrailFloor(minimum: 0, month: nil))
        }
    }

    @Test("D2: a log without entries, and none at all, has no months", arguments: EngineUnderTest.available)
    func nothing(_ kind: EngineUnderTest) async throws {
        for hasHead in [true, false] {
            try await kind.trying { engine in
                _ = try await migrate(engine, Schema.migrations.filter { $0.number < 11 }, at: Self.now)
                if hasHead { try await engine.write { tx in try LogTable.insert(Self.head(at: Self.now), in: tx) } }
                _ = try await migrate(engine, Schema.migrations, at: Self.now)
                #expect(try await Self.months(engine) == [])
            }
        }
    }

    @Test(
        "D2: nothing at or above the floor is deleted, whatever is asked; the floor never goes down; below it nobody reads",
        arguments: EngineUnderTest.available)
    func floor(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Schema.migrations, at: Self.now)
            let leaves = try (0..<40).map { try Self.leaf($0, "2026-01-01T00:00:00Z") }
            try await engine.write { tx in try LogTable.append(leaves, from: 0, in: tx) }
            func delete(_ range: Range<Int>) async throws -> Int {
                try await engine.write { tx in try MonthTable.deletePruned(range, in: tx) }
            }
            func read() async throws -> [Int?] {
                try await engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }.map(\.index)
            }
            #expect(try await delete(0..<1_000) == 0, "while everything is kept")
            let month = try #require(TrailMonth("2026-02"))
            let isRaised = try await engine.write { tx in
                try MonthTable.raise(to: 16, keeping: month, at: Self.now, in: tx)
            }
            #expect(isRaised)
            #expect(try await read() == Array(16..<40).map { $0 }, "at once, while every row is there")
            let below = try #require(AuditLeaf(parsing: leaves[15].bytes)).entry.id
            let above = try #require(AuditLeaf(parsing: leaves[16].bytes)).entry.id
            let found = try await engine.read { tx in
                [try AuditTable.find(below, in: tx)?.index, try AuditTable.find(above, in: tx)?.index]
            }
            #expect(found == [nil, 16])
            for lower in [0, 15, 16] {
                let goes = try await engine.write { tx in
                    try MonthTable.raise(to: lower, keeping: month, at: Self.now, in: tx)
                }
                #expect(!goes)
            }
            #expect(try await delete(0..<10) == 10)
            #expect(try await engine.read { tx in try MonthTable.lowest(in: tx) } == 10)
            #expect(try await delete(0..<1_000) == 6)
            #expect(try await delete(10..<1_000) == 0)
            #expect(try await read() == Array(16..<40).map { $0 })
            #expect(
                try await engine.read { tx in try MonthTable.floor(in: tx) } == TrailFloor(minimum: 16, month: month))
        }
    }
}
