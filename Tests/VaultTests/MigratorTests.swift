// Migrations promise: once, whole, in order, and never over a history that is not theirs.

import Domain
import TestKit
import Testing
import Vault

@Suite("Migrations") struct MigratorTests {
    private let now = Moment(seconds: 1_795_255_632)
    private let first = Migration(number: 1, name: "people") { words in
        ["CREATE TABLE people (id \(raw: words.text) PRIMARY KEY)\(raw: words.strict)"]
    }
    private let second = Migration(number: 2, name: "ages") { words in
        ["ALTER TABLE people ADD COLUMN age \(raw: words.integer)", "INSERT INTO people (id, age) VALUES ('p', 7)"]
    }

    @Test("they apply once and in order", arguments: EngineUnderTest.available)
    func once(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            #expect(try await migrate(engine, [first], at: now) == [1])
            #expect(try await migrate(engine, [first, second], at: now) == [2])
            #expect(try await migrate(engine, [first, second], at: now) == [])
            let age = try await engine.read { tx in try tx.query("SELECT age FROM people") { row in row.int(0) } }
            #expect(age == [7])
        }
    }

    @Test("two starts at the same time apply them once", arguments: EngineUnderTest.available)
    func together(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            async let one = migrate(engine, [first, second], at: now)
            async let two = migrate(engine, [first, second], at: now)
            let applied = try await one + two
            #expect(applied.sorted() == [1, 2])
        }
    }

    @Test("an applied one that has changed is refused", arguments: EngineUnderTest.available)
    func changed(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, [first, second], at: now)
            let edited = Migration(number: 1, name: "people") { words in
                ["CREATE TABLE people (id \(raw: words.text) PRIMARY KEY, x \(raw: words.text))\(raw: words.strict)"]
            }
            await #expect(throws: MigrationError.changed(1)) {
                try await migrate(engine, [edited, second], at: now)
            }
            let renamed = Migration(number: 2, name: "other", statements: second.statements)
            await #expect(throws: MigrationError.changed(2)) {
                try await migrate(engine, [first, renamed], at: now)
            }
        }
    }

    @Test("one that only a newer program knows is refused", arguments: EngineUnderTest.available)
    func unknown(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, [first, second], at: now)
            await #expect(throws: MigrationError.unknown(2)) { try await migrate(engine, [first], at: now) }
        }
    }

    @Test("one that comes late is refused", arguments: EngineUnderTest.available)
    func late(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, [first, Migration(number: 3, name: "last") { _ in [] }], at: now)
            let all = [first, second, Migration(number: 3, name: "last") { _ in [] }]
            await #expect(throws: MigrationError.outOfOrder(2)) { try await migrate(engine, all, at: now) }
            await #expect(throws: MigrationError.outOfOrder(1)) { try await migrate(engine, [second, first], at: now) }
        }
    }

    @Test("one that fails leaves nothing of itself, and can be mended", arguments: EngineUnderTest.available)
    func whole(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            let broken = Migration(number: 2, name: "ages") { words in
                ["ALTER TABLE people ADD COLUMN age \(raw: words.integer)", "INSERT INTO nowhere VALUES (1)"]
            }
            let error = await #expect(throws: MigrationError.self) {
                try await migrate(engine, [first, broken], at: now)
            }
            guard case .storage = try #require(error) else { return #expect(error == nil) }
            #expect(try await migrate(engine, [first, second], at: now) == [2])
        }
    }
}
