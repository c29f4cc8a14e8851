// Redirect URIs (RFC 9700 §2.1, RFC 8252 §7.3) as a table of generated rows: nobody is ever sent to bytes that were not registered,
// whatever else is wrong with the request.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("The redirect URI matrix")
struct RedirectMatrixTests {
    /// With a letter K in it, which has a look-alike that Swift calls equal.
    static let registered = [
        "https://Kit.example/Back/in?a=1&b=2", "https://kit.example:8443/x", "http://127.0.0.1/app",
    ]

    struct Row: Sendable {
        let name: String
        let uri: String
    }

    static func near(_ uri: String) -> [Row] {
        var rows: [Row] = []
        func add(_ name: String, _ text: String) { rows.append(Row(name: name, uri: text)) }
        let letters = Array(uri)
        // Every single character in other case, doubled, left out, percent-encoded, or with a mark behind it.
        for (place, letter) in letters.enumerated() {
            let before = String(letters[..<place])
            let after = String(letters[(place + 1)...])
            let swapped = letter.isUppercase ? letter.lowercased() : letter.uppercased()
            add("case at \(place)", before + swapped + after)
            add("without \(place)", before + after)
            add("doubled \(place)", before + String([letter, letter]) + after)
            add("encoded \(place)", before + "%" + String(letter.asciiValue ?? 0, radix: 16) + after)
            add("marked \(place)", before + String(letter) + "\u{301}" + after)
            add("nothing visible at \(place)", before + "\u{200B}" + String(letter) + after)
        }
        for end in [
            "/", "//", "?", "??", "#", "#x", "&", "&c=3", "?c=3", "/..", "/../", "/.", "/%2e%2e", "%00", "\u{0}",
            "%0d%0a",
            "\r\n", "\n", "\t", " ", ";", "@evil.example", ".evil.example", "\\", "\\evil.example", "/../../evil",
            "%20",
            "\u{FEFF}", "\u{202E}", "*", "$", "/*", "http://evil.example",
        ] {
            add("with \(end.debugDescription) behind it", uri + end)
        }
        for start in [" ", "\t", "\u{FEFF}", "//", "http:", "https:", "javascript:", "https://evil.example/"] {
            add("with \(start.debugDescription) before it", start + uri)
        }
        let parts = uri.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        let (scheme, host, path) = (parts[0], parts[2], parts[3])
        for other in [
            "\(host):443", "\(host):80", "\(host):0", "\(host):", "user@\(host)", "user:pass@\(host)",
            "\(host)@evil.example",
            "evil.example", "evil.\(host)", "\(host).evil.example", "\(host)%2eevil.example", "\(host)\\.evil.example",
            "\(host)#.evil.example", "\(host)?.evil.example", "\(host).", "ｋit.example", "кit.example",
            "xn--it-6kc.example", "localhost", "127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "",
        ] where other != host {
            add("host \(other)", "\(scheme)//\(other)/\(path)")
        }
        for other in ["http:", "https:", "HTTPS:", "ftp:", "data:", "file:", "app:", "javascript:", ""]
        where other != scheme {
            add("scheme \(other)", "\(other)//\(host)/\(path)")
        }
        for other in ["/\(path)", "./\(path)", "x/../\(path)", "%2f\(path)", "\\\(path)", ";x/\(path)", "", "evil"] {
            add("path \(other)", "\(scheme)//\(host)/\(other)")
        }
        add("with a Kelvin sign", uri.replacing("K", with: "\u{212A}"))
        add("full width", uri.replacing(":", with: "："))
        add("in a list", "\(uri),\(uri)")
        add("twice with a space", "\(uri) \(uri)")
        return rows
    }

