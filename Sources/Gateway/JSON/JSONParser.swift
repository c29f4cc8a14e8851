// Reads JSON exactly as RFC 8259 has it and nothing beside it. A name given twice is a fault: two readers must never see
// two different requests.

/// Where the text stops being JSON.
public struct JSONFault: Error, Equatable {
    /// Bytes from the beginning.
    public let offset: Int
    public let reason: String
}

public struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private static let deepest = 32

    public static func parse(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONFault(offset: 0, reason: "it is not UTF-8")
        }
        var parser = JSONParser(bytes: bytes)
        let value = try parser.readValue(depth: 0)
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.fault("something follows the value") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }
    private func fault(_ reason: String) -> JSONFault { JSONFault(offset: at, reason: reason) }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = current, byte == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func readValue(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < Self.deepest else { throw fault("it is nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try readObject(depth: depth)
        case UInt8(ascii: "["): return try readArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return .number(try readNumber())
        }
    }

    private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let end = at + word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { end <= bytes.count && bytes[at..<end].elementsEqual($0) }
        guard isThere else { throw fault("a value was expected") }
        at = end
        return value
    }

    private mutating func readObject(depth: Int) throws(JSONFault) -> JSONValue {
        at += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("a name was expected") }
            let name = try readString()
            guard names.insert(name).inserted else { throw fault("a name is given twice") }
            skipSpace()
            guard take(":") else { throw fault("':' was expected") }
            members.append(JSONValue.Member(name: name, value: try readValue(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("',' or '}' was expected") }
        return .object(members)
    }

    private mutating func readArray(depth: Int) throws(JSONFault) -> JSONValue {
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            elements.append(try readValue(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("',' or ']' was expected") }
        return .array(elements)
    }

    private mutating func readNumber() throws(JSONFault) -> String {
        let start = at
        _ = take("-")
        if !take("0") { try readDigits() }
        if take(".") { try readDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try readDigits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func readDigits() throws(JSONFault) {
        let start = at
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw fault("a value was expected") }
    }

    private mutating func readString() throws(JSONFault) -> String {
        at += 1
        var out: [UInt8] = []
        while let byte = current {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): try readEscape(into: &out)
            case 0..<0x20: throw fault("a control character must be escaped")
            default: out.append(byte)
            }
        }
        throw fault("a string does not end")
    }

    private mutating func readEscape(into out: inout [UInt8]) throws(JSONFault) {
        guard let byte = current else { throw fault("a string does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = try readHex4()
            if (0xd800..<0xdc00).contains(code) {
                guard take("\\"), take("u") else { throw fault("half a surrogate pair") }
                let low = try readHex4()
                guard (0xdc00..<0xe000).contains(low) else { throw fault("half a surrogate pair") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate pair") }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw fault("an unknown escape")
        }
    }

    private mutating func readHex4() throws(JSONFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let nibble = hexValue(byte) else {
                throw fault("four hexadecimal digits were expected")
            }
            code = code << 4 | UInt32(nibble)
            at += 1
        }
        return code
    }
}

/// Nil for anything but 0-9, a-f, A-F.
public func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
