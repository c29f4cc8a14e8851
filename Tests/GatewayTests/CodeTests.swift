// The authorization code's one use, and how long tokens live (RFC 6749 §4.1.2, RFC 7636, RFC 9700 §2.1.1).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Codes and tokens")
struct CodeTests {
    @Test(
        "A code is worth nothing with another verifier, redirect URI, client or secret",
        arguments: EngineUnderTest.available)
    func wrongPresentation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let mistakes: [(Problem, String?, String?, ClientCredentials)] = [
                (.invalidGrant, pulse.redirectURI, String(repeating: "v", count: 43), pulse.client),
                (.invalidGrant, "https://pulse.example/back/", Stage.verifier, pulse.client),
                (.invalidGrant, nil, Stage.verifier, pulse.client),
                (.invalidGrant, pulse.redirectURI, Stage.verifier, other.client),
                (.invalidClient, pulse.redirectURI, Stage.verifier, ClientCredentials(id: pulse.id.text, secret: "x")),
                (.invalidClient, pulse.redirectURI, Stage.verifier, ClientCredentials(id: "app_x", secret: "x")),
                (.invalidRequest, pulse.redirectURI, nil, pulse.client),
                (.invalidRequest, pulse.redirectURI, "short", pulse.client),
            ]
            for (problem, uri, verifier, client) in mistakes {
                let consent = try await stage.consent(ada, to: pulse)
                await declined(as: problem) {
                    try await stage.gateway.exchange(
                        code: consent.code, redirectURI: uri, verifier: verifier, client: client, request: nil)
                }
                stage.clock.move(by: .seconds(1))
            }
            await declined(as: .invalidGrant) {
                try await stage.gateway.exchange(
                    code: "lac_unknown", redirectURI: pulse.redirectURI, verifier: Stage.verifier,
                    client: pulse.client, request: nil)
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token") == 0)
        }
    }

    @Test("Another client's attempt does not spend the code", arguments: EngineUnderTest.available)
    func strangerDoesNotSpend(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: other) }
            #expect(try await stage.exchange(consent, by: pulse).expiresIn == 3_600)
        }
    }

    @Test("A code lives ten minutes, to the microsecond", arguments: EngineUnderTest.available)
    func codeExpires(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let first = try await stage.consent(ada, to: pulse)
            let second = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: Span(microseconds: Span.minutes(10).microseconds - 1))
            _ = try await stage.exchange(first, by: pulse)
            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .invalidGrant) { try await stage.exchange(second, by: pulse) }
        }
    }

    @Test(
        "A code used twice ends the tokens of its first use, and that is on record",
        arguments: EngineUnderTest.available)
    func secondUse(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let spared = try await stage.authorize(ada, pulse)
            let consent = try await stage.consent(ada, to: pulse)
            let answer = try await stage.exchange(consent, by: pulse)
            let record = try #require(answer.record).text
            _ = try await stage.read(answer.accessToken, record)

            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
            await declined(as: .notAuthenticated) { try await stage.read(answer.accessToken, record) }
            _ = try await stage.read(spared.token, record)
            let issued = try await stage.audit(.tokenIssued)
            #expect(issued.map(\.outcome).sorted() == ["done", "done", "failed:INVALID_GRANT"])

            // A third time there is nothing left to end, and nothing more to say.
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
            #expect(try await stage.audit(.tokenIssued).count == 3)
        }
    }

    @Test("Of twenty exchanges of one code at once at most one token comes out", arguments: EngineUnderTest.available)
    func race(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            let results = await outcomes(of: 20) { _ in try await stage.exchange(consent, by: pulse) }
            #expect(results.compactMap(\.answer).count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .invalidGrant, count: 19))
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token") == 1)
            // The losers were second uses: what the winner got is over.
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)
        }
    }

    @Test("C7: a token past its life is TOKEN_EXPIRED, to the microsecond", arguments: EngineUnderTest.available)
    func tokenExpires(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: Span(microseconds: Span.hours(1).microseconds - 1))
            _ = try await stage.read(mine.token, mine.record)
            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .tokenExpired) { try await stage.read(mine.token, mine.record) }
            let line = try #require(try await stage.audit(.read).last)
            #expect(line.outcome == "failed:TOKEN_EXPIRED")
            #expect(line.application == pulse.id.text)
            #expect(line.grant == mine.grant.text)
        }
    }

    @Test("C6: no token outlives its grant", arguments: EngineUnderTest.available)
    func tokenEndsWithGrant(_ engine: EngineUnderTest) async throws {
        var policy = Stage.policy
        policy.accessTokenLife = .days(30)
        try await Stage.on(engine, policy: policy) { stage in
            let pulse = try await stage.application(grantDays: 1)
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: .minutes(5))
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(answer.expiresIn == 86_400 - 300)
            #expect(answer.authorizationExpiresIn == Int64(86_400 - 300))
            let record = try #require(answer.record).text
            stage.clock.move(by: Span(microseconds: Span.days(1).microseconds - Span.minutes(5).microseconds - 1))
            _ = try await stage.read(answer.accessToken, record)
            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .tokenExpired) { try await stage.read(answer.accessToken, record) }
            // What the sweep writes down changes nothing about the answer.
            _ = try await stage.gateway.sweepRound()
            await declined(as: .tokenExpired) { try await stage.read(answer.accessToken, record) }
            // The application alone is answered by the grant.
            #expect(try await stage.gateway.grant(consent.grant, of: ada).state == .expired)
        }
    }

    @Test("C7: an application alone meets an expired grant as CONSENT_REQUIRED", arguments: EngineUnderTest.available)
    func expiredGrant(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [.reads(["steps"], named: "alone", mode: .offline)], grantDays: 1)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:alone")
            stage.clock.move(by: .days(1))
            let alone = try await stage.gateway.clientCredentials(client: pulse.client, scope: "", request: nil)
            for isSwept in [false, true] {
                if isSwept { _ = try await stage.gateway.sweepRound() }
                await declined(as: .consentRequired) { try await stage.read(alone.accessToken, mine.record) }
            }
            // A new consent of the same person gives the same record again.
            let again = try await stage.authorize(ada, pulse, scope: "rule:alone")
            #expect(again.record == mine.record)
            #expect(try await stage.read(alone.accessToken, mine.record).parcels.isEmpty)
        }
    }

    @Test("A code whose grant was revoked buys nothing", arguments: EngineUnderTest.available)
    func revokedCode(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            try await stage.revoke(consent.grant, by: ada)
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
        }
    }

    @Test(
        "C1: every credential that is no access token is one uniform refusal, and leaves no line",
        arguments: EngineUnderTest.available)
    func unknownTokens(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            let session = try await stage.gateway.signIn(
                login: "ada@example.org", password: "correct horse battery", kind: .bearer, request: nil)
            let before = try await stage.audit().count
            var refusals: Set<String> = []
            for token in ["", "lat_unknown", "\u{0}", session.token, consent.code, pulse.secret] {
                let refusal = await declined(as: .notAuthenticated) {
                    try await stage.read(token, "r_00000000000000000000000000")
                }
                refusals.insert("\(String(describing: refusal))")
            }
            #expect(refusals.count == 1)
            #expect(try await stage.audit().count == before)
        }
    }
}
