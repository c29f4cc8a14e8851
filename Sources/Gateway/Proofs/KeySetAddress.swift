// Where a client's keys may be fetched from (SSRF): a host that the operator allows, over https; in a sandbox also the
// machine itself, if it is allowed.

import Domain

struct KeySetAddress: Sendable, Hashable {
    let url: String
    let host: String
    let environment: Environment

    /// The fault is a sentence for the developer who registers the address.
    static func parse(
        _ text: String, in environment: Environment, allowedHosts: Set<String>
    ) -> Result<KeySetAddress, AddressFault> {
        WebhookAddress.parse(text, in: environment).flatMap { parsed in
            let host = parsed.host
            // One spelling only: the address that was checked is pinned to the name as the client of HTTP will read it.
            let spelled = host.contains(":") ? "[\(host)]" : host
            guard host == host.lowercased(), text.hasPrefix("\(parsed.scheme)://\(spelled)") else {
                return .failure(.init("the URL must be in small letters up to its path"))
            }
            guard allowedHosts.contains(host) else {
                return .failure(.init("the host is not on the list that key sets are fetched from"))
            }
            let isAtHome = environment == .sandbox && isLoopback(host)
            guard parsed.scheme == "https" || isAtHome else { return .failure(.init("an https URL")) }
            return .success(KeySetAddress(url: parsed.url, host: host, environment: environment))
        }
    }

    /// This machine, which only a sandbox may point to. Every other address must be public.
    var isOwnMachine: Bool { environment == .sandbox && Self.isLoopback(host) }

    private static func isLoopback(_ host: String) -> Bool {
        guard let address = IPAddress(host) else { return host == "localhost" }
        return address.bytes.count == 4
            ? address.bytes[0] == 127 : address.bytes == Array(repeating: 0, count: 15) + [1]
    }
}
