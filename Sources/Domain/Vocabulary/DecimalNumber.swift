// Hides exact decimal arithmetic: health values are kept as they were sent, never through a binary fraction.

/// `significand × 10^-scale`, exact. The scale is never negative; trailing zeros are kept as sent.
public struct DecimalNumber: Sendable, Hashable {
    public let significand: Int128
    public let scale: Int

    public init(significand: Int128, scale: Int = 0) {
        self.significand = significand
        self.scale = scale
    }

    /// Reads `-12.50`, `7`, `.5`, `1e-3`. Nil for anything else, for more than 34 digits and for exponents beyond ±30.
    public init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8))
    }

    public init?(utf8 bytes: some Sequence<UInt8>) {
        var significand: Int128 = 0
        var scale = 0
        var digits = 0
        var negative = false
        var seenPoint = false
        var exponent = 0
        var exponentDigits = 0
        var exponentNegative = false
        var part = 0  // 0 at the sign, 1 in the number, 2 at the exponent's sign, 3 in the exponent
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int(byte - UInt8(ascii: "0"))
                if part >= 2 {
                    part = 3
                    exponentDigits += 1
                    guard exponentDigits <= 3 else { return nil }
                    exponent = exponent * 10 + digit
                } else {
                    part = 1
                    digits += 1
                    guard digits <= 34 else { return nil }
                    significand = significand * 10 + Int128(digit)
                    if seenPoint { scale += 1 }
                }
            case UInt8(ascii: "."):
                guard part <= 1, !seenPoint else { return nil }
                part = 1
                seenPoint = true
            case UInt8(ascii: "-"), UInt8(ascii: "+"):
                guard part == 0 || part == 2 else { return nil }
                if part == 0 {
                    negative = byte == UInt8(ascii: "-")
                } else {
                    exponentNegative = byte == UInt8(ascii: "-")
                }
                part += 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard part == 1, digits > 0 else { return nil }
                part = 2
            default: return nil
            }
        }
        guard digits > 0, part == 1 || (part == 3 && exponentDigits > 0), exponent <= 30 else { return nil }
        scale += exponentNegative ? exponent : -exponent
        while scale < 0 {
            guard digits < 34 else { return nil }
            significand *= 10
            digits += 1
            scale += 1
        }
        self.significand = negative ? -significand : significand
        self.scale = scale
    }

    /// The number as it would be written, e.g. `0.97`, `-3`, `165.30`.
    public var text: String {
        var bytes: [UInt8] = []
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what `text` says as ASCII, without making a string.
    public func appendText(to bytes: inout [UInt8]) {
        if significand < 0 { bytes.append(UInt8(ascii: "-")) }
        let magnitude = significand.magnitude
        let first = bytes.count
        var written = 0
        if let small = UInt64(exactly: magnitude) {
            var rest = small
            repeat {
                if written == scale, scale > 0 { bytes.append(UInt8(ascii: ".")) }
                bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
                written += 1
            } while rest > 0 || written <= scale
        } else {
            var rest = magnitude
            repeat {
                if written == scale, scale > 0 { bytes.append(UInt8(ascii: ".")) }
                bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
                written += 1
            } while rest > 0 || written <= scale
        }
        bytes[first...].reverse()
    }

    /// For plausibility only; never for what is delivered.
    public var approximate: Double {
        var divisor = 1.0
        for _ in 0..<scale { divisor *= 10 }
        return Double(significand) / divisor
    }
}
