// The SQL that both engines understand, and how a statement is built.

import TestKit
import Testing
import Vault

@Suite("Statements") struct StatementTests {
    @Test("values travel beside the text, in the order they were written")
    func interpolation() {
        let condition: SQL = "state = \("active")"
        let missing: String? = nil
        let sql: SQL = "SELECT a FROM \(raw: "t") WHERE id = \(7) AND \(fragment: condition) AND b = \(missing)"
        #expect(sql.text == "SELECT a FROM t WHERE id = ? AND state = ? AND b = ?")
        #expect(sql.values == [.integer(7), .text("active"), .null])
    }

    @Test("a list binds each of its members, and an empty one matches nothing", arguments: EngineUnderTest.available)
    func lists(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let (some, none) = try await engine.write { tx in
                for place in 0..<5 { try tx.execute("INSERT INTO cell (id) VALUES (\(place))") }
                let some = try tx.query("SELECT id FROM cell WHERE id IN (\(list: [1, 3, 9])) ORDER BY id") { row in
                    row.int(0)
                }
                let none = try tx.query("SELECT id FROM cell WHERE id IN (\(list: [Int]()))") { row in row.int(0) }
                return (some, none)
            }
            #expect(some == [1, 3])
            #expect(none == [])
        }
    }

    @Test("fragments join", arguments: EngineUnderTest.available)
    func fragments(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let rows: [SQL] = (1...3).map { place in "(\(place), \("t\(place)"))" }
            let added = try await engine.execute(
                "INSERT INTO cell (id, t) VALUES \(fragment: rows.joined(separator: ", "))")
            #expect(added == 3)
        }
    }

    @Test("a statement tells how many rows it changed", arguments: EngineUnderTest.available)
    func counts(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let counts = try await engine.write { tx in
                [
                    try tx.execute("INSERT INTO cell (id, i) VALUES (1, 1), (2, 1), (3, 2)"),
                    try tx.execute("UPDATE cell SET i = 5 WHERE i = 1"),
                    try tx.execute("UPDATE cell SET i = 6 WHERE i = 99"),
                    try tx.execute("SELECT id FROM cell"),
                    try tx.execute("CREATE INDEX cell_i ON cell (i)"),
                    try tx.execute("DELETE FROM cell"),
                ]
            }
            #expect(counts == [3, 2, 0, 0, 0, 3])
        }
    }

    @Test(
        "ON CONFLICT, RETURNING, a CTE, a window and a partial index are understood",
        arguments: EngineUnderTest.available)
    func commonSQL(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            try await engine.write { tx in
                try tx.execute("CREATE UNIQUE INDEX one_open ON cell (t) WHERE i = 1")
                try tx.execute("INSERT INTO cell (id, i, t) VALUES (1, 0, 'x'), (2, 0, 'x'), (3, 1, 'x')")
            }
            let upserted = try await engine.write { tx in
                try tx.queryOne(
                    """
                    INSERT INTO cell (id, i, t) VALUES (\(4), \(1), \("x"))
                    ON CONFLICT (t) WHERE i = 1 DO UPDATE SET r = \(2.5) RETURNING id, r
                    """
                ) { row in (row.int(0), row.real(1)) }
            }
            #expect(try #require(upserted) == (3, 2.5))
            let ignored = try await engine.execute("INSERT INTO cell (id) VALUES (\(1)) ON CONFLICT DO NOTHING")
            #expect(ignored == 0)
            let ranked = try await engine.read { tx in
                try tx.query(
                    """
                    WITH recent AS (SELECT id, t FROM cell WHERE id >= \(2))
                    SELECT id, ROW_NUMBER() OVER (PARTITION BY t ORDER BY id DESC) FROM recent ORDER BY id LIMIT \(10)
                    """
                ) { row in [row.int(0), row.int(1)] }
            }
            #expect(ranked == [[2, 2], [3, 1]])
            let total = try await engine.read { tx in
                try tx.queryOne("SELECT CAST(SUM(id) AS \(raw: tx.dialect.integer)) FROM cell") { row in row.int(0) }
            }
            #expect(total == 6)
            let claimed = try await engine.write { tx in
                try tx.query(
                    """
                    UPDATE cell SET i = 9 WHERE id IN (
                        SELECT id FROM cell WHERE i = \(0) ORDER BY id LIMIT \(1) \(raw: tx.dialect.lockRows))
                    RETURNING id
                    """
                ) { row in row.int(0) }
            }
            #expect(claimed == [1])
        }
    }

    @Test("RETURNING changes every row even when only the first is looked at", arguments: EngineUnderTest.available)
    func returningIsWhole(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let left = try await engine.write { tx in
                try tx.execute("INSERT INTO cell (id) VALUES (1), (2), (3)")
                _ = try tx.queryOne("DELETE FROM cell RETURNING id") { row in row.int(0) }
                return try tx.queryOne("SELECT COUNT(*) FROM cell") { row in row.int(0) }
            }
            #expect(left == 0)
        }
    }

    @Test("a query may be asked inside another, even the same one", arguments: EngineUnderTest.available)
    func nested(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let pairs = try await engine.write { tx in
                try tx.execute("INSERT INTO cell (id) VALUES (1), (2)")
                return try tx.query("SELECT id FROM cell ORDER BY id") { outer in
                    try tx.query("SELECT id FROM cell ORDER BY id") { inner in outer.int(0) * 10 + inner.int(0) }
                }
            }
            #expect(pairs == [[11, 12], [21, 22]])
        }
    }

    @Test("many different statements do not exhaust a connection", arguments: EngineUnderTest.available)
    func manyTexts(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            let sum = try await engine.write { tx in
                var sum: Int64 = 0
                for number in 0..<1_200 {
                    sum += try tx.queryOne("SELECT \(raw: "\(number)") + \(1)") { row in row.int(0) } ?? 0
                }
                return sum
            }
            #expect(sum == (1...1_200).reduce(0, +))
        }
    }

    @Test("a text of two statements is refused whole", arguments: EngineUnderTest.available)
    func oneStatement(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            await #expect(throws: StorageError.self) {
                try await engine.execute("INSERT INTO cell (id) VALUES (1); INSERT INTO cell (id) VALUES (2)")
            }
            let left = try await engine.read { tx in
                try tx.queryOne("SELECT COUNT(*) FROM cell") { row in row.int(0) }
            }
            #expect(left == 0)
        }
    }
}
