// Hides one libpq connection: its statements, its transaction, its loss. Used by one thread at a time.

import CPostgres

final class PostgresConnection: Session {
    private let handle: OpaquePointer
    /// By text. There can be a few of one text: a parameter's type is fixed when it is prepared.
    private var statements: [String: [PostgresStatement]] = [:]
    private var prepared = 0
    private let faults = Faults()
    /// The first error of the body that runs now. It dooms the body.
    private(set) var failure: PostgresFailure?

    var dialect: Dialect { .postgres }

    /// A libpq URL. What it says of a setting wins over what we say here.
    init(url: String) throws(StorageError) {
        let settings = [
            ("client_encoding", "UTF8"), ("application_name", "licet"), ("connect_timeout", "5"), ("dbname", url),
        ]
        let opened = withCStrings(settings.map(\.0)) { names in
            withCStrings(settings.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
        }
        guard let opened, PQstatus(opened) == CONNECTION_OK else {
            // libpq's message would tell the address and perhaps more of the URL.
            PQfinish(opened)
            throw StorageError(.unavailable, "PostgreSQL cannot be reached")
        }
        handle = opened
        // Notices would go to the standard error, past our log and its rules.
        PQsetNoticeReceiver(opened, { _, _ in }, nil)
        PQclear(PQexec(opened, Self.waiting))
    }

    /// How long somebody else's lock is waited for, unless the URL says it.
    private static let waiting = """
        SELECT set_config('lock_timeout', '5s', false) WHERE current_setting('lock_timeout') = '0'
        """

    deinit { PQfinish(handle) }

    var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }

    var isInTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_INTRANS }

    /// Runs a body and tells what came of it: the error it ended with, or nil. A body that swallowed a statement's
    /// error ends with that error all the same, as the server has given the transaction up.
    func attempt(_ body: () throws -> Void) -> PostgresFailure? {
        failure = nil
        defer { failure = nil }
        do {
            try body()
        } catch {
            return failure ?? PostgresFailure(error: StorageError(body: error), state: "")
        }
        return failure
    }

    func run(_ sql: SQL, _ each: (borrowing Row) throws(StorageError) -> Bool) throws(StorageError) -> Int {
        if let failure { throw failure.error }
        let statement = try take(sql)
        let result = PostgresParameters(sql.values).withPointers { values, lengths, formats in
            PQexecPrepared(handle, statement.name, Int32(sql.values.count), values, lengths, formats, 1)
        }
        defer { PQclear(result) }
        try check(result)
        for row in 0..<PQntuples(result) {
            let goesOn = try each(Row(cells: PostgresCells(result: result, row: row), faults: faults))
            do { try faults.throwIfAny() } catch { throw doom(PostgresFailure(error: error, state: "")) }
            if !goesOn { break }
        }
        // Of a SELECT libpq would tell the rows found.
        guard PQnfields(result) == 0 || !String(cString: PQcmdStatus(result)).hasPrefix("SELECT") else { return 0 }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// Runs a statement of the driver's own. Nil when the server answered with this tag.
    func command(_ text: String, answers tag: String) -> PostgresFailure? {
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { return PostgresFailure(result) }
        guard String(cString: PQcmdStatus(result)) == tag else {
            return PostgresFailure(error: StorageError(.other, "the transaction had ended before"), state: "")
        }
        return nil
    }

    private func take(_ sql: SQL) throws(StorageError) -> PostgresStatement {
        if let fitting = statements[sql.text]?.first(where: { $0.takes(sql.values) }) { return fitting }
        if prepared >= 512 {
            if let failure = command("DEALLOCATE ALL", answers: "DEALLOCATE ALL") { throw doom(failure) }
            statements = [:]
            prepared = 0
        }
        prepared += 1
        let statement = try prepare(sql, name: "s\(prepared)")
        statements[sql.text, default: []].append(statement)
        return statement
    }

    /// A NULL is of no type: the server finds out from the context, and tells.
    private func prepare(_ sql: SQL, name: String) throws(StorageError) -> PostgresStatement {
        var types = sql.values.map(PostgresType.of)
        let result = PQprepare(handle, name, numbered(sql.text), Int32(types.count), types)
        defer { PQclear(result) }
        try check(result)
        if types.contains(PostgresType.unknown) {
            let description = PQdescribePrepared(handle, name)
            defer { PQclear(description) }
            try check(description)
            types = types.indices.map { PQparamtype(description, Int32($0)) }
        }
        return PostgresStatement(name: name, types: types)
    }

    /// `?` becomes `$1`, `$2`, … The text holds no other question mark.
    private func numbered(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 32)
        var place = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "?") {
                place += 1
                out.append(UInt8(ascii: "$"))
                out.append(contentsOf: String(place).utf8)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private func check(_ result: OpaquePointer?) throws(StorageError) {
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else { throw doom(PostgresFailure(result)) }
    }

    private func doom(_ met: PostgresFailure) -> StorageError {
        if failure == nil { failure = met }
        return met.error
    }
}

/// A NULL-terminated list of C strings, for as long as `body` runs.
private func withCStrings<T>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> T) -> T {
    let buffers = texts.map { text in
        let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
        _ = buffer.initialize(from: text.utf8CString)
        return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return body(buffers.map { UnsafePointer($0.baseAddress) } + [nil])
}
