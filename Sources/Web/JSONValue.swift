// JSON as a value (RFC 8259): what a surface answers with, written in the order it is listed.

import NIOCore

enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The digits as they were written: nothing is rounded on the way.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable, Equatable {
        let name: String
        let value: JSONValue
    }

    /// Null when there is nothing to say.
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func texts(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map { .string($0) }) }
    static func count(_ number: some BinaryInteger) -> JSONValue { .number(String(number)) }

    /// The members that are there: a nil value leaves its member out.
    static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(
            members.compactMap { pair in
                pair.value.map { Member(name: pair.key, value: $0) }
            })
    }

    var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSON(self)
        return buffer
    }
}

extension ByteBuffer {
    mutating func writeJSON(_ value: JSONValue) {
        switch value {
        case .null: writeStaticString("null")
        case .bool(let flag): writeString(flag ? "true" : "false")
        case .number(let digits): writeString(digits)
        case .string(let text): writeJSONString(text)
        case .array(let elements):
            writeStaticString("[")
            for (place, element) in elements.enumerated() {
                if place > 0 { writeStaticString(",") }
                writeJSON(element)
            }
            writeStaticString("]")
        case .object(let members):
            writeStaticString("{")
            for (place, member) in members.enumerated() {
                if place > 0 { writeStaticString(",") }
                writeJSONString(member.name)
                writeStaticString(":")
                writeJSON(member.value)
            }
            writeStaticString("}")
        }
    }

    /// A string literal of RFC 8259 §7: only what must be escaped is.
    mutating func writeJSONString(_ text: String) {
        writeStaticString("\"")
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain {
            writeString(text)
        } else {
            for byte in text.utf8 { writeJSONByte(byte) }
        }
        writeStaticString("\"")
    }

    private mutating func writeJSONByte(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): writeStaticString("\\\"")
        case UInt8(ascii: "\\"): writeStaticString("\\\\")
        case UInt8(ascii: "\n"): writeStaticString("\\n")
        case UInt8(ascii: "\r"): writeStaticString("\\r")
        case UInt8(ascii: "\t"): writeStaticString("\\t")
        case 0..<0x20:
            writeStaticString("\\u00")
            writeInteger(hexDigit(byte >> 4))
            writeInteger(hexDigit(byte & 15))
        default: writeInteger(byte)
        }
    }

    private func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
