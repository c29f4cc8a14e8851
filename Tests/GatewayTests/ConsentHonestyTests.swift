// What the person reads is what happens: no yes that leads nowhere, no answer to something else than was shown.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("An answer is to what was shown")
struct ConsentHonestyTests {
    private static let rules: [RuleDraft] =
        Stage.rules + [.reads(["steps"], named: "alone", mode: .offline), .reads(["sleep_stage"], named: "nights")]

    private static func shell(
        _ stage: Stage, _ application: TestApplication, online: [String] = [], record: String? = nil
    ) async throws -> (id: ApprovalID, flow: String) {
        let start = try await stage.gateway.startShell(
            ShellRequest(
                application: application.id.text, online: online, offline: [], record: record, actionQuery: "a=1"),
            request: nil)
        guard case .pending(let id, expiresAt: _, let flow?) = start else { throw Lost() }
        return (id, flow)
    }

    private struct Lost: Error {}

    @Test(
        "B5: for a suspended record, or one whose country is not served, nobody can say yes, and no is taken",
        arguments: EngineUnderTest.available)
    func obstacles(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(countries: ["DE"])
            let ada = try await stage.person()
            let own = try await stage.ownRecord(of: ada)
            let abroad = try await stage.child(of: ada, country: "FR")
            try await stage.gateway.suspendRecord(own, true, by: ada, request: nil)
            for (record, obstacle) in [(own, ApprovalView.Obstacle.recordSuspended), (abroad, .recordNotServed)] {
                let (id, flow) = try await stage.begin(pulse)
                let view = try await stage.gateway.approval(id, for: ada, flow: flow, record: record)
                #expect(view.obstacle == obstacle)
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: flow, approved: ["rule:heart"], record: record, through: .page, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["record"])
                let denied = try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: [], record: record, through: .page, request: nil)
                #expect(Stage.parameter("error", of: denied.redirectTo) == "access_denied")
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant") == 0)
        }
    }

    @Test(
        "An application that was suspended meanwhile is given nothing; no is still taken",
        arguments: EngineUnderTest.available)
    func suspended(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            _ = try await stage.gateway.setStanding(of: pulse.id, .suspend, request: nil)
            await declined(as: .invalidFields) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            let denied = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: [], through: .page, request: nil)
            #expect(denied.grant == nil)
        }
    }

    @Test(
        "A7: asked about a record that is not the person's, the way back says so; another one chosen is told as another",
        arguments: EngineUnderTest.available)
    func askedRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let cleo = try await stage.child(of: ada)
            let mine = try await stage.authorize(
                ada, pulse, scope: "rule:heart", for: try await stage.ownRecord(of: ada))

            let (foreign, foreignFlow) = try await Self.shell(stage, pulse, online: ["nights"], record: mine.record)
            let view = try await stage.gateway.approval(foreign, for: bob, flow: foreignFlow)
            #expect(view.obstacle == .recordNotHeld)
            await declined(as: .invalidFields) {
                try await stage.gateway.decide(
                    foreign, by: bob, flow: foreignFlow, approved: ["rule:heart", "rule:nights"], through: .page,
                    request: nil)
            }
            let back = try await stage.gateway.decide(
                foreign, by: bob, flow: foreignFlow, approved: [], through: .page, request: nil)
            #expect(Stage.parameter("target", of: back.redirectTo) == "AppAuthInvalidRecord")

            let (other, otherFlow) = try await Self.shell(stage, pulse, online: ["nights"], record: mine.record)
            _ = try await stage.gateway.approval(other, for: ada, flow: otherFlow, record: cleo)
            let changed = try await stage.gateway.decide(
                other, by: ada, flow: otherFlow, approved: ["rule:heart", "rule:nights"], record: cleo, through: .page,
                request: nil)
            #expect(Stage.parameter("target", of: changed.redirectTo) == "SelectedRecordChanged")

            let (right, rightFlow) = try await Self.shell(stage, pulse, online: ["nights"], record: mine.record)
            let asked = try await stage.gateway.approval(right, for: ada, flow: rightFlow)
            #expect(asked.records.first { $0.isChosen }?.id == (try await stage.ownRecord(of: ada)))
            let done = try await stage.gateway.decide(
                right, by: ada, flow: rightFlow, approved: ["rule:nights"], through: .page, request: nil)
            #expect(Stage.parameter("target", of: done.redirectTo) == "AppAuthSuccess")
        }
    }

    @Test(
        "Going on is held against what was shown: a grant narrowed or ended meanwhile is not given back by it",
        arguments: EngineUnderTest.available)
    func staleGoOn(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let ticked = ["rule:heart", "rule:walking"]
            let (id, flow) = try await stage.begin(pulse, scope: "")
            let shown = try await stage.gateway.approval(id, for: ada, flow: flow)
            #expect(!shown.form.asksSomething)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.narrow(mine.grant, by: ada, types: ["steps"])
            await declined(as: .approvalChanged) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ticked, standing: shown.standingMark, through: .page,
                    request: nil)
            }
            // It was shown again with the refusal, in another tab: the answer of the first still counts for what that showed.
            stage.clock.move(by: .seconds(1))
            try await stage.revoke(mine.grant, by: ada)
            let again = try await stage.gateway.approval(id, for: ada, flow: flow)
            await declined(as: .approvalChanged) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ticked, standing: shown.standingMark, through: .page,
                    request: nil)
            }
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: ticked, standing: again.standingMark, through: .page, request: nil)
            #expect(answer.grant != nil && answer.grant != mine.grant)
        }
    }

    @Test("D1: going on without a decision leaves its line in the trail", arguments: EngineUnderTest.available)
    func goOn(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            let again = try await stage.consent(ada, to: pulse, scope: "rule:heart")
            #expect(again.grant == mine.grant)
            let lines = try await stage.audit(.approvalApproved)
            #expect(lines.map(\.grant) == [mine.grant.text, mine.grant.text])
        }
    }

    @Test(
        "What was agreed to is shown as it was agreed to, whatever the rule says now",
        arguments: EngineUnderTest.available)
    func settledAsAgreed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.narrow(mine.grant, by: ada, types: ["distance"])
            try await stage.publish(
                [
                    Stage.rules[0],
                    .reads(["steps", "distance", "heart_rate"], named: "walking", why: "To sell you better shoes."),
                ], for: pulse)
            let (id, flow) = try await stage.begin(pulse, scope: "")
            let form = try await stage.gateway.approval(id, for: ada, flow: flow).form
            let walking = try #require(form.lines.first { $0.rule.name.text == "walking" })
            #expect(walking.kind == .settled)
            #expect(walking.shown.types == [.steps])
            #expect(walking.shown.why == "To show you how walking develops.")
            #expect(walking.rule.types.contains(.heartRate))
        }
    }

    @Test(
        "Only an authorization that asks for it gets a token that works while the person is away",
        arguments: EngineUnderTest.available)
    func offlineEachTime(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let away = try await stage.exchange(
                try await stage.consent(ada, to: pulse, scope: "rule:heart rule:alone offline_access"), by: pulse)
            #expect(away.scope == "rule:heart rule:alone offline_access")
            let record = try #require(away.record).text
            _ = try await stage.read(away.accessToken, record, types: ["steps"])
            await declined(as: .consentRequired) {
                try await stage.read(away.accessToken, record, types: ["heart_rate"])
            }
            stage.clock.move(by: .seconds(1))
            let here = try await stage.exchange(
                try await stage.consent(ada, to: pulse, scope: "rule:heart"), by: pulse)
            #expect(here.grant == away.grant)
            #expect(here.scope == "rule:heart rule:alone")
            _ = try await stage.read(here.accessToken, record, types: ["heart_rate"])
            // Left unticked, it is refused and remembered as such; what was agreed to before is not taken back by that.
            let (id, flow) = try await stage.begin(pulse, scope: "rule:heart rule:alone offline_access")
            #expect(try await stage.gateway.approval(id, for: ada, flow: flow).form.offlineAccess == .settled)
        }
    }

    @Test(
        "C2: a place to lead back to that was taken out gets nothing more, and neither does what was asked before",
        arguments: EngineUnderTest.available)
    func placeTakenOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let owner = try await stage.owner()
            let pulse = try await stage.application(
                in: owner.organization, redirectURIs: ["https://pulse.example/old", "https://pulse.example/new"])
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            _ = try await stage.gateway.replaceRedirectURIs(
                of: pulse.id, with: ["https://pulse.example/new"], by: owner.person, request: nil)
            await declined(as: .approvalExpired) {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            #expect(try await stage.gateway.wayBack(from: id, flow: flow) == nil)
        }
    }

    @Test(
        "A request whose rules went away meanwhile can still be denied, and leads back",
        arguments: EngineUnderTest.available)
    func uncovered(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse, scope: "rule:walking")
            try await stage.publish([Stage.rules[0]], for: pulse)
            await declined(as: .invalidScope) { try await stage.gateway.approval(id, for: ada, flow: flow) }
            let back = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: [], through: .page, request: nil)
            #expect(Stage.parameter("error", of: back.redirectTo) == "access_denied")
        }
    }

    @Test(
        "A7: where nothing could be said yes to, the way back is taken at once; a refused read names what to ask for",
        arguments: EngineUnderTest.available)
    func nothingToAsk(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            var hidden = RuleDraft.reads(["steps"], named: "walking", mode: .offline)
            hidden.displayFirstTime = false
            let pulse = try await stage.application(rules: [hidden])
            let start = try await stage.gateway.startShell(
                ShellRequest(application: pulse.id.text, online: [], offline: [], record: nil, actionQuery: "a=1"),
                request: nil)
            guard case .sendBack(let location) = start else { throw Lost() }
            #expect(Stage.parameter("target", of: location) == "AppAuthReject")
            #expect(Stage.parameter("actionqs", of: location) == "a=1")
            let token = try await stage.alone(pulse)
            let refusal = await declined(as: .consentRequired) {
                try await stage.read(token, "r_00000000000000000000000000", types: ["steps"])
            }
            #expect(refusal?.repairURL?.contains("offopt1%3Dwalking") == true)
        }
    }
}
