// Writes JSON into what goes over the wire: in the order it is listed, and only what must be escaped is.

import Gateway
import NIOCore

extension JSONValue {
    var buffer: ByteBuffer {
        // Most answers fit, and grow into it without being copied.
        var buffer = ByteBufferAllocator().buffer(capacity: 1_024)
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
