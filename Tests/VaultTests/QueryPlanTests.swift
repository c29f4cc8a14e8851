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

    /// Pages of the trail, whoever asks. What waits in the inbox is always read whole, and is little.
    private static func askTrail(_ tx: borrowing Transaction) throws {
        let name = AuditName(bytes: Array(repeating: 6, count: 16))
        let application = ApplicationID(bytes: Array(repeating: 1, count: 16))
        let grant = GrantID(bytes: Array(repeating: 4, count: 16))
        var filter = AuditFilter()
        filter.actions = [.read, .deliver]
        filter.from = Moment(microseconds: 1)
        filter.butNotOf = name
        for subject in [
            AuditSubject.person(name), .record(name), .application(application), .grant(grant), .anything,
        ] {
            _ = try AuditTable.newest(about: subject, filter, limit: 50, in: tx)
            _ = try AuditTable.newest(about: subject, filter, before: 9, limit: 50, in: tx)
            _ = try AuditTable.inOrder(about: subject, filter, after: 9, limit: 50, in: tx)
            if subject != .anything { _ = try AuditTable.counts(about: subject, filter, limit: 50, in: tx) }
        }
        _ = try AuditTable.lastRead(under: grant, in: tx)
    }

    @Test(
        "D1: no page of the trail is sorted or looked for: each goes along an index",
        arguments: EngineUnderTest.available)
    func trailByIndex(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Schema.migrations, at: Moment(microseconds: 0))
            let plans = try await engine.write { tx -> [String] in
                let listener = Listener(tx.dialect)
                try Self.askTrail(Transaction(session: listener))
                let logged = listener.heard.filter { $0.text.contains("audit_entry") }
                guard logged.count == 45 else { return ["\(logged.count) statements were heard"] }
                let isPostgres = tx.dialect == .postgres
                if isPostgres {
                    try tx.execute("SET LOCAL enable_seqscan = off")
                    try tx.execute("SET LOCAL enable_bitmapscan = off")
                }
                var plans: [String] = []
                for sql in logged {
                    let plan: [String] =
                        isPostgres
                        ? try tx.query("EXPLAIN \(fragment: sql)") { row in row.text(0) }
                        : try tx.query("EXPLAIN QUERY PLAN \(fragment: sql)") { row in row.text(3) }
                    plans += plan.filter { line in
                        let isScan = line == "SCAN audit_entry" || line.contains("Seq Scan on audit_entry")
                        let isSorted =
                            line.contains("USE TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key: audit_entry")
                        return isScan || isSorted
                    }
                }
                return plans
            }
            #expect(plans == [])
        }
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
