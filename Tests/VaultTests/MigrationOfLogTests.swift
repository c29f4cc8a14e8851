// The trail of the past release is in the log's inbox after the eighth migration: every line, oldest first, saying the same.

import Domain
import TestKit
import Testing
import Vault

@Suite("The eighth migration") struct MigrationOfLogTests {
    private static let now = Moment(seconds: 1_795_255_632)

    private static func id(_ number: Int) -> AuditID {
        AuditID(at: now + .seconds(Int64(number)), dice: [UInt8](repeating: 1, count: 10))
    }

    private static func insert(_ number: Int, _ outcome: String, in tx: borrowing Transaction) throws(StorageError) {
        let person = AuditName(bytes: [UInt8](repeating: 3, count: 16))
        let grant = number % 2 == 0 ? GrantID(bytes: [UInt8](repeating: 4, count: 16)) : nil
        try tx.execute(
            """
            INSERT INTO audit_entry (id, at, action, outcome, application_id, person, record, grant_id, mode, types, items,
                request_id)
            VALUES (\(id(number)), \(now + .seconds(Int64(number))), 'read', \(outcome), NULL, \(person), NULL,
                \(grant), 'online', 'steps,heart_rate', \(number), NULL)
            """)
    }

    @Test("D2: no line is lost, and each says what it said", arguments: EngineUnderTest.available)
    func moves(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Array(Schema.migrations.prefix(7)), at: Self.now)
            let count = 2_100
            try await engine.write { tx in
                // Not in the order of their ids.
                for number in (0..<count).reversed() {
                    try Self.insert(number, number % 3 == 0 ? "refused:no_grant" : "done", in: tx)
                }
            }
            #expect(try await migrate(engine, Schema.migrations, at: Self.now) == Array(8...13))
            let lines = try await engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
            #expect(lines.map(\.entry.id) == (0..<count).map(Self.id))
            for (number, line) in lines.enumerated() {
                let entry = line.entry
                #expect(line.index == nil && entry.at == Self.now + .seconds(Int64(number)))
                #expect(entry.outcome == (number % 3 == 0 ? .refused(.noGrant) : .done) && entry.items == number)
                #expect((entry.grant != nil) == (number % 2 == 0) && entry.person != nil && entry.record == nil)
                #expect(entry.types == [.heartRate, .steps] && entry.mode == .online && entry.action == .read)
            }
            let gone = await #expect(throws: StorageError.self) {
                try await engine.execute("SELECT id FROM audit_line")
            }
            #expect(gone != nil)
        }
    }

    @Test(
        "D2: a line that is not known stops the migration, and the store is as it was",
        arguments: EngineUnderTest.available)
    func refuses(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Array(Schema.migrations.prefix(7)), at: Self.now)
            try await engine.write { tx in try Self.insert(1, "perhaps", in: tx) }
            await #expect(throws: MigrationError.self) { try await migrate(engine, Schema.migrations, at: Self.now) }
            let outcomes = try await engine.read { tx in
                try tx.query("SELECT outcome FROM audit_entry") { row in row.text(0) }
            }
            #expect(outcomes == ["perhaps"])
        }
    }
}
