// Keys that the deployment signs with: one is in use, former ones stay published for a while. The private half is sealed, and gone
// as soon as the key signs no more.

public import Domain

public struct SigningKeyRow: Sendable {
    public let kid: String
    public let algorithm: String
    /// A JWK as JSON, with `kid`, `use` and `alg`.
    public let publicJWK: String
    /// Empty once it is retired.
    public let sealedKey: [UInt8]
    public let createdAt: Moment
    public let retiredAt: Moment?
    public let publishedUntil: Moment?

    public init(
        kid: String, algorithm: String, publicJWK: String, sealedKey: [UInt8], createdAt: Moment,
        retiredAt: Moment? = nil, publishedUntil: Moment? = nil
    ) {
        self.kid = kid
        self.algorithm = algorithm
        self.publicJWK = publicJWK
        self.sealedKey = sealedKey
        self.createdAt = createdAt
        self.retiredAt = retiredAt
        self.publishedUntil = publishedUntil
    }
}

public enum SigningKeyTable {
    public static func insert(_ row: SigningKeyRow, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO signing_key (kid, algorithm, public_jwk, sealed_key, created_at)
            VALUES (\(row.kid), \(row.algorithm), \(row.publicJWK), \(row.sealedKey), \(row.createdAt))
            """)
    }

    /// The one that signs.
    public static func current(in tx: borrowing Transaction) throws(StorageError) -> SigningKeyRow? {
        try tx.queryOne("\(fragment: selection) WHERE retired_at IS NULL ORDER BY created_at DESC, kid LIMIT 1", key)
    }

    /// The one that signs, then the others, newest first.
    public static func all(in tx: borrowing Transaction) throws(StorageError) -> [SigningKeyRow] {
        try tx.query(
            """
            \(fragment: selection) ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, created_at DESC, kid
            """, key)
    }

    /// It signs no more; its private half is gone.
    public static func retire(
        _ kid: String, at now: Moment, publishedUntil: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE signing_key SET retired_at = \(now), published_until = \(publishedUntil), sealed_key = \([UInt8]())
            WHERE kid = \(kid) AND retired_at IS NULL
            """)
    }

    public static func reseal(
        _ kid: String, from former: [UInt8], to sealed: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE signing_key SET sealed_key = \(sealed) WHERE kid = \(kid) AND sealed_key = \(former)")
    }

    private static let selection: SQL = """
        SELECT kid, algorithm, public_jwk, sealed_key, created_at, retired_at, published_until FROM signing_key
        """

    private static func key(_ row: borrowing Row) -> SigningKeyRow {
        SigningKeyRow(
            kid: row.text(0), algorithm: row.text(1), publicJWK: row.text(2), sealedKey: row.bytes(3),
            createdAt: row.moment(4), retiredAt: row.optionalMoment(5), publishedUntil: row.optionalMoment(6))
    }
}
