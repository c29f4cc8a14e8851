// The tenth migration: refusals that are counted rather than kept one by one, until they become an entry of the trail.

import Domain

extension Schema {
    static let denials = Migration(number: 10, name: "refusals counted") { word in
        [
            // A row belongs to the process that made it, so that no two ever write to one. `leaf` is the entry so far, as the log
            // would keep it.
            """
            CREATE TABLE denial_tally (
                id \(raw: word.text) PRIMARY KEY,
                first_at \(raw: word.integer) NOT NULL,
                leaf \(raw: word.bytes) NOT NULL
            )\(raw: word.strict)
            """
        ]
    }
}
