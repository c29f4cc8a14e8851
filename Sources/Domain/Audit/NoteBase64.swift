// Hides base64 (RFC 4648 §4) as signed notes have it. Reading is strict: bytes have one spelling.

enum NoteBase64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                out.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
            start += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil unless it is what `encode` writes for some bytes.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padding = digits.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var out: [UInt8] = []
        out.reserveCapacity(digits.count / 4 * 3)
        var bits = 0
        for (place, digit) in digits.dropLast(padding).enumerated() {
            guard let value = value(digit) else { return nil }
            bits = bits << 6 | value
            if place % 4 == 3 {
                out += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                bits = 0
            }
        }
        switch padding {
        case 0: return out
        case 1:
            guard bits & 3 == 0 else { return nil }
            return out + [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
        default:
            guard bits & 15 == 0 else { return nil }
            return out + [UInt8(bits >> 4 & 255)]
        }
    }

    private static func value(_ digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit) - 48 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
