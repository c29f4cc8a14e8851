// Whether a person wants to be told of accesses to their data, and up to when they have seen them.

public import Domain

public struct NoticeOfAccessRow: Sendable, Equatable {
    public let isTold: Bool
    /// Nil: they have never looked.
    public let seenAt: Moment?
}

public enum NoticeOfAccessTable {
    public static func find(
        _ person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) -> NoticeOfAccessRow? {
        try tx.queryOne("SELECT tells_access, access_seen_at FROM person WHERE id = \(person)") { row in
            NoticeOfAccessRow(isTold: row.bool(0), seenAt: row.optionalMoment(1))
        }
    }

    public static func set(
        _ isTold: Bool, for person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE person SET tells_access = \(isTold) WHERE id = \(person)")
    }

    /// Never goes back.
    public static func see(
        until moment: Moment, by person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE person SET access_seen_at = \(moment)
            WHERE id = \(person) AND (access_seen_at IS NULL OR access_seen_at < \(moment))
            """)
    }
}
