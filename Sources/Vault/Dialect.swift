// Hides where the two SQL dialects part. A handful of words, spliced with `\(raw:)`; one more needs a decision record.

/// The words in which the engines' SQL differs.
public struct Dialect: Sendable, Hashable {
    /// A 64-bit integer column.
    public let integer: String
    public let double: String
    public let bytes: String
    /// A text column that compares and sorts byte by byte.
    public let text: String
    /// A column that numbers the rows as they are inserted, and is their key.
    public let numbered: String
    /// Closes a `CREATE TABLE` so that columns hold what they declare: `)\(raw: dialect.strict)`.
    public let strict: String
    /// The same for a table that is kept in the order of its key, where the engine can.
    public let clustered: String
    /// Closes a `SELECT` whose rows are claimed: others skip them until this transaction ends.
    public let lockRows: String
    /// Makes a computed text compare byte by byte; `dialect.text` columns already do.
    public let bytewise: String
    /// How many rows an `INSERT` may take with profit. On PostgreSQL each statement is a round trip; SQLite keeps a journal of its
    /// own for a statement of many rows, which costs more than it saves.
    public let rowsAtOnce: Int

    public static let sqlite = Dialect(
        integer: "INTEGER", double: "REAL", bytes: "BLOB", text: "TEXT",
        numbered: "INTEGER PRIMARY KEY", strict: " STRICT", clustered: " STRICT, WITHOUT ROWID", lockRows: "",
        bytewise: "COLLATE BINARY", rowsAtOnce: 1)

    public static let postgres = Dialect(
        integer: "bigint", double: "double precision", bytes: "bytea", text: "text COLLATE \"C\"",
        numbered: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", strict: "", clustered: "",
        lockRows: "FOR UPDATE SKIP LOCKED", bytewise: "COLLATE \"C\"", rowsAtOnce: 256)
}
