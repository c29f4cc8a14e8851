// Tokens that are worth nothing without the key they are bound to (RFC 9449): from the request to the last refresh.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Bound tokens")
struct BoundTokenTests {
    private static let endpoint = "https://licet.example/oauth/token"

    private static func prove(
        _ stage: Stage, _ key: ProofKey, jti: String, token: String? = nil, method: String = "POST",
        url: String = endpoint, nonce: String? = nil
    ) async throws -> String {
        var draft = try ProofDraft.ofProof(
            method, url, token: token, nonce: nonce ?? stage.gateway.proofNonce(), at: stage.clock.now, key: key)
        draft.claims["jti"] = "\"\(jti)\""
        let proof = PresentedProof(text: try draft.make(), method: method, url: url)
        return try await stage.gateway.prove(proof, accessToken: token)
    }

    @Test(
        "RFC 9449 §11.1: a proof counts once, on whichever node, and another with another name counts again",
        arguments: EngineUnderTest.available)
    func once(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let key = try ProofKey.first.get()
            let draft = try ProofDraft.ofProof(
                "POST", Self.endpoint, nonce: one.gateway.proofNonce(), at: one.clock.now, key: key)
            let proof = PresentedProof(text: try draft.make(), method: "POST", url: Self.endpoint)
            let results = await outcomes(of: 12) { place in
                try await (place % 2 == 0 ? one : other).gateway.prove(proof, accessToken: nil)
            }
            #expect(results.compactMap(\.answer) == [try thumbprint(of: key)])
            #expect(results.compactMap(\.problem) == Array(repeating: .invalidDPoPProof, count: 11))
            _ = try await Self.prove(other, key, jti: "proof-2")
        }
    }

    @Test(
        "RFC 9449 §8: a proof needs a nonce of ours that is fresh; it is told apart from a bad proof",
        arguments: EngineUnderTest.available)
    func nonce(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let key = try ProofKey.first.get()
            let old = stage.gateway.proofNonce()
            for nonce in ["", "x", String(repeating: "A", count: 32)] {
                await declined(as: .useDPoPNonce) { try await Self.prove(stage, key, jti: "a", nonce: nonce) }
            }
            // A refused proof does not use up its name.
            _ = try await Self.prove(stage, key, jti: "a", nonce: old)
            stage.clock.move(by: .minutes(10))
            await declined(as: .useDPoPNonce) { try await Self.prove(stage, key, jti: "b", nonce: old) }
            _ = try await Self.prove(stage, key, jti: "b")
            await declined(as: .invalidDPoPProof) {
                try await stage.gateway.prove(
                    PresentedProof(text: "a.b.c", method: "POST", url: Self.endpoint), accessToken: nil)
            }
        }
    }

    @Test(
        "RFC 9449 §10: a code bound by dpop_jkt is exchanged with that key and no other",
        arguments: EngineUnderTest.available)
    func boundCode(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try thumbprint(of: try ProofKey.first.get())
            let foreign = try thumbprint(of: try ProofKey.second.get())
            var asked = stage.request(pulse)
            asked.keyThumbprint = mine
            for (key, isGood) in [(nil, false), (foreign, false), (mine, true)] as [(String?, Bool)] {
                let consent = try await stage.consent(ada, asked: asked, approved: ["rule:heart", "rule:walking"])
                func exchange() async throws(Declined) -> TokenAnswer {
                    try await stage.gateway.exchange(
                        code: consent.code, redirectURI: pulse.redirectURI, verifier: Stage.verifier,
                        client: pulse.client, key: key, request: nil)
                }
                if isGood {
                    let answer = try await exchange()
                    #expect(answer.isBound)
                    #expect(try await stage.introspect(answer.accessToken, by: pulse)?.keyThumbprint == mine)
                } else {
                    await declined(as: .invalidGrant) { try await exchange() }
                }
            }
            for bad in ["", "short", mine + "A", String(repeating: "!", count: 43)] {
                asked.keyThumbprint = bad
                #expect(try await stage.errorSentBack(asked) == "invalid_request")
            }
        }
    }

    @Test(
        "RFC 9449 §10.1: a proof at the pushed request binds the code as dpop_jkt does, and both must agree",
        arguments: EngineUnderTest.available)
    func boundPush(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try thumbprint(of: try ProofKey.first.get())
            let foreign = try thumbprint(of: try ProofKey.second.get())
            var asked = stage.request(pulse)
            asked.keyThumbprint = foreign
            let torn = asked
            await declined(as: .invalidDPoPProof) {
                try await stage.gateway.push(torn, client: pulse.client, key: mine, request: nil)
            }
            let pushed = try await stage.gateway.push(
                stage.request(pulse), client: pulse.client, key: mine, request: nil)
            var byReference = stage.request(pulse)
            byReference.requestURI = pushed.requestURI
            // What the browser says of the key beside it counts for nothing.
            byReference.keyThumbprint = foreign
            let consent = try await stage.consent(ada, asked: byReference, approved: ["rule:heart"])
            await declined(as: .invalidGrant) {
                try await stage.gateway.exchange(
                    code: consent.code, redirectURI: pulse.redirectURI, verifier: Stage.verifier,
                    client: pulse.client, key: foreign, request: nil)
            }
        }
    }

    @Test(
        "RFC 9449 §7: a bound token is worth nothing as a bearer token or with another key, a bearer token nothing with a key",
        arguments: EngineUnderTest.available)
    func use(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try thumbprint(of: try ProofKey.first.get())
            let foreign = try thumbprint(of: try ProofKey.second.get())
            let consent = try await stage.consent(ada, to: pulse)
            let bound = try await stage.gateway.exchange(
                code: consent.code, redirectURI: pulse.redirectURI, verifier: Stage.verifier, client: pulse.client,
                key: mine, request: nil)
            let bearer = try await stage.authorize(ada, pulse)
            let record = bearer.record
            func read(_ token: String, _ key: String?) async throws(Declined) -> Disclosure {
                try await stage.gateway.read(
                    token: token, key: key, record: record, types: nil, limit: 10, after: nil, request: nil)
            }
            _ = try await read(bound.accessToken, mine)
            _ = try await read(bearer.token, nil)
            for key in [nil, foreign, ""] {
                await declined(as: .notAuthenticated) { try await read(bound.accessToken, key) }
                await declined(as: .notAuthenticated) {
                    try await stage.gateway.personInfo(token: bound.accessToken, key: key, person: nil, request: nil)
                }
                await declined(as: .notAuthenticated) {
                    try await stage.gateway.acknowledge(
                        token: bound.accessToken, key: key, record: record,
                        parcels: ["msg_00000000000000000000000000"], request: nil)
                }
            }
            await declined(as: .notAuthenticated) { try await read(bearer.token, mine) }
            // After its life, too, nobody learns from a stolen token that it was one.
            stage.clock.move(by: .hours(1))
            await declined(as: .tokenExpired) { try await read(bound.accessToken, mine) }
            await declined(as: .notAuthenticated) { try await read(bound.accessToken, nil) }
        }
    }

    @Test(
        "RFC 9449 §4.3: a proof for reading is for that token, that address and that method",
        arguments: EngineUnderTest.available)
    func proofOfUse(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let key = try ProofKey.first.get()
            let url = "https://licet.example/api/records/r_1"
            _ = try await Self.prove(stage, key, jti: "1", token: "lat_mine", method: "GET", url: url)
            var draft = try ProofDraft.ofProof(
                "GET", url, token: "lat_mine", nonce: stage.gateway.proofNonce(), at: stage.clock.now, key: key)
            draft.claims["jti"] = "\"2\""
            let text = try draft.make()
            let wrong: [(String, String, String?)] = [
                ("POST", url, "lat_mine"), ("GET", url + "2", "lat_mine"), ("GET", url, "lat_other"), ("GET", url, nil),
            ]
            for (method, address, token) in wrong {
                await declined(as: .invalidDPoPProof) {
                    try await stage.gateway.prove(
                        PresentedProof(text: text, method: method, url: address), accessToken: token)
                }
            }
        }
    }

    @Test(
        "RFC 9449 §5: a public client's refresh token is bound to its key; a confidential one is known by its secret",
        arguments: EngineUnderTest.available, [false, true])
    func refresh(_ engine: EngineUnderTest, _ isPublic: Bool) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            if isPublic { try await stage.become(pulse, ClientTraits(authentication: .none, isNative: true)) }
            let client = isPublic ? pulse.named : pulse.client
            let ada = try await stage.person()
            let mine = try thumbprint(of: try ProofKey.first.get())
            let foreign = try thumbprint(of: try ProofKey.second.get())
            let consent = try await stage.consent(ada, to: pulse, scope: Stage.lastingScope)
            let first = try await stage.gateway.exchange(
                code: consent.code, redirectURI: pulse.redirectURI, verifier: Stage.verifier, client: client,
                key: mine, request: nil)
            let refresh = try #require(first.refreshToken)
            if isPublic {
                for key in [nil, foreign] {
                    await declined(as: .invalidGrant) {
                        try await stage.refresh(refresh, by: pulse, as: client, key: key)
                    }
                }
                let second = try await stage.refresh(refresh, by: pulse, as: client, key: mine)
                #expect(second.isBound)
            } else {
                // Its next access token is bound to whatever key it shows.
                let second = try await stage.refresh(refresh, by: pulse, key: foreign)
                #expect(try await stage.introspect(second.accessToken, by: pulse)?.keyThumbprint == foreign)
            }
        }
    }

    @Test(
        "RFC 9449 §5.2: a client that bound itself gets nothing without a proof, anywhere",
        arguments: EngineUnderTest.available, [ClientTraits(bindsTokens: true), ClientTraits(profile: .fapi2)])
    func mustBind(_ engine: EngineUnderTest, _ traits: ClientTraits) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let waiting = try await stage.consent(ada, to: pulse, scope: Stage.lastingScope)
            try await stage.become(pulse, traits)
            let key = try thumbprint(of: try ProofKey.first.get())
            await declined(as: .invalidDPoPProof) { try await stage.exchange(waiting, by: pulse) }
            await declined(as: .invalidDPoPProof) { try await stage.refresh(mine.refresh, by: pulse) }
            await declined(as: .invalidDPoPProof) { try await stage.alone(pulse) }
            await declined(as: .invalidDPoPProof) {
                try await stage.gateway.push(stage.request(pulse), client: pulse.client, key: nil, request: nil)
            }
            #expect(try await stage.refresh(mine.refresh, by: pulse, key: key).isBound)
            let alone = try await stage.gateway.clientCredentials(
                client: pulse.client, scope: "", key: key, request: nil)
            #expect(alone.isBound)
            #expect(try await stage.introspect(alone.accessToken, by: pulse)?.keyThumbprint == key)
        }
    }
}
