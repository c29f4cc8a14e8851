// Authorization requests pushed ahead (RFC 9126): checked at once, good for one use by one client, and in place of all else.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Pushed requests")
struct PushedTests {
    private static func push(
        _ stage: Stage, _ application: TestApplication, _ asked: AuthorizationRequest? = nil
    ) async throws -> AuthorizationRequest {
        let asked = asked ?? stage.request(application)
        let pushed = try await stage.gateway.push(asked, client: application.client, key: nil, request: nil)
        return reference(pushed.requestURI, application)
    }

    /// What a browser brings: the client's name and the address, nothing else.
    private static func reference(_ uri: String, _ application: TestApplication) -> AuthorizationRequest {
        AuthorizationRequest(
            responseType: "", clientID: application.id.text, redirectURI: nil, scope: "", state: nil,
            codeChallenge: nil, codeChallengeMethod: nil, requestURI: uri)
    }

    @Test(
        "RFC 9126: what was pushed is what is decided on; it is taken once",
        arguments: EngineUnderTest.available)
    func once(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let pushed = try await stage.gateway.push(
                stage.request(pulse), client: pulse.client, key: nil, request: nil)
            #expect(pushed.requestURI.hasPrefix("urn:ietf:params:oauth:request_uri:"))
            #expect(pushed.expiresIn == 90)
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
            let byReference = Self.reference(pushed.requestURI, pulse)
            let consent = try await stage.consent(
                ada, asked: byReference, approved: ["rule:heart", "rule:walking"])
            #expect(Stage.parameter("state", of: consent.redirectTo) == "xyz")
            #expect(consent.redirectTo.hasPrefix(pulse.redirectURI))
            #expect(try await stage.exchange(consent, by: pulse).scope == "rule:heart rule:walking")
            await declined(as: .invalidRequest) {
                try await stage.gateway.startAuthorization(byReference, client: nil, request: nil)
            }
        }
    }

    @Test("RFC 9126 §2.2: it lives 90 seconds, to the microsecond", arguments: EngineUnderTest.available)
    func life(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let early = try await Self.push(stage, pulse)
            let late = try await Self.push(stage, pulse)
            stage.clock.move(by: Span(microseconds: Span.seconds(90).microseconds - 1))
            #expect(try await stage.errorSentBack(early) == nil)
            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .invalidRequest) { try await stage.errorSentBack(late) }
        }
    }

    @Test(
        "RFC 9126 §2.2: another client can neither use nor spend it, and every wrong address is one refusal",
        arguments: EngineUnderTest.available)
    func strangers(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let mine = try await Self.push(stage, pulse)
            var theirs = mine
            theirs.clientID = other.id.text
            var refusals: Set<String> = []
            let uri = try #require(mine.requestURI)
            let wrong = [
                theirs, Self.reference(uri + "x", pulse), Self.reference(String(uri.dropLast()), pulse),
                Self.reference(uri.uppercased(), pulse), Self.reference("https://pulse.example/request.jwt", pulse),
                Self.reference("urn:ietf:params:oauth:request_uri:", pulse), Self.reference("", pulse),
                Self.reference("file:///etc/passwd", pulse), Self.reference("http://169.254.169.254/", pulse),
            ]
            for asked in wrong {
                let refusal = await declined(as: .invalidRequest) {
                    try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
                }
                refusals.insert("\(String(describing: refusal))")
            }
            #expect(refusals.count == 1)
            #expect(try await stage.errorSentBack(mine) == nil)
        }
    }

    @Test(
        "RFC 9126 §4: parameters beside the address count for nothing, good or bad",
        arguments: EngineUnderTest.available)
    func beside(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                redirectURIs: ["https://pulse.example/back", "https://pulse.example/else"])
            let ada = try await stage.person()
            var asked = try await Self.push(stage, pulse, stage.request(pulse, scope: "rule:heart"))
            asked.responseType = "token"
            asked.redirectURI = "https://evil.example/back"
            asked.scope = "rule:heart rule:walking"
            asked.state = "changed"
            asked.codeChallenge = "short"
            asked.codeChallengeMethod = "plain"
            asked.responseMode = "fragment"
            asked.grantManagementAction = "merge"
            asked.details = "[]"
            let consent = try await stage.consent(ada, asked: asked, approved: ["rule:heart"])
            #expect(consent.redirectTo.hasPrefix("https://pulse.example/back?code="))
            #expect(Stage.parameter("state", of: consent.redirectTo) == "xyz")
            #expect(try await stage.exchange(consent, by: pulse).scope == "rule:heart")
        }
    }

    @Test(
        "RFC 9126 §2.3: what an authorization request must not say, a pushed one must not either, and is told at once",
        arguments: EngineUnderTest.available)
    func checkedAtOnce(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let good = stage.request(pulse)
            let faults: [(Problem, (inout AuthorizationRequest) -> Void)] = [
                (.unsupportedResponseType, { $0.responseType = "token" }),
                (.invalidRequest, { $0.codeChallengeMethod = "plain" }), (.invalidRequest, { $0.codeChallenge = nil }),
                (.invalidRequest, { $0.redirectURI = "https://evil.example/back" }),
                (.invalidRequest, { $0.redirectURI = "https://pulse.example/back/" }),
                (.invalidRequest, { $0.responseMode = "form_post" }), (.invalidScope, { $0.scope = "rule:unheard-of" }),
                (.invalidRequest, { $0.requestURI = "urn:ietf:params:oauth:request_uri:lpr_x" }),
                (.invalidRequest, { $0.holdsRequestObject = true }),
                (.invalidAuthorizationDetails, { $0.details = "[]" }),
                (.invalidRequest, { $0.audience = ["https://elsewhere.example"] }),
                (.invalidRequest, { $0.keyThumbprint = "short" }),
                (.invalidRequest, { $0.clientID = other.id.text }),
                (.invalidRequest, { $0.grantManagementAction = "replace" }),
                (.invalidRequest, { $0.state = String(repeating: "s", count: 1_001) }),
            ]
            for (problem, spoil) in faults {
                var asked = good
                spoil(&asked)
                let bad = asked
                await declined(as: problem) {
                    try await stage.gateway.push(bad, client: pulse.client, key: nil, request: nil)
                }
            }
            for client in [other.client, ClientCredentials(id: pulse.id.text, secret: "x"), pulse.named] {
                await declined(as: client.id == pulse.id.text ? .invalidClient : .invalidRequest) {
                    try await stage.gateway.push(good, client: client, key: nil, request: nil)
                }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM pushed_request") == 0)
        }
    }

    @Test(
        "RFC 9126 §6: who must push, and does not, is sent back; a server that starts it itself has proved who it is",
        arguments: EngineUnderTest.available)
    func mustPush(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            #expect(try await stage.errorSentBack(stage.request(pulse)) == nil)
            try await stage.become(pulse, ClientTraits(requiresPushedRequests: true))
            #expect(try await stage.errorSentBack(stage.request(pulse)) == "invalid_request")
            #expect(try await stage.errorSentBack(try await Self.push(stage, pulse)) == nil)
            #expect(try await stage.errorSentBack(stage.request(pulse), client: pulse.client) == nil)
            try await stage.become(pulse, ClientTraits(profile: .fapi2))
            #expect(try await stage.errorSentBack(stage.request(pulse)) == "invalid_request")
        }
    }

    @Test("FAPI 2.0 §5.3.2.1: a code of that profile lives sixty seconds", arguments: EngineUnderTest.available)
    func codeLife(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            try await stage.become(pulse, ClientTraits(profile: .fapi2))
            let ada = try await stage.person()
            let key = try ProofKey.first.get()
            let thumbprint = try thumbprint(of: key)
            var codes: [TestConsent] = []
            for _ in 0..<2 {
                let pushed = try await stage.gateway.push(
                    stage.request(pulse), client: pulse.client, key: thumbprint, request: nil)
                codes.append(
                    try await stage.consent(
                        ada, asked: Self.reference(pushed.requestURI, pulse), approved: ["rule:heart"]))
            }
            func redeem(_ consent: TestConsent) async throws(Declined) -> TokenAnswer {
                try await stage.gateway.exchange(
                    code: consent.code, redirectURI: pulse.redirectURI, verifier: Stage.verifier,
                    client: pulse.client, key: thumbprint, request: nil)
            }
            stage.clock.move(by: Span(microseconds: Span.seconds(60).microseconds - 1))
            #expect(try await redeem(codes[0]).isBound)
            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .invalidGrant) { try await redeem(codes[1]) }
        }
    }
}
