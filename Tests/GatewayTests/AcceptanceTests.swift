// The acceptance checks of the authorization server that are about what a person decides and for how long: 1, 2, 3 and 14.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Acceptance checks: decisions and their time")
struct AcceptanceTests {
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 2)])

    @Test(
        "§6 check 1: two scopes of five: token, introspection, access and refresh show exactly these",
        arguments: EngineUnderTest.available)
    func twoOfFive(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(
                ada, pulse, approved: ["read:heart_rate", "read:body_weight", "offline_access"])
            let agreed = "read:heart_rate read:body_weight offline_access"
            #expect(mine.answer.scope == agreed)
            try await stage.importing(Self.export, for: ada)
            let second = try await stage.refresh(mine.refresh, by: pulse)
            #expect(second.scope == agreed)
            let third = try await stage.refresh(try #require(second.refreshToken), by: pulse)
            #expect(third.scope == agreed)
            for token in [mine.access, second.accessToken, third.accessToken] {
                #expect(try await stage.introspect(token, by: pulse)?.scope == agreed)
                #expect(try await stage.read(token, mine.record).parcels.map(\.type) == [.heartRate])
                #expect(try await stage.read(token, mine.record, types: ["body_weight"]).parcels.isEmpty)
                for refused in ["steps", "sleep_stage", "blood_glucose"] {
                    await declined(as: .consentRequired) {
                        try await stage.read(token, mine.record, types: [refused])
                    }
                }
                let masks = try await stage.masks(
                    token, mine.record, ["heart_rate", "steps", "body_weight", "sleep_stage", "blood_glucose"])
                #expect(masks.entries.filter { !$0.offline.isEmpty }.map(\.type) == [.heartRate, .bodyWeight])
            }
            #expect(try await stage.introspect(try #require(third.refreshToken), by: pulse)?.scope == agreed)
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.refusedScopes == ["read:steps", "read:sleep_stage", "read:blood_glucose"])
        }
    }

    @Test(
        "§6 check 2: nothing ticked is access_denied with state and iss, on record, and leaves no row of a token",
        arguments: EngineUnderTest.available)
    func nothingTicked(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            for approved in [[], ["offline_access"]] as [[String]] {
                let (id, flow) = try await stage.begin(pulse, scope: Stage.lastingScope)
                let answer = try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: approved, through: .page, request: nil)
                #expect(answer.grant == nil)
                #expect(Stage.parameter("error", of: answer.redirectTo) == "access_denied")
                #expect(Stage.parameter("state", of: answer.redirectTo) == "xyz")
                #expect(Stage.parameter("iss", of: answer.redirectTo) == "https://licet.example")
                #expect(Stage.parameter("code", of: answer.redirectTo) == nil)
                #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .denied)
            }
            #expect(try await stage.audit(.approvalDenied).count == 2)
            #expect(try await stage.audit(.approvalDenied).allSatisfy { $0.application == pulse.id.text })
            let tables: [SQL] = [
                "SELECT COUNT(*) FROM access_token", "SELECT COUNT(*) FROM token_family",
                "SELECT COUNT(*) FROM refresh_token", "SELECT COUNT(*) FROM authorization_code",
                "SELECT COUNT(*) FROM consent_grant",
            ]
            for table in tables { #expect(try await stage.count(table) == 0) }
        }
    }

    @Test(
        "§6 check 2: part of a required rule left out is refused by name, still pending, and never a silent grant",
        arguments: EngineUnderTest.available)
    func requiredLeftOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(
                rules: [
                    .reads(["heart_rate", "steps"], named: "both", mode: .offline, required: true),
                    .alone("body_weight"),
                ])
            let ada = try await stage.person()
            let scope = "read:heart_rate read:steps read:body_weight offline_access"
            let (id, flow) = try await stage.begin(pulse, scope: scope)
            _ = try await stage.gateway.approval(id, for: ada, flow: flow)
            for (approved, missing) in [
                (["read:heart_rate"], ["read:steps"]), (["read:steps", "offline_access"], ["read:heart_rate"]),
                (["read:body_weight"], ["read:heart_rate", "read:steps"]),
                (["offline_access"], ["read:heart_rate", "read:steps"]),
            ] {
                let refusal = await declined(as: .requiredScopeMissing) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: flow, approved: approved, through: .api, request: nil)
                }
                #expect(refusal?.problem.status == 422)
                #expect(refusal?.missing == missing)
                #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .pending)
            }
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: ["read:heart_rate", "read:steps"], through: .api, request: nil)
            let grant = try await stage.gateway.grant(try #require(answer.grant), of: ada)
            #expect(grant.scopes == ["read:heart_rate", "read:steps"])
        }
    }

    @Test(
        "§6 check 3: an approval dies at its time, to the second, also for a request that was pushed or a server's",
        arguments: EngineUnderTest.available, [1, 15, 60])
    func approvalDies(_ engine: EngineUnderTest, _ minutes: Int) async throws {
        var policy = Stage.policy
        policy.approvalWindow = try #require(ApprovalWindow(minutes: minutes))
        try await Stage.on(engine, policy: policy) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let asked = stage.request(pulse, scope: Stage.lastingScope)
            let pushed = try await stage.gateway.push(asked, client: pulse.client, key: nil, request: nil)
            var byReference = asked
            byReference.requestURI = pushed.requestURI
            var approvals: [(ApprovalID, String?)] = []
            for (asked, client) in [(asked, nil), (asked, pulse.client), (byReference, nil)] {
                let start = try await stage.gateway.startAuthorization(asked, client: client, request: nil)
                guard case .pending(let id, let end, let flow) = start else {
                    Issue.record("it is not pending")
                    return
                }
                #expect(end == stage.clock.now + .minutes(Int64(minutes)))
                approvals.append((id, flow))
            }
            stage.clock.move(by: .seconds(Int64(minutes) * 60 - 1))
            for (id, flow) in approvals {
                #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .pending)
            }
            stage.clock.move(by: .seconds(1))
            for (id, flow) in approvals {
                await declined(as: .approvalExpired) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: flow, approved: ["read:steps"], through: .page, request: nil)
                }
                #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .expired)
            }
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
        }
    }

    @Test("§6 check 3: a window of 0 or 61 minutes cannot be had", arguments: [0, 61, -1, 1_000])
    func windows(_ minutes: Int) {
        #expect(ApprovalWindow(minutes: minutes) == nil)
    }

    @Test(
        "§6 check 14: no token outlives its grant, and authorization_expires_in is right to the second",
        arguments: EngineUnderTest.available, [1, 90, 365])
    func grantEnds(_ engine: EngineUnderTest, _ days: Int) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(days: days)
            let ada = try await stage.person()
            let start = stage.clock.now
            let whole = Span.days(Int64(days))
            let end = start + whole
            let mine = try await stage.lastingTokens(ada, pulse)
            #expect(mine.answer.authorizationExpiresIn == whole.seconds)
            // In the middle, a second before the end of an hour, and within the last hour.
            var refresh = mine.refresh
            for moment in [start + .hours(12), end - .hours(1), end - .minutes(59), end - .seconds(1)] {
                stage.clock.move(to: moment)
                let answer = try await stage.refresh(refresh, by: pulse)
                let left = (end - moment).seconds
                #expect(answer.authorizationExpiresIn == left)
                #expect(answer.expiresIn == min(3_600, left))
                refresh = try #require(answer.refreshToken)
                let told = try #require(try await stage.introspect(answer.accessToken, by: pulse))
                #expect(told.expiresAt <= end)
                #expect(try await stage.introspect(refresh, by: pulse)?.expiresAt == end)
            }
            let last = try await stage.refresh(refresh, by: pulse)
            stage.clock.move(to: end - Span(microseconds: 1))
            _ = try await stage.read(last.accessToken, mine.record)
            stage.clock.move(to: end)
            await declined(as: .tokenExpired) { try await stage.read(last.accessToken, mine.record) }
            let token = try #require(last.refreshToken)
            await declined(as: .invalidGrant) { try await stage.refresh(token, by: pulse) }
            for dead in [last.accessToken, token] { #expect(try await stage.introspect(dead, by: pulse) == nil) }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
        }
    }

    @Test(
        "§6 check 14: renewal extends, and keeps the grant's id and history; 0 and 366 days are refused",
        arguments: EngineUnderTest.available)
    func renewal(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            for days in [0, 366] {
                await declined(as: .invalidFields) { try await stage.lastingApplication("P\(days)", days: days) }
            }
            let pulse = try await stage.lastingApplication(days: 365)
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse, days: 1)
            stage.clock.move(by: .hours(23))
            for days in [0, 366] {
                await declined(as: .invalidFields) {
                    try await stage.gateway.renew(mine.grant, by: ada, days: days, through: .page, request: nil)
                }
            }
            for (number, days) in [1, 90, 365].enumerated() {
                let renewed = try await stage.gateway.renew(
                    mine.grant, by: ada, days: days, through: .page, request: nil)
                #expect(renewed.id == mine.grant)
                #expect(renewed.history.map(\.event) == ["given"] + Array(repeating: "renewed", count: number + 1))
                let answer = try await stage.refresh(mine.refresh, by: pulse)
                #expect(answer.grant == mine.grant)
                #expect(answer.authorizationExpiresIn == Int64(days) * 86_400)
            }
        }
    }
}
