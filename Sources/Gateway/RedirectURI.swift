// Redirect URIs: what may be registered, and how an answer is added to one. They are compared byte by byte, never parsed to
// be compared (RFC 9700 §2.1).

import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum RedirectURI {
    /// What is wrong with it, or nil. https, or http to the loopback interface, or (in sandbox) any http.
    static func fault(of text: String, in environment: Environment) -> String? {
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let parts = URL(string: text),
            let scheme = parts.scheme?.lowercased(), let host = parts.host(percentEncoded: false), !host.isEmpty
        else { return "an absolute URI in ASCII" }
        if text.contains("#") { return "no fragment in a redirect URI" }
        if parts.user != nil || parts.password != nil { return "no user name in a redirect URI" }
        if scheme == "https" { return nil }
        let isLoopback = host == "127.0.0.1" || host == "[::1]" || host == "::1" || host == "localhost"
        if scheme == "http", isLoopback || environment == .sandbox { return nil }
        return environment == .production ? "an https URI" : "an http or https URI"
    }

    static func host(of text: String) -> String? { URL(string: text)?.host(percentEncoded: false) }

    /// `https://host:port` of a URI, for `form-action` (CSP): browsers hold redirects of a form against it.
    static func origin(of text: String) -> String? {
        guard let parts = URL(string: text), let scheme = parts.scheme, let host = parts.host(percentEncoded: true)
        else { return nil }
        return "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
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
