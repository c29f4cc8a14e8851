// Hides how a store's shape moves forward. Promises that a migration is applied once, whole, in order, and that a
// program never runs over a store whose history it does not know.

public import Domain

/// One step of the schema. Once released it never changes; the next change is a new number.
public struct Migration: Sendable {
    /// Positive; ascending in the list.
    public let number: Int
    public let name: String
    public let statements: @Sendable (Dialect) -> [SQL]
    /// What no statement can say, after them and in the same transaction. Not part of the hash.
    let work: @Sendable (borrowing Transaction) throws(StorageError) -> Void

    public init(number: Int, name: String, statements: @escaping @Sendable (Dialect) -> [SQL]) {
        self.init(number: number, name: name, statements: statements) { _ in }
    }

    init(
        number: Int, name: String, statements: @escaping @Sendable (Dialect) -> [SQL],
        work: @escaping @Sendable (borrowing Transaction) throws(StorageError) -> Void
    ) {
        self.number = number
        self.name = name
        self.statements = statements
        self.work = work
    }

    /// 128-bit FNV-1a of the rendered statements, in hexadecimal. It notices an edit; it is no defence against a forger.
    func hash(in dialect: Dialect) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for statement in statements(dialect) {
            for byte in statement.text.utf8 {
                hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
            }
            hash = (hash ^ 0xff) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}

/// Why a start was refused. The number is the migration's.
public enum MigrationError: Error, Sendable, Hashable {
    /// Applied once, and its statements or its name are not what they were.
    case changed(Int)
    /// Applied by a newer program: this one does not know it.
    case unknown(Int)
    /// Not above its predecessor in the list, or below one that is applied already.
    case outOfOrder(Int)
    case storage(StorageError)
}

/// Brings the store to the last of `migrations`, each in a transaction of its own with its line in the history.
///
/// Returns the numbers applied now. Everything applied before is compared first, and nothing runs if it does not match.
public func migrate(
    _ engine: any Engine, _ migrations: [Migration], at now: Moment
) async throws(MigrationError) -> [Int] {
    for (earlier, later) in zip(migrations, migrations.dropFirst()) where earlier.number >= later.number {
        throw .outOfOrder(later.number)
    }
    do {
        // A store that may only be read is good enough where nothing is to be done.
        if let history = try? await engine.read({ tx in try readHistory(tx) }), !history.isEmpty,
            try plan(migrations, after: history, in: engine.dialect).isEmpty
        {
            return []
        }
        // PostgreSQL's IF NOT EXISTS can lose a race with another start; the second time the table is there.
        do { try await engine.write(createHistory) } catch { try await engine.write(createHistory) }
        let history = try await engine.read { tx in try readHistory(tx) }
        let pending = try plan(migrations, after: history, in: engine.dialect)
        var applied: [Int] = []
        for migration in pending {
            if try await engine.write({ tx in try apply(migration, tx, at: now) }) { applied.append(migration.number) }
        }
        return applied
    } catch let error as MigrationError {
        throw error
    } catch {
        throw .storage(StorageError(body: error))
    }
}

private struct AppliedMigration: Sendable {
    let number: Int
    let name: String
    let hash: String
}

@Sendable private func createHistory(_ tx: borrowing Transaction) throws(StorageError) {
    let words = tx.dialect
    try tx.execute(
        """
        CREATE TABLE IF NOT EXISTS migration (
            number \(raw: words.integer) PRIMARY KEY,
            name \(raw: words.text) NOT NULL,
            hash \(raw: words.text) NOT NULL,
            applied_at \(raw: words.integer) NOT NULL
        )\(raw: words.strict)
        """)
}

private func readHistory(_ tx: borrowing Transaction) throws(StorageError) -> [AppliedMigration] {
    try tx.query("SELECT number, name, hash FROM migration ORDER BY number") { row in
        AppliedMigration(number: Int(row.int(0)), name: row.text(1), hash: row.text(2))
    }
}

private func plan(
    _ migrations: [Migration], after history: [AppliedMigration], in dialect: Dialect
) throws(MigrationError) -> [Migration] {
    for applied in history {
        guard let known = migrations.first(where: { $0.number == applied.number }) else {
            throw .unknown(applied.number)
        }
        guard known.name == applied.name, known.hash(in: dialect) == applied.hash else {
            throw .changed(applied.number)
        }
    }
    let last = history.last?.number ?? 0
    let pending = migrations.filter { migration in !history.contains { $0.number == migration.number } }
    if let late = pending.first(where: { $0.number < last }) { throw .outOfOrder(late.number) }
    return pending
}

/// False when another process, starting at the same time, was faster.
private func apply(_ migration: Migration, _ tx: borrowing Transaction, at now: Moment) throws(StorageError) -> Bool {
    let line: SQL = """
        INSERT INTO migration (number, name, hash, applied_at)
        VALUES (\(migration.number), \(migration.name), \(migration.hash(in: tx.dialect)), \(now))
        ON CONFLICT DO NOTHING
        """
    guard try tx.execute(line) == 1 else { return false }
    for statement in migration.statements(tx.dialect) { try tx.execute(statement) }
    try migration.work(tx)
    return true
}
