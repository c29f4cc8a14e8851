// Base64 in its two alphabets (RFC 4648 §4 and §5).

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum Base64 {
    /// Standard alphabet with padding.
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Nil unless it is standard base64 with padding.
    static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }

    /// URL-safe alphabet without padding.
    static func urlEncode(_ bytes: [UInt8]) -> String {
        var text = ""
        for character in encode(bytes) {
            switch character {
            case "+": text.append("-")
            case "/": text.append("_")
            case "=": break
            default: text.append(character)
            }
        }
        return text
    }
}
