// The keys of the audit log, oldest first: their public halves for ever, and how each handed over to the next. The seeds are
// among the deployment's secrets, sealed.

public import Domain

public struct LogKeyRow: Sendable, Equatable {
    /// From 1.
    public let number: Int
    /// As `VerifierKey` writes it.
    public let verifierKey: String
    public let signsFrom: Moment
    /// Nil for the present one.
    public let signsUntil: Moment?
    /// When its seed was; nil while it is there.
    public let destroyedAt: Moment?
    /// Of the rotation; nil for the first key.
    public let entry: AuditID?
    /// The proof of that entry under the first checkpoint that the key signed; nil for the first key, and until then.
    public let handover: [UInt8]?

    public init(
        number: Int, verifierKey: String, signsFrom: Moment, signsUntil: Moment? = nil, destroyedAt: Moment? = nil,
        entry: AuditID? = nil, handover: [UInt8]? = nil
    ) {
        self.number = number
        self.verifierKey = verifierKey
        self.signsFrom = signsFrom
        self.signsUntil = signsUntil
        self.destroyedAt = destroyedAt
        self.entry = entry
        self.handover = handover
    }

    /// It was made, and its entry has no place yet.
    public var isToBegin: Bool { entry != nil && handover == nil }
}

public enum LogKeyTable {
    /// Oldest first.
    public static func all(in tx: borrowing Transaction) throws(StorageError) -> [LogKeyRow] {
        try tx.query(
            """
            SELECT number, verifier_key, signs_from, signs_until, destroyed_at, entry_id, handover FROM log_key
            ORDER BY number
            """
        ) { row in
            LogKeyRow(
                number: Int(row.int(0)), verifierKey: row.text(1), signsFrom: row.moment(2),
                signsUntil: row.optionalMoment(3), destroyedAt: row.optionalMoment(4), entry: row.optionalID(5),
                handover: row.optionalBytes(6))
        }
    }

    /// Refused with `.constraint` where there is one of that number, or the same key.
    public static func insert(_ key: LogKeyRow, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO log_key (number, verifier_key, signs_from, entry_id)
            VALUES (\(key.number), \(key.verifierKey), \(key.signsFrom), \(key.entry))
            """)
    }

    /// From that moment on it signs no more.
    public static func end(_ number: Int, at moment: Moment, in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute("UPDATE log_key SET signs_until = \(moment) WHERE number = \(number)")
    }

    /// Its first checkpoint is signed. Written once.
    public static func begin(
        _ number: Int, handover: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE log_key SET handover = \(handover) WHERE number = \(number) AND handover IS NULL")
    }

    public static func destroyed(
        _ number: Int, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE log_key SET destroyed_at = \(moment) WHERE number = \(number)")
    }
}
