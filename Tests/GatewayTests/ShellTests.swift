// The platform's own way of asking for more (A7), and merging into a grant that stands (Grant Management for OAuth 2.0, §3).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Asking for more")
struct ShellTests {
    private static let rules: [RuleDraft] =
        Stage.rules + [.reads(["steps"], named: "alone", mode: .offline), .reads(["sleep_stage"], named: "nights")]

    private static func shell(
        _ application: TestApplication, online: [String] = [], offline: [String] = [], record: String? = nil,
        query: String? = nil
    ) -> ShellRequest {
        ShellRequest(
            application: application.id.text, online: online, offline: offline, record: record, actionQuery: query)
    }

    private static func begin(
        _ stage: Stage, _ request: ShellRequest
    ) async throws -> (id: ApprovalID, flow: String) {
        let start = try await stage.gateway.startShell(request, request: nil)
        guard case .pending(let id, expiresAt: _, let flow?) = start else {
            throw NotPending()
        }
        return (id, flow)
    }

    private struct NotPending: Error {}

    @Test(
        "A7: names that are unknown, repeated, required or of the other mode are refused by their parameter, and nothing is stored",
        arguments: EngineUnderTest.available)
    func names(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let before = try await stage.audit().count
            for (online, offline, fields) in [
                (["walking", "nonsense"], ["alone", "none"], ["onopt2", "offopt2"]),
                (["walking", "nights", "walking"], ["alone", "alone"], ["onopt3", "offopt2"]),
                (["heart"], [], ["onopt1"]), (["alone"], ["walking"], ["onopt1", "offopt1"]), ([""], [], ["onopt1"]),
                (["Walking"], ["\u{0}"], ["onopt1", "offopt1"]),
            ] as [([String], [String], [String])] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.startShell(
                        Self.shell(pulse, online: online, offline: offline), request: nil)
                }
                #expect(refusal?.faults.map(\.field) == fields)
            }
            for id in ["app_x", "", "app_00000000000000000000000000"] {
                let asked = ShellRequest(application: id, online: [], offline: [], record: nil, actionQuery: nil)
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.startShell(asked, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["appid"])
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
            #expect(try await stage.audit().count == before)
        }
    }

    @Test(
        "A7: what is named is asked for and joins the grant; back goes AppAuthSuccess with actionqs, and never a code",
        arguments: EngineUnderTest.available)
    func asked(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            let codes = try await stage.count("SELECT COUNT(*) FROM authorization_code")
            let query = "a=1&b=ü?%26 c"
            stage.clock.move(by: .seconds(1))
            let (id, flow) = try await Self.begin(
                stage, Self.shell(pulse, online: ["walking"], offline: ["alone"], record: mine.record, query: query))
            let view = try await stage.gateway.approval(id, for: ada, flow: flow)
            #expect(view.isShell)
            // B10: exactly what is named, beside what stands.
            #expect(view.form.lines.map(\.rule.name.text) == ["heart", "walking", "alone"])
            #expect(view.form.lines.map(\.kind) == [.settled, .optional, .optional])
            #expect(view.standingUntil == stage.clock.now + .days(90) - .seconds(1))
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: ["rule:walking", "rule:alone"], through: .page, request: nil)
            #expect(answer.grant == mine.grant)
            #expect(answer.redirectTo.hasPrefix("https://pulse.example/back?target=AppAuthSuccess&actionqs="))
            #expect(Stage.parameter("actionqs", of: answer.redirectTo) == query)
            #expect(Stage.parameter("code", of: answer.redirectTo) == nil)
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code") == codes)

            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.permissions[.online, .read] == [.heartRate, .steps, .distance])
            #expect(grant.permissions[.offline, .read] == [.steps])
            #expect(grant.scopes == ["rule:heart", "rule:walking", "rule:alone"])
            #expect(grant.history.map(\.event) == ["given", "extended"])
            // The token that was there reaches what was added.
            _ = try await stage.read(mine.token, mine.record, types: ["steps"])
        }
    }

    @Test(
        "A7: a no goes back as AppAuthReject and changes nothing; unticking a named rule takes it away (B13)",
        arguments: EngineUnderTest.available)
    func rejected(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart", "rule:walking"])
            let before = try await stage.gateway.grant(mine.grant, of: ada)
            let refused = try await Self.begin(stage, Self.shell(pulse, online: ["nights"], query: "q"))
            let no = try await stage.gateway.decide(
                refused.id, by: ada, flow: refused.flow, approved: [], through: .page, request: nil)
            #expect(no.redirectTo == "https://pulse.example/back?target=AppAuthReject&actionqs=q")
            #expect(no.grant == nil)
            #expect(try await stage.gateway.grant(mine.grant, of: ada) == before)

            let open = try await Self.begin(stage, Self.shell(pulse, online: ["walking"]))
            let yes = try await stage.gateway.decide(
                open.id, by: ada, flow: open.flow, approved: ["rule:heart"], through: .page, request: nil)
            #expect(yes.redirectTo == "https://pulse.example/back?target=AppAuthSuccess")
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.permissions.types == [.heartRate])
            #expect(grant.refusedScopes.contains("rule:walking"))
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record, types: ["steps"]) }
            _ = try await stage.read(mine.token, mine.record)
        }
    }

    @Test(
        "A7, B47: a record that is not the application's goes back as AppAuthInvalidRecord before anyone is asked",
        arguments: EngineUnderTest.available)
    func invalidRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let theirs = try await stage.authorize(ada, other)
            let before = try await stage.count("SELECT COUNT(*) FROM approval")
            for record in [theirs.record, "r_00000000000000000000000000", "", "x"] {
                let start = try await stage.gateway.startShell(
                    Self.shell(pulse, online: ["walking"], record: record, query: "q"), request: nil)
                #expect(start == .sendBack("https://pulse.example/back?target=AppAuthInvalidRecord&actionqs=q"))
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == before)
        }
    }

    @Test(
        "A7: a way back from what was not decided in time says AppAuthReject",
        arguments: EngineUnderTest.available)
    func late(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let (id, flow) = try await Self.begin(stage, Self.shell(pulse, online: ["walking"], query: "q"))
            stage.clock.move(by: .minutes(15))
            await declined(as: .approvalExpired) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            let back = try await stage.gateway.wayBack(from: id, flow: flow)
            #expect(back == "https://pulse.example/back?target=AppAuthReject&actionqs=q")
        }
    }

    private static func merging(
        _ stage: Stage, _ application: TestApplication, action: String?, grant: String?, scope: String = "rule:walking"
    ) async throws -> AuthorizationStart {
        var asked = stage.request(application, scope: scope)
        asked.grantManagementAction = action
        asked.grantID = grant
        return try await stage.gateway.startAuthorization(asked, client: nil, request: nil)
    }

    @Test(
        "A7: merge joins the grant that is named, and only one of the application's own that is in force",
        arguments: EngineUnderTest.available)
    func merge(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            let theirs = try await stage.authorize(ada, other)
            let ended = try await stage.authorize(try await stage.person("eve@example.org"), pulse)
            _ = try await stage.gateway.revoke(token: ended.token, record: ended.record, request: nil)
            for (action, grant, error) in [
                ("merge", theirs.grant.text, "invalid_grant_id"), ("merge", ended.grant.text, "invalid_grant_id"),
                ("merge", "grt_x", "invalid_grant_id"), ("merge", nil, "invalid_request"),
                (nil, mine.grant.text, "invalid_request"), ("create", mine.grant.text, "invalid_request"),
                ("replace", theirs.grant.text, "invalid_grant_id"), ("update", nil, "invalid_request"),
            ] as [(String?, String?, String)] {
                let start = try await Self.merging(stage, pulse, action: action, grant: grant)
                guard case .sendBack(let uri) = start else {
                    Issue.record("\(error): it was not sent back")
                    continue
                }
                #expect(Stage.parameter("error", of: uri) == error)
                #expect(Stage.parameter("state", of: uri) == "xyz")
            }
            let start = try await Self.merging(stage, pulse, action: "merge", grant: mine.grant.text)
            guard case .pending(let id, expiresAt: _, let flow) = start else { throw NotPending() }
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: ["rule:walking"], through: .page, request: nil)
            #expect(answer.grant == mine.grant)
            let code = try #require(Stage.parameter("code", of: answer.redirectTo))
            let token = try await stage.gateway.exchange(
                code: code, redirectURI: pulse.redirectURI, verifier: Stage.verifier, client: pulse.client, request: nil
            )
            #expect(token.grant == mine.grant)
            #expect(token.scope == "rule:heart rule:walking")
        }
    }

    @Test(
        "A7: nothing is merged into a grant of somebody else, or into one that ended meanwhile",
        arguments: EngineUnderTest.available, [false, true])
    func notMerged(_ engine: EngineUnderTest, _ isSomebodyElse: Bool) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            let start = try await Self.merging(stage, pulse, action: "merge", grant: mine.grant.text)
            guard case .pending(let id, expiresAt: _, let flow) = start else { throw NotPending() }
            if !isSomebodyElse { try await stage.revoke(mine.grant, by: ada) }
            await declined(as: .grantNotActive) {
                try await stage.gateway.decide(
                    id, by: isSomebodyElse ? bob : ada, flow: flow, approved: ["rule:heart", "rule:walking"],
                    through: .page, request: nil)
            }
            #expect(try await stage.gateway.grants(of: ada).grants.count == 1)
            #expect(try await stage.gateway.grants(of: bob).grants.isEmpty)
        }
    }
}
