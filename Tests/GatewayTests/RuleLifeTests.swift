// What a change of an application's rules means for the people who agreed to the former ones (A3, A4, B1 to B6).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("The life of rules")
struct RuleLifeTests {
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 2)])
    /// `heart` asks for one type more.
    private static let more: [RuleDraft] = [
        .reads(["heart_rate", "resting_heart_rate"], named: "heart", required: true), Stage.rules[1],
    ]

    private static func agreed(_ stage: Stage, _ grant: GrantID) async throws -> [String] {
        try await stage.engine.read { tx in try GrantTable.find(grant, in: tx)?.terms.rules.map(\.stored).sorted() ?? []
        }
    }

    private static func form(
        _ stage: Stage, _ person: PersonID, _ application: TestApplication, scope: String = ""
    ) async throws -> ApprovalForm {
        let (id, flow) = try await stage.begin(application, scope: scope)
        return try await stage.gateway.approval(id, for: person, flow: flow).form
    }

    @Test(
        "A4: every version of the rules is kept, with its author, its time and what changed; a grant knows each rule's version",
        arguments: EngineUnderTest.available)
    func versions(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, cardia) = try await stage.owner()
            let pulse = try await stage.application(in: cardia)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "")
            #expect(try await Self.agreed(stage, mine.grant) == ["heart@1"])
            let born = stage.clock.now
            stage.clock.move(by: .hours(1))
            let published = try await stage.gateway.publishRules(
                Self.more, of: pulse.id, over: 1, by: olga, request: nil)
            #expect(published.rules.version == 2)
            #expect(published.author == "Olga")

            let versions = try await stage.gateway.ruleVersions(of: pulse.id, by: olga)
            #expect(versions.map(\.rules.version) == [2, 1])
            #expect(versions.map(\.author) == ["Olga", nil])
            #expect(versions.map(\.at) == [stage.clock.now, born])
            #expect(versions[0] == published)
            #expect(versions[0].diff.changed.map(\.changes) == [[.typesAdded([.restingHeartRate])]])
            #expect(versions[1].diff.added.map(\.text) == ["heart", "walking"])
            #expect(versions[1].rules.rules.map(\.types) == [[.heartRate], [.steps, .distance]])
            #expect(
                try await stage.audit(.rulesPublished).map(\.types).last
                    == "steps,distance,heart_rate,resting_heart_rate")

            // The grant was made under the former version and says so, until the person agrees to the new one.
            #expect(try await Self.agreed(stage, mine.grant) == ["heart@1"])
            let again = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            #expect(again.grant == mine.grant)
            #expect(try await Self.agreed(stage, mine.grant) == ["heart@2"])
            #expect(
                try await stage.gateway.grant(mine.grant, of: ada).rules.map(\.types) == [
                    [.heartRate, .restingHeartRate]
                ])
        }
    }

    @Test(
        "A3: a returning person sees the optional rules decided before, ticked as decided where the law allows",
        arguments: EngineUnderTest.available, [false, true])
    func returning(_ engine: EngineUnderTest, _ mayPreCheck: Bool) async throws {
        var policy = Stage.policy
        policy.mayPreCheck = mayPreCheck
        try await Stage.on(engine, policy: policy) { stage in
            var hidden = RuleDraft.reads(["sleep_stage"], named: "nights")
            hidden.displayFirstTime = false
            hidden.checkedByDefault = true
            let pulse = try await stage.application(
                rules: Stage.rules + [.reads(["body_weight"], named: "weighing"), hidden])
            let ada = try await stage.person()
            let first = try await Self.form(stage, ada, pulse)
            #expect(first.lines.map(\.rule.name.text) == ["heart", "walking", "weighing"])
            let mine = try await stage.consent(ada, to: pulse, scope: "", approved: ["rule:heart", "rule:walking"])
            try await stage.revoke(mine.grant, by: ada)

            let second = try await Self.form(stage, ada, pulse)
            #expect(second.lines.map(\.rule.name.text) == ["heart", "walking", "weighing"])
            #expect(second.lines.map(\.isChecked) == [true, mayPreCheck, false])
            // What was never decided is shown where the application names it (A7), and its default speaks.
            let named = try await Self.form(stage, ada, pulse, scope: "rule:nights")
            #expect(named.lines.map(\.rule.name.text) == ["heart", "nights"])
            #expect(named.lines.map(\.isChecked) == [true, mayPreCheck])
        }
    }

    @Test(
        "A3: whoever has agreed to everything that is asked is not asked again, and keeps one grant",
        arguments: EngineUnderTest.available)
    func nothingToAsk(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .days(1))
            let form = try await Self.form(stage, ada, pulse)
            #expect(!form.asksSomething)
            #expect(form.lines.map(\.kind) == [.settled, .settled])
            let before = try await stage.gateway.grant(mine.grant, of: ada)
            let again = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            #expect(again.grant == mine.grant)
            #expect(again.record == mine.record)
            #expect(try await stage.gateway.grant(mine.grant, of: ada) == before)
            #expect(try await stage.gateway.grants(of: ada).grants.count == 1)
        }
    }

    @Test(
        "B1, B2: a required rule that grew is asked again before any token; until then what was agreed to goes on",
        arguments: EngineUnderTest.available)
    func grew(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            let consent = try await stage.consent(ada, to: pulse, scope: "")
            try await stage.publish(Self.more, for: pulse)

            // Between the approval and the exchange the rules grew: no token.
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
            let record = try #require(try await stage.info(mine.token).records.first)
            #expect(record.status == .reauthorizationRequired)
            let heart = try #require(RuleName("heart"))
            let lacking = Permissions([.read], to: [.restingHeartRate], in: [.online])
            #expect(record.shortfalls == [Shortfall(rule: heart, reason: .notGranted(lacking))])
            #expect(record.askURL?.hasSuffix("extrecordid%3D\(mine.record)") == true)
            // B24, B25: the old types go on; the new one is not there.
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps, .heartRate])
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["resting_heart_rate"])
            }

            let form = try await Self.form(stage, ada, pulse)
            #expect(form.lines.map(\.kind) == [.required, .settled])
            let again = try await stage.authorize(ada, pulse, scope: "", approved: ["rule:heart"])
            #expect(again.grant == mine.grant)
            #expect(try await stage.info(again.token).records.map(\.status) == [.noActionRequired])
            _ = try await stage.read(again.token, mine.record, types: ["resting_heart_rate"])
            #expect(try await stage.gateway.grant(mine.grant, of: ada).history.map(\.event) == ["given", "extended"])
            #expect(
                try await stage.audit(.grantExtended).map(\.types) == ["steps,distance,heart_rate,resting_heart_rate"])
        }
    }

    @Test(
        "B1: a decision on rules that changed since they were shown is not taken; the page shows the new ones",
        arguments: EngineUnderTest.available)
    func changedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse, scope: "")
            #expect(try await stage.gateway.approval(id, for: ada, flow: flow).ruleVersion == 1)
            try await stage.publish(Self.more, for: pulse)
            @Sendable func approve() async throws -> DecisionAnswer {
                try await stage.gateway.decide(
                    id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            await declined(as: .approvalChanged) { try await approve() }
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
            let view = try await stage.gateway.approval(id, for: ada, flow: flow)
            #expect(view.state == .pending)
            #expect(view.ruleVersion == 2)
            #expect(view.form.lines.first?.rule.types == [.heartRate, .restingHeartRate])
            let grant = try #require(try await approve().grant)
            #expect(try await Self.agreed(stage, grant) == ["heart@2"])

            // A no needs no second look.
            let refused = try await stage.begin(pulse, scope: "rule:walking")
            _ = try await stage.gateway.approval(refused.id, for: ada, flow: refused.flow)
            try await stage.publish(Stage.rules, for: pulse)
            let answer = try await stage.gateway.decide(
                refused.id, by: ada, flow: refused.flow, approved: [], through: .page, request: nil)
            #expect(Stage.parameter("error", of: answer.redirectTo) == "access_denied")
        }
    }

    @Test(
        "B3, B6: what the rules no longer ask for, nobody is asked about and the grant no longer gives",
        arguments: EngineUnderTest.available)
    func shrank(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.more)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            try await stage.publish([.reads(["resting_heart_rate"], named: "heart", required: true)], for: pulse)
            #expect(try await stage.info(mine.token).records.map(\.status) == [.noActionRequired])
            #expect(try await Self.form(stage, ada, pulse).asksSomething == false)
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["heart_rate"])
            }
            #expect(try await stage.read(mine.token, mine.record).parcels.isEmpty)
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.permissions.types == [.heartRate, .restingHeartRate, .steps, .distance])
            #expect(grant.effective.types == [.restingHeartRate])
            #expect(grant.version == 1)
            // Asked for again later, it was agreed to already: nothing was taken from the grant.
            try await stage.publish(Stage.rules, for: pulse)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
        }
    }

    @Test(
        "B4: an optional rule that grew asks nobody, until the application names it",
        arguments: EngineUnderTest.available)
    func optional(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.publish(
                [Stage.rules[0], .reads(["steps", "distance", "workout"], named: "walking")], for: pulse)
            #expect(try await stage.info(mine.token).records.map(\.status) == [.noActionRequired])
            #expect(try await Self.form(stage, ada, pulse).asksSomething == false)
            let named = try await Self.form(stage, ada, pulse, scope: "rule:walking")
            #expect(named.lines.map(\.kind) == [.settled, .optional])
            #expect(named.lines.map(\.isChecked) == [true, false])
            let again = try await stage.authorize(ada, pulse, scope: "rule:walking")
            #expect(again.grant == mine.grant)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).permissions.types.contains(.workout))
        }
    }

    @Test(
        "B6: a required offline rule that grew, or got a new wording, leaves what was agreed to working meanwhile",
        arguments: EngineUnderTest.available)
    func offline(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            func alone(_ types: [String], _ why: String, material: Bool = false) -> [RuleDraft] {
                [
                    .reads(
                        types, named: "alone", mode: .offline, required: true, why: why, isMaterialChange: material)
                ]
            }
            let pulse = try await stage.application(rules: alone(["steps"], "To count."))
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "")
            try await stage.importing(Self.export, for: ada)
            let token = try await stage.alone(pulse)
            let person = try await stage.info(mine.token).person.text
            func status() async throws -> RecordStatusView? {
                try await stage.info(token, person: person).records.first
            }

            try await stage.publish(alone(["steps"], "To count your steps."), for: pulse)
            #expect(try await status()?.status == .noActionRequired)
            #expect(try await Self.form(stage, ada, pulse).asksSomething == false)

            try await stage.publish(alone(["steps"], "To sell them.", material: true), for: pulse)
            let name = try #require(RuleName("alone"))
            #expect(try await status()?.status == .reauthorizationRequired)
            #expect(try await status()?.shortfalls == [Shortfall(rule: name, reason: .newWording)])
            #expect(try await stage.read(token, mine.record).parcels.map(\.type) == [.steps])
            #expect(try await Self.form(stage, ada, pulse).lines.map(\.kind) == [.required])

            try await stage.publish(alone(["steps", "distance"], "To sell them."), for: pulse)
            #expect(try await stage.read(token, mine.record).parcels.map(\.type) == [.steps])
            await declined(as: .consentRequired) { try await stage.read(token, mine.record, types: ["distance"]) }
            await declined(as: .consentRequired) {
                try await stage.read(token, mine.record, types: ["steps", "distance"])
            }
            // After the person agreed anew, nothing is missing, the wording neither.
            _ = try await stage.consent(ada, to: pulse, scope: "", approved: ["rule:alone"])
            #expect(try await status()?.status == .noActionRequired)
            _ = try await stage.read(token, mine.record, types: ["distance"])
        }
    }
    @Test(
        "A3: a rule that was taken back by narrowing is not ticked again by itself",
        arguments: EngineUnderTest.available)
    func takenBack(_ engine: EngineUnderTest) async throws {
        var policy = Stage.policy
        policy.mayPreCheck = true
        try await Stage.on(engine, policy: policy) { stage in
            var walking = RuleDraft.reads(["steps", "distance"], named: "walking")
            walking.checkedByDefault = true
            walking.displayFirstTime = true
            let pulse = try await stage.application(
                rules: [.reads(["heart_rate"], named: "heart", required: true), walking])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let less = try await stage.narrow(mine.grant, by: ada, rules: ["walking"])
            #expect(less.refusedScopes == ["rule:walking"])
            let (id, flow) = try await stage.begin(pulse)
            let form = try await stage.gateway.approval(id, for: ada, flow: flow).form
            let line = try #require(form.lines.first { $0.rule.name.text == "walking" })
            #expect(!line.isChecked)
            // Said yes to again, it is refused no more.
            _ = try await stage.authorize(ada, pulse)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).refusedScopes.isEmpty)
        }
    }
}
