// The ninth migration: what a receipt must remember of its moment, what a person has been told of, and who may audit.

import Domain

extension Schema {
    static let receipts = Migration(number: 9, name: "receipts, notices of access, auditors") { word in
        [
            // Tokens that the change ended. NULL: it ended none, or nobody counted.
            "ALTER TABLE grant_change ADD COLUMN tokens_ended \(raw: word.integer)",
            // Whether the person wants to be told of accesses, and up to when they have seen them.
            "ALTER TABLE person ADD COLUMN tells_access \(raw: word.integer) NOT NULL DEFAULT 1",
            "ALTER TABLE person ADD COLUMN access_seen_at \(raw: word.integer)",
            """
            CREATE TABLE auditor (
                person_id \(raw: word.text) PRIMARY KEY REFERENCES person (id),
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
        ]
    }
}
