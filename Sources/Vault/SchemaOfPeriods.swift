// The seventh migration: from when to when, of what is granted and of what waits.

import Domain

extension Schema {
    static let periods = Migration(number: 7, name: "dates of grants and parcels") { word in
        [
            // As `ReadingDays` is stored: what follows from the dates in `rules`, which are the truth. NULL: nothing is limited.
            "ALTER TABLE consent_grant ADD COLUMN periods \(raw: word.text)",
            "ALTER TABLE grant_change ADD COLUMN periods \(raw: word.text)",
            // Asked for by authorization details once, and told of in them.
            "ALTER TABLE consent_grant ADD COLUMN is_detailed \(raw: word.integer) NOT NULL DEFAULT 0",
            // The first and the last local day of what is in it, counted from 1970-01-01. NULL where nobody counted.
            "ALTER TABLE parcel ADD COLUMN items_from \(raw: word.integer)",
            "ALTER TABLE parcel ADD COLUMN items_to \(raw: word.integer)",
        ]
    }
}
