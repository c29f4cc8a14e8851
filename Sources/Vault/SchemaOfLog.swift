// The eighth migration: the audit trail becomes a log. What is written with a verdict waits in the inbox; the sequencer gives
// it its place. Nothing of what was recorded before is lost: it goes through the inbox too, oldest first.

import Domain

extension Schema {
    static let log = Migration(number: 8, name: "the log of the audit trail") { word in
        [
            // On the path of every request: rows come at its end and go from its beginning, and nothing else is kept of them.
            "CREATE TABLE audit_inbox (place \(raw: word.numbered), leaf \(raw: word.bytes) NOT NULL)\(raw: word.strict)",
            "ALTER TABLE audit_entry RENAME TO audit_line",
            """
            CREATE TABLE audit_entry (
                log_index \(raw: word.integer) PRIMARY KEY,
                id \(raw: word.text) NOT NULL,
                at \(raw: word.integer) NOT NULL,
                action \(raw: word.text) NOT NULL,
                outcome \(raw: word.text) NOT NULL,
                application_id \(raw: word.text),
                person \(raw: word.text),
                record \(raw: word.text),
                grant_id \(raw: word.text),
                leaf \(raw: word.bytes) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE UNIQUE INDEX audit_of_id ON audit_entry (id)",
            "CREATE INDEX audit_of_person ON audit_entry (person, log_index) WHERE person IS NOT NULL",
            "CREATE INDEX audit_of_record ON audit_entry (record, log_index) WHERE record IS NOT NULL",
            """
            CREATE INDEX audit_of_application ON audit_entry (application_id, log_index) WHERE application_id IS NOT NULL
            """,
            "CREATE INDEX audit_of_grant ON audit_entry (grant_id, log_index) WHERE grant_id IS NOT NULL",
            // Level 0 is made of the entries. A tile that is not full yet is a row too, and grows in its place.
            """
            CREATE TABLE log_tile (
                level \(raw: word.integer) NOT NULL,
                idx \(raw: word.integer) NOT NULL,
                hashes \(raw: word.bytes) NOT NULL,
                PRIMARY KEY (level, idx)
            )\(raw: word.strict)
            """,
            // Always one row: how long the log is, what is signed of it, and who may make it longer until when.
            """
            CREATE TABLE log_head (
                number \(raw: word.integer) PRIMARY KEY CHECK (number = 1),
                verifier_key \(raw: word.text) NOT NULL,
                size \(raw: word.integer) NOT NULL,
                peaks \(raw: word.bytes) NOT NULL,
                note \(raw: word.bytes) NOT NULL,
                signed_at \(raw: word.integer) NOT NULL,
                lease_holder \(raw: word.text),
                lease_until \(raw: word.integer)
            )\(raw: word.strict)
            """,
        ]
    } work: { tx throws(StorageError) in
        var last = ""
        while true {
            let page = try tx.query(
                """
                SELECT id, at, action, outcome, application_id, person, record, grant_id, mode, types, items, request_id
                FROM audit_line WHERE id > \(last) ORDER BY id LIMIT 1024
                """, formerLine)
            for entry in page { try AuditTable.append(entry, in: tx) }
            guard let end = page.last else { break }
            last = end.id.text
        }
        try tx.execute("DROP TABLE audit_line")
    }

    private static func formerLine(_ row: borrowing Row) throws(StorageError) -> AuditEntry {
        guard let outcome = AuditEntry.Outcome(text: row.text(3)) else {
            throw StorageError(.corrupt, "audit_entry.outcome holds a word that is not known")
        }
        let types = row.text(9).split(separator: ",").map { DataType(rawValue: String($0)) }
        guard !types.contains(nil) else {
            throw StorageError(.corrupt, "audit_entry.types holds a word that is not known")
        }
        return AuditEntry(
            id: row.id(0), at: row.moment(1), action: try stored(row.text(2), "audit_entry.action"), outcome: outcome,
            application: row.optionalID(4), person: row.optionalID(5), record: row.optionalID(6),
            grant: row.optionalID(7),
            mode: try row.optionalText(8).map { text throws(StorageError) in try stored(text, "audit_entry.mode") },
            types: DataTypeSet(types.compactMap { $0 }), items: Int(row.int(10)), request: row.optionalID(11))
    }
}
