// Hides one SQLite handle: how it is opened and hardened, its statements, its transaction. Used by one thread at a time.

import GRDBSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

final class SQLiteConnection: Session {
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    private let faults = Faults()
    /// The first error of the body that runs now. It dooms the body.
    private(set) var failure: StorageError?
    private var refusesWrites = false

    var dialect: Dialect { .sqlite }

    /// Nil is a fresh store in memory. A new file is readable and writable by its owner alone, and so are its WAL and
    /// backups, which take after it.
    init(path: String?) throws(StorageError) {
        if let path, !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path ?? ":memory:", &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw StorageError(sqlite: code, saying: nil)
        }
        handle = opened
        // How long another process's transaction is waited for. SQLite's locks know no queue: on a busy machine a neighbour that
        // writes without a pause is passed only now and then.
        sqlite3_busy_timeout(opened, 15_000)
        _disableDoubleQuotedStringLiterals(opened)
        // Deleted bytes are overwritten. What a large statement spills holds sealed payloads only, in a file without a name:
        // kept in memory it would be as large as the import that is let out.
        try command("PRAGMA secure_delete = ON")
        try command("PRAGMA foreign_keys = ON")
        try command("PRAGMA trusted_schema = OFF")
        try command("PRAGMA cell_size_check = ON")
        guard path != nil else { return }
        try command("PRAGMA journal_mode = WAL")
        try command("PRAGMA synchronous = FULL")
        // Fewer checkpoints are larger ones, and each holds the writer up.
        try command("PRAGMA wal_autocheckpoint = 1000")
        try command("PRAGMA journal_size_limit = 67108864")
        try command("PRAGMA cache_size = -16000")
    }

    deinit {
        for statement in statements.values { statement.finalize() }
        sqlite3_close_v2(handle)
    }

    /// False once SQLite itself has rolled the whole transaction back (full disk, I/O error).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs a body and tells what came of it: the error it ended with, or nil. A body that swallowed a statement's
    /// error ends with that error all the same.
    func attempt(readOnly: Bool, _ body: () throws -> Void) -> StorageError? {
        failure = nil
        refusesWrites = readOnly
        defer {
            failure = nil
            refusesWrites = false
        }
        do {
            try body()
        } catch {
            return failure ?? StorageError(body: error)
        }
        return failure
    }

    func run(_ sql: SQL, _ each: (borrowing Row) throws(StorageError) -> Bool) throws(StorageError) -> Int {
        if let failure { throw failure }
        let statement = try doomed { () throws(StorageError) in try take(sql.text) }
        defer { statement.release() }
        if refusesWrites, !statement.isReadOnly {
            return try doomed { () throws(StorageError) in
                throw StorageError(.readOnly, "a read tried to write")
            }
        }
        try doomed { () throws(StorageError) in try statement.bind(sql.values) }
        let before = sqlite3_total_changes64(handle)
        var wanted = true
        while true {
            let code = sqlite3_step(statement.pointer)
            if code == SQLITE_DONE { break }
            guard code == SQLITE_ROW else {
                return try doomed { () throws(StorageError) in throw error(code) }
            }
            guard wanted else { continue }
            wanted = try each(Row(cells: SQLiteCells(statement: statement.pointer), faults: faults))
            try doomed { () throws(StorageError) in try faults.throwIfAny() }
            // A statement that writes is stepped to its end, so that what it changes never depends on who looks.
            if !wanted, statement.isReadOnly { break }
        }
        guard !statement.isReadOnly, sqlite3_total_changes64(handle) != before else { return 0 }
        return Int(sqlite3_changes64(handle))
    }

    /// Runs a statement of the driver's own: BEGIN, COMMIT, PRAGMA and their like.
    func command(_ text: String) throws(StorageError) {
        let statement = try take(text)
        defer { statement.release() }
        var code = sqlite3_step(statement.pointer)
        while code == SQLITE_ROW { code = sqlite3_step(statement.pointer) }
        guard code == SQLITE_DONE else { throw error(code) }
    }

    /// Copies the committed store into a new file, whole and synced, while others go on reading and writing.
    func copy(to path: String) throws(StorageError) {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StorageError(.other, "the backup's file exists already")
        }
        let (stepped, finished) = try fill(SQLiteConnection(copyAt: path))
        guard stepped == SQLITE_DONE, finished == SQLITE_OK else {
            try? FileManager.default.removeItem(atPath: path)
            throw StorageError(sqlite: stepped == SQLITE_DONE ? finished : stepped, saying: nil)
        }
    }

    private func fill(_ target: SQLiteConnection) -> (stepped: Int32, finished: Int32) {
        guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            return (sqlite3_extended_errcode(target.handle), SQLITE_ERROR)
        }
        let stepped = sqlite3_backup_step(backup, -1)
        return (stepped, sqlite3_backup_finish(backup))
    }

    private init(copyAt path: String) throws(StorageError) {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: attributes)
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw StorageError(sqlite: code, saying: nil)
        }
        handle = opened
    }

    private func doomed<T>(_ step: () throws(StorageError) -> T) throws(StorageError) -> T {
        do {
            return try step()
        } catch {
            if failure == nil { failure = error }
            throw error
        }
    }

    /// The statement kept for this text; a fresh one while that is in use further up (a query inside a query).
    private func take(_ text: String) throws(StorageError) -> SQLiteStatement {
        if let kept = statements[text] {
            if kept.acquire() { return kept }
            return try prepare(text, keep: false)
        }
        if statements.count >= 512 { forgetStatements() }
        let statement = try prepare(text, keep: true)
        statements[text] = statement
        return statement
    }

    private func forgetStatements() {
        for (text, statement) in statements where !statement.isBusy {
            statement.finalize()
            statements[text] = nil
        }
    }

    private func prepare(_ text: String, keep: Bool) throws(StorageError) -> SQLiteStatement {
        var compiled: OpaquePointer?
        var text = text
        let flags = keep ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let (code, isWhole) = text.withUTF8 { (bytes) -> (Int32, Bool) in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var rest: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    handle, characters.baseAddress, Int32(characters.count), flags, &compiled, &rest)
                guard let start = characters.baseAddress, let rest else { return (code, true) }
                let tail = characters[(rest - start)...]
                return (code, tail.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 || $0 == 0x3B })
            }
        }
        guard code == SQLITE_OK else { throw error(code) }
        guard let compiled, isWhole else {
            sqlite3_finalize(compiled)
            throw StorageError(.other, "a text must hold exactly one statement")
        }
        return SQLiteStatement(compiled, isKept: keep)
    }

    private func error(_ code: Int32) -> StorageError {
        StorageError(sqlite: code, saying: sqlite3_errmsg(handle).map { String(cString: $0) })
    }
}
