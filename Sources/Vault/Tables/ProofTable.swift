// Proofs that count once: client assertions (RFC 7523 §3) and DPoP proofs (RFC 9449 §11.1), as hashes until they lapse.

public import Domain

public enum ProofTable {
    /// False when it was used before.
    public static func use(
        _ hash: [UInt8], until: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            INSERT INTO used_proof (proof_hash, expires_at) VALUES (\(hash), \(until)) ON CONFLICT (proof_hash) DO NOTHING
            """) == 1
    }
}
