// What a test may see of the store behind a stage: audit lines, parcels and counts, as they lie there.

public import Domain
public import Vault

public struct AuditLine: Sendable, Hashable {
    public let id: String
    public let at: Moment
    public let action: String
    public let outcome: String
    public let application: String?
    public let person: String?
    public let record: String?
    public let grant: String?
    public let mode: String?
    public let types: String
    public let items: Int
    public let request: String?
    /// Every text of the line, for searches.
    public var words: String {
        [id, action, outcome, application, person, record, grant, mode, types, String(items), request]
            .compactMap { $0 }.joined(separator: " ")
    }
}

public struct ParcelLine: Sendable, Hashable {
    public let id: String
    public let application: String
    public let grant: String
    public let type: String
    public let items: Int
    public let state: String
    public let sealed: [UInt8]?
    public let attempts: Int
    public let nextAttemptAt: Moment?
    public let lapsesAt: Moment
}

extension Stage {
    /// In the order of their ids; with an action only those.
    public func audit(_ action: AuditEntry.Action? = nil) async throws -> [AuditLine] {
        let lines = try await engine.read { tx in
            try tx.query(
                """
                SELECT id, at, action, outcome, application_id, person, record, grant_id, mode, types, items, request_id
                FROM audit_entry ORDER BY at, id
                """
            ) { row in
                AuditLine(
                    id: row.text(0), at: row.moment(1), action: row.text(2), outcome: row.text(3),
                    application: row.optionalText(4), person: row.optionalText(5), record: row.optionalText(6),
                    grant: row.optionalText(7), mode: row.optionalText(8), types: row.text(9), items: Int(row.int(10)),
                    request: row.optionalText(11))
            }
        }
        return lines.filter { line in action.map { $0.rawValue == line.action } ?? true }
    }

    /// Refusals that are counted and not entries yet, oldest first.
    public func tallies() async throws -> [AuditEntry] {
        try await engine.read { tx in
            try tx.query("SELECT leaf FROM denial_tally ORDER BY first_at, id") { row in row.bytes(0) }
        }.compactMap { AuditLeaf(parsing: $0)?.entry }
    }

    /// In the order of their ids.
    public func parcels() async throws -> [ParcelLine] {
        try await engine.read { tx in
            try tx.query(
                """
                SELECT id, application_id, grant_id, data_type, items, state, sealed, attempts, next_attempt_at, lapses_at
                FROM parcel ORDER BY id
                """
            ) { row in
                ParcelLine(
                    id: row.text(0), application: row.text(1), grant: row.text(2), type: row.text(3),
                    items: Int(row.int(4)), state: row.text(5), sealed: row.optionalBytes(6), attempts: Int(row.int(7)),
                    nextAttemptAt: row.optionalMoment(8), lapsesAt: row.moment(9))
            }
        }
    }

    /// The first cell of a statement that counts.
    public func count(_ sql: SQL) async throws -> Int {
        try await engine.read { tx in try tx.queryOne(sql) { row in Int(row.int(0)) } } ?? 0
    }
}
