// Ending a token (RFC 7009) and asking what it is worth (RFC 7662): neither touches the grant, nor what is another's.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Token revocation and introspection")
struct TokenAnswerTests {
    @Test(
        "RFC 7009: an access token ends alone; a refresh token takes its family; the grant is never touched",
        arguments: EngineUnderTest.available)
    func ending(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let spared = try await stage.lastingTokens(ada, pulse)
            let mine = try await stage.lastingTokens(ada, pulse)
            let before = try await stage.gateway.grant(mine.grant, of: ada)
            try await stage.endToken(mine.access, by: pulse)
            await declined(as: .notAuthenticated) { try await stage.read(mine.access, mine.record) }
            let second = try await stage.refresh(mine.refresh, by: pulse)
            _ = try await stage.read(second.accessToken, mine.record)

            // Any generation of it will do.
            try await stage.endToken(mine.refresh, by: pulse)
            let refresh = try #require(second.refreshToken)
            await declined(as: .notAuthenticated) { try await stage.read(second.accessToken, mine.record) }
            await declined(as: .invalidGrant) { try await stage.refresh(refresh, by: pulse) }
            #expect(try await stage.introspect(refresh, by: pulse) == nil)
            #expect(try await stage.gateway.grant(mine.grant, of: ada) == before)
            _ = try await stage.read(spared.access, spared.record)
            _ = try await stage.refresh(spared.refresh, by: pulse)

            let lines = try await stage.audit(.tokenRevoked)
            #expect(lines.map(\.outcome) == ["done", "done"])
            #expect(lines.map(\.grant) == [mine.grant.text, mine.grant.text])
            // A second time it is answered with success, and there is nothing more to say.
            for token in [mine.access, mine.refresh, refresh] { try await stage.endToken(token, by: pulse) }
            #expect(try await stage.audit(.tokenRevoked).count == 2)
        }
    }

    @Test(
        "RFC 7009 §2.2: unknown tokens and other clients' are answered with success, and nothing happens to them",
        arguments: EngineUnderTest.available)
    func notTheirs(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let sister = try await stage.lastingApplication("Sister", in: pulse.organization)
            let other = try await stage.lastingApplication("Other")
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let lines = try await stage.audit().count
            for client in [sister, other] {
                for token in [mine.access, mine.refresh, mine.code] { try await stage.endToken(token, by: client) }
            }
            for token in ["", "lat_unknown", "lrt_unknown", "\u{0}", mine.code, pulse.secret] {
                try await stage.endToken(token, by: pulse)
            }
            await declined(as: .invalidClient) {
                try await stage.gateway.revoke(
                    presented: mine.access, client: ClientCredentials(id: pulse.id.text, secret: "x"), request: nil)
            }
            #expect(try await stage.audit(.tokenRevoked).isEmpty)
            #expect(try await stage.audit().filter { $0.outcome == "done" }.count == lines)
            _ = try await stage.read(mine.access, mine.record)
            _ = try await stage.refresh(mine.refresh, by: pulse)
        }
    }

    @Test("RFC 7009: an application that acts alone ends its own token", arguments: EngineUnderTest.available)
    func alone(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let token = try await stage.alone(pulse)
            let other = try await stage.alone(pulse)
            #expect(try await stage.introspect(token, by: pulse)?.client == pulse.id)
            try await stage.endToken(token, by: pulse)
            #expect(try await stage.introspect(token, by: pulse) == nil)
            #expect(try await stage.introspect(other, by: pulse) != nil)
        }
    }

    @Test(
        "RFC 7662: introspection says whose, for which record, under which grant, for what and until when",
        arguments: EngineUnderTest.available)
    func live(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let desk = try await stage.lastingApplication("Desk", in: pulse.organization)
            let ada = try await stage.person()
            let born = stage.clock.now
            let mine = try await stage.lastingTokens(ada, pulse, scope: "read:steps offline_access launch/patient")
            stage.clock.move(by: .minutes(1))
            // A resource server of the same organization is a client of its own.
            for client in [pulse, desk] {
                let access = try #require(try await stage.introspect(mine.access, by: client))
                #expect(Set(access.scope.split(separator: " ")) == ["read:steps", "offline_access", "launch/patient"])
                #expect(access.client == pulse.id)
                #expect(access.record?.text == mine.record)
                #expect(access.patient?.text == mine.record)
                #expect(access.person == mine.answer.person)
                #expect(access.grant == mine.grant)
                #expect(access.issuedAt == born)
                #expect(access.expiresAt == born + .hours(1))
                #expect(access.keyThumbprint == nil)
                #expect(!access.isRefreshToken)
                let refresh = try #require(try await stage.introspect(mine.refresh, by: client))
                #expect(refresh.isRefreshToken)
                #expect(refresh.grant == mine.grant)
                #expect(refresh.expiresAt == born + .days(90))
            }
            let lone = try await stage.alone(pulse)
            let alone = try #require(try await stage.introspect(lone, by: pulse))
            #expect(alone.person == nil && alone.record == nil && alone.grant == nil && alone.patient == nil)
        }
    }

    @Test(
        "RFC 7662 §2.2: active is false for what is dead, foreign, unknown, used or of another kind",
        arguments: EngineUnderTest.available)
    func inactive(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(days: 30)
            let other = try await stage.lastingApplication("Other")
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let waiting = try await stage.consent(ada, to: pulse, scope: "read:steps")
            for token in [
                "", "lat_unknown", "\u{0}", mine.code, waiting.code, pulse.secret, String(mine.access.dropLast()),
                mine.access.uppercased(), mine.access + " ",
            ] {
                #expect(try await stage.introspect(token, by: pulse) == nil)
            }
            // Another organization's client learns nothing.
            for token in [mine.access, mine.refresh] { #expect(try await stage.introspect(token, by: other) == nil) }
            let second = try await stage.refresh(mine.refresh, by: pulse)
            #expect(try await stage.introspect(mine.refresh, by: pulse) == nil)
            let refresh = try #require(second.refreshToken)
            #expect(try await stage.introspect(refresh, by: pulse) != nil)

            stage.clock.move(by: .hours(1))
            #expect(try await stage.introspect(second.accessToken, by: pulse) == nil)
            #expect(try await stage.introspect(refresh, by: pulse) != nil)
            let third = try await stage.refresh(refresh, by: pulse)
            #expect(try await stage.introspect(third.accessToken, by: pulse) != nil)
            try await stage.revoke(mine.grant, by: ada)
            for token in [third.accessToken, third.refreshToken].compactMap({ $0 }) {
                #expect(try await stage.introspect(token, by: pulse) == nil)
            }
        }
    }

    @Test(
        "RFC 7662 §2.1: who cannot prove who it is learns nothing: a wrong secret, an unknown client, a public client",
        arguments: EngineUnderTest.available)
    func unproven(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let page = try await stage.lastingApplication("Page", in: pulse.organization)
            try await stage.become(page, ClientTraits(authentication: .none))
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let askers = [
                ClientCredentials(id: pulse.id.text, secret: "x"), pulse.named, page.named, page.client,
                ClientCredentials(id: "app_unknown", secret: pulse.secret), ClientCredentials(id: "", secret: ""),
                ClientCredentials(id: pulse.id.text, proof: .assertion("a.b.c")),
            ]
            for asker in askers {
                await declined(as: .invalidClient) {
                    try await stage.gateway.introspect(presented: mine.access, client: asker, request: nil)
                }
            }
        }
    }

    @Test(
        "B8: a token that stands on the person is active while any of its grants is, whichever ended by the clock",
        arguments: EngineUnderTest.available)
    func onThePerson(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(days: 30, interaction: .multiRecord)
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada)
            let mine = try await stage.lastingTokens(ada, pulse)
            stage.clock.move(by: .seconds(1))
            let hers = try await stage.lastingTokens(ada, pulse, for: cleo, days: 1)
            #expect(hers.grant != mine.grant)
            stage.clock.move(by: .days(2))
            let answer = try await stage.refresh(hers.refresh, by: pulse)
            #expect(answer.grant == mine.grant)
            let told = try #require(try await stage.introspect(answer.accessToken, by: pulse))
            #expect(told.grant == mine.grant)
            #expect(told.record == nil)
            #expect(try await stage.introspect(try #require(answer.refreshToken), by: pulse) != nil)
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.introspect(answer.accessToken, by: pulse) != nil)
            #expect(try await stage.introspect(try #require(answer.refreshToken), by: pulse) != nil)
            try await stage.revoke(mine.grant, by: ada)
            #expect(try await stage.introspect(answer.accessToken, by: pulse) == nil)
            #expect(try await stage.introspect(try #require(answer.refreshToken), by: pulse) == nil)
        }
    }
}
