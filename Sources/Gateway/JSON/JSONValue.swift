// JSON as a value (RFC 8259), in the order it was written.

public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The digits as they were written: nothing is rounded on the way.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Null when there is nothing to say.
    public static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    public static func texts(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map { .string($0) }) }
    public static func count(_ number: some BinaryInteger) -> JSONValue { .number(String(number)) }

    /// The members that are there: a nil value leaves its member out.
    public static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(
            members.compactMap { pair in
                pair.value.map { Member(name: pair.key, value: $0) }
            })
    }
}
