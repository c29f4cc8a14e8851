// What is true of PostgreSQL alone: lost connections, conflicts between writers, and a type for every NULL.

import Dispatch
import Synchronization
import TestKit
import Testing
import Vault

@Suite("PostgreSQL") struct PostgresTests {
    private static let isAvailable = EngineUnderTest.available.contains(.postgres)

    @Test(
        "PostgreSQL is held to the contract in this run",
        .enabled(
            if: isAvailable || EngineUnderTest.isPostgresRequired,
            "LICET_TEST_POSTGRES names no database, so every test of this suite ran without PostgreSQL"))
    func isTested() {
        #expect(Self.isAvailable, "LICET_REQUIRE_POSTGRES is 1 and LICET_TEST_POSTGRES names no database")
    }

    @Test("a killed connection is replaced unnoticed", .enabled(if: isAvailable))
    func killedAtRest() async throws {
        let schema = try await PostgresSchema()
        let engine = try await PostgresEngine(url: schema.url, connections: 1)
        let other = try await PostgresEngine(url: schema.url, connections: 1)
        try await makeTable(engine)
        let before = try #require(try await backend(engine))
        try await kill(before, from: other)
        try await engine.execute("INSERT INTO cell (id) VALUES (1)")
        #expect(try await backend(engine) != before)
        #expect(try await count(engine) == 1)
        await engine.close()
        await other.close()
        await schema.drop()
    }

    @Test(
        "a connection killed in the middle of a body: the body runs again, and its work is there once",
        .enabled(if: isAvailable))
    func killedInside() async throws {
        let schema = try await PostgresSchema()
        let engine = try await PostgresEngine(url: schema.url, connections: 1)
        let other = try await PostgresEngine(url: schema.url, connections: 1)
        try await makeTable(engine)
        let runs = Tally()
        let inside = AsyncStream<Int64>.makeStream()
        let killed = DispatchSemaphore(value: 0)
        async let writing: Void = engine.write { tx in
            try tx.execute("INSERT INTO cell (id) VALUES (1)")
            guard runs.next() == 1 else { return }
            inside.continuation.yield(try tx.queryOne("SELECT pg_backend_pid()") { row in row.int(0) } ?? 0)
            killed.wait()
            try tx.execute("INSERT INTO cell (id) VALUES (2)")
        }
        for await victim in inside.stream {
            try await kill(victim, from: other)
            break
        }
        killed.signal()
        try await writing
        #expect(runs.count == 2)
        #expect(try await count(engine) == 1)
        await engine.close()
        await other.close()
        await schema.drop()
    }

    @Test("two writers that read each other's row do not both win: one is run again", .enabled(if: isAvailable))
    func conflict() async throws {
        try await EngineUnderTest.postgres.trying { engine in
            try await makeTable(engine)
            try await engine.execute("INSERT INTO cell (id, i) VALUES (1, 0), (2, 0)")
            let meeting = Meeting()
            let runs = Tally()
            // Each puts into its own row what it read in the other's, plus one: write skew unless they are in order.
            @Sendable func cross(_ mine: Int, _ theirs: Int) async throws {
                let mineRuns = Tally()
                try await engine.write { tx in
                    _ = runs.next()
                    let seen = try tx.queryOne("SELECT i FROM cell WHERE id = \(theirs)") { row in row.int(0) } ?? 0
                    if mineRuns.next() == 1 { meeting.wait() }
                    try tx.execute("UPDATE cell SET i = \(seen + 1) WHERE id = \(mine)")
                }
            }
            async let left: Void = cross(1, 2)
            async let right: Void = cross(2, 1)
            _ = try await (left, right)
            let ends = try await engine.read { tx in try tx.query("SELECT i FROM cell ORDER BY i") { row in row.int(0) }
            }
            #expect(ends == [1, 2])
            #expect(runs.count >= 3)
        }
    }

    @Test("a statement first run with NULL takes any type later", .enabled(if: isAvailable))
    func nullThenTyped() async throws {
        try await EngineUnderTest.postgres.trying { engine in
            let kinds = try await engine.read { tx in
                var kinds: [Bool] = []
                for value in [SQLValue.null, .integer(5), .text("five"), .null, .real(5), .bytes([5])] {
                    kinds.append(
                        try tx.queryOne("SELECT COALESCE(\(value), NULL) IS NULL") { row in row.bool(0) } ?? false)
                }
                return kinds
            }
            #expect(kinds == [true, false, false, true, false, false])
        }
    }

    @Test("a server that is not there is unavailable, and the error tells nothing of the URL")
    func unreachable() async throws {
        let error = await #expect(throws: StorageError.self) {
            _ = try await PostgresEngine(url: "postgresql://someone:hunter2@/nowhere?host=/nonexistent")
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("hunter2") == false)
    }

    private func backend(_ engine: PostgresEngine) async throws -> Int64? {
        try await engine.read { tx in try tx.queryOne("SELECT pg_backend_pid()") { row in row.int(0) } }
    }

    private func kill(_ backend: Int64, from engine: PostgresEngine) async throws {
        let isGone = try await engine.read { tx in
            try tx.queryOne("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = \(backend)") {
                row in
                row.bool(0)
            }
        }
        #expect(isGone == true)
    }
}

/// A place where two bodies wait for one another.
private final class Meeting: Sendable {
    private let arrived = Atomic(0)
    private let gate = DispatchSemaphore(value: 0)

    func wait() {
        if arrived.add(1, ordering: .acquiringAndReleasing).newValue == 2 {
            gate.signal()
        } else {
            gate.wait()
        }
    }
}
