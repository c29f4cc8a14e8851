// The seventh migration: from when to when, of what is granted and of what waits.

import Domain

extension Schema {
    static let periods = Migration(number: 7, name: "dates of grants and parcels") { word in
        [
            // As `DataPeriods` is stored. NULL: never asked by authorization details, and nothing is limited.
            "ALTER TABLE consent_grant ADD COLUMN periods \(raw: word.text)",
            "ALTER TABLE grant_change ADD COLUMN periods \(raw: word.text)",
            // The first and the last local day of what is in it, counted from 1970-01-01. NULL where nobody counted.
            "ALTER TABLE parcel ADD COLUMN items_from \(raw: word.integer)",
            "ALTER TABLE parcel ADD COLUMN items_to \(raw: word.integer)",
        ]
    }
}
