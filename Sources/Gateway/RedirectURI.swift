// Redirect URIs: what may be registered, and how an answer is added to one. They are compared byte by byte, never parsed to
// be compared (RFC 9700 §2.1).

import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum RedirectURI {
    /// What is wrong with it, or nil. https, or http to the loopback interface, or (in sandbox) any http; a native application
    /// may also have a scheme of its own.
    static func fault(of text: String, in environment: Environment, native: Bool = false) -> String? {
        let notAbsolute = "an absolute URI in ASCII"
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let parts = URL(string: text),
            let scheme = parts.scheme?.lowercased()
        else { return notAbsolute }
        if text.contains("#") { return "no fragment in a redirect URI" }
        if parts.user != nil || parts.password != nil { return "no user name in a redirect URI" }
        if native, isPrivateUse(text) { return nil }
        guard let host = parts.host(percentEncoded: false), !host.isEmpty else { return notAbsolute }
        if scheme == "https" { return nil }
        let isLoopback = host == "127.0.0.1" || host == "[::1]" || host == "::1" || host == "localhost"
        if scheme == "http", isLoopback || environment == .sandbox { return nil }
        if native { return "an https URI, http to 127.0.0.1 or [::1], or a scheme of its own: com.example.app:/back" }
        return environment == .production ? "an https URI" : "an http or https URI"
    }

    /// A scheme of the application's own (RFC 8252 §7.1): in the form of a domain name the other way round, so that two
    /// applications do not come upon the same one.
    static func isPrivateUse(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), text[text.index(after: colon)...].hasPrefix("/") else {
            return false
        }
        let labels = text[..<colon].split(separator: ".", omittingEmptySubsequences: false)
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard labels.count >= 2, let first = text.utf8.first, letters.contains(first) else { return false }
        return labels.allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// Byte by byte (RFC 9700 §2.1). Only a native application's own machine may answer on any port (RFC 8252 §7.3).
    static func isRegistered(_ uri: String, among registered: [String], native: Bool) -> Bool {
        // Not `==`, which takes U+212A for a K: Swift compares characters, browsers send bytes.
        if registered.contains(where: { $0.utf8.elementsEqual(uri.utf8) }) { return true }
        guard native, uri.utf8.allSatisfy({ $0 < 0x80 }), let given = loopback(uri) else { return false }
        return registered.contains { loopback($0).map { $0 == given } ?? false }
    }

    // What stands before and behind the port of an http URI to the loopback interface by its address.
    private static func loopback(_ uri: String) -> [Substring]? {
        for start in ["http://127.0.0.1", "http://[::1]"] where uri.hasPrefix(start) {
            var rest = uri.dropFirst(start.count)
            if rest.first == ":" {
                rest = rest.dropFirst()
                let port = rest.prefix { $0.isASCII && $0.isNumber }
                guard (1...5).contains(port.count), let number = Int(port), (1...65_535).contains(number) else {
                    return nil
                }
                rest = rest.dropFirst(port.count)
            }
            guard rest.isEmpty || rest.first == "/" || rest.first == "?", !rest.contains("#") else { return nil }
            return [Substring(start), rest]
        }
        return nil
    }

    /// An application's own scheme in the place of a host: there is nothing else that could be told of it.
    static func host(of text: String) -> String? {
        isPrivateUse(text) ? String(text.prefix { $0 != ":" }) : URL(string: text)?.host(percentEncoded: false)
    }

    /// The URI with an answer in its query, everything percent-encoded, what it had before kept.
    static func adding(_ answer: [(String, String?)], to uri: String) -> String {
        let pairs = answer.compactMap { name, value in value.map { "\(encode(name))=\(encode($0))" } }
        let separator = !uri.contains("?") ? "?" : uri.hasSuffix("?") || uri.hasSuffix("&") ? "" : "&"
        return uri + separator + pairs.joined(separator: "&")
    }

    private static func encode(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF".unicodeScalars)
                out.append("%")
                out.unicodeScalars.append(digits[Int(byte >> 4)])
                out.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return out
    }
}
