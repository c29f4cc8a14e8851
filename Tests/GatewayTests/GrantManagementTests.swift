// Grant management by the application (Grant Management for OAuth 2.0): create, merge, replace, query and revoke, for its own
// grants and with the scopes for it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Grant management")
struct GrantManagementTests {
    private static func token(_ stage: Stage, _ application: TestApplication, _ scope: String) async throws -> String {
        try await stage.gateway.clientCredentials(client: application.client, scope: scope, request: nil).accessToken
    }

    private static func asking(
        _ stage: Stage, _ application: TestApplication, _ action: String?, _ grant: String?,
        scope: String = "rule:heart rule:walking"
    ) -> AuthorizationRequest {
        var asked = stage.request(application, scope: scope)
        asked.grantManagementAction = action
        asked.grantID = grant
        return asked
    }

    @Test(
        "Grant Management §6.3: the application asks what its grant says, active and not, and learns no other's",
        arguments: EngineUnderTest.available)
    func query(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication(days: 30)
            let sister = try await stage.lastingApplication("Sister", in: pulse.organization)
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse, scope: "read:steps offline_access")
            let hers = try await stage.lastingTokens(ada, sister)
            let token = try await Self.token(stage, pulse, "grant_management_query")
            func ask(_ id: GrantID, _ token: String) async throws(Declined) -> ManagedGrant {
                try await stage.gateway.managedGrant(id, token: token, key: nil, request: nil)
            }
            let told = try await ask(mine.grant, token)
            #expect(told.scope == "read:steps offline_access")
            #expect(told.state == .active)
            #expect(told.expiresAt == told.createdAt + .days(30))
            let unknown = GrantID(bytes: [UInt8](repeating: 0, count: 16))
            for id in [hers.grant, unknown] { await declined(as: .notFound) { try await ask(id, token) } }
            stage.clock.move(by: .days(30))
            let late = try await Self.token(stage, pulse, "grant_management_query")
            #expect(try await ask(mine.grant, late).state == .expired)
            try await stage.revoke(mine.grant, by: ada)
            #expect(try await ask(mine.grant, late).state == .revoked)
        }
    }

    @Test(
        "Grant Management §6: each question needs its own scope, which only an application alone can have",
        arguments: EngineUnderTest.available)
    func scopes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let asks = try await Self.token(stage, pulse, "grant_management_query")
            let ends = try await Self.token(stage, pulse, "grant_management_revoke")
            let both = try await stage.gateway.clientCredentials(
                client: pulse.client, scope: "grant_management_revoke grant_management_query", request: nil)
            #expect(
                Set(both.scope.split(separator: " ")) == ["grant_management_query", "grant_management_revoke"])
            for token in [ends, mine.access, try await stage.alone(pulse)] {
                await declined(as: .notPermitted) {
                    try await stage.gateway.managedGrant(mine.grant, token: token, key: nil, request: nil)
                }
            }
            for token in [asks, mine.access] {
                await declined(as: .notPermitted) {
                    try await stage.gateway.endManagedGrant(mine.grant, token: token, key: nil, request: nil)
                }
            }
            for token in ["", "lat_x", mine.refresh] {
                await declined(as: .notAuthenticated) {
                    try await stage.gateway.managedGrant(mine.grant, token: token, key: nil, request: nil)
                }
            }
            await declined(as: .notAuthenticated) {
                try await stage.gateway.endManagedGrant(mine.grant, token: ends, key: "somebody", request: nil)
            }
            // Nor can it be had through a person.
            #expect(
                try await stage.errorSentBack(
                    stage.request(pulse, scope: "read:steps grant_management_query")) == "invalid_scope")
            _ = try await stage.read(mine.access, mine.record)
            _ = try await stage.gateway.managedGrant(mine.grant, token: both.accessToken, key: nil, request: nil)
        }
    }

    @Test(
        "Grant Management §6: a token that was asked for to manage grants alone reaches no record and no person",
        arguments: EngineUnderTest.available)
    func reachesNothingElse(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let person = try #require(mine.answer.person).text
            try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            for scope in [
                "grant_management_query", "grant_management_revoke", "grant_management_query grant_management_revoke",
            ] {
                let token = try await Self.token(stage, pulse, scope)
                await declined(as: .consentRequired) { try await stage.read(token, mine.record) }
                await declined(as: .consentRequired) { try await stage.info(token, person: person) }
                await declined(as: .consentRequired) {
                    try await stage.gateway.revoke(token: token, record: mine.record, request: nil)
                }
            }
            let both = try await Self.token(stage, pulse, "grant_management_query rule:heart-rate")
            #expect(try await stage.read(both, mine.record).parcels.map(\.type) == [.heartRate])
            #expect(try await stage.info(both, person: person).records.count == 1)
            _ = try await stage.read(try await stage.alone(pulse), mine.record)
        }
    }

    @Test(
        "Grant Management §6.4: giving a grant up is final, once on record, and only for one's own",
        arguments: EngineUnderTest.available)
    func revoke(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let other = try await stage.lastingApplication("Other")
            let ada = try await stage.person()
            let mine = try await stage.lastingTokens(ada, pulse)
            let thief = try await Self.token(stage, other, "grant_management_revoke")
            await declined(as: .notFound) {
                try await stage.gateway.endManagedGrant(mine.grant, token: thief, key: nil, request: nil)
            }
            _ = try await stage.read(mine.access, mine.record)
            let token = try await Self.token(stage, pulse, "grant_management_revoke")
            for _ in 0..<2 {
                try await stage.gateway.endManagedGrant(mine.grant, token: token, key: nil, request: nil)
            }
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.state == .revoked)
            #expect(grant.history.map(\.event) == ["given", "revoked"])
            #expect(grant.history.map(\.actor) == ["person", "application"])
            #expect(try await stage.audit(.grantRevoked).count == 1)
        }
    }

    @Test(
        "Grant Management §3: create joins the grant that stands, merge names it, and both keep its id (decision 0007)",
        arguments: EngineUnderTest.available, ["create", "merge"])
    func joins(_ engine: EngineUnderTest, _ action: String) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart")
            let asked = Self.asking(
                stage, pulse, action, action == "merge" ? mine.grant.text : nil, scope: "rule:walking")
            let consent = try await stage.consent(ada, asked: asked, approved: ["rule:walking"])
            #expect(consent.grant == mine.grant)
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(answer.grant == mine.grant)
            #expect(answer.scope == "rule:heart rule:walking")
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.permissions.types == [.heartRate, .steps, .distance])
            #expect(grant.history.map(\.event) == ["given", "extended"])
        }
    }

    @Test(
        "Grant Management §3: merge names the record, whichever the person used last",
        arguments: EngineUnderTest.available)
    func mergeNamesTheRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada)
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart")
            let hers = try await stage.authorize(ada, pulse, scope: "rule:heart", for: cleo)
            let asked = Self.asking(stage, pulse, "merge", mine.grant.text)
            let consent = try await stage.consent(ada, asked: asked, approved: ["rule:walking"])
            #expect(consent.grant == mine.grant)
            #expect(try await stage.gateway.grant(hers.grant, of: ada).permissions.types == [.heartRate])
            #expect(
                try await stage.gateway.grant(mine.grant, of: ada).permissions.types
                    == [.heartRate, .steps, .distance])
        }
    }

    @Test(
        "Grant Management §3: replace leaves what is agreed to now and nothing else, under the same id, at once for live tokens",
        arguments: EngineUnderTest.available)
    func replace(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [
                    .reads(["heart_rate"], named: "heart"), .reads(["steps", "distance"], named: "walking"),
                    .reads(["body_weight"], named: "weighing"),
                ])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(exportText([.heart("71", minute: 0), .steps("40", minute: 2)]), for: ada)
            let asked = Self.asking(
                stage, pulse, "replace", mine.grant.text, scope: "rule:walking rule:weighing")
            let consent = try await stage.consent(ada, asked: asked, approved: ["rule:walking", "rule:weighing"])
            #expect(consent.grant == mine.grant)
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(answer.grant == mine.grant)
            #expect(answer.scope == "rule:walking rule:weighing")
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.permissions.types == [.steps, .distance, .bodyWeight])
            #expect(grant.rules.map(\.name.text) == ["walking", "weighing"])
            #expect(grant.history.count == 2)
            // What is not agreed to again is gone, what waited of it too.
            for token in [mine.token, answer.accessToken] {
                #expect(try await stage.read(token, mine.record).parcels.map(\.type) == [.steps])
                await declined(as: .consentRequired) { try await stage.read(token, mine.record, types: ["heart_rate"]) }
            }
            #expect(try await stage.gateway.grants(of: ada).grants.count == 1)
        }
    }

    @Test(
        "Grant Management §3: saying no to a replacement leaves the grant as it stands",
        arguments: EngineUnderTest.available)
    func replacementDenied(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let before = try await stage.gateway.grant(mine.grant, of: ada)
            let asked = Self.asking(stage, pulse, "replace", mine.grant.text, scope: "rule:heart")
            let start = try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
            guard case .pending(let id, _, let flow) = start else {
                Issue.record("it is not pending")
                return
            }
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: [], through: .page, request: nil)
            #expect(answer.grant == nil)
            #expect(try await stage.gateway.grant(mine.grant, of: ada) == before)
            _ = try await stage.read(mine.token, mine.record, types: ["steps"])
        }
    }

    @Test(
        "Grant Management §3: a grant that is not in force, or another's, is invalid_grant_id; a stranger cannot say yes to it",
        arguments: EngineUnderTest.available)
    func named(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let sister = try await stage.application("Sister", in: pulse.organization)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let over = try await stage.authorize(bob, pulse)
            try await stage.revoke(over.grant, by: bob)
            let foreign = try await stage.authorize(ada, sister)
            for action in ["merge", "replace"] {
                for id in [over.grant.text, foreign.grant.text, "", "grant_x", mine.grant.text + "x", "\u{0}"] {
                    #expect(
                        try await stage.errorSentBack(Self.asking(stage, pulse, action, id)) == "invalid_grant_id")
                }
                #expect(try await stage.errorSentBack(Self.asking(stage, pulse, action, nil)) == "invalid_request")
                // It is in force, but not this person's.
                let asked = Self.asking(stage, pulse, action, mine.grant.text)
                await declined(as: .grantNotActive) {
                    try await stage.consent(bob, asked: asked, approved: ["rule:heart", "rule:walking"])
                }
            }
            for (action, id) in [
                ("create", mine.grant.text), (nil, mine.grant.text), ("CREATE", nil), ("update", nil), ("", nil),
                ("update", mine.grant.text),
            ] as [(String?, String?)] {
                #expect(
                    try await stage.errorSentBack(Self.asking(stage, pulse, action, id)) == "invalid_request")
            }
            _ = try await stage.read(mine.token, mine.record)
        }
    }
}
