// Proof key for code exchange (RFC 7636) as a table of generated rows: S256 only, required of everybody, wrong in every way there is.

import Crypto
import Domain
import Foundation
import Gateway
import TestKit
import Testing
import Vault

@Suite("The PKCE matrix")
struct PKCEMatrixTests {
    private static let unreserved = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    static func verifier(_ length: Int, _ dice: inout SeededDice) -> String {
        String((0..<length).map { _ in dice.pick(unreserved) })
    }

    static func challenge(of verifier: String) -> String {
        Data(SHA256.hash(data: Array(verifier.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    struct Start: Sendable {
        let name: String
        let challenge: String?
        let method: String?
    }

    /// Challenges and methods that no authorization request may have.
    static let badStarts: [Start] = {
        var dice = SeededDice("PKCE starts")
        let good = Stage.challenge
        var rows: [Start] = []
        let methods: [String?] = [
            nil, "", "plain", "s256", "S256 ", " S256", "S-256", "SHA256", "S384", "S512", "S256,plain", "PLAIN",
            "none",
            "Ｓ256", "S25\u{0}6",
        ]
        var challenges: [String?] = [
            nil, "", " ", good + "=", good + "A", String(good.dropLast()), good + "\n", " " + good, good + "\u{0}",
            good.replacing("-", with: "+"), String(good.dropLast()) + "/", String(good.dropLast()) + ".",
            String(good.dropLast()) + "~", String(good.dropLast()) + "é", String(good.dropLast()) + "Ａ",
            String(good.dropLast()) + "\u{212A}", Stage.verifier + Stage.verifier,
        ]
        for length in Array(1...42) + [44, 45, 64, 86, 128, 129, 1_000] {
            challenges.append(verifier(length, &dice).replacing(".", with: "a").replacing("~", with: "b"))
        }
        for challenge in challenges {
            rows.append(Start(name: "challenge \(challenge ?? "none")", challenge: challenge, method: "S256"))
            rows.append(Start(name: "plain \(challenge ?? "none")", challenge: challenge, method: "plain"))
        }
        for method in methods {
            for challenge in [good, challengeOfDice(&dice), Stage.verifier, nil] {
                rows.append(Start(name: "method \(method ?? "none")", challenge: challenge, method: method))
            }
        }
        return rows
    }()

    private static func challengeOfDice(_ dice: inout SeededDice) -> String { challenge(of: verifier(64, &dice)) }

    @Test(
        "§6 check 10: without an S256 challenge of 43 characters nothing begins, for any kind of client",
        arguments: EngineUnderTest.available)
    func starts(_ engine: EngineUnderTest) async throws {
        #expect(Self.badStarts.count > 150)
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let kinds: [ClientTraits] = [
                .standard, ClientTraits(authentication: .none), ClientTraits(authentication: .none, isNative: true),
                ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(try ProofKey.first.get())),
            ]
            for (place, row) in Self.badStarts.enumerated() {
                if place % (Self.badStarts.count / kinds.count + 1) == 0 {
                    try await stage.become(pulse, kinds[place * kinds.count / Self.badStarts.count])
                }
                var asked = stage.request(pulse)
                asked.codeChallenge = row.challenge
                asked.codeChallengeMethod = row.method
                #expect(try await stage.errorSentBack(asked) == "invalid_request", "\(row.name)")
            }
            try await stage.become(pulse, .standard)
            for row in Self.badStarts.prefix(40) {
                var asked = stage.request(pulse)
                asked.codeChallenge = row.challenge
                asked.codeChallengeMethod = row.method
                let bad = asked
                #expect(try await stage.errorSentBack(bad, client: pulse.client) == "invalid_request", "\(row.name)")
                await declined(as: .invalidRequest) {
                    try await stage.gateway.push(bad, client: pulse.client, key: nil, request: nil)
                }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
        }
    }

    struct End: Sendable {
        let name: String
        let verifier: String?
        let problem: Problem
    }

    /// Verifiers for the challenge of `Stage.verifier` that are not it.
    static let badEnds: [End] = {
        var dice = SeededDice("PKCE ends")
        let good = Stage.verifier
        var rows: [End] = [
            End(name: "none", verifier: nil, problem: .invalidRequest),
            End(name: "the challenge itself (plain)", verifier: Stage.challenge, problem: .invalidGrant),
            End(name: "in capitals", verifier: good.uppercased(), problem: .invalidGrant),
            End(name: "in small letters", verifier: good.lowercased(), problem: .invalidGrant),
            End(name: "backwards", verifier: String(good.reversed()), problem: .invalidGrant),
        ]
        let malformed = [
            "", " ", good + " ", " " + good, good + "\n", good + "\u{0}", good + "=", good + "+", good + "/",
            String(good.dropLast()) + "é", good + "\u{301}", String(good.dropLast()) + "\u{212A}",
            String(repeating: "a", count: 129), String(repeating: "a", count: 10_000),
        ]
        for text in malformed { rows.append(End(name: "malformed", verifier: text, problem: .invalidRequest)) }
        for length in 1...42 {
            rows.append(End(name: "\(length) characters", verifier: verifier(length, &dice), problem: .invalidRequest))
        }
        for length in 43...128 {
            rows.append(End(name: "\(length) characters", verifier: verifier(length, &dice), problem: .invalidGrant))
        }
        // One character changed, left out or added.
        let letters = Array(good)
        for place in letters.indices {
            var changed = letters
            changed[place] = letters[place] == "A" ? "B" : "A"
            rows.append(End(name: "changed at \(place)", verifier: String(changed), problem: .invalidGrant))
            var longer = letters
            longer.insert("x", at: place)
            rows.append(End(name: "longer at \(place)", verifier: String(longer), problem: .invalidGrant))
            var shorter = letters
            shorter.remove(at: place)
            rows.append(End(name: "shorter at \(place)", verifier: String(shorter), problem: .invalidRequest))
        }
        return rows
    }()

    @Test(
        "§6 check 10: no verifier but the right one buys a token, from confidential and public clients alike",
        arguments: EngineUnderTest.available)
    func ends(_ engine: EngineUnderTest) async throws {
        #expect(Self.badEnds.count > 250)
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            var client = pulse.client
            var consent = try await stage.consent(ada, to: pulse)
            for (place, row) in Self.badEnds.enumerated() {
                if place == Self.badEnds.count / 2 {
                    try await stage.become(pulse, ClientTraits(authentication: .none))
                    client = pulse.named
                }
                let code = consent.code
                let who = client
                await declined(as: row.problem) {
                    try await stage.gateway.exchange(
                        code: code, redirectURI: pulse.redirectURI, verifier: row.verifier, client: who, request: nil)
                }
                // What is no verifier at all does not spend the code; a wrong guess does.
                if row.problem == .invalidGrant { consent = try await stage.consent(ada, to: pulse) }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token") == 0)
            let code = consent.code
            let answer = try await stage.gateway.exchange(
                code: code, redirectURI: pulse.redirectURI, verifier: Stage.verifier, client: client, request: nil)
            #expect(answer.expiresIn == 3_600)
        }
    }

    @Test(
        "§6 check 10: every verifier of 43 to 128 unreserved characters is good with its own challenge",
        arguments: EngineUnderTest.available)
    func goodOnes(_ engine: EngineUnderTest) async throws {
        var dice = SeededDice("PKCE good ones")
        let verifiers =
            stride(from: 43, through: 128, by: 5).map { Self.verifier($0, &dice) } + [
                Self.verifier(128, &dice), String(repeating: "~", count: 43), String(repeating: ".", count: 128),
            ]
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            for verifier in verifiers {
                var asked = stage.request(pulse)
                asked.codeChallenge = Self.challenge(of: verifier)
                let consent = try await stage.consent(ada, asked: asked, approved: ["rule:heart", "rule:walking"])
                // Another flow's verifier is of no use here.
                let answer = try await stage.gateway.exchange(
                    code: consent.code, redirectURI: pulse.redirectURI, verifier: verifier, client: pulse.client,
                    request: nil)
                #expect(answer.scope == "rule:heart rule:walking", "\(verifier)")
            }
        }
    }

    @Test(
        "§6 check 10: another client's code, and a code with another flow's verifier, buy nothing",
        arguments: EngineUnderTest.available)
    func crossed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let thief = try await stage.application("Thief", redirectURIs: ["https://pulse.example/back"])
            let ada = try await stage.person()
            let victim = try await stage.consent(ada, to: pulse)
            let other = String(repeating: "v", count: 43)
            var asked = stage.request(thief)
            asked.codeChallenge = Self.challenge(of: other)
            let own = try await stage.consent(ada, asked: asked, approved: ["rule:heart", "rule:walking"])
            for (code, verifier, client) in [
                (victim.code, Stage.verifier, thief.client), (victim.code, other, thief.client),
                (own.code, Stage.verifier, thief.client),
            ] {
                await declined(as: .invalidGrant) {
                    try await stage.gateway.exchange(
                        code: code, redirectURI: pulse.redirectURI, verifier: verifier, client: client, request: nil)
                }
            }
            _ = try await stage.exchange(victim, by: pulse)
        }
    }
}
