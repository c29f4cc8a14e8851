// Authorization requests that a client pushed ahead (RFC 9126): kept for a minute or so, and taken once.

public import Domain

public enum PushedRequestTable {
    public static func insert(
        uriHash: [UInt8], application: ApplicationID, parameters: String, until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO pushed_request (uri_hash, application_id, parameters, expires_at)
            VALUES (\(uriHash), \(application), \(parameters), \(until))
            """)
    }

    /// Takes it away: the second time there is nothing. Nil too when it is over or somebody else's.
    public static func take(
        uriHash: [UInt8], application: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> String? {
        try tx.queryOne(
            """
            DELETE FROM pushed_request
            WHERE uri_hash = \(uriHash) AND application_id = \(application) AND expires_at > \(now) RETURNING parameters
            """
        ) { row in row.text(0) }
    }
}
