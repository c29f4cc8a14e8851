// Hides how our nouns are spelled in a row: moments as microseconds, ids and enums as text, truth as 0 or 1.

public import Domain

/// Something that can be bound to a parameter.
public protocol SQLBindable: Sendable {
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLBindable {
    public var sqlValue: SQLValue { self }
}

extension Int64: SQLBindable {
    public var sqlValue: SQLValue { .integer(self) }
}

extension Int: SQLBindable {
    public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Bool: SQLBindable {
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension Double: SQLBindable {
    public var sqlValue: SQLValue { .real(self) }
}

extension String: SQLBindable {
    public var sqlValue: SQLValue { .text(self) }
}

extension [UInt8]: SQLBindable {
    public var sqlValue: SQLValue { .bytes(self) }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
    public var sqlValue: SQLValue {
        switch self {
        case .some(let value): value.sqlValue
        case .none: .null
        }
    }
}

/// Enums spelled as text: `extension Status: SQLBindable {}` is enough.
extension SQLBindable where Self: RawRepresentable<String> {
    public var sqlValue: SQLValue { .text(rawValue) }
}

extension DataType: SQLBindable {}
extension Domain.Category: SQLBindable {}
extension Source: SQLBindable {}

extension Identifier: SQLBindable {
    public var sqlValue: SQLValue { .text(text) }
}

extension Moment: SQLBindable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var sqlValue: SQLValue { .integer(microseconds) }
}
