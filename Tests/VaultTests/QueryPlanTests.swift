// What is asked with every request goes by an index, however many grants there are. The statements are those of the tables
// themselves: a session that only listens catches each, and the engine says how it would answer it.

import Domain
import TestKit
import Testing

@testable import Vault

@Suite("Query plans")
struct QueryPlanTests {
    private final class Listener: Session {
        let dialect: Dialect
        var heard: [SQL] = []

        init(_ dialect: Dialect) { self.dialect = dialect }

        func run(_ sql: SQL, _ each: (borrowing Row) throws(StorageError) -> Bool) throws(StorageError) -> Int {
            heard.append(sql)
            return 0
        }
    }

    /// The statements of a decision, of a person's page, and of a token.
    private static func ask(_ tx: borrowing Transaction) throws {
        let application = ApplicationID(bytes: Array(repeating: 1, count: 16))
        let person = PersonID(bytes: Array(repeating: 2, count: 16))
        let record = RecordID(bytes: Array(repeating: 3, count: 16))
        let grant = GrantID(bytes: Array(repeating: 4, count: 16))
        let hash = [UInt8](repeating: 5, count: 32)
        let now = Moment(microseconds: 1)
        _ = try FactsTable.byToken(hash, in: tx)
        _ = try FactsTable.byGrant(grant, in: tx)
        _ = try FactsTable.inForce(under: "r_x", for: application, of: nil, at: now, in: tx)
        _ = try FactsTable.byPseudonym("r_x", for: application, at: now, in: tx)
        _ = try GrantTable.of(person: person, limit: 50, in: tx)
        _ = try GrantTable.of(person: person, after: grant, limit: 50, in: tx)
        _ = try GrantTable.of(person: person, application: application, record: record, in: tx)
        _ = try GrantTable.active(ofRecord: record, at: now, in: tx)
        _ = try TokenTable.client(application, in: tx)
        _ = try FamilyTable.find(token: hash, in: tx)
        _ = try IntrospectionTable.find(hash, for: application, at: now, in: tx)
    }

    @Test("C7, C8: no question of a request goes through a whole table", arguments: EngineUnderTest.available)
    func byIndex(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Schema.migrations, at: Moment(microseconds: 0))
            let scans = try await engine.write { tx -> [String] in
                let listener = Listener(tx.dialect)
                try Self.ask(Transaction(session: listener))
                guard listener.heard.count >= 11 else { return ["only \(listener.heard.count) statements were heard"] }
                let isPostgres = tx.dialect == .postgres
                // Small tables are read whole for good reason; what is asked here is whether they would have to be.
                if isPostgres { try tx.execute("SET LOCAL enable_seqscan = off") }
                var scans: [String] = []
                for sql in listener.heard {
                    let plan: [String] =
                        isPostgres
                        ? try tx.query("EXPLAIN \(fragment: sql)") { row in row.text(0) }
                        : try tx.query("EXPLAIN QUERY PLAN \(fragment: sql)") { row in row.text(3) }
                    scans += plan.filter { $0.hasPrefix("SCAN ") || $0.contains("Seq Scan") }
                }
                return scans
            }
            #expect(scans == [])
        }
    }
}
