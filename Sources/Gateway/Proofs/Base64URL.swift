// The one spelling that base64url has for some bytes (RFC 4648 §5, RFC 7515 §2). A second spelling would let a proof
// that was used come back as another text.

extension Base64 {
    /// Nil for padding, for any character outside the alphabet, for a length that no bytes have, and for bits left over
    /// that are not zero.
    static func urlDecode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.underestimatedCount * 3 / 4)
        var buffer: UInt32 = 0
        var held: UInt32 = 0
        for character in text {
            guard let value = urlValue(character) else { return nil }
            buffer = buffer << 6 | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> held))
                buffer &= (1 << held) - 1
            }
        }
        return held < 6 && buffer == 0 ? bytes : nil
    }

    static func urlDecode(_ text: String) -> [UInt8]? { urlDecode(text.utf8) }

    private static func urlValue(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
