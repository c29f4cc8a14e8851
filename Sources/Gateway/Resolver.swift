// All addresses of a name, as the system resolves it.

import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct NameNotResolved: Error {}

extension SocketAddress {
    /// Every IPv4 and IPv6 address of the name, in text. Blocks: call it off Swift's own threads.
    static func resolveAll(_ host: String) throws(NameNotResolved) -> [String] {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &list) == 0 else { throw NameNotResolved() }
        defer { freeaddrinfo(list) }
        var texts: Set<String> = []
        var next = list
        while let entry = next {
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
                == 0
            {
                texts.insert(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            next = entry.pointee.ai_next
        }
        return texts.sorted()
    }
}
