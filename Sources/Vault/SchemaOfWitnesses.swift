// The twelfth migration: the keys that the audit log was and is signed with, and what its witnesses have signed.

import Domain

extension Schema {
    static let witnesses = Migration(number: 12, name: "keys and witnesses of the log") { word in
        [
            // A key that began and has no handover yet waits for its entry to get its place; the first one never had any.
            """
            CREATE TABLE log_key (
                number \(raw: word.integer) PRIMARY KEY,
                verifier_key \(raw: word.text) NOT NULL UNIQUE,
                signs_from \(raw: word.integer) NOT NULL,
                signs_until \(raw: word.integer),
                destroyed_at \(raw: word.integer),
                entry_id \(raw: word.text),
                handover \(raw: word.bytes)
            )\(raw: word.strict)
            """,
            """
            INSERT INTO log_key (number, verifier_key, signs_from)
            SELECT 1, log_head.verifier_key, deployment_key.created_at FROM log_head
            JOIN deployment_key ON deployment_key.name = 'log-signing-key'
            """,
            // The last cosignature of each witness, with the tree that it is of.
            """
            CREATE TABLE log_witness (
                witness_key \(raw: word.text) PRIMARY KEY,
                size \(raw: word.integer) NOT NULL,
                root \(raw: word.bytes) NOT NULL,
                signature \(raw: word.bytes) NOT NULL,
                signed_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            // Always one row: the newest checkpoint that enough of them signed, and who may ask them until when.
            """
            CREATE TABLE log_witnessed (
                number \(raw: word.integer) PRIMARY KEY CHECK (number = 1),
                size \(raw: word.integer) NOT NULL,
                note \(raw: word.bytes) NOT NULL,
                lease_holder \(raw: word.text),
                lease_until \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "INSERT INTO log_witnessed (number, size, note) VALUES (1, 0, \([UInt8]()))",
        ]
    }
}
