// From an application's request to the person's decision and the token: C2 to C6 by the gateway's verbs.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Consent flow")
struct ConsentFlowTests {
    @Test(
        "C2, C3: an authorization request becomes a pending approval that shows who asks and why",
        arguments: EngineUnderTest.available)
    func pending(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            #expect(try await stage.gateway.pendingApprovals(of: ada).isEmpty)

            let view = try await stage.gateway.approval(id, for: ada, flow: flow)
            #expect(view.application.id == pulse.id)
            #expect(view.application.name == "Pulse")
            #expect(view.application.organization == "Cardia Ltd")
            #expect(view.application.responsible == "Data office, data@cardia.example")
            #expect(view.application.hosts == ["pulse.example"])
            #expect(view.form.lines.map(\.rule.name.text) == ["heart", "walking"])
            #expect(view.form.lines.allSatisfy { !$0.rule.why.isEmpty })
            #expect(view.form.lines.map(\.isChecked) == [true, false])
            #expect(view.state == .pending)
            #expect(view.life == .standard)
            #expect(view.expiresAt == stage.clock.now + .minutes(15))
            #expect(try await stage.gateway.pendingApprovals(of: ada).map(\.id) == [id])
        }
    }

    @Test(
        "C4: an approval can be decided until its last microsecond, and not at its end",
        arguments: EngineUnderTest.available, [1, 15, 60])
    func window(_ engine: EngineUnderTest, _ minutes: Int) async throws {
        var policy = Stage.policy
        policy.approvalWindow = try #require(ApprovalWindow(minutes: minutes))
        try await Stage.on(engine, policy: policy) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let early = try await stage.begin(pulse)
            let late = try await stage.begin(pulse)
            _ = try await stage.gateway.approval(late.id, for: ada, flow: late.flow)

            stage.clock.move(by: Span(microseconds: Span.minutes(Int64(minutes)).microseconds - 1))
            let answer = try await stage.gateway.decide(
                early.id, by: ada, flow: early.flow, approved: ["rule:heart"], through: .page, request: nil)
            #expect(answer.grant != nil)
            #expect(try await stage.gateway.pendingApprovals(of: ada).map(\.id) == [late.id])

            stage.clock.move(by: Span(microseconds: 1))
            await declined(as: .approvalExpired) {
                try await stage.gateway.decide(
                    late.id, by: ada, flow: late.flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            await declined(as: .approvalExpired) {
                try await stage.gateway.decide(
                    late.id, by: ada, flow: late.flow, approved: [], through: .page, request: nil)
            }
            #expect(try await stage.gateway.approval(late.id, for: ada, flow: late.flow).state == .expired)
            #expect(try await stage.gateway.pendingApprovals(of: ada).isEmpty)
            #expect(try await stage.gateway.grants(of: ada).grants.count == 1)

            let back = try await stage.gateway.wayBack(from: late.id, flow: late.flow)
            #expect(back == "https://pulse.example/back?error=access_denied&state=xyz&iss=https%3A%2F%2Flicet.example")
            #expect(try await stage.gateway.wayBack(from: late.id, flow: "lfl_other") == nil)
        }
    }

    @Test("C4: a window outside 1 to 60 minutes cannot be configured")
    func windowBounds() {
        #expect(ApprovalWindow(minutes: 0) == nil)
        #expect(ApprovalWindow(minutes: 61) == nil)
        #expect(ApprovalWindow.standard.span == .minutes(15))
    }

    @Test("C5, A2: a subset may be approved, and what was refused is remembered", arguments: EngineUnderTest.available)
    func subset(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse, approved: ["rule:heart"])
            let grant = try await stage.gateway.grant(consent.grant, of: ada)
            #expect(grant.scopes == ["rule:heart"])
            #expect(grant.refusedScopes == ["rule:walking"])
            #expect(grant.permissions[.online, .read] == [.heartRate])
            #expect(grant.permissions[.offline, .read].isEmpty)
            #expect(grant.rules.map(\.name.text) == ["heart"])
        }
    }

    @Test(
        "A2: leaving out a required rule names what is missing and leaves the approval pending",
        arguments: EngineUnderTest.available)
    func requiredMissing(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            let refusal = await declined(as: .requiredScopeMissing) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:walking"], through: .page, request: nil)
            }
            #expect(refusal?.missing == ["rule:heart"])
            let stranger = await declined(as: .invalidFields) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart", "read:blood_glucose"], through: .page,
                    request: nil)
            }
            #expect(stranger?.faults.map(\.field) == ["approvedScopes"])
            #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .pending)
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
        }
    }

    @Test("C5: approving nothing is a denial: no grant, no code, and it is final", arguments: EngineUnderTest.available)
    func denial(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse, state: "a b&c=ü")
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: [], through: .api, request: nil)
            #expect(answer.grant == nil)
            #expect(Stage.parameter("error", of: answer.redirectTo) == "access_denied")
            #expect(Stage.parameter("state", of: answer.redirectTo) == "a b&c=ü")
            #expect(Stage.parameter("iss", of: answer.redirectTo) == "https://licet.example")
            #expect(Stage.parameter("code", of: answer.redirectTo) == nil)
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code") == 0)
            await declined(as: .approvalAlreadyDecided) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
        }
    }

    @Test(
        "C6: a grant holds who, what and when, and lasts 1 to 365 days, 90 unless set",
        arguments: EngineUnderTest.available)
    func grantFacts(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            for days in [nil, 1, 365] as [Int?] {
                let pulse = try await stage.application("Pulse \(days ?? 0)", grantDays: days)
                let consent = try await stage.consent(ada, to: pulse)
                let grant = try await stage.gateway.grant(consent.grant, of: ada)
                #expect(grant.application.id == pulse.id)
                #expect(grant.createdAt == stage.clock.now)
                #expect(grant.expiresAt == stage.clock.now + .days(Int64(days ?? 90)))
                #expect(grant.state == .active)
                #expect(grant.revokedAt == nil)
                #expect(grant.scopes == ["rule:heart", "rule:walking"])
                #expect(grant.permissions.types == [.heartRate, .steps, .distance])
            }
            for days in [0, 366, -1] {
                let refusal = await declined(as: .invalidFields) { try await stage.application(grantDays: days) }
                #expect(refusal?.faults == [FieldFault("grant_days", "1 to 365")])
            }
        }
    }

    @Test(
        "C2: the token tells scope, life and how long the grant itself still lasts, to the second",
        arguments: EngineUnderTest.available)
    func token(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            #expect(Stage.parameter("state", of: consent.redirectTo) == "xyz")
            #expect(Stage.parameter("iss", of: consent.redirectTo) == "https://licet.example")
            #expect(consent.redirectTo.hasPrefix("https://pulse.example/back?code=lac_"))
            stage.clock.move(by: .seconds(61))
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(answer.accessToken.hasPrefix("lat_"))
            #expect(answer.expiresIn == 3_600)
            #expect(answer.scope == "rule:heart rule:walking")
            #expect(answer.authorizationExpiresIn == Int64(90 * 86_400 - 61))
            #expect(answer.record != nil)
            #expect(answer.person != nil)
        }
    }

    @Test(
        "C2: what is wrong with the request goes back to the application once its redirect URI is known to be good",
        arguments: EngineUnderTest.available)
    func badRequests(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let good = stage.request(pulse)
            let faults: [(String, (inout AuthorizationRequest) -> Void)] = [
                ("unsupported_response_type", { $0.responseType = "token" }),
                ("invalid_request", { $0.codeChallengeMethod = "plain" }),
                ("invalid_request", { $0.codeChallengeMethod = nil }),
                ("invalid_request", { $0.codeChallenge = nil }),
                ("invalid_request", { $0.codeChallenge = "short" }),
                ("invalid_request", { $0.state = String(repeating: "s", count: 1_001) }),
                ("invalid_request", { $0.state = "a\u{0}b" }),
                ("invalid_scope", { $0.scope = "read:sleep" }),
                ("invalid_scope", { $0.scope = "rule:unheard-of" }),
                ("invalid_scope", { $0.scope = "rule:heart rule:heart" }),
                ("invalid_scope", { $0.scope = "rule:heart offline_access" }),
                ("invalid_scope", { $0.scope = "rule:\u{0}" }),
            ]
            for (error, spoil) in faults {
                var asked = good
                spoil(&asked)
                let start = try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
                guard case .sendBack(let uri) = start else {
                    Issue.record("\(error): it was not sent back")
                    continue
                }
                #expect(Stage.parameter("error", of: uri) == error)
                #expect(uri.hasPrefix("https://pulse.example/back?error="))
                #expect(Stage.parameter("iss", of: uri) == "https://licet.example")
            }
            for uri in ["https://pulse.example/back/", "https://pulse.example/back?x=1", "https://evil.example/back"] {
                var asked = good
                asked.redirectURI = uri
                await declined(as: .invalidRequest) {
                    try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
                }
            }
            for id in ["app_unknown", "app_00000000000000000000000000"] {
                var asked = good
                asked.clientID = id
                await declined(as: .invalidRequest) {
                    try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
                }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
        }
    }

    @Test(
        "C2: an approval begun in a browser opens only in that browser, and stays with the first person",
        arguments: EngineUnderTest.available)
    func browserBound(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let (id, flow) = try await stage.begin(pulse)
            for stranger in [nil, "lfl_wrong"] as [String?] {
                await declined(as: .notFound) { try await stage.gateway.approval(id, for: ada, flow: stranger) }
                await declined(as: .notFound) { try await stage.gateway.approval(id, for: nil, flow: stranger) }
                await declined(as: .notFound) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: stranger, approved: ["rule:heart"], through: .page, request: nil)
                }
            }
            // Before anyone signs in the page may be shown to the browser that began it.
            #expect(try await stage.gateway.approval(id, for: nil, flow: flow).id == id)
            _ = try await stage.gateway.approval(id, for: ada, flow: flow)
            await declined(as: .notFound) { try await stage.gateway.approval(id, for: bob, flow: flow) }
            for approved in [["rule:heart"], []] {
                await declined(as: .notFound) {
                    try await stage.gateway.decide(
                        id, by: bob, flow: flow, approved: approved, through: .page, request: nil)
                }
            }
            #expect(try await stage.gateway.pendingApprovals(of: bob).isEmpty)
            // The person's own app has no cookie; the person is enough once it is hers.
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: nil, approved: ["rule:heart"], through: .api, request: nil)
            #expect(answer.grant != nil)
        }
    }

    @Test(
        "C2: an approval begun by a server stays with the first signed-in person who opens it",
        arguments: EngineUnderTest.available)
    func serverStarted(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let asked = stage.request(pulse)
            await declined(as: .invalidClient) {
                try await stage.gateway.startAuthorization(
                    asked, client: ClientCredentials(id: pulse.id.text, secret: other.secret), request: nil)
            }
            await declined(as: .invalidRequest) {
                try await stage.gateway.startAuthorization(asked, client: other.client, request: nil)
            }
            let start = try await stage.gateway.startAuthorization(asked, client: pulse.client, request: nil)
            guard case .pending(let id, let expiresAt, let flow) = start else {
                Issue.record("a server's approval was not pending")
                return
            }
            #expect(flow == nil)
            #expect(expiresAt == stage.clock.now + .minutes(15))
            await declined(as: .notFound) { try await stage.gateway.approval(id, for: nil, flow: nil) }
            #expect(try await stage.gateway.approval(id, for: bob, flow: nil).id == id)
            await declined(as: .notFound) { try await stage.gateway.approval(id, for: ada, flow: nil) }
            await declined(as: .notFound) {
                try await stage.gateway.decide(
                    id, by: ada, flow: nil, approved: ["rule:heart"], through: .page, request: nil)
            }
            #expect(try await stage.gateway.pendingApprovals(of: bob).map(\.id) == [id])
        }
    }

    @Test("C5: of many decisions at once exactly one counts", arguments: EngineUnderTest.available, [false, true])
    func oneDecision(_ engine: EngineUnderTest, _ someDeny: Bool) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            _ = try await stage.gateway.approval(id, for: ada, flow: flow)
            let results = await outcomes(of: 12) { place in
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: someDeny && place % 2 == 0 ? [] : ["rule:heart"],
                    through: .page, request: nil)
            }
            let winners = results.compactMap(\.answer)
            #expect(winners.count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .approvalAlreadyDecided, count: 11))
            let grants = try await stage.gateway.grants(of: ada).grants
            #expect(grants.map(\.id) == winners.compactMap(\.grant))
            let decisions = try await stage.audit().filter {
                ["approval_approved", "approval_denied"].contains($0.action)
            }
            #expect(decisions.count == 1)
        }
    }
}