    static let rows: [Row] = {
        var dice = SeededDice("redirect URIs")
        var rows =
            registered.flatMap(near) + [
                Row(name: "empty", uri: ""), Row(name: "relative", uri: "/back"),
                Row(name: "other", uri: "https://evil.example/"),
                Row(name: "long", uri: "https://evil.example/" + String(repeating: "a", count: 10_000)),
            ]
        // And a few hundred that are spoilt in two places at random.
        let alphabet = Array("abcXYZ019:/?#[]@!$&'()*+,;=%._~-\\ \u{0}\u{301}é\u{212A}")
        for number in 0..<300 {
            var letters = Array(dice.pick(registered))
            for _ in 0..<2 {
                switch dice.roll(0...2) {
                case 0: letters[dice.roll(0...letters.count - 1)] = dice.pick(alphabet)
                case 1: letters.insert(dice.pick(alphabet), at: dice.roll(0...letters.count))
                default: letters.remove(at: dice.roll(0...letters.count - 1))
                }
            }
            rows.append(Row(name: "random \(number), \(dice.note)", uri: String(letters)))
        }
        // By bytes: what Swift calls equal may still be another address.
        let good = Set(registered.map { Array($0.utf8) })
        return rows.filter { !good.contains(Array($0.uri.utf8)) }
    }()

    /// Otherwise good, and then wrong in ways whose error would go back to the application.
    private static let faults: [(String, @Sendable (inout AuthorizationRequest) -> Void)] = [
        ("nothing", { _ in }), ("response_type", { $0.responseType = "token" }),
        ("no response_type", { $0.responseType = "" }),
        ("scope", { $0.scope = "rule:unheard-of" }), ("challenge", { $0.codeChallenge = nil }),
        ("method", { $0.codeChallengeMethod = "plain" }), ("response_mode", { $0.responseMode = "fragment" }),
        ("request object", { $0.holdsRequestObject = true }), ("audience", { $0.audience = ["https://evil.example"] }),
        ("grant", { $0.grantManagementAction = "merge" }),
    ]

    @Test(
        "§6 check 11: no request leads to bytes that were not registered, whatever else is wrong with it",
        arguments: EngineUnderTest.available)
    func never(_ engine: EngineUnderTest) async throws {
        #expect(Self.rows.count > 1_000)
        try await Stage.on(engine) { stage in
            let kit = try await stage.application("Kit", redirectURIs: Self.registered)
            for (place, row) in Self.rows.enumerated() {
                var asked = stage.request(kit)
                asked.redirectURI = row.uri
                let (_, spoil) = Self.faults[place % Self.faults.count]
                spoil(&asked)
                let bad = asked
                let client = place % 7 == 0 ? kit.client : nil
                await declined(as: .invalidRequest) {
                    let start = try await stage.gateway.startAuthorization(bad, client: client, request: nil)
                    Issue.record("\(row.name): \(row.uri.debugDescription) leads to \(start)")
                    return start
                }
            }
            for row in Self.rows.prefix(100) {
                var asked = stage.request(kit)
                asked.redirectURI = row.uri
                let bad = asked
                await declined(as: .invalidRequest) {
                    try await stage.gateway.push(bad, client: kit.client, key: nil, request: nil)
                }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
            #expect(try await stage.count("SELECT COUNT(*) FROM pushed_request") == 0)
        }
    }

    @Test(
        "§6 check 11: an error goes to the registered bytes, and only its own parameters are added",
        arguments: EngineUnderTest.available)
    func errors(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let kit = try await stage.application("Kit", redirectURIs: Self.registered)
            for uri in Self.registered {
                for (name, spoil) in Self.faults.dropFirst() {
                    for state in ["xyz", "https://evil.example/", "a&code=lac_x&b", "é\u{301}#?", nil] {
                        var asked = stage.request(kit, state: state)
                        asked.redirectURI = uri
                        spoil(&asked)
                        let start = try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
                        guard case .sendBack(let back) = start else {
                            Issue.record("\(name) was not sent back")
                            continue
                        }
                        let joint = uri.contains("?") ? "&" : "?"
                        #expect(back.utf8.starts(with: (uri + joint + "error=").utf8), "\(name)")
                        #expect(Stage.parameter("state", of: back) == state, "\(name)")
                        #expect(Stage.parameter("iss", of: back) == "https://licet.example")
                        #expect(Stage.parameter("code", of: back) == nil)
                        #expect(!back.contains("#"))
                        #expect(back.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
                    }
                }
            }
        }
    }

