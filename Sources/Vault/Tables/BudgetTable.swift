// What was tried in vain under a name or from an address. Names are kept as keyed hashes: what somebody types as a login may be
// a password.

public import Domain

public enum BudgetTable {
    public static func debt(
        of name: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) -> SpendingBudget.Debt? {
        try tx.queryOne("SELECT spent, as_of FROM spent_budget WHERE name_hash = \(name)") { row in
            SpendingBudget.Debt(Span(microseconds: row.int(0)), asOf: row.moment(1))
        }
    }

    public static func set(
        _ debt: SpendingBudget.Debt, of name: [UInt8], in tx: borrowing Transaction
    ) throws(StorageError) {
        // `spent` is in microseconds: the time until all of it is back.
        _ = try tx.execute(
            """
            INSERT INTO spent_budget (name_hash, spent, as_of) VALUES (\(name), \(debt.span.microseconds), \(debt.asOf))
            ON CONFLICT (name_hash) DO UPDATE SET spent = excluded.spent, as_of = excluded.as_of
            """)
    }

    /// The whole budget is there again.
    public static func clear(_ name: [UInt8], in tx: borrowing Transaction) throws(StorageError) {
        _ = try tx.execute("DELETE FROM spent_budget WHERE name_hash = \(name)")
    }
}
