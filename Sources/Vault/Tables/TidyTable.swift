// What is of no use any more once its time is over: codes, proofs, pushed requests, tokens. Bounded batches; grants and the audit
// are not among it, and an approval is only marked.

public import Domain

/// One kind of row that the clock makes useless.
public enum Untidy: String, CaseIterable, Sendable {
    // INVARIANT: in this order, for families are pointed to by their tokens.
    case approvals
    case codes = "authorization_codes"
    case pushedRequests = "pushed_requests"
    case proofs = "used_proofs"
    case budgets = "spent_budgets"
    case accessTokens = "access_tokens"
    case refreshTokens = "refresh_tokens"
    case families = "token_families"
}

public enum TidyTable {
    /// Takes away, or marks, what was over before `end`; the oldest first, at most so many. Answers how many that were.
    public static func tidy(
        _ kind: Untidy, before end: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        // Another node that does the same passes over what this one has taken.
        let batch: SQL = """
            \(fragment: overdue(kind, before: end)) LIMIT \(limit) \(raw: tx.dialect.lockRows)
            """
        switch kind {
        case .approvals:
            // History: the row stays, and says what became of it. Nobody decided, so no moment of decision is written.
            return try tx.execute(
                "UPDATE approval SET state = 'expired' WHERE state = 'pending' AND id IN (\(fragment: batch))")
        case .codes: return try tx.execute("DELETE FROM authorization_code WHERE code_hash IN (\(fragment: batch))")
        case .pushedRequests: return try tx.execute("DELETE FROM pushed_request WHERE uri_hash IN (\(fragment: batch))")
        case .proofs: return try tx.execute("DELETE FROM used_proof WHERE proof_hash IN (\(fragment: batch))")
        case .budgets: return try tx.execute("DELETE FROM spent_budget WHERE name_hash IN (\(fragment: batch))")
        case .accessTokens: return try tx.execute("DELETE FROM access_token WHERE token_hash IN (\(fragment: batch))")
        case .refreshTokens: return try tx.execute("DELETE FROM refresh_token WHERE token_hash IN (\(fragment: batch))")
        case .families: return try tx.execute("DELETE FROM token_family WHERE id IN (\(fragment: batch))")
        }
    }

    /// How many are left; counts no further than `most`.
    public static func left(
        _ kind: Untidy, before end: Moment, most: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        let batch: SQL = "\(fragment: overdue(kind, before: end)) LIMIT \(most)"
        return try tx.queryOne("SELECT COUNT(*) FROM (\(fragment: batch)) AS found") { row in Int(row.int(0)) } ?? 0
    }

    // Each walks along an index of ends.
    private static func overdue(_ kind: Untidy, before end: Moment) -> SQL {
        switch kind {
        case .approvals:
            "SELECT id FROM approval WHERE state = 'pending' AND expires_at <= \(end) ORDER BY expires_at"
        case .codes: "SELECT code_hash FROM authorization_code WHERE expires_at <= \(end) ORDER BY expires_at"
        case .pushedRequests: "SELECT uri_hash FROM pushed_request WHERE expires_at <= \(end) ORDER BY expires_at"
        case .proofs: "SELECT proof_hash FROM used_proof WHERE expires_at <= \(end) ORDER BY expires_at"
        case .budgets: "SELECT name_hash FROM spent_budget WHERE as_of <= \(end) ORDER BY as_of"
        case .accessTokens: "SELECT token_hash FROM access_token WHERE expires_at <= \(end) ORDER BY expires_at"
        case .refreshTokens:
            """
            SELECT token_hash FROM refresh_token WHERE family_id IN (
                SELECT id FROM token_family WHERE expires_at <= \(end) ORDER BY expires_at)
            """
        case .families:
            """
            SELECT id FROM token_family f WHERE expires_at <= \(end)
                AND NOT EXISTS (SELECT 1 FROM refresh_token t WHERE t.family_id = f.id)
                AND NOT EXISTS (SELECT 1 FROM access_token t WHERE t.family_id = f.id)
            ORDER BY expires_at
            """
        }
    }
}

extension FamilyTable {
    /// For the moment a family moves on: a few of its oldest refresh tokens go, if they are from before `then` and older than the
    /// two newest generations. Whoever presents one later is a stranger.
    public static func forgetOldest(
        of family: TokenFamilyID, generation: Int, before then: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            DELETE FROM refresh_token WHERE created_at <= \(then) AND token_hash IN (
                SELECT token_hash FROM refresh_token WHERE family_id = \(family) AND generation < \(generation - 1)
                ORDER BY generation LIMIT 4)
            """)
    }
}
