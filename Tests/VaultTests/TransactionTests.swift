// What a body promises: it is whole or nothing, it hurts nobody else, and what is answered is kept.

import TestKit
import Testing
import Vault

@Suite("Transactions") struct TransactionTests {
    private struct Stranger: Error { let value = "hunter2" }

    @Test("a body that throws leaves nothing", arguments: EngineUnderTest.available)
    func rollback(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let error = await #expect(throws: StorageError.self) {
                try await engine.write { tx in
                    try tx.execute("INSERT INTO cell (id) VALUES (1)")
                    throw StorageError(.other, "changed my mind")
                }
            }
            #expect(error == StorageError(.other, "changed my mind"))
            #expect(try await count(engine) == 0)
        }
    }

    @Test("a body that throws does not hurt those that share its commit", arguments: EngineUnderTest.available)
    func neighbours(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let survivors = await withTaskGroup(of: Int.self) { group in
                for place in 0..<200 {
                    group.addTask {
                        let kept = try? await engine.write { tx in
                            try tx.execute("INSERT INTO cell (id, t) VALUES (\(place), \("row"))")
                            if place % 3 == 0 { throw StorageError(.other, "every third") }
                            if place % 5 == 0 { try tx.execute("INSERT INTO cell (id) VALUES (\(place))") }
                            return true
                        }
                        return kept == true ? 1 : 0
                    }
                }
                return await group.reduce(0, +)
            }
            let expected = (0..<200).count { $0 % 3 != 0 && $0 % 5 != 0 }
            #expect(survivors == expected)
            #expect(try await count(engine) == Int64(expected))
        }
    }

    @Test("200 concurrent increments of one counter end at 200", arguments: EngineUnderTest.available)
    func noLostUpdate(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            try await engine.execute("INSERT INTO cell (id, i) VALUES (1, 0)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await engine.write { tx in
                            let held = try tx.queryOne("SELECT i FROM cell WHERE id = 1") { row in row.int(0) } ?? 0
                            try tx.execute("UPDATE cell SET i = \(held + 1) WHERE id = 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let end = try await engine.read { tx in
                try tx.queryOne("SELECT i FROM cell WHERE id = 1") { row in row.int(0) }
            }
            #expect(end == 200)
        }
    }

    @Test("everything a read sees is of one instant", arguments: EngineUnderTest.available)
    func snapshot(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            try await engine.execute("INSERT INTO cell (id, i) VALUES (1, 0), (2, 0)")
            // Each write moves one unit from row 1 to row 2, so the sum is 0 at every instant.
            async let writing: Void = withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await engine.write { tx in
                            try tx.execute("UPDATE cell SET i = i - 1 WHERE id = 1")
                            try tx.execute("UPDATE cell SET i = i + 1 WHERE id = 2")
                        }
                    }
                }
                try await group.waitForAll()
            }
            for _ in 0..<100 {
                let sum = try await engine.read { tx in
                    let first = try tx.queryOne("SELECT i FROM cell WHERE id = 1") { row in row.int(0) } ?? 0
                    let second = try tx.queryOne("SELECT i FROM cell WHERE id = 2") { row in row.int(0) } ?? 0
                    return first + second
                }
                #expect(sum == 0)
            }
            try await writing
        }
    }

    @Test("a write that has returned is seen by the next read", arguments: EngineUnderTest.available)
    func readYourWrites(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            for place in 0..<50 {
                try await engine.execute("INSERT INTO cell (id) VALUES (\(place))")
                #expect(try await count(engine) == Int64(place + 1))
            }
        }
    }

    @Test("a read cannot write", arguments: EngineUnderTest.available)
    func readOnly(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let error = await #expect(throws: StorageError.self) {
                _ = try await engine.read { tx in try tx.execute("INSERT INTO cell (id) VALUES (1)") }
            }
            #expect(error?.kind == .readOnly)
            #expect(try await count(engine) == 0)
        }
    }

    @Test("a statement that failed dooms its body, even when the body looks away", arguments: EngineUnderTest.available)
    func doomed(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let error = await #expect(throws: StorageError.self) {
                try await engine.write { tx in
                    try tx.execute("INSERT INTO cell (id) VALUES (1)")
                    _ = try? tx.execute("INSERT INTO cell (id) VALUES (1)")
                    _ = try? tx.execute("INSERT INTO cell (id) VALUES (2)")
                }
            }
            guard case .constraint = try #require(error).kind else { return #expect(error == nil) }
            #expect(try await count(engine) == 0)
        }
    }

    @Test("a broken constraint is named, and no value is", arguments: EngineUnderTest.available)
    func constraints(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await engine.write { tx in
                let words = tx.dialect
                try tx.execute(
                    """
                    CREATE TABLE person (
                        id \(raw: words.text) PRIMARY KEY,
                        login \(raw: words.text) NOT NULL UNIQUE,
                        age \(raw: words.integer) CONSTRAINT plausible_age CHECK (age < 150),
                        parent \(raw: words.text) REFERENCES person (id)
                    )\(raw: words.strict)
                    """)
                try tx.execute("INSERT INTO person (id, login) VALUES (\("p1"), \("anna-secret"))")
            }
            let broken: [(SQL, String)] = [
                ("INSERT INTO person (id, login) VALUES (\("p2"), \("anna-secret"))", "login"),
                ("INSERT INTO person (id, login) VALUES (\("p3-secret"), NULL)", "person.login"),
                ("INSERT INTO person (id, login, age) VALUES (\("p4-secret"), \("b"), \(987_654))", "plausible_age"),
                ("INSERT INTO person (id, login, parent) VALUES (\("p5"), \("c"), \("nobody-secret"))", ""),
            ]
            for (sql, name) in broken {
                let error = await #expect(throws: StorageError.self) {
                    try await engine.execute(sql)
                }
                guard case .constraint(let told) = try #require(error).kind else {
                    Issue.record("\(sql.text) broke no constraint: \(String(describing: error))")
                    continue
                }
                #expect(name.isEmpty || told.contains(name))
                let message = error?.description ?? ""
                #expect(!message.contains("secret") && !message.contains("987"))
            }
        }
    }

    @Test("of a stranger's error only the type is told", arguments: EngineUnderTest.available)
    func strangers(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            let error = await #expect(throws: StorageError.self) {
                try await engine.write { _ in throw Stranger() }
            }
            #expect(error?.kind == .other)
            #expect(error?.message.contains("Stranger") == true)
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test(
        "a body that ends its own transaction has failed, and the next one has not",
        arguments: EngineUnderTest.available)
    func ownCommit(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            for word in ["COMMIT", "ROLLBACK"] {
                let error = await #expect(throws: StorageError.self) { try await engine.execute("\(raw: word)") }
                #expect(error?.kind == .other)
            }
            try await engine.execute("INSERT INTO cell (id) VALUES (1)")
            #expect(try await count(engine) == 1)
        }
    }

    @Test("closing lets the waiting bodies finish and refuses later ones", arguments: EngineUnderTest.available)
    func closing(_ kind: EngineUnderTest) async throws {
        let engine = try await kind.open()
        try await makeTable(engine)
        try await engine.execute("INSERT INTO cell (id) VALUES (1)")
        await engine.close()
        for attempt in 0..<2 {
            let error = await #expect(throws: StorageError.self) {
                if attempt == 0 { _ = try await count(engine) } else { try await engine.write { _ in } }
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.isPassing == true)
        }
    }
}

func count(_ engine: any Engine) async throws(StorageError) -> Int64 {
    try await engine.read { tx in try tx.queryOne("SELECT COUNT(*) FROM cell") { row in row.int(0) } } ?? -1
}
