// How far the end of a grant reaches: every kind of credential, on every node, at the very next request; and nothing beside it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Acceptance checks: the reach of revocation")
struct RevocationReachTests {
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 2)])

    /// Everything that can come of one grant.
    private struct Harvest: Sendable {
        var access: [String] = []
        var refresh: [String] = []
        var record = ""
    }

    private static func reap(
        _ one: Stage, _ other: Stage, _ person: PersonID, _ application: TestApplication, rounds: Int
    ) async throws -> (grant: GrantID, Harvest) {
        var harvest = Harvest()
        var grant: GrantID?
        for round in 0..<rounds {
            let mine = try await one.lastingTokens(person, application)
            grant = mine.grant
            harvest.record = mine.record
            harvest.access.append(mine.access)
            harvest.refresh.append(mine.refresh)
            for generation in 0..<3 {
                let answer =
                    try await (generation + round) % 2 == 0
                    ? one.refresh(harvest.refresh[harvest.refresh.count - 1], by: application)
                    : other.refresh(harvest.refresh[harvest.refresh.count - 1], by: application)
                harvest.access.append(answer.accessToken)
                harvest.refresh.append(try #require(answer.refreshToken))
            }
        }
        return (try #require(grant), harvest)
    }

    @Test(
        "§6 check 4: after the grant was revoked on one node, each of 200 tokens, a code and a pushed request is worth nothing on the other",
        arguments: EngineUnderTest.available)
    func everyKind(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let sister = try await one.lastingApplication("Sister", in: pulse.organization)
            let ada = try await one.person()
            let bob = try await one.person("bob@example.org")
            let cleo = try await one.child(of: ada)
            let (grant, harvest) = try await Self.reap(one, other, ada, pulse, rounds: 25)
            #expect(harvest.access.count + harvest.refresh.count == 200)
            // Beside it: the same client and person for another record, the client for another person, another client.
            let spared = [
                (try await one.lastingTokens(ada, pulse, for: cleo), pulse),
                (try await one.lastingTokens(bob, pulse), pulse), (try await one.lastingTokens(ada, sister), sister),
            ]
            #expect(Set(spared.map(\.0.grant) + [grant]).count == 4)
            let code = try await one.consent(
                ada, to: pulse, scope: Stage.lastingScope, for: try await one.ownRecord(of: ada))
            #expect(code.grant == grant)
            var asked = one.request(pulse, scope: Stage.lastingScope)
            asked.grantManagementAction = "merge"
            asked.grantID = grant.text
            let pushed = try await one.gateway.push(asked, client: pulse.client, key: nil, request: nil)
            let pending = try await one.gateway.startAuthorization(asked, client: nil, request: nil)

            one.clock.move(by: .seconds(5))
            _ = try await one.gateway.revoke(grant, by: ada, through: .api, request: nil)

            for token in harvest.access {
                await declined(as: .consentRequired) { try await other.read(token, harvest.record) }
            }
            for token in harvest.refresh {
                await declined(as: .invalidGrant) { try await other.refresh(token, by: pulse) }
            }
            for token in harvest.access + harvest.refresh {
                #expect(try await other.introspect(token, by: pulse) == nil)
            }
            await declined(as: .invalidGrant) { try await other.exchange(code, by: pulse) }
            var byReference = asked
            byReference.requestURI = pushed.requestURI
            #expect(try await other.errorSentBack(byReference) == "invalid_grant_id")
            guard case .pending(let id, _, let flow) = pending else {
                Issue.record("it was not pending")
                return
            }
            await declined(as: .grantNotActive) {
                try await other.gateway.decide(
                    id, by: ada, flow: flow, approved: ["read:steps"], through: .page, request: nil)
            }
            #expect(try await one.count("SELECT COUNT(*) FROM consent_grant WHERE state = 'active'") == 3)

            for (theirs, client) in spared {
                _ = try await other.read(theirs.access, theirs.record)
                #expect(try await other.introspect(theirs.access, by: client) != nil)
                _ = try await other.refresh(theirs.refresh, by: client)
            }
            let listed = try #require(try await other.gateway.grants(of: ada).grants.first { $0.id == grant })
            #expect(listed.state == .revoked)
            #expect(listed.revokedAt == one.clock.now)
            let last = try #require(try await other.gateway.grant(grant, of: ada).history.last)
            #expect([last.event, last.actor, last.method] == ["revoked", "person", "api"])
            #expect(last.at == one.clock.now)
        }
    }

    @Test(
        "§6 check 4: the application's own word ends a grant as the person's does, and says that it was the application",
        arguments: EngineUnderTest.available)
    func byTheApplication(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let ada = try await one.person()
            let (grant, harvest) = try await Self.reap(one, other, ada, pulse, rounds: 2)
            let token = try await one.gateway.clientCredentials(
                client: pulse.client, scope: "grant_management_revoke", request: nil)
            try await one.gateway.endManagedGrant(grant, token: token.accessToken, key: nil, request: nil)
            for access in harvest.access {
                await declined(as: .consentRequired) { try await other.read(access, harvest.record) }
            }
            for refresh in harvest.refresh {
                await declined(as: .invalidGrant) { try await other.refresh(refresh, by: pulse) }
            }
            let last = try #require(try await other.gateway.grant(grant, of: ada).history.last)
            #expect([last.event, last.actor, last.method] == ["revoked", "application", "api"])
        }
    }

    @Test(
        "§6 check 4, B8: of a token that stands on the person the revoked grant's record is gone, the other stays",
        arguments: EngineUnderTest.available)
    func onThePerson(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication(interaction: .multiRecord)
            let ada = try await one.person()
            let cleo = try await one.child(of: ada)
            let mine = try await one.lastingTokens(ada, pulse)
            let hers = try await one.lastingTokens(ada, pulse, for: cleo)
            try await one.revoke(mine.grant, by: ada)
            await declined(as: .consentRequired) { try await other.read(mine.access, mine.record) }
            _ = try await other.read(mine.access, hers.record)
            let answer = try await other.refresh(mine.refresh, by: pulse)
            #expect(answer.grant == hers.grant)
            await declined(as: .consentRequired) { try await other.read(answer.accessToken, mine.record) }
            try await one.revoke(hers.grant, by: ada)
            for token in [mine.refresh, hers.refresh, answer.refreshToken].compactMap({ $0 }) {
                await declined(as: .invalidGrant) { try await other.refresh(token, by: pulse) }
            }
            for token in [mine.access, hers.access, answer.accessToken] {
                await declined(as: .consentRequired) { try await other.read(token, hers.record) }
                #expect(try await other.introspect(token, by: pulse) == nil)
            }
        }
    }

    @Test(
        "§6 check 5: while 32 read on two nodes, nothing is given after the revocation answered, and each answer has its line",
        arguments: EngineUnderTest.available)
    func readersMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            let ada = try await one.person()
            let mine = try await one.lastingTokens(ada, pulse)
            try await one.importing(Self.export, for: ada)
            let outcome = await RaceTests.givenAfter(one, other, token: mine.access, record: mine.record) {
                try await other.revoke(mine.grant, by: ada)
            }
            #expect(outcome.late.isEmpty)
            #expect(outcome.problems == [.consentRequired])
            #expect(outcome.given >= 16)
            #expect(try await one.audit(.read).filter { $0.outcome == "done" }.count == outcome.given)
            #expect(try await one.audit(.grantRevoked).count == 1)
        }
    }

    @Test(
        "§6 check 5: a refresh that meets the revocation gives nothing that works afterwards",
        arguments: EngineUnderTest.available)
    func refreshedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.lastingApplication()
            for round in 0..<6 {
                let ada = try await one.person("ada\(round)@example.org")
                let mine = try await one.lastingTokens(ada, pulse)
                async let refreshed = outcomes(of: 8) { place in
                    try await (place % 2 == 0 ? one : other).refresh(mine.refresh, by: pulse)
                }
                async let revoked = outcomes(of: 1) { _ in
                    for _ in 0..<round { await Task.yield() }
                    return try await other.revoke(mine.grant, by: ada)
                }
                let answers = await refreshed
                #expect(await revoked.compactMap(\.answer?.state) == [.revoked])
                #expect(answers.compactMap(\.problem).allSatisfy { $0 == .invalidGrant })
                for answer in answers.compactMap(\.answer) {
                    await declined(as: .consentRequired) { try await one.read(answer.accessToken, mine.record) }
                    await declined(as: .invalidGrant) {
                        try await one.refresh(try #require(answer.refreshToken), by: pulse)
                    }
                }
                #expect(try await one.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)
                #expect(try await one.count("SELECT COUNT(*) FROM token_family WHERE ended_at IS NULL") == 0)
            }
        }
    }
}
