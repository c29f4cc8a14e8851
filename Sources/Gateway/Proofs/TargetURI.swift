// What `htu` is compared by (RFC 9449 §4.3): scheme, host, port and path, in one spelling (RFC 3986 §6.2.2, §6.2.3),
// without query and fragment.

struct TargetURI: Sendable, Equatable {
    let scheme: String
    let authority: String
    let path: String

    /// Nil unless it is an absolute http or https URL in ASCII without a user name.
    init?(_ text: String) {
        guard text.utf8.count <= 4_096, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        scheme = text[..<colon].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2).prefix { $0 != "?" && $0 != "#" }
        var authority = rest.prefix { $0 != "/" }.lowercased()
        guard !authority.isEmpty, !authority.contains("@"), !authority.hasPrefix(":"), Self.hasOnePort(authority) else {
            return nil
        }
        // A colon within brackets is an IPv6 address's, and does not end in a port.
        let port = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(port) {
            authority.removeLast(port.count)
        } else if authority.hasSuffix(":") {
            authority.removeLast()
        }
        self.authority = authority
        let path = rest.drop { $0 != "/" }
        guard let normal = Self.normalise(path.isEmpty ? "/" : path) else { return nil }
        self.path = normal
    }

    // At most one, and of digits: of two, one would be left when the other is taken off.
    private static func hasOnePort(_ authority: String) -> Bool {
        guard authority.hasPrefix("[") == authority.contains("]") else { return false }
        let behind = authority.hasPrefix("[") ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        return behind.isEmpty
            || (behind.first == ":" && behind.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
    }

    // Percent-encoding in one spelling: unreserved characters bare, all others with capital digits. Dot segments stay:
    // our own addresses have none, so that a path with one is another path.
    private static func normalise(_ path: Substring) -> String? {
        let bytes = Array(path.utf8)
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "%") else {
                out.append(bytes[place])
                place += 1
                continue
            }
            guard place + 2 < bytes.count, let high = hexValue(bytes[place + 1]), let low = hexValue(bytes[place + 2])
            else { return nil }
            let byte = high << 4 | low
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), capital(high), capital(low)]
            }
            place += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func capital(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
