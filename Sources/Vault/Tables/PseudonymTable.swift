// Hides how an application's names for records and people are made and found again.

public import Domain

/// What an application calls a record or a person: random, made once, the same again after revoking and authorizing anew.
public enum PseudonymTable {
    /// `fresh` is used when the application has no name for the record yet.
    public static func record(
        _ record: RecordID, for application: ApplicationID, fresh: RecordPseudonym, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordPseudonym {
        _ = try tx.execute(
            """
            INSERT INTO record_pseudonym (application_id, record_id, pseudonym)
            VALUES (\(application), \(record), \(fresh)) ON CONFLICT (application_id, record_id) DO NOTHING
            """)
        return try tx.queryOne(
            """
            SELECT pseudonym FROM record_pseudonym WHERE application_id = \(application) AND record_id = \(record)
            """
        ) { row in Identifier(stored: row.text(0)) } ?? fresh
    }

    public static func person(
        _ person: PersonID, for application: ApplicationID, fresh: PersonPseudonym, in tx: borrowing Transaction
    ) throws(StorageError) -> PersonPseudonym {
        _ = try tx.execute(
            """
            INSERT INTO person_pseudonym (application_id, person_id, pseudonym)
            VALUES (\(application), \(person), \(fresh)) ON CONFLICT (application_id, person_id) DO NOTHING
            """)
        return try tx.queryOne(
            """
            SELECT pseudonym FROM person_pseudonym WHERE application_id = \(application) AND person_id = \(person)
            """
        ) { row in Identifier(stored: row.text(0)) } ?? fresh
    }

    /// Nil when the application has no name for the record yet.
    public static func find(
        record: RecordID, for application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordPseudonym? {
        try tx.queryOne(
            "SELECT pseudonym FROM record_pseudonym WHERE application_id = \(application) AND record_id = \(record)"
        ) { row in Identifier(stored: row.text(0)) }
    }

    /// Nil for a name that is not this application's.
    public static func person(
        named pseudonym: PersonPseudonym, of application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> PersonID? {
        try tx.queryOne(
            "SELECT person_id, application_id FROM person_pseudonym WHERE pseudonym = \(pseudonym)"
        ) { row in (person: PersonID(stored: row.text(0)), application: ApplicationID(stored: row.text(1))) }
        .flatMap { $0.application == application ? $0.person : nil }
    }

    /// Nil for a name that is not this application's.
    public static func record(
        named pseudonym: RecordPseudonym, of application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> RecordID? {
        try tx.queryOne(
            "SELECT record_id, application_id FROM record_pseudonym WHERE pseudonym = \(pseudonym)"
        ) { row in (record: RecordID(stored: row.text(0)), application: ApplicationID(stored: row.text(1))) }
        .flatMap { $0.application == application ? $0.record : nil }
    }
}
