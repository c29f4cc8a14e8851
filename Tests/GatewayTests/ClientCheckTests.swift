// Who a client is: by its secret, by its signature, or by its name alone, each only where it was registered so (RFC 6749 §2.3,
// RFC 7523, FAPI 2.0 §5.3.2.1).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Client authentication")
struct ClientCheckTests {
    /// The next request of each kind that a client authenticates for.
    private static func tryAll(_ stage: Stage, _ client: @autoclosure () throws -> ClientCredentials) async throws
        -> [Problem?]
    {
        let asked = AuthorizationRequest(
            responseType: "code", clientID: try client().id, redirectURI: nil, scope: "read:steps", state: nil,
            codeChallenge: Stage.challenge, codeChallengeMethod: "S256")
        let gateway = stage.gateway
        var results: [Problem?] = []
        let exchanging = try client()
        results.append(
            await outcome {
                try await gateway.exchange(
                    code: "lac_x", redirectURI: nil, verifier: Stage.verifier, client: exchanging, request: nil)
            })
        let refreshing = try client()
        results.append(
            await outcome { try await gateway.refresh(token: "lrt_x", scope: nil, client: refreshing, request: nil) })
        let revoking = try client()
        results.append(await outcome { try await gateway.revoke(presented: "x", client: revoking, request: nil) })
        let introspecting = try client()
        results.append(
            await outcome { try await gateway.introspect(presented: "x", client: introspecting, request: nil) })
        let pushing = try client()
        results.append(await outcome { try await gateway.push(asked, client: pushing, key: nil, request: nil) })
        let starting = try client()
        results.append(
            await outcome { try await gateway.startAuthorization(asked, client: starting, request: nil) })
        let alone = try client()
        results.append(
            await outcome { try await gateway.clientCredentials(client: alone, scope: "", request: nil) })
        return results
    }

    private static func outcome<Answer>(_ verb: () async throws -> Answer) async -> Problem? {
        do {
            _ = try await verb()
            return nil
        } catch {
            return (error as? Declined)?.problem ?? .unexpected
        }
    }

    /// Known, and then as far as the question goes.
    private static let known: [Problem?] = [.invalidGrant, .invalidGrant, nil, nil, nil, nil, nil]
    private static let unknown: [Problem?] = Array(repeating: .invalidClient, count: 7)

    @Test(
        "RFC 6749 §2.3: at every endpoint a client is known by what it was registered with and by nothing else",
        arguments: EngineUnderTest.available)
    func methods(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine, policy: Stage.patient) { stage in
            let pulse = try await stage.lastingApplication()
            let key = try ProofKey.first.get()
            let jti = Count()
            @Sendable func assertion() throws -> ClientCredentials {
                jti.add()
                return try stage.assertion(pulse, key, jti: "n\(jti.value)")
            }
            #expect(try await Self.tryAll(stage, pulse.client) == Self.known)
            #expect(try await Self.tryAll(stage, pulse.named) == Self.unknown)
            #expect(try await Self.tryAll(stage, assertion()) == Self.unknown)
            #expect(
                try await Self.tryAll(stage, ClientCredentials(id: pulse.id.text, secret: "lcs_x")) == Self.unknown)

