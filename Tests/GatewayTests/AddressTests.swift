// Where a webhook and a redirect may point. Every spelling of a private address is a private address.

import Domain
import Testing

@testable import Gateway

@Suite("Addresses")
struct AddressTests {
    @Test(
        "F2: an address outside the public internet is told as such, however it is spelled",
        arguments: [
            "0.0.0.0", "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433",
            "017700000001",
            "0177.0.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
            "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:0a00:0001::1", "2002:c0a8:0101::", "2001::1",
            "2001:db8::1", "2001:10::1", "100::1", "3fff::1", "5f00::1", "fec0::1",
        ])
    func isPrivate(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
        let host = text.contains(":") ? "[\(text)]" : text
        guard case .failure = WebhookAddress.parse("https://\(host)/hook", in: .production) else {
            Issue.record("\(text) was let through")
            return
        }
    }

    @Test(
        "F2: public addresses are public, with the borders of every private range",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
            "192.0.1.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "0x01010101", "2606:4700::1111", "2a00:1450::1",
            "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1",
        ])
    func isPublic(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
        let host = text.contains(":") ? "[\(text)]" : text
        guard case .success = WebhookAddress.parse("https://\(host)/hook", in: .production) else {
            Issue.record("\(text) was refused")
            return
        }
    }

    @Test("A name is no address", arguments: ["example.org", "localhost", "", "1.2.3.4.5", "::g", "256.1.1.1", "0x"])
    func names(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "F2: in production a webhook is https to a public name; in sandbox plain and local ones do as well",
        arguments: [
            ("https://hooks.example.org/in", true, true), ("https://hooks.example.org:8443/in?x=1", true, true),
            ("HTTPS://hooks.example.org/", true, true), ("http://hooks.example.org/in", false, true),
            ("http://127.0.0.1:9000/in", false, true), ("http://localhost/in", false, true),
            ("https://localhost/in", false, true), ("https://localhost./in", false, true),
            ("https://intranet/in", false, true), ("https://printer.local/in", false, true),
            ("https://db.internal/in", false, true), ("https://127.0.0.1./in", false, true),
            ("https://user@hooks.example.org/in", false, false), ("https://u:p@hooks.example.org/in", false, false),
            ("https://hooks.example.org/in#part", false, false), ("ftp://hooks.example.org/in", false, false),
            ("file:///etc/passwd", false, false), ("hooks.example.org/in", false, false), ("/in", false, false),
            ("", false, false), ("https://", false, false), ("https:///in", false, false),
            ("gopher://127.0.0.1/", false, false), ("javascript:alert(1)", false, false),
            ("https://[::1]:8443/in", false, true), ("https://[fe80::1%25eth0]/in", false, true),
        ])
    func webhooks(_ url: String, _ inProduction: Bool, _ inSandbox: Bool) {
        for (environment, isAllowed) in [(Environment.production, inProduction), (.sandbox, inSandbox)] {
            let result = WebhookAddress.parse(url, in: environment)
            #expect((try? result.get()) != nil ? isAllowed : !isAllowed, "\(environment.rawValue)")
            if let address = try? result.get() { #expect(address.url == url) }
        }
        let long = "https://hooks.example.org/" + String(repeating: "a", count: 2_000)
        #expect((try? WebhookAddress.parse(long, in: .sandbox).get()) == nil)
    }

    @Test("F2: a webhook's port and host are those of its URL")
    func parts() throws {
        let plain = try WebhookAddress.parse("https://Hooks.example.org/in", in: .production).get()
        #expect(plain.port == 443)
        let spelled = try WebhookAddress.parse("https://hooks.example.org:8443/in", in: .production).get()
        #expect(spelled.port == 8_443)
        #expect(spelled.host == "hooks.example.org")
        #expect(try WebhookAddress.parse("http://[::1]/in", in: .sandbox).get().host == "::1")
        #expect(try WebhookAddress.parse("http://[::1]/in", in: .sandbox).get().port == 80)
    }

    @Test(
        "C2: a redirect URI is https, or plain http to the loopback, or in sandbox any http",
        arguments: [
            ("https://pulse.example/back", true, true), ("https://pulse.example/back?a=b", true, true),
            ("http://127.0.0.1:5000/back", true, true), ("http://localhost/back", true, true),
            ("http://[::1]:5000/back", true, true), ("http://pulse.example/back", false, true),
            ("http://localhost.evil.example/back", false, true), ("http://127.0.0.1.evil.example/", false, true),
            ("https://pulse.example/back#part", false, false), ("https://pulse.example/#", false, false),
            ("https://user@pulse.example/back", false, false), ("https://pulse.example@evil.example/", false, false),
            ("pulse://back", false, false), ("javascript:alert(1)", false, false), ("data:text/html,x", false, false),
            ("//pulse.example/back", false, false), ("/back", false, false), ("", false, false),
            ("https://pulse.example/b ack", false, false), ("https://pulse.example/\nback", false, false),
            ("https://pülse.example/back", false, false), ("https:///back", false, false),
            ("https://evil.example\\@pulse.example/", false, false),
        ])
    func redirects(_ uri: String, _ inProduction: Bool, _ inSandbox: Bool) {
        #expect((RedirectURI.fault(of: uri, in: .production) == nil) == inProduction)
        #expect((RedirectURI.fault(of: uri, in: .sandbox) == nil) == inSandbox)
    }

    @Test(
        "C2: an answer is added to a redirect URI fully encoded, and what was there stays",
        arguments: [
            ("https://p.example/back", "https://p.example/back?state=S"),
            ("https://p.example/back?", "https://p.example/back?state=S"),
            ("https://p.example/back?a=b", "https://p.example/back?a=b&state=S"),
            ("https://p.example/back?a=b&", "https://p.example/back?a=b&state=S"),
            ("https://p.example", "https://p.example?state=S"),
        ])
    func adding(_ uri: String, _ expected: String) {
        let state = "a&code=x#f é+%20\r\nSet-Cookie: y"
        let encoded = "a%26code%3Dx%23f%20%C3%A9%2B%2520%0D%0ASet-Cookie%3A%20y"
        #expect(
            RedirectURI.adding([("state", state), ("none", nil)], to: uri)
                == expected.replacing("state=S", with: "state=\(encoded)"))
    }
}
