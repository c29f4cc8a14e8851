// Hides PostgreSQL's binary forms: how values go out, how cells come in, and what its error states mean to us.

import CPostgres

/// The object ids of the types we use; they are fixed in every PostgreSQL.
enum PostgresType {
    static let unknown: Oid = 0
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let name: Oid = 19
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let float8: Oid = 701
    static let varchar: Oid = 1043

    static func of(_ value: SQLValue) -> Oid {
        switch value {
        case .null: unknown
        case .integer: int8
        case .real: float8
        case .text: text
        case .bytes: bytea
        }
    }
}

/// A statement the server has prepared, with the types its parameters have for good.
struct PostgresStatement {
    let name: String
    let types: [Oid]

    func takes(_ values: [SQLValue]) -> Bool {
        guard values.count == types.count else { return false }
        return zip(values, types).allSatisfy { value, type in value == .null || PostgresType.of(value) == type }
    }
}

/// Values in one buffer, all in binary.
struct PostgresParameters {
    private var buffer: [UInt8] = []
    private var starts: [Int?] = []
    private var lengths: [Int32] = []

    init(_ values: [SQLValue]) {
        starts.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        for value in values {
            let start = buffer.count
            switch value {
            case .null: break
            case .integer(let number): append(UInt64(bitPattern: number))
            case .real(let number): append(number.bitPattern)
            case .text(let text): buffer.append(contentsOf: text.utf8)
            case .bytes(let bytes): buffer.append(contentsOf: bytes)
            }
            starts.append(value == .null ? nil : start)
            lengths.append(Int32(buffer.count - start))
        }
        // So that an empty value at the end still has an address: a null pointer would be NULL.
        buffer.append(0)
    }

    /// Lends libpq's three arrays: where each value is, how long it is, and that it is binary.
    func withPointers<T>(_ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> T) -> T {
        buffer.withUnsafeBytes { raw in
            let base = raw.bindMemory(to: CChar.self).baseAddress
            let pointers = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return body(pointers, lengths, [Int32](repeating: 1, count: lengths.count))
        }
    }

    private mutating func append(_ bits: UInt64) {
        withUnsafeBytes(of: bits.bigEndian) { buffer.append(contentsOf: $0) }
    }
}

struct PostgresCells: Cells {
    let result: OpaquePointer?
    let row: Int32

    func integer(_ column: Int) -> Cell<Int64> {
        guard let raw = raw(column) else { return .null }
        switch PQftype(result, Int32(column)) {
        case PostgresType.int8: return .value(Int64(bitPattern: bits(raw)))
        case PostgresType.int4: return .value(Int64(Int32(truncatingIfNeeded: bits(raw))))
        case PostgresType.int2: return .value(Int64(Int16(truncatingIfNeeded: bits(raw))))
        // SQLite has no truth of its own: there a comparison is 0 or 1.
        case PostgresType.bool: return .value(Int64(bits(raw)))
        default: return .otherType
        }
    }

    func real(_ column: Int) -> Cell<Double> {
        guard let raw = raw(column) else { return .null }
        if PQftype(result, Int32(column)) == PostgresType.float8 { return .value(Double(bitPattern: bits(raw))) }
        guard case .value(let number) = integer(column) else { return .otherType }
        return .value(Double(number))
    }

    func text(_ column: Int) -> Cell<String> {
        guard let raw = raw(column) else { return .null }
        switch PQftype(result, Int32(column)) {
        case PostgresType.text, PostgresType.varchar, PostgresType.name:
            return .value(String(decoding: raw, as: UTF8.self))
        default: return .otherType
        }
    }

    func bytes(_ column: Int) -> Cell<[UInt8]> {
        guard let raw = raw(column) else { return .null }
        return PQftype(result, Int32(column)) == PostgresType.bytea ? .value(Array(raw)) : .otherType
    }

    private func raw(_ column: Int) -> UnsafeRawBufferPointer? {
        guard column < PQnfields(result), PQgetisnull(result, row, Int32(column)) == 0 else { return nil }
        let count = Int(PQgetlength(result, row, Int32(column)))
        return UnsafeRawBufferPointer(start: PQgetvalue(result, row, Int32(column)), count: count)
    }

    private func bits(_ raw: UnsafeRawBufferPointer) -> UInt64 { raw.reduce(0) { $0 << 8 | UInt64($1) } }
}

/// An error with the SQLSTATE that decides whether the body is run again.
struct PostgresFailure {
    let error: StorageError
    /// Five characters; empty when the server had no part in it.
    let state: String

    /// Serialisation failure or deadlock: nothing was wrong but the moment.
    var isConflict: Bool { state == "40001" || state == "40P01" }

    init(error: StorageError, state: String) {
        self.error = error
        self.state = state
    }

    /// Primary messages can quote what was bound (`invalid input syntax … "abc"`), so only those about the SQL itself
    /// (class 42) are passed on.
    init(_ result: OpaquePointer?) {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        let state = field("C") ?? ""
        let column = field("t").flatMap { table in field("c").map { "\(table).\($0)" } }
        let broken = field("n") ?? column ?? ""
        let kind: StorageError.Kind =
            switch (state.prefix(2), state) {
            case (_, ""), ("08", _), ("57", _), ("58", _): .unavailable
            case (_, "53100"): .full
            case ("53", _): .unavailable
            case ("23", _): .constraint(broken)
            case (_, "25006"): .readOnly
            case ("40", _), (_, "55P03"): .busy
            case ("XX", _): state == "XX000" ? .other : .corrupt
            default: .other
            }
        let detail =
            switch state.prefix(2) {
            case "": "the connection was lost"
            case "23": broken
            case "42": field("M") ?? ""
            default: ""
            }
        let message = ["PostgreSQL", state, detail].filter { !$0.isEmpty }.joined(separator: " ")
        self.init(error: StorageError(kind, message), state: state)
    }
}
