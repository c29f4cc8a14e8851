// Refresh tokens (RFC 6749 §6, RFC 9700 §4.14): rotated, safe to ask for again, never for more than was granted, never longer.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Refresh")
struct RefreshTests {
    @Test(
        "A refresh token exists only where offline_access was asked for and ticked",
        arguments: EngineUnderTest.available)
    func onlyWhereAsked(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let steps = "read:steps"
            let unasked = try await stage.consent(ada, to: pulse, scope: steps)
            #expect(try await stage.exchange(unasked, by: pulse).refreshToken == nil)
            let unticked = try await stage.consent(
                ada, to: pulse, scope: "\(steps) offline_access", approved: [steps])
            let without = try await stage.exchange(unticked, by: pulse)
            #expect(without.refreshToken == nil)
            #expect(without.scope == steps)
            let mine = try await stage.lastingTokens(ada, pulse, scope: "\(steps) offline_access")
            #expect(mine.refresh.hasPrefix("lrt_"))
            #expect(mine.answer.scope == "\(steps) offline_access")
            // What was agreed to once is not part of an authorization that did not ask for it.
            let later = try await stage.exchange(try await stage.consent(ada, to: pulse, scope: steps), by: pulse)
            #expect(later.refreshToken == nil)
            #expect(later.scope == steps)
            #expect(try await stage.count("SELECT COUNT(*) FROM token_family") == 1)
        }
    }

    @Test(
        "§6 check 9: every refresh gives another refresh token, and each of its access tokens reads",
        arguments: EngineUnderTest.available)
    func rotation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            var refresh = mine.refresh
            var seen: Set<String> = [mine.access, mine.refresh]
            for _ in 0..<5 {
                stage.clock.move(by: .hours(2))
                let answer = try await stage.refresh(refresh, by: pulse)
                refresh = try #require(answer.refreshToken)
                #expect(seen.insert(answer.accessToken).inserted)
                #expect(seen.insert(refresh).inserted)
                #expect(answer.scope == mine.answer.scope)
                #expect(answer.grant == mine.grant)
                #expect(answer.record == mine.answer.record)
                #expect(answer.person == mine.answer.person)
                #expect(answer.expiresIn == 3_600)
                _ = try await stage.read(answer.accessToken, mine.record)
            }
            #expect(try await stage.audit(.tokenIssued).filter { $0.outcome == "done" }.count == 6)
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant") == 1)
        }
    }

    @Test(
        "§6 check 9: whoever lost the answer asks again, and both answers work on",
        arguments: EngineUnderTest.available)
    func lostAnswer(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let lost = try await stage.refresh(mine.refresh, by: pulse)
            stage.clock.move(by: Span(microseconds: Span.seconds(60).microseconds - 1))
            let again = try await stage.refresh(mine.refresh, by: pulse)
            #expect(again.refreshToken != lost.refreshToken)
            #expect(again.accessToken != lost.accessToken)
            #expect(again.scope == lost.scope)
            for answer in [lost, again] {
                _ = try await stage.read(answer.accessToken, mine.record)
                #expect(try await stage.introspect(answer.accessToken, by: pulse)?.scope == mine.answer.scope)
                let refresh = try #require(answer.refreshToken)
                #expect(try await stage.introspect(refresh, by: pulse)?.isRefreshToken == true)
            }
            // Whichever of them arrived is used on; the other is then the one before it.
            let third = try await stage.refresh(try #require(again.refreshToken), by: pulse)
            _ = try await stage.read(third.accessToken, mine.record)
            _ = try await stage.refresh(try #require(lost.refreshToken), by: pulse)
            _ = try await stage.refresh(try #require(third.refreshToken), by: pulse)
        }
    }

    @Test(
        "§6 check 9: once the successor was used, the one before ends the family, on record; the grant stays",
        arguments: EngineUnderTest.available)
    func reuse(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let spared = try await stage.lastingTokens(ada, pulse)
            let mine = try await stage.lastingTokens(ada, pulse)
            let second = try await stage.refresh(mine.refresh, by: pulse)
            let third = try await stage.refresh(try #require(second.refreshToken), by: pulse)
            await declined(as: .invalidGrant) { try await stage.refresh(mine.refresh, by: pulse) }
            for refresh in [mine.refresh, second.refreshToken, third.refreshToken].compactMap({ $0 }) {
                await declined(as: .invalidGrant) { try await stage.refresh(refresh, by: pulse) }
                #expect(try await stage.introspect(refresh, by: pulse) == nil)
            }
            for access in [mine.access, second.accessToken, third.accessToken] {
                await declined(as: .notAuthenticated) { try await stage.read(access, mine.record) }
                #expect(try await stage.introspect(access, by: pulse) == nil)
            }
            let failed = try await stage.audit(.tokenIssued).filter { $0.outcome != "done" }
            #expect(failed.map(\.outcome) == ["failed:INVALID_GRANT"])
            #expect(failed.map(\.grant) == [mine.grant.text])
            #expect(failed.map(\.application) == [pulse.id.text])
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .active)
            #expect(mine.grant == spared.grant)
            _ = try await stage.read(spared.access, spared.record)
            _ = try await stage.refresh(spared.refresh, by: pulse)
        }
    }

    @Test(
        "§6 check 9: after its window a used token is refused, on record, and its family lives",
        arguments: EngineUnderTest.available)
    func late(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let second = try await stage.refresh(mine.refresh, by: pulse)
            stage.clock.move(by: .seconds(60))
            await declined(as: .invalidGrant) { try await stage.refresh(mine.refresh, by: pulse) }
            #expect(try await stage.audit(.tokenIssued).filter { $0.outcome == "failed:INVALID_GRANT" }.count == 1)
            _ = try await stage.read(second.accessToken, mine.record)
            let third = try await stage.refresh(try #require(second.refreshToken), by: pulse)
            _ = try await stage.read(third.accessToken, mine.record)
        }
    }

    @Test(
        "§6 check 14: renewal lets the family go on, and its refresh tokens stay the same",
        arguments: EngineUnderTest.available)
    func renewed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(days: 10)
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            stage.clock.move(by: .days(9))
            _ = try await stage.gateway.renew(mine.grant, by: ada, days: nil, through: .page, request: nil)
            stage.clock.move(by: .days(9))
            let answer = try await stage.refresh(mine.refresh, by: pulse)
            #expect(answer.grant == mine.grant)
            #expect(answer.authorizationExpiresIn == 86_400)
            stage.clock.move(by: .days(1))
            let last = try #require(answer.refreshToken)
            await declined(as: .invalidGrant) { try await stage.refresh(last, by: pulse) }
            #expect(try await stage.introspect(last, by: pulse) == nil)
        }
    }

    @Test(
        "§6 check 14: an end that comes nearer ends the refresh token with it, to the microsecond",
        arguments: EngineUnderTest.available)
    func shortened(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let end = stage.clock.now + .days(2)
            _ = try await stage.narrow(mine.grant, by: ada, days: 2)
            stage.clock.move(to: end - Span(microseconds: 1))
            let answer = try await stage.refresh(mine.refresh, by: pulse)
            #expect(answer.expiresIn == 0)
            #expect(answer.authorizationExpiresIn == 0)
            stage.clock.move(to: end)
            await declined(as: .invalidGrant) {
                try await stage.refresh(try #require(answer.refreshToken), by: pulse)
            }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
        }
    }

    @Test(
        "RFC 6749 §6: what the person took back is gone from the next refresh, from introspection, and at once from reading",
        arguments: EngineUnderTest.available)
    func narrowed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse, scope: "read:heart_rate read:steps offline_access")
            _ = try await stage.narrow(mine.grant, by: ada, types: ["steps"])
            let left = "read:heart_rate offline_access"
            #expect(try await stage.introspect(mine.access, by: pulse)?.scope == left)
            #expect(try await stage.introspect(mine.refresh, by: pulse)?.scope == left)
            await declined(as: .consentRequired) { try await stage.read(mine.access, mine.record, types: ["steps"]) }
            let answer = try await stage.refresh(mine.refresh, by: pulse)
            #expect(answer.scope == left)
            #expect(try await stage.introspect(answer.accessToken, by: pulse)?.scope == left)
            await declined(as: .consentRequired) {
                try await stage.read(answer.accessToken, mine.record, types: ["steps"])
            }
        }
    }

    @Test(
        "RFC 6749 §6: less may be asked for, more never; the answer says what the token gives; a refusal costs nothing",
        arguments: EngineUnderTest.available)
    func scopes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let had = "read:heart_rate read:steps offline_access"
            let mine = try await stage.lastingTokens(ada, pulse, scope: had)
            for asked in [
                "read:body_weight", "read:heart_rate read:body_weight", "\(had) read:blood_glucose", "read:heart",
                "READ:STEPS", "grant_management_query", "\u{0}",
            ] {
                await declined(as: .invalidScope) {
                    try await stage.refresh(mine.refresh, by: pulse, scope: asked)
                }
            }
            // Long after, it is still the newest of its family.
            stage.clock.move(by: .hours(1))
            var refresh = mine.refresh
            for asked in [
                "read:steps", "read:steps  read:steps", "", "  ", "offline_access read:steps read:heart_rate",
            ] {
                let answer = try await stage.refresh(refresh, by: pulse, scope: asked)
                refresh = try #require(answer.refreshToken)
                // A token gives what its grant gives, so no answer claims less than that.
                #expect(answer.scope == had)
                #expect(try await stage.introspect(answer.accessToken, by: pulse)?.scope == had)
                #expect(try await stage.introspect(refresh, by: pulse)?.scope == had)
                _ = try await stage.read(answer.accessToken, mine.record, types: ["heart_rate", "steps"])
            }
        }
    }

    @Test(
        "RFC 6749 §6: another client's refresh token is refused, and whose it is keeps it",
        arguments: EngineUnderTest.available)
    func stranger(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let sister = try await stage.lastingApplication("Sister", in: pulse.organization)
            let other = try await stage.lastingApplication("Other")
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            for thief in [sister, other] {
                await declined(as: .invalidGrant) { try await stage.refresh(mine.refresh, by: thief) }
            }
            await declined(as: .invalidClient) {
                try await stage.refresh(
                    mine.refresh, by: pulse, as: ClientCredentials(id: pulse.id.text, secret: other.secret))
            }
            await declined(as: .invalidClient) { try await stage.refresh(mine.refresh, by: pulse, as: pulse.named) }
            let second = try await stage.refresh(mine.refresh, by: pulse)
            // A used one in strange hands ends nothing either.
            let third = try await stage.refresh(try #require(second.refreshToken), by: pulse)
            await declined(as: .invalidGrant) { try await stage.refresh(mine.refresh, by: other) }
            _ = try await stage.refresh(try #require(third.refreshToken), by: pulse)
        }
    }

    @Test("What is no refresh token refreshes nothing", arguments: EngineUnderTest.available)
    func otherKinds(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            for text in ["", "lrt_unknown", mine.access, mine.code, pulse.secret, "\u{0}"] {
                await declined(as: .invalidGrant) { try await stage.refresh(text, by: pulse) }
            }
            // Nor does a refresh token read, or a code come from one.
            await declined(as: .notAuthenticated) { try await stage.read(mine.refresh, mine.record) }
        }
    }

    @Test(
        "§6 check 15, B6: offline refresh keeps working after a required rule grew or got a material wording",
        arguments: EngineUnderTest.available, [false, true])
    func rulesChanged(_ engine: EngineUnderTest, _ isWording: Bool) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(rules: [.alone("heart_rate", required: true)])
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse, scope: "read:heart_rate offline_access")
            try await stage.publish(
                [
                    .reads(
                        isWording ? ["heart_rate"] : ["heart_rate", "steps"], named: "heart-rate", mode: .offline,
                        required: true, why: "To sell you running shoes.", isMaterialChange: isWording)
                ], for: pulse)
            try await stage.importing(exportText([.heart("71", minute: 0), .steps("40", minute: 2)]), for: ada)
            let answer = try await stage.refresh(mine.refresh, by: pulse)
            #expect(answer.scope == mine.answer.scope)
            for token in [mine.access, answer.accessToken] {
                #expect(try await stage.read(token, mine.record).parcels.map(\.type) == [.heartRate])
            }
            await declined(as: .consentRequired) {
                try await stage.read(answer.accessToken, mine.record, types: ["steps"])
            }
            // A new sign-in is asked (B1, B2), and its yes is to what stands now.
            let asked = try await stage.begin(pulse, scope: "read:heart_rate offline_access")
            let form = try await stage.gateway.approval(asked.id, for: ada, flow: asked.flow).form
            #expect(form.lines.map(\.kind) == [.required])
        }
    }
}