            try await stage.become(pulse, ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(key)))
            #expect(try await Self.tryAll(stage, assertion()) == Self.known)
            #expect(try await Self.tryAll(stage, pulse.client) == Self.unknown)
            #expect(try await Self.tryAll(stage, pulse.named) == Self.unknown)

            try await stage.become(pulse, ClientTraits(authentication: .none, keySet: try keySet(key)))
            // What is for confidential clients only: asking about tokens, starting it for somebody, acting alone.
            #expect(
                try await Self.tryAll(stage, pulse.named) == [
                    .invalidGrant, .invalidGrant, nil, .invalidClient, nil, .invalidClient, .unauthorizedClient,
                ])
            #expect(try await Self.tryAll(stage, pulse.client) == Self.unknown)
            #expect(try await Self.tryAll(stage, assertion()) == Self.unknown)
        }
    }

    @Test(
        "C1: unknown clients and wrong proofs are one refusal; only known clients are told about in the trail",
        arguments: EngineUnderTest.available)
    func oneRefusal(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine, policy: Stage.unhurried) { stage in
            let pulse = try await stage.lastingApplication()
            let before = try await stage.audit().count
            var refusals: Set<String> = []
            let strangers = ["", "app_x", "app_00000000000000000000000000", "\u{0}", pulse.id.text.uppercased() + "x"]
            for id in strangers {
                for proof in [.secret(pulse.secret), .nothing, .assertion("a.b.c")] as [ClientCredentials.Proof] {
                    let refusal = await declined(as: .invalidClient) {
                        try await stage.gateway.refresh(
                            token: "lrt_x", scope: nil, client: ClientCredentials(id: id, proof: proof), request: nil)
                    }
                    refusals.insert("\(String(describing: refusal))")
                }
            }
            #expect(try await stage.audit().count == before)
            let refusal = await declined(as: .invalidClient) {
                try await stage.refresh(
                    "lrt_x", by: pulse, as: ClientCredentials(id: pulse.id.text, secret: "lcs_x"))
            }
            refusals.insert("\(String(describing: refusal))")
            #expect(refusals.count == 1)
            let failures = try await stage.audit().filter { $0.outcome == "failed:INVALID_CLIENT" }
            #expect(try await stage.audit().count == before + 1)
            #expect(failures.map(\.application) == [pulse.id.text])
        }
    }

    @Test(
        "RFC 7523 §3: an assertion counts once, for whatever it was used, and another client's name for it does not matter",
        arguments: EngineUnderTest.available)
    func replay(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine, policy: Stage.unhurried) { stage in
            let key = try ProofKey.first.get()
            let traits = ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(key))
            let pulse = try await stage.lastingApplication()
            let other = try await stage.lastingApplication("Other")
            for application in [pulse, other] { try await stage.become(application, traits) }
            let mine = try stage.assertion(pulse, key, jti: "same")
            let theirs = try stage.assertion(other, key, jti: "same")
            _ = try await stage.gateway.clientCredentials(client: mine, scope: "", request: nil)
            for _ in 0..<2 {
                await declined(as: .invalidClient) {
                    try await stage.gateway.clientCredentials(client: mine, scope: "", request: nil)
                }
                await declined(as: .invalidClient) { try await stage.refresh("lrt_x", by: pulse, as: mine) }
            }
            _ = try await stage.gateway.clientCredentials(client: theirs, scope: "", request: nil)
            // Neither a sweep nor the time until it lapses gives it back.
            stage.clock.move(by: .seconds(65))
            _ = try await stage.gateway.sweepRound()
            await declined(as: .invalidClient) { try await stage.refresh("lrt_x", by: pulse, as: mine) }
        }
    }

    @Test(
        "RFC 7523 §3: an assertion of another key, another kind, for another server or past its time is no proof",
        arguments: EngineUnderTest.available)
    func wrong(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine, policy: Stage.patient) { stage in
            let key = try ProofKey.first.get()
            let foreign = try ProofKey.second.get()
            let pulse = try await stage.lastingApplication()
            let other = try await stage.lastingApplication("Other")
            try await stage.become(pulse, ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(key)))
            let now = stage.clock.now.seconds
            let mistakes: [(String, (inout ProofDraft) throws -> Void)] = [
                ("signed by another key", { $0.key = foreign }),
                ("no signature", { $0.signature = { _ in [] } }),
                ("alg none", { $0.header["alg"] = "\"none\"" }),
                (
                    "alg none without signature",
                    {
                        $0.header["alg"] = "\"none\""; $0.signature = { _ in [] }
                    }
                ),
                ("alg HS256", { $0.header["alg"] = "\"HS256\"" }), ("alg ES384", { $0.header["alg"] = "\"ES384\"" }),
                ("another kid", { $0.header["kid"] = "\"two\"" }),
                ("a proof of possession", { $0.header["typ"] = "\"dpop+jwt\"" }),
                (
                    "its own key",
                    {
                        $0.key = foreign; $0.header["jwk"] = try foreign.members().json
                    }
                ),
                ("audience of the endpoint", { $0.claims["aud"] = "\"https://licet.example/oauth/token\"" }),
                ("audience of two", { $0.claims["aud"] = "[\"https://licet.example\",\"https://other.example\"]" }),
                ("no audience", { $0.claims["aud"] = nil }), ("no jti", { $0.claims["jti"] = nil }),
                ("no expiry", { $0.claims["exp"] = nil }), ("an hour to live", { $0.claims["exp"] = "\(now + 3_600)" }),
                ("over", { $0.claims["exp"] = "\(now - 11)" }), ("not yet", { $0.claims["nbf"] = "\(now + 60)" }),
                ("issued ahead", { $0.claims["iat"] = "\(now + 61)" }),
                ("of another", { $0.claims["sub"] = "\"\(other.id.text)\"" }),
                ("from another", { $0.claims["iss"] = "\"\(other.id.text)\"" }),
                ("a doubled claim", { $0.claims.append("sub", "\"\(pulse.id.text)\"") }),
                ("critical header", { $0.header["crit"] = "[\"b64\"]" }),
            ]
            for (name, spoil) in mistakes {
                let client = try stage.assertion(pulse, key, jti: "once", spoil)
                await declined(as: .invalidClient) {
                    try await stage.gateway.clientCredentials(client: client, scope: "", request: nil)
                }
                #expect(try await stage.count("SELECT COUNT(*) FROM used_proof") == 0, "\(name)")
            }
            _ = try await stage.gateway.clientCredentials(
                client: try stage.assertion(pulse, key, jti: "once"), scope: "", request: nil)
        }
    }

    @Test(
        "The four algorithms are taken, each with the key of its kind", arguments: EngineUnderTest.available,
        ["ES256", "ES384", "RS384", "PS256"])
    func algorithms(_ engine: EngineUnderTest, _ algorithm: String) async throws {
        try await Stage.on(engine, policy: Stage.unhurried) { stage in
            let pulse = try await stage.lastingApplication()
            let key =
                switch algorithm {
                case "ES256": try ProofKey.first.get()
                case "ES384": try ProofKey.wide.get()
                default: try ProofKey.numbers.get()
                }
            try await stage.become(pulse, ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(key)))
            let client = try stage.assertion(pulse, key, jti: "a", algorithm: algorithm)
            #expect(client == ClientCredentials(assertion: try #require(Self.text(of: client))))
            let answer = try await stage.gateway.clientCredentials(client: client, scope: "", request: nil)
            #expect(answer.accessToken.hasPrefix("lat_"))
        }
    }

    private static func text(of client: ClientCredentials) -> String? {
        guard case .assertion(let text) = client.proof else { return nil }
        return text
    }

    @Test(
        "A public client goes through code, PKCE and refresh by its name alone; its code is not redeemed by another's",
        arguments: EngineUnderTest.available)
    func publicClient(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine, policy: Stage.unhurried) { stage in
            let page = try await stage.lastingApplication("Page")
            let thief = try await stage.lastingApplication("Thief")
            for application in [page, thief] {
                try await stage.become(application, ClientTraits(authentication: .none))
            }
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: page, scope: Stage.lastingScope)
            func exchange(
                _ client: ClientCredentials, verifier: String = Stage.verifier
            ) async throws(Declined) -> TokenAnswer {
                try await stage.gateway.exchange(
                    code: consent.code, redirectURI: page.redirectURI, verifier: verifier, client: client, request: nil)
            }
            await declined(as: .invalidGrant) { try await exchange(thief.named) }
            let first = try await exchange(page.named)
            let record = try #require(first.record).text
            _ = try await stage.read(first.accessToken, record)
            let second = try await stage.refresh(try #require(first.refreshToken), by: page, as: page.named)
            await declined(as: .invalidGrant) {
                try await stage.refresh(try #require(second.refreshToken), by: page, as: thief.named)
            }
            try await stage.gateway.revoke(
                presented: try #require(second.refreshToken), client: page.named, request: nil)
            await declined(as: .notAuthenticated) { try await stage.read(second.accessToken, record) }
        }
    }
}