    @Test(
        "RFC 8252 §7.3: a native application's own machine may answer on any port; nothing else about it may differ",
        arguments: EngineUnderTest.available)
    func loopback(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let native = try await stage.application(
                "Native",
                redirectURIs: ["http://127.0.0.1/back", "http://[::1]:7000/back?x=1", "https://kit.example/back"])
            let ported = [
                "http://127.0.0.1:1/back", "http://127.0.0.1:8080/back", "http://127.0.0.1:65535/back",
                "http://[::1]/back?x=1", "http://[::1]:51004/back?x=1",
            ]
            func start(_ uri: String) async throws(Declined) -> String? {
                var asked = stage.request(native)
                asked.redirectURI = uri
                return try await stage.errorSentBack(asked)
            }
            for uri in ported { await declined(as: .invalidRequest) { try await start(uri) } }
            try await stage.become(native, ClientTraits(authentication: .none, isNative: true))
            for uri in ported { #expect(try await start(uri) == nil, "\(uri)") }
            let never = [
                "http://127.0.0.1:0/back", "http://127.0.0.1:65536/back", "http://127.0.0.1:99999999999999999999/back",
                "http://127.0.0.1:/back", "http://127.0.0.1:-1/back", "http://127.0.0.1:80 /back",
                "http://127.0.0.1:٨٠/back",
                "http://127.0.0.1:80@evil.example/back", "http://127.0.0.1@evil.example/back",
                "http://127.0.0.1.evil.example/back", "http://127.0.0.1:80.evil.example/back",
                "http://127.0.0.1:80/back/", "http://127.0.0.1:80/Back", "http://127.0.0.1:80/bac\u{212A}",
                "http://127.0.0.1:80/back?x=1", "http://127.0.0.1:80/back#x", "http://127.0.0.1:80\\@evil.example/back",
                "https://127.0.0.1:80/back", "http://127.0.0.2:80/back", "http://127.1:80/back",
                "http://localhost:80/back",
                "http://[::1]:80/back", "http://[::1]:80/back?x=2", "http://[::2]:80/back?x=1",
                "http://[0::1]:80/back?x=1",
                "http://[::ffff:127.0.0.1]:80/back", "https://kit.example:8443/back", "http://127.0.0.1:80\r\n/back",
                "http://127.0.0.1:8\u{301}0/back", "http://0.0.0.0:80/back", "http://2130706433:80/back",
            ]
            for uri in never { await declined(as: .invalidRequest) { try await start(uri) } }

            // The code goes to the port that was asked for, and is redeemed with that address only.
            let ada = try await stage.person()
            for (given, isGood) in [(ported[1], true), (ported[0], false), ("http://127.0.0.1/back", false)] {
                var asked = stage.request(native)
                asked.redirectURI = ported[1]
                let consent = try await stage.consent(ada, asked: asked, approved: ["rule:heart", "rule:walking"])
                #expect(consent.redirectTo.hasPrefix("http://127.0.0.1:8080/back?code="))
                func redeem() async throws(Declined) -> TokenAnswer {
                    try await stage.gateway.exchange(
                        code: consent.code, redirectURI: given, verifier: Stage.verifier, client: native.named,
                        request: nil)
                }
                if isGood {
                    #expect(try await redeem().expiresIn == 3_600)
                } else {
                    await declined(as: .invalidGrant) { try await redeem() }
                }
            }
        }
    }

    @Test(
        "§6 check 11: an address that was taken away is no way back any more, for approvals that are still open neither",
        arguments: EngineUnderTest.available)
    func takenAway(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let kit = try await stage.application("Kit", redirectURIs: Self.registered)
            var asked = stage.request(kit)
            asked.redirectURI = Self.registered[1]
            let start = try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
            guard case .pending(let id, _, let flow) = start else {
                Issue.record("it is not pending")
                return
            }
            #expect(try await stage.gateway.wayBack(from: id, flow: flow)?.hasPrefix(Self.registered[1]) == true)
            try await stage.engine.execute("DELETE FROM redirect_uri WHERE uri = \(Self.registered[1])")
            #expect(try await stage.gateway.wayBack(from: id, flow: flow) == nil)
            let ada = try await stage.person()
            for approved in [["rule:heart", "rule:walking"], []] {
                await declined(as: .approvalExpired) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: flow, approved: approved, through: .page, request: nil)
                }
            }
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
            await declined(as: .invalidRequest) {
                try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
            }
        }
    }
}
