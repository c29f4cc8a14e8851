// Hides how statements and their values travel apart. Interpolation binds: a value never becomes part of the text.

/// What a parameter or a cell can hold. Both engines know these five and no others.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    /// Without U+0000, which PostgreSQL cannot store; an engine refuses such a text with `.other`.
    case text(String)
    case bytes([UInt8])
}

/// One statement: text with `?` where a value goes, and the values in that order.
///
/// `"SELECT a FROM t WHERE id = \(id)"` binds `id`. The text itself never holds a literal `?`.
public struct SQL: ExpressibleByStringInterpolation, Sendable, Hashable {
    public let text: String
    public let values: [SQLValue]

    public init(text: String, values: [SQLValue] = []) {
        self.text = text
        self.values = values
    }

    public init(stringLiteral text: String) { self.init(text: text) }

    public init(stringInterpolation parts: StringInterpolation) { self.init(text: parts.text, values: parts.values) }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: some SQLBindable) {
            text += "?"
            values.append(value.sqlValue)
        }

        // The same for an optional: without an overload of its own the compiler warns of a debug description.
        public mutating func appendInterpolation(_ value: (some SQLBindable)?) {
            text += "?"
            values.append(value.sqlValue)
        }

        /// A list for `IN (…)`. An empty list becomes `NULL`, which no row equals. Each length is a statement of its
        /// own, so lists are short.
        public mutating func appendInterpolation(list: some Collection<some SQLBindable>) {
            guard !list.isEmpty else { return text += "NULL" }
            for (place, value) in list.enumerated() {
                text += place == 0 ? "?" : ", ?"
                values.append(value.sqlValue)
            }
        }

        /// A word of the `Dialect`, a table's or a column's name from our own source. Never anything that came from outside.
        public mutating func appendInterpolation(raw word: String) { text += word }

        /// Places whose values come later: see `StandingSQL`.
        public mutating func appendInterpolation(holes count: Int) {
            text += Array(repeating: "?", count: count).joined(separator: ", ")
        }

        /// The same for so many rows of `VALUES`.
        public mutating func appendInterpolation(rows count: Int, of holes: Int) {
            let row = "(" + Array(repeating: "?", count: holes).joined(separator: ", ") + ")"
            text += Array(repeating: row, count: count).joined(separator: ", ")
        }

        public mutating func appendInterpolation(fragment: SQL) {
            text += fragment.text
            values += fragment.values
        }
    }
}

/// A statement asked so often that its text is put together once: `\(holes: 2)` leaves room, `filled` gives the values.
public struct StandingSQL: ExpressibleByStringInterpolation, Sendable {
    private let sql: SQL

    public init(stringLiteral text: String) { sql = SQL(stringLiteral: text) }

    public init(stringInterpolation parts: SQL.StringInterpolation) { sql = SQL(stringInterpolation: parts) }

    /// One value for each hole, in order. A statement that stands has no values of its own.
    public func filled(_ values: [SQLValue]) -> SQL { SQL(text: sql.text, values: values) }
}

extension Sequence<SQL> {
    /// One fragment of many, e.g. conditions joined by `" AND "`.
    public func joined(separator: String) -> SQL {
        var text = ""
        var values: [SQLValue] = []
        for (place, part) in enumerated() {
            if place > 0 { text += separator }
            text += part.text
            values += part.values
        }
        return SQL(text: text, values: values)
    }
}
