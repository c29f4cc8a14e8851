// Hides a compiled SQLite statement: how values go in and cells come out through the C interface.

import GRDBSQLite

final class SQLiteStatement {
    let pointer: OpaquePointer
    let isReadOnly: Bool
    private let isKept: Bool
    private let parameters: Int
    private(set) var isBusy = true

    /// Takes over the pointer. A statement that is not kept is finalised on release.
    init(_ pointer: OpaquePointer, isKept: Bool) {
        self.pointer = pointer
        self.isKept = isKept
        isReadOnly = sqlite3_stmt_readonly(pointer) != 0
        parameters = Int(sqlite3_bind_parameter_count(pointer))
    }

    func acquire() -> Bool {
        guard !isBusy else { return false }
        isBusy = true
        return true
    }

    func release() {
        guard isKept else { return finalize() }
        sqlite3_reset(pointer)
        // Values do not linger in a statement that waits for its next use.
        if parameters > 0 { sqlite3_clear_bindings(pointer) }
        isBusy = false
    }

    func finalize() { sqlite3_finalize(pointer) }

    func bind(_ values: [SQLValue]) throws(StorageError) {
        guard values.count == parameters else {
            throw StorageError(.other, "\(parameters) parameters, \(values.count) values")
        }
        var place: Int32 = 0
        for value in values {
            place += 1
            let code =
                switch value {
                case .null: sqlite3_bind_null(pointer, place)
                case .integer(let number): sqlite3_bind_int64(pointer, place, number)
                case .real(let number): sqlite3_bind_double(pointer, place, number)
                case .text(let text): bind(text, at: place)
                case .bytes(let bytes): bind(bytes, at: place)
                }
            guard code == SQLITE_OK else { throw StorageError(sqlite: code, saying: nil) }
        }
    }

    private func bind(_ text: String, at place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_text(pointer, place, "", 0, Self.copied)
            }
            // A NUL would hide what follows it from SQL's own functions.
            if bytes.contains(0) { return SQLITE_MISMATCH }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
                sqlite3_bind_text(pointer, place, characters, Int32(bytes.count), Self.copied)
            }
        }
    }

    private func bind(_ bytes: [UInt8], at place: Int32) -> Int32 {
        guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(pointer, place, 0) }
        return bytes.withUnsafeBytes { raw in
            sqlite3_bind_blob64(pointer, place, raw.baseAddress, UInt64(raw.count), Self.copied)
        }
    }

    /// `SQLITE_TRANSIENT`: SQLite keeps its own copy, because a Swift string's bytes live only inside its closure.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

struct SQLiteCells: Cells {
    let statement: OpaquePointer

    func integer(_ column: Int) -> Cell<Int64> {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_INTEGER: .value(sqlite3_column_int64(statement, Int32(column)))
        case SQLITE_NULL: .null
        default: .otherType
        }
    }

    func real(_ column: Int) -> Cell<Double> {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_FLOAT, SQLITE_INTEGER: .value(sqlite3_column_double(statement, Int32(column)))
        case SQLITE_NULL: .null
        default: .otherType
        }
    }

    func text(_ column: Int) -> Cell<String> {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_TEXT:
            // The order is SQLite's: first the pointer, then the length of what it points to.
            let start = sqlite3_column_text(statement, Int32(column))
            let count = Int(sqlite3_column_bytes(statement, Int32(column)))
            return .value(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_NULL: return .null
        default: return .otherType
        }
    }

    func bytes(_ column: Int) -> Cell<[UInt8]> {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, Int32(column))
            let count = Int(sqlite3_column_bytes(statement, Int32(column)))
            return .value(Array(UnsafeRawBufferPointer(start: start, count: count)))
        case SQLITE_NULL: return .null
        default: return .otherType
        }
    }
}

extension StorageError {
    /// SQLite's messages name columns, checks and syntax, never values; still only those of constraints and of
    /// malformed SQL are passed on.
    init(sqlite code: Int32, saying message: String?) {
        let primary = code & 0xFF
        let broken = message.flatMap {
            $0.split(separator: "failed: ", maxSplits: 1).dropFirst().first.map(String.init)
        }
        let kind: Kind =
            switch primary {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_FULL: .full
            case SQLITE_READONLY: .readOnly
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH, SQLITE_NOMEM: .unavailable
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_CONSTRAINT: .constraint(broken ?? "")
            default: .other
            }
        let tellable = primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT ? message : nil
        self.init(kind, tellable.map { "SQLite \(code): \($0)" } ?? "SQLite \(code)")
    }
}
