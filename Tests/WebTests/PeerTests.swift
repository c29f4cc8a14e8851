// Whom the service believes about where a request came from.

import HTTPTypes
import Testing

@testable import Web

@Suite("The other end of the connection")
struct PeerTests {
    private func block(_ text: String) throws -> AddressBlock { try #require(AddressBlock(text)) }

    @Test("blocks hold the addresses of their prefix, in IPv4, IPv6 and the one inside the other")
    func blocksHoldAddresses() throws {
        #expect(try block("10.0.0.0/8").contains("10.255.1.2"))
        #expect(try !block("10.0.0.0/8").contains("11.0.0.0"))
        #expect(try block("192.168.4.0/22").contains("192.168.7.255"))
        #expect(try !block("192.168.4.0/22").contains("192.168.8.0"))
        #expect(try block("127.0.0.1").contains("::ffff:127.0.0.1"))
        #expect(try block("2001:db8::/33").contains("2001:db8:7fff::1"))
        #expect(try !block("2001:db8::/33").contains("2001:db8:8000::1"))
        #expect(try block("0.0.0.0/0").contains("1.2.3.4"))
        #expect(try !block("0.0.0.0/0").contains("::1"))
    }

    @Test(
        "what is no block is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0/8", "::/129", "host", "10.0.0.0/8/8", "1.2.3.4/-1"])
    func refusesOtherTexts(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test("forwarded headers count only when a trusted proxy sent them, and only as far as proxies are trusted")
    func believesTrustedProxies() throws {
        let headers: HTTPFields = [.xForwardedFor: "6.6.6.6, 203.0.113.9, 10.0.0.2", .xForwardedProto: "https"]
        let trusted = [try block("10.0.0.0/8")]
        let proxy = Peer(address: "10.0.0.1", trusted: trusted)
        #expect(proxy.client(headers) == "203.0.113.9")
        #expect(proxy.cameByTLS(headers))
        let stranger = Peer(address: "203.0.113.7", trusted: trusted)
        #expect(stranger.client(headers) == "203.0.113.7")
        #expect(!stranger.cameByTLS(headers))
    }

    @Test("this machine is a loopback peer that speaks for itself")
    func knowsThisMachine() {
        #expect(Peer(address: "127.0.0.1", trusted: []).isThisMachine([:]))
        #expect(Peer(address: "::1", trusted: []).isThisMachine([:]))
        #expect(!Peer(address: "127.0.0.1", trusted: []).isThisMachine([.xForwardedFor: "127.0.0.1"]))
        #expect(!Peer(address: "10.0.0.1", trusted: []).isThisMachine([:]))
        #expect(!Peer(address: nil, trusted: []).isThisMachine([:]))
    }

    @Test(
        "the names of our own headers are names",
        arguments: [
            (HTTPField.Name.requestID, "x-request-id"), (.referrerPolicy, "referrer-policy"),
            (.xFrameOptions, "x-frame-options"),
            (.audit, "licet-audit"), (.pragma, "pragma"), (.secFetchSite, "sec-fetch-site"),
            (.xForwardedFor, "x-forwarded-for"), (.xForwardedProto, "x-forwarded-proto"),
        ])
    func headerNames(name: HTTPField.Name, text: String) {
        #expect(name.canonicalName == text)
    }
}
