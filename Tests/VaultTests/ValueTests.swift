// What a cell promises: it comes back as it went in, on every engine, and is never coerced.

import Domain
import TestKit
import Testing
import Vault

@Suite("Values") struct ValueTests {
    @Test("what is written is read back with its type", arguments: EngineUnderTest.available)
    func roundTrip(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let megabyte = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            let texts = ["", "plain", "Zoë 👩🏽‍⚕️ 体重 ﷺ", String(repeating: "ß", count: 70_000)]
            let numbers: [Int64] = [.min, -1, 0, 1, .max]
            let reals = [0, -0.5, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -1e-300]
            let blobs: [[UInt8]] = [[], [0], Array(0...255), megabyte]
            for place in 0..<6 {
                let number = numbers[place % numbers.count]
                let real = reals[place % reals.count]
                let text = texts[place % texts.count]
                let blob = blobs[place % blobs.count]
                try await engine.execute("INSERT INTO cell VALUES (\(place), \(number), \(real), \(text), \(blob))")
                let back = try await engine.read { tx in
                    try tx.queryOne("SELECT i, r, t, b FROM cell WHERE id = \(place)") { row in
                        (row.int(0), row.real(1), row.text(2), row.bytes(3))
                    }
                }
                let found = try #require(back)
                #expect(found.0 == number)
                #expect(found.1.bitPattern == real.bitPattern)
                #expect(Array(found.2.utf8) == Array(text.utf8))
                #expect(found.3 == blob)
            }
        }
    }

    @Test("a null is a null in a column of any type, before and after a value", arguments: EngineUnderTest.available)
    func nulls(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            for (place, filled) in [false, true, false].enumerated() {
                try await engine.write { tx in
                    let number: Int64? = filled ? 7 : nil
                    let real: Double? = filled ? 7.5 : nil
                    let text: String? = filled ? "seven" : nil
                    let blob: [UInt8]? = filled ? [7] : nil
                    try tx.execute("INSERT INTO cell VALUES (\(place), \(number), \(real), \(text), \(blob))")
                }
            }
            let rows = try await engine.read { tx in
                try tx.query("SELECT i, r, t, b FROM cell ORDER BY id") { row in
                    [
                        row.optionalInt(0) == 7, row.optionalReal(1) == 7.5, row.optionalText(2) == "seven",
                        row.optionalBytes(3) == [7],
                    ]
                }
            }
            #expect(rows == [false, true, false].map { Array(repeating: $0, count: 4) })
            let empty = try await engine.read { tx in
                try tx.queryOne(
                    "SELECT COUNT(*) FROM cell WHERE i IS NULL AND r IS NULL AND t IS NULL AND b IS NULL"
                ) { row in row.int(0) }
            }
            #expect(empty == 2)
        }
    }

    @Test("an empty text and empty bytes are not nulls", arguments: EngineUnderTest.available)
    func emptiness(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let back = try await engine.write { tx in
                try tx.execute("INSERT INTO cell VALUES (1, NULL, NULL, \(""), \([UInt8]()))")
                return try tx.queryOne("SELECT t, b FROM cell WHERE t IS NOT NULL AND b IS NOT NULL") { row in
                    (row.optionalText(0), row.optionalBytes(1))
                }
            }
            let found = try #require(back)
            #expect(found.0 == "")
            #expect(found.1 == [])
        }
    }

    @Test("ids compare byte by byte", arguments: EngineUnderTest.available)
    func byteOrder(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let words = ["a", "B", "b", "A", "é", "z", "_", "0", "a_1", "a1", "Ω", "👍"]
            let sorted = try await engine.write { tx in
                for (place, word) in words.enumerated() {
                    try tx.execute("INSERT INTO cell (id, t) VALUES (\(place), \(word))")
                }
                return try tx.query("SELECT t FROM cell ORDER BY t") { row in row.text(0) }
            }
            #expect(sorted == words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            let beforeA = try await engine.read { tx in
                try tx.queryOne("SELECT COUNT(*) FROM cell WHERE t < \("a")") { row in row.int(0) }
            }
            #expect(beforeA == 4)
        }
    }

    @Test("a value that looks like SQL stays a value", arguments: EngineUnderTest.available)
    func injection(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let evil = ["'; DROP TABLE cell; --", "? OR 1=1", "$1", "\\'; SELECT 1", "\"; --", "%s%n"]
            let back = try await engine.write { tx in
                for (place, text) in evil.enumerated() {
                    try tx.execute("INSERT INTO cell (id, t) VALUES (\(place), \(text))")
                }
                return try evil.map { text in
                    try tx.query("SELECT t FROM cell WHERE t = \(text)") { row in row.text(0) }
                }
            }
            #expect(back == evil.map { [$0] })
        }
    }

    @Test("a text with U+0000 is refused, not cut short", arguments: EngineUnderTest.available)
    func noNul(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let error = await #expect(throws: StorageError.self) {
                try await engine.execute("INSERT INTO cell (id, t) VALUES (1, \("secret\u{0}rest"))")
            }
            #expect(error?.kind == .other)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test(
        "a cell of another type, or a null where a value is asked, is an error and no zero",
        arguments: EngineUnderTest.available)
    func noCoercion(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            try await engine.execute("INSERT INTO cell VALUES (1, NULL, 1.5, '12', \([1 as UInt8]))")
            let asked: [@Sendable (borrowing Row) -> Void] = [
                { row in _ = row.int(0) }, { row in _ = row.int(1) }, { row in _ = row.int(2) },
                { row in _ = row.text(3) }, { row in _ = row.bytes(2) }, { row in _ = row.optionalText(0 + 3) },
                { row in _ = row.int(9) },
            ]
            for ask in asked {
                let error = await #expect(throws: StorageError.self) {
                    _ = try await engine.read { tx in try tx.query("SELECT i, r, t, b FROM cell", ask) }
                }
                #expect(error?.kind == .corrupt)
            }
        }
    }

    @Test("our nouns have one spelling", arguments: EngineUnderTest.available)
    func nouns(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            try await makeTable(engine)
            let person = PersonID(bytes: Array(0..<16))
            let moment = Moment(microseconds: 1_795_255_632_000_001)
            try await engine.write { tx in
                try tx.execute("INSERT INTO cell (id, i, t) VALUES (1, \(moment), \(person))")
                try tx.execute("INSERT INTO cell (id, i, t) VALUES (\(2), \(true), \(DataType.restingHeartRate))")
            }
            let back = try await engine.read { tx in
                try tx.queryOne("SELECT i, t FROM cell WHERE t = \(person)") { row -> (Moment, PersonID) in
                    (row.moment(0), row.id(1))
                }
            }
            #expect(back?.0 == moment)
            #expect(back?.1 == person)
            let other = try await engine.read { tx in
                try tx.queryOne("SELECT i, t, 1 = 1, EXISTS (SELECT 1 FROM cell) FROM cell WHERE id = 2") { row in
                    (row.bool(0), row.text(1), row.bool(2), row.bool(3))
                }
            }
            let found = try #require(other)
            #expect(found == (true, "resting_heart_rate", true, true))
        }
    }
}

/// `cell`: a key and one column of each type.
func makeTable(_ engine: any Engine) async throws {
    try await engine.write { tx in
        let words = tx.dialect
        try tx.execute(
            """
            CREATE TABLE cell (
                id \(raw: words.integer) PRIMARY KEY,
                i \(raw: words.integer),
                r \(raw: words.double),
                t \(raw: words.text),
                b \(raw: words.bytes)
            )\(raw: words.strict)
            """)
    }
}
