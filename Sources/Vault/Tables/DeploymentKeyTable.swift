// Secrets of the deployment as a whole, by name, sealed under its master key.

public import Domain

public enum DeploymentKeyTable {
    /// Nil where there is none of that name.
    public static func find(_ name: String, in tx: borrowing Transaction) throws(StorageError) -> [UInt8]? {
        try tx.queryOne("SELECT sealed_key FROM deployment_key WHERE name = \(name)") { row in row.bytes(0) }
    }

    /// Refused with `.constraint` where there is one of that name.
    public static func insert(
        _ name: String, sealed: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "INSERT INTO deployment_key (name, sealed_key, created_at) VALUES (\(name), \(sealed), \(now))")
    }

    public static func all(in tx: borrowing Transaction) throws(StorageError) -> [(name: String, sealed: [UInt8])] {
        try tx.query("SELECT name, sealed_key FROM deployment_key ORDER BY name") { row in (row.text(0), row.bytes(1)) }
    }

    /// How many went: one, or none.
    @discardableResult
    public static func remove(_ name: String, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute("DELETE FROM deployment_key WHERE name = \(name)")
    }

    public static func reseal(
        _ name: String, from former: [UInt8], to sealed: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE deployment_key SET sealed_key = \(sealed) WHERE name = \(name) AND sealed_key = \(former)")
    }
}
