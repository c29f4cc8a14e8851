// The same code and the same refresh token by fifty at once, on two nodes: no accident, and nobody is left without a way on.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Acceptance checks: token races")
struct TokenRaceTests {
    @Test(
        "§6 check 8: of fifty exchanges of one code one wins, 49 are invalid_grant, what was won is dead, the grant is alive",
        arguments: EngineUnderTest.available)
    func oneCode(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let ada = try await one.person()
            let spared = try await one.lastingTokens(ada, pulse)
            let consent = try await one.consent(ada, to: pulse, scope: Stage.lastingScope)
            let results = await outcomes(of: 50) { place in
                try await (place % 2 == 0 ? one : other).exchange(consent, by: pulse)
            }
            let won = results.compactMap(\.answer)
            #expect(won.count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .invalidGrant, count: 49))
            let winner = try #require(won.first)
            let refresh = try #require(winner.refreshToken)
            await declined(as: .notAuthenticated) { try await one.read(winner.accessToken, spared.record) }
            await declined(as: .invalidGrant) { try await one.refresh(refresh, by: pulse) }
            for token in [winner.accessToken, refresh] { #expect(try await one.introspect(token, by: pulse) == nil) }
            #expect(try await one.gateway.grant(consent.grant, of: ada).state == .active)
            let failed = try await one.audit(.tokenIssued).filter { $0.outcome != "done" }
            #expect(failed.map(\.grant) == [consent.grant.text])
            _ = try await other.read(spared.access, spared.record)
            _ = try await other.refresh(spared.refresh, by: pulse)
        }
    }

    @Test(
        "§6 check 8: a code that comes back later ends every generation that it began",
        arguments: EngineUnderTest.available)
    func codeComesBack(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse, scope: Stage.lastingScope)
            let first = try await stage.exchange(consent, by: pulse)
            let second = try await stage.refresh(try #require(first.refreshToken), by: pulse)
            let third = try await stage.refresh(try #require(second.refreshToken), by: pulse)
            stage.clock.move(by: .minutes(30))
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
            let record = try #require(first.record).text
            for token in [first.accessToken, second.accessToken, third.accessToken] {
                await declined(as: .notAuthenticated) { try await stage.read(token, record) }
            }
            await declined(as: .invalidGrant) {
                try await stage.refresh(try #require(third.refreshToken), by: pulse)
            }
            #expect(try await stage.gateway.grant(consent.grant, of: ada).state == .active)
        }
    }

    @Test(
        "§6 check 9: of fifty refreshes with one token every answer is coherent, and the client goes on with any of them",
        arguments: EngineUnderTest.available)
    func oneRefreshToken(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let ada = try await one.person()
            let mine = try await one.lastingTokens(ada, pulse)
            let results = await outcomes(of: 50) { place in
                try await (place % 2 == 0 ? one : other).refresh(mine.refresh, by: pulse)
            }
            #expect(results.compactMap(\.problem).allSatisfy { $0 == .invalidGrant })
            let answers = results.compactMap(\.answer)
            // The clock stands still, so all of them are within the window.
            #expect(answers.count == 50)
            #expect(Set(answers.map(\.accessToken)).count == answers.count)
            #expect(Set(answers.compactMap(\.refreshToken)).count == answers.count)
            #expect(Set(answers.map(\.scope)) == [mine.answer.scope])
            #expect(Set(answers.map(\.grant)) == [mine.grant])
            for answer in answers { _ = try await one.read(answer.accessToken, mine.record) }
            #expect(try await one.count("SELECT MAX(generation) FROM token_family") == 2)

            // Any of them carries on; what was replayed after that ends it all.
            let next = try await other.refresh(try #require(answers.last?.refreshToken), by: pulse)
            _ = try await one.read(next.accessToken, mine.record)
            await declined(as: .invalidGrant) { try await one.refresh(mine.refresh, by: pulse) }
            for token in answers.compactMap(\.refreshToken) + [next.refreshToken].compactMap({ $0 }) {
                await declined(as: .invalidGrant) { try await other.refresh(token, by: pulse) }
            }
            await declined(as: .notAuthenticated) { try await one.read(next.accessToken, mine.record) }
            #expect(try await one.gateway.grant(mine.grant, of: ada).state == .active)
        }
    }

    @Test(
        "§6 check 9: thief and owner at once: whoever comes with what came before the successor ends it for both",
        arguments: EngineUnderTest.available)
    func thief(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let ada = try await one.person()
            for _ in 0..<4 {
                let mine = try await one.lastingTokens(ada, pulse)
                let second = try await one.refresh(mine.refresh, by: pulse)
                let newest = try #require(second.refreshToken)
                let results = await outcomes(of: 12) { place in
                    try await place % 2 == 0
                        ? one.refresh(newest, by: pulse) : other.refresh(mine.refresh, by: pulse)
                }
                let problems = results.compactMap(\.problem)
                #expect(problems.allSatisfy { $0 == .invalidGrant }, "\(Set(problems))")
                // Until the newest is used the old one is a retry; after that it ends the family.
                await declined(as: .invalidGrant) { try await one.refresh(mine.refresh, by: pulse) }
                await declined(as: .invalidGrant) { try await other.refresh(newest, by: pulse) }
            }
        }
    }

    @Test(
        "A pushed request and a client's assertion taken by many at once are taken by one",
        arguments: EngineUnderTest.available)
    func pushed(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine, policy: Stage.unhurried) { one, other in
            let pulse = try await one.lastingApplication()
            try await one.become(
                pulse, ClientTraits(authentication: .privateKeyJWT, keySet: try keySet(try ProofKey.first.get())))
            let assertion = try ProofDraft.ofAssertion(
                pulse.id, issuer: Stage.policy.publicURL, at: one.clock.now, key: try ProofKey.first.get()
            ).make()
            let client = ClientCredentials(id: pulse.id.text, proof: .assertion(assertion))
            let asked = one.request(pulse, scope: Stage.lastingScope)
            let results = await outcomes(of: 20) { place in
                try await (place % 2 == 0 ? one : other).gateway.push(asked, client: client, key: nil, request: nil)
            }
            #expect(results.compactMap(\.problem) == Array(repeating: .invalidClient, count: 19))
            var byReference = asked
            byReference.requestURI = try #require(results.compactMap(\.answer).first).requestURI
            let browser = byReference
            let starts = await outcomes(of: 20) { place in
                try await (place % 2 == 0 ? one : other).gateway.startAuthorization(
                    browser, client: nil, request: nil)
            }
            #expect(starts.compactMap(\.answer).count == 1)
            #expect(starts.compactMap(\.problem) == Array(repeating: .invalidRequest, count: 19))
        }
    }
}
