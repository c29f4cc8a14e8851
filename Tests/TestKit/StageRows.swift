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
        let entries = try await engine.read { tx in try AuditTable.entries(limit: .max, in: tx).map(\.entry) }
        let lines = entries.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.map { entry in
            AuditLine(
                id: entry.id.text, at: entry.at, action: entry.action.rawValue, outcome: entry.outcome.text,
                application: entry.application?.text, person: entry.person?.text, record: entry.record?.text,
                grant: entry.grant?.text, mode: entry.mode?.rawValue,
                types: entry.types.map(\.rawValue).joined(separator: ","), items: entry.items,
                request: entry.request?.text)
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
