// Where a webhook may point. In production only https, and never into a private network (SSRF): the name is checked when it is
// registered and every address it resolves to is checked again, and pinned, each time something is sent.

import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct WebhookAddress: Sendable, Equatable {
    let url: String
    let scheme: String
    let host: String
    let port: Int

    /// The fault is a sentence for the developer who registers it.
    static func parse(_ text: String, in environment: Environment) -> Result<WebhookAddress, AddressFault> {
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let parts = URL(string: text),
            let scheme = parts.scheme?.lowercased(), var host = parts.host(percentEncoded: false), !host.isEmpty
        else { return .failure(.init("an absolute URL in ASCII")) }
        guard parts.user == nil, parts.password == nil else { return .failure(.init("no user name in the URL")) }
        guard parts.fragment == nil else { return .failure(.init("no fragment in the URL")) }
        guard scheme == "https" || scheme == "http" else { return .failure(.init("an https URL")) }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if environment == .production {
            guard scheme == "https" else { return .failure(.init("in production the URL must be https")) }
            if let address = IPAddress(host) {
                guard address.isPublic else {
                    return .failure(.init("in production the URL must not point to a private address"))
                }
            } else if isLocalName(host) {
                return .failure(.init("in production the URL must not point to a local name"))
            }
        }
        return .success(
            WebhookAddress(url: text, scheme: scheme, host: host, port: parts.port ?? (scheme == "https" ? 443 : 80)))
    }

    private static func isLocalName(_ host: String) -> Bool {
        let name = host.lowercased().split(separator: ".").map(String.init)
        guard let last = name.last, name.count > 1 else { return true }
        return ["localhost", "local", "internal", "localdomain", "home", "lan", "arpa"].contains(last)
            || last.allSatisfy { $0.isNumber }
    }
}

struct AddressFault: Error, Sendable, Equatable {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
