// Bytes as text and back, for keys in files and settings.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum Hex {
    static func encode(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// Hexadecimal if it is 64 digits, base64 otherwise; empty when it is neither.
    static func orBase64(_ text: String) -> [UInt8] {
        let text = text.filter { !$0.isWhitespace }
        if text.utf8.count == 64, let bytes = decode(text) { return bytes }
        return Data(base64Encoded: text).map { Array($0) } ?? []
    }

    private static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}

extension Hex {
    /// RFC 4648 §5, without padding.
    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
    static func bytes(base64 text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
