// The thirteenth migration: whom and what entries name is kept in runs, each written once and in order. An index that takes each
// entry as it comes changes another page for each of its names: measured, 26 kB of writing for an entry of 400 bytes.

extension Schema {
    static let subjects = Migration(number: 13, name: "the trail by subject") { word in
        [
            // A run is of the entries from `first_index` to before `past_index`; the next begins there. Only runs that are whole
            // stand here.
            """
            CREATE TABLE audit_run (
                number \(raw: word.integer) PRIMARY KEY,
                first_index \(raw: word.integer) NOT NULL,
                past_index \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            // A person's or a record's audit name, an application's or a grant's id. No two kinds share an id.
            """
            CREATE TABLE audit_subject (
                run \(raw: word.integer) NOT NULL,
                subject \(raw: word.text) NOT NULL,
                place \(raw: word.integer) NOT NULL,
                PRIMARY KEY (run, subject, place)
            )\(raw: word.clustered)
            """,
            "DROP INDEX audit_of_person",
            "DROP INDEX audit_of_record",
            "DROP INDEX audit_of_application",
            "DROP INDEX audit_of_grant",
        ]
    }
}
