// A request that named no redirect URI, because only one is registered (RFC 6749 §3.1.2.3), and what its code then needs.

import Domain
import Gateway
import TestKit
import Testing

@Suite("A redirect URI that was left out")
struct OmittedRedirectTests {
    private func code(_ stage: Stage, _ ada: PersonID, _ pulse: TestApplication, named: Bool) async throws -> String {
        var asked = stage.request(pulse)
        if !named { asked.redirectURI = nil }
        return try await stage.consent(ada, asked: asked, approved: ["rule:heart", "rule:walking"]).code
    }

    private func exchange(
        _ stage: Stage, _ pulse: TestApplication, _ code: String, _ redirectURI: String?
    ) async throws(Declined) -> TokenAnswer {
        try await stage.gateway.exchange(
            code: code, redirectURI: redirectURI, verifier: Stage.verifier, client: pulse.client, request: nil)
    }

    @Test(
        "RFC 6749 §4.1.3: a code of a request without one is exchanged without one, or with the right one, and with no other",
        arguments: EngineUnderTest.available)
    func leftOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let first = try await code(stage, ada, pulse, named: false)
            #expect(try await exchange(stage, pulse, first, nil).expiresIn == 3_600)
            let second = try await code(stage, ada, pulse, named: false)
            #expect(try await exchange(stage, pulse, second, pulse.redirectURI).expiresIn == 3_600)
            for wrong in ["https://pulse.example/back/", "https://evil.example/", "", "HTTPS://pulse.example/back"] {
                let third = try await code(stage, ada, pulse, named: false)
                await declined(as: .invalidGrant) { try await exchange(stage, pulse, third, wrong) }
            }
        }
    }

    @Test(
        "RFC 6749 §4.1.3: a code of a request that had one needs the same one", arguments: EngineUnderTest.available)
    func given(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let code = try await code(stage, ada, pulse, named: true)
            await declined(as: .invalidGrant) { try await exchange(stage, pulse, code, nil) }
        }
    }

    @Test("RFC 9126: a request that was pushed without one is remembered so")
    func pushed() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            var asked = stage.request(pulse)
            asked.redirectURI = nil
            let pushed = try await stage.gateway.push(asked, client: pulse.client, key: nil, request: nil)
            let short = AuthorizationRequest(
                responseType: "", clientID: pulse.id.text, redirectURI: nil, scope: "", state: nil, codeChallenge: nil,
                codeChallengeMethod: nil, requestURI: pushed.requestURI)
            let code = try await stage.consent(ada, asked: short, approved: ["rule:heart", "rule:walking"]).code
            #expect(try await exchange(stage, pulse, code, nil).expiresIn == 3_600)
        }
    }
}
