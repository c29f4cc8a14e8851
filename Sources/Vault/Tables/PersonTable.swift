// People, how they prove who they are, and their sessions.

public import Domain

public struct PersonRow: Sendable {
    public let id: PersonID
    /// Lower case; how the person signs in.
    public let login: String
    public let name: String
    public let passwordHash: String
    public let auditName: AuditName

    public init(id: PersonID, login: String, name: String, passwordHash: String, auditName: AuditName) {
        self.id = id
        self.login = login
        self.name = name
        self.passwordHash = passwordHash
        self.auditName = auditName
    }
}

public enum PersonTable {
    /// False when the login is taken.
    public static func insert(
        _ row: PersonRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            INSERT INTO person (id, login, name, password_hash, audit_name, created_at)
            VALUES (\(row.id), \(row.login), \(row.name), \(row.passwordHash), \(row.auditName), \(now))
            ON CONFLICT (login) DO NOTHING
            """) == 1
    }

    /// Nobody's whose account is closed.
    public static func find(login: String, in tx: borrowing Transaction) throws(StorageError) -> PersonRow? {
        try tx.queryOne(
            """
            SELECT id, login, name, password_hash, audit_name FROM person WHERE login = \(login) AND closed_at IS NULL
            """, person)
    }

    public static func find(_ id: PersonID, in tx: borrowing Transaction) throws(StorageError) -> PersonRow? {
        try tx.queryOne("SELECT id, login, name, password_hash, audit_name FROM person WHERE id = \(id)", person)
    }

    /// The record that came with the account.
    public static func setOwnRecord(
        of id: PersonID, to record: RecordID, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE person SET own_record_id = \(record) WHERE id = \(id)")
    }

    /// A recovery code goes with the password it was made under.
    public static func updatePassword(
        of id: PersonID, hash: String, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE person SET password_hash = \(hash), recovery_hash = NULL, recovery_until = NULL WHERE id = \(id)
            """)
    }

    /// A code with which a new password may be set once. `until` nil: it does not run out. Replaces the one before.
    public static func setRecovery(
        of id: PersonID, hash: [UInt8]?, until: Moment?, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            "UPDATE person SET recovery_hash = \(hash), recovery_until = \(until) WHERE id = \(id)")
    }

    /// Spends the code: true once, for the right one, in its time.
    public static func spendRecovery(
        of id: PersonID, hash: [UInt8], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE person SET recovery_hash = NULL, recovery_until = NULL
            WHERE id = \(id) AND recovery_hash = \(hash) AND (recovery_until IS NULL OR recovery_until > \(now))
            """) == 1
    }

    public static func hasRecovery(of id: PersonID, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try tx.queryOne("SELECT recovery_hash FROM person WHERE id = \(id)") { row in
            row.optionalBytes(0) != nil
        } ?? false
    }

    /// What says who it was goes; the row stays, because grants point to it and are never deleted. `login` is nobody's, and says
    /// nothing; `auditName` is in no entry, so that nothing leads from the trail to the row.
    public static func close(
        _ id: PersonID, login: String, auditName: AuditName, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE person SET login = \(login), name = '', password_hash = '', recovery_hash = NULL,
                recovery_until = NULL, closed_at = \(now), audit_name = \(auditName)
            WHERE id = \(id)
            """)
    }

    private static func person(_ row: borrowing Row) -> PersonRow {
        PersonRow(
            id: Identifier(stored: row.text(0)), login: row.text(1), name: row.text(2), passwordHash: row.text(3),
            auditName: Identifier(stored: row.text(4)))
    }
}

public struct SessionRow: Sendable {
    public let person: PersonID
    public let login: String
    public let name: String
    public let auditName: AuditName
    public let formToken: String
    public let isAuditor: Bool
}

public enum SessionTable {
    public static func insert(
        tokenHash: [UInt8], kind: String, person: PersonID, formToken: String, at now: Moment, until: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO session (token_hash, kind, person_id, form_token, created_at, expires_at)
            VALUES (\(tokenHash), \(kind), \(person), \(formToken), \(now), \(until))
            """)
    }

    public static func find(
        tokenHash: [UInt8], kind: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> SessionRow? {
        try tx.queryOne(
            """
            SELECT p.id, p.login, p.name, p.audit_name, s.form_token, a.person_id
            FROM session s JOIN person p ON p.id = s.person_id LEFT JOIN auditor a ON a.person_id = p.id
            WHERE s.token_hash = \(tokenHash) AND s.kind = \(kind) AND s.expires_at > \(now)
            """
        ) { row in
            SessionRow(
                person: Identifier(stored: row.text(0)), login: row.text(1), name: row.text(2),
                auditName: Identifier(stored: row.text(3)), formToken: row.text(4),
                isAuditor: row.optionalText(5) != nil)
        }
    }

    public static func end(
        tokenHash: [UInt8], kind: String, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute("DELETE FROM session WHERE token_hash = \(tokenHash) AND kind = \(kind)") == 1
    }

    /// All of the person's, or all but the one that asks.
    public static func endAll(
        of person: PersonID, but tokenHash: [UInt8]?, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try tx.execute(
            "DELETE FROM session WHERE person_id = \(person) AND token_hash <> \(tokenHash ?? [])")
    }

    public static func sweep(before now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute(
            """
            DELETE FROM session WHERE token_hash IN (
                SELECT token_hash FROM session WHERE expires_at <= \(now) ORDER BY expires_at LIMIT 500)
            """)
    }
}
