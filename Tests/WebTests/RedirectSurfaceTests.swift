// Authorization requests as raw text (RFC 6749 §3.1, RFC 9700 §4.11): nothing that is said twice, or in two places, or spelled
// in another way ever leads a browser to an address that was not registered.

import Domain
import Gateway
import HTTPTypes
import TestKit
import Testing

@Suite("Where an authorization request may lead")
struct RedirectSurfaceTests {
    private static let registered = HouseUnderTest.redirectURI

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }

    /// As browsers read it, an address begins with the registered one and goes on with an answer.
    private static func isAtHome(_ location: String) -> Bool {
        location.utf8.starts(with: "\(registered)?".utf8)
    }

    @Test("§6 check 11: a parameter given twice is refused where it is, whichever it is and whatever it says")
    func doubled() async throws {
        try await HouseUnderTest.trying { house in
            let pairs = [
                ("response_type", ["code", "token"]), ("client_id", [house.application.id.text, "app_x"]),
                ("redirect_uri", [Self.registered, "https://evil.example/"]), ("scope", ["rule:heart", ""]),
                ("state", ["s 1", "s 2"]), ("code_challenge", [HouseUnderTest.challenge, "x"]),
                ("code_challenge_method", ["S256", "plain"]), ("response_mode", ["query", "fragment"]),
                ("dpop_jkt", [HouseUnderTest.challenge]), ("request_uri", ["urn:ietf:params:oauth:request_uri:lpr_x"]),
                ("grant_id", ["grt_x"]), ("nonsense", ["1", "2"]),
            ]
            let good = house.authorizePath + "&redirect_uri=" + Self.encode(Self.registered)
            #expect(try await house.ask(.get, good).status == 303)
            for (name, values) in pairs {
                for first in values {
                    for second in values {
                        let twice = "&\(name)=\(Self.encode(first))&\(name)=\(Self.encode(second))"
                        let asked = try await house.ask(.get, good + twice)
                        #expect(asked.status == 400, "\(name)")
                        #expect(asked.headers[.location] == nil, "\(name)")
                        let posted = try await house.postForm(
                            "/oauth/authorize", [:], String(good.dropFirst("/oauth/authorize?".count)) + twice)
                        #expect(posted.status == 400, "\(name)")
                        #expect(posted.headers[.location] == nil, "\(name)")
                    }
                }
            }
        }
    }

    @Test("§6 check 11: however a wrong address is spelled, with a good request or a bad one, no browser is sent there")
    func spelled() async throws {
        var dice = SeededDice("redirects on the wire")
        var addresses = [
            " ", "https://evil.example/", "//evil.example/cb", "\\\\evil.example", "javascript:alert(1)",
            "data:text/html,x", "https://app.example", "https://app.example/", "https://app.example/Cb",
            "https://APP.example/cb", "https://app.example/cb/", "https://app.example/cb?",
            "https://app.example/cb?x=1", "https://app.example/cb#", "https://app.example:443/cb",
            "https://app.example./cb", "https://user@app.example/cb", "https://app.example@evil.example/cb",
            "https://app.example/x/../cb", "https://app.example/./cb", "https://app.example//cb",
            "https://app.example/%63b", "https://app.example%2fcb", "https://app.example/cb%00",
            "https://app.example/cb\u{0}", "https://app.example/cb\r\nLocation: https://evil.example",
            "https://app.example/c\u{212A}", "https://app.exam\u{2060}ple/cb", "http://app.example/cb",
            "HTTPS://app.example/cb", "\(Self.registered) \(Self.registered)",
            "\(Self.registered),https://evil.example",
        ]
        let alphabet = Array("abcPX09:/?#@&=%.\\ \r\n\u{0}é\u{212A}")
        for _ in 0..<150 {
            var letters = Array(Self.registered)
            letters.insert(dice.pick(alphabet), at: dice.roll(0...letters.count))
            if dice.flip() { letters.remove(at: dice.roll(0...letters.count - 1)) }
            addresses.append(String(letters))
        }
        let note = dice.note
        let wrong = addresses.filter { !$0.utf8.elementsEqual(Self.registered.utf8) }
        try await HouseUnderTest.trying { house in
            for (place, address) in wrong.enumerated() {
                let start = house.authorizePath.replacing(
                    "response_type=code", with: "response_type=" + ["code", "token", "", "code%20token"][place % 4])
                let asked = start + "&redirect_uri=" + Self.encode(address)
                let replies = [
                    try await house.ask(.get, asked),
                    try await house.postForm(
                        "/oauth/authorize", [:], String(asked.dropFirst("/oauth/authorize?".count))),
                ]
                for reply in replies {
                    #expect(reply.status == 400, "\(address.debugDescription) \(note)")
                    #expect(reply.headers[.location] == nil, "\(address.debugDescription) \(note)")
                }
            }
            // The good one is led home, with its error.
            let bad = house.authorizePath.replacing("response_type=code", with: "response_type=token")
            let home = try await house.ask(.get, bad + "&redirect_uri=" + Self.encode(Self.registered))
            #expect(home.status == 303)
            #expect(Self.isAtHome(home.location))
            #expect(HouseUnderTest.parameter("error", of: home.location) == "unsupported_response_type")
        }
    }
}
