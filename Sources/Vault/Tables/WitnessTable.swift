// What the witnesses of the log have signed: of each the last, and the newest checkpoint that enough of them signed.

public import Domain

public struct WitnessRow: Sendable, Equatable {
    /// As `WitnessKey` writes it.
    public let witnessKey: String
    /// Of the log that it signed.
    public let size: Int
    public let root: [UInt8]
    /// Of its line: the time and the signature.
    public let signature: [UInt8]
    /// By its own clock.
    public let signedAt: Moment

    public init(witnessKey: String, size: Int, root: [UInt8], signature: [UInt8], signedAt: Moment) {
        self.witnessKey = witnessKey
        self.size = size
        self.root = root
        self.signature = signature
        self.signedAt = signedAt
    }
}

public enum WitnessTable {
    public static func all(in tx: borrowing Transaction) throws(StorageError) -> [WitnessRow] {
        try tx.query("SELECT witness_key, size, root, signature, signed_at FROM log_witness ORDER BY witness_key") {
            row in
            WitnessRow(
                witnessKey: row.text(0), size: Int(row.int(1)), root: row.bytes(2), signature: row.bytes(3),
                signedAt: row.moment(4))
        }
    }

    /// Over what the witness signed before, unless that is of a longer log.
    public static func put(_ row: WitnessRow, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO log_witness (witness_key, size, root, signature, signed_at)
            VALUES (\(row.witnessKey), \(row.size), \(row.root), \(row.signature), \(row.signedAt))
            ON CONFLICT (witness_key) DO UPDATE SET size = excluded.size, root = excluded.root,
                signature = excluded.signature, signed_at = excluded.signed_at
            WHERE log_witness.size <= excluded.size
            """)
    }

    /// The newest checkpoint that enough of them signed, as a note with their lines; nil before there is one.
    public static func witnessed(
        in tx: borrowing Transaction
    ) throws(StorageError) -> (size: Int, note: [UInt8])? {
        let row = try tx.queryOne("SELECT size, note FROM log_witnessed WHERE number = 1") { row in
            (size: Int(row.int(0)), note: row.bytes(1))
        }
        return row.flatMap { $0.note.isEmpty ? nil : $0 }
    }

    /// Unless there is one of a longer log.
    public static func put(
        witnessed note: [UInt8], size: Int, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE log_witnessed SET size = \(size), note = \(note) WHERE number = 1 AND size <= \(size)")
    }

    /// False when somebody else may ask the witnesses and his time is not over.
    public static func takeLease(
        _ holder: String, at now: Moment, until end: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE log_witnessed SET lease_holder = \(holder), lease_until = \(end)
            WHERE number = 1 AND (lease_holder IS NULL OR lease_holder = \(holder) OR lease_until <= \(now))
            """) == 1
    }
}
