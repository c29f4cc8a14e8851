// IP addresses and the question whether one lies in the public internet (IANA special-purpose registries, RFC 6890).

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct IPAddress: Sendable, Hashable {
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Dotted IPv4 or IPv6 in any of its spellings; nil for a name. Old spellings of IPv4 (`0x7f.1`, `2130706433`) are read
    /// as the resolver would read them, so that they cannot slip past as names.
    init?(_ text: String) {
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
            return
        }
        var four = in_addr()
        guard inet_aton(text, &four) != 0 else { return nil }
        bytes = withUnsafeBytes(of: &four) { Array($0) }
    }

    /// True only for addresses that are routed in the public internet.
    var isPublic: Bool {
        if bytes.count == 4 { return Self.isPublicV4(bytes) }
        if let embedded = embeddedV4 { return Self.isPublicV4(embedded) }
        // Only 2000::/3 is global unicast; documentation, Teredo and other special ranges inside it are not.
        guard bytes[0] & 0xe0 == 0x20 else { return false }
        let isSpecial =
            bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] < 0x02 || bytes[2] == 0x0d && bytes[3] == 0xb8)
        let isDocumentation = bytes[0] == 0x3f && bytes[1] == 0xff
        return !isSpecial && !isDocumentation
    }

    // IPv4-mapped, NAT64 and 6to4 addresses lead to an IPv4 address: that one counts.
    private var embeddedV4: [UInt8]? {
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff { return Array(bytes[12...]) }
        if bytes[..<12].elementsEqual([0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) { return Array(bytes[12...]) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return Array(bytes[2..<6]) }
        return nil
    }

    private static func isPublicV4(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _): false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100), (203, 0, 113): false
        default: true
        }
    }
}
