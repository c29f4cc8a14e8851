// Looks into the store behind the house under test: every table row by row, so that a test can say that nothing was changed
// without naming what there is.

import Domain
import Vault

extension HouseUnderTest {
    /// The rows of each table as text, tables by name. Those of `tables` are left out.
    func contents(without tables: Set<String> = []) async throws -> [String: [String]] {
        try await engine.read { tx in
            let names = try tx.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ) { row in row.text(0) }
            var contents: [String: [String]] = [:]
            for table in names where !tables.contains(table) {
                let columns = try tx.query("SELECT name FROM pragma_table_info(\(table))") { row in row.text(0) }
                let cells = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ', ' || ")
                contents[table] = try tx.query("SELECT \(raw: cells) AS line FROM \(raw: table) ORDER BY line") { row in
                    row.text(0)
                }
            }
            return contents
        }
    }

    struct Line: Sendable, Hashable {
        let id: String
        let action: String
        let outcome: String
        let items: Int64
    }

    /// The audit trail.
    func trail() async throws -> Set<Line> {
        try await engine.read { tx in
            Set(
                try AuditTable.entries(limit: .max, in: tx).map(\.entry).map {
                    Line(
                        id: $0.id.text, action: $0.action.rawValue, outcome: $0.outcome.text, items: Int64($0.items))
                })
        }
    }
}

/// The names of the tables that differ.
func changedTables(_ before: [String: [String]], _ after: [String: [String]]) -> [String] {
    Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
}
