// Who is at the other end of the connection. Forwarded headers are believed only from the proxies that the operator named:
// anybody can write them.

import Domain
import HTTPTypes
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A block of IP addresses, e.g. `10.0.0.0/8` or `::1/128`. An address alone is a block of one.
struct AddressBlock: Sendable, Equatable {
    private let prefix: [UInt8]
    private let bits: Int

    init?(_ text: String) {
        let sides = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(sides.count), let bytes = Self.bytes(String(sides[0])) else { return nil }
        prefix = bytes
        guard sides.count == 2 else {
            bits = bytes.count * 8
            return
        }
        guard let bits = Int(sides[1]), (0...(bytes.count * 8)).contains(bits) else { return nil }
        self.bits = bits
    }

    func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(address), bytes.count == prefix.count else { return false }
        for bit in 0..<bits where (bytes[bit / 8] ^ prefix[bit / 8]) & (0x80 >> UInt8(bit % 8)) != 0 { return false }
        return true
    }

    /// 4 or 16 bytes. An IPv4 address that came over an IPv6 socket counts as the IPv4 address it is.
    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? Array(bytes[12...]) : bytes
    }
}

struct Peer: Sendable {
    /// Nil for a socket without an IP address.
    let address: String?
    let trusted: [AddressBlock]
    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressBlock($0) }

    private var isTrusted: Bool { address.map { address in trusted.contains { $0.contains(address) } } ?? false }

    /// The last address that no trusted proxy stands for.
    func client(_ headers: HTTPFields) -> String? {
        guard isTrusted else { return address }
        let hops = headers[values: .xForwardedFor].flatMap { line in
            line.split(separator: ",").map { String($0).trimmedOfSpaces }
        }
        return hops.last { hop in !trusted.contains { $0.contains(hop) } } ?? hops.first ?? address
    }

    /// True only when a trusted proxy says that the person came by TLS.
    func cameByTLS(_ headers: HTTPFields) -> Bool {
        isTrusted && headers[.xForwardedProto]?.lowercased() == "https"
    }

    /// This machine itself, and not a proxy on it that speaks for somebody else.
    func isThisMachine(_ headers: HTTPFields) -> Bool {
        guard let address, !headers.contains(.xForwardedFor) else { return false }
        return Self.loopback.contains { $0.contains(address) }
    }
}
