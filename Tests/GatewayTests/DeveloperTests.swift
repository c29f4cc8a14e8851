// What an owner does with an application after it is registered: secrets, addresses, rules, and looking before publishing.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Developers")
struct DeveloperTests {
    private static let more: [RuleDraft] = [
        .reads(["heart_rate", "blood_pressure"], named: "heart", required: true), Stage.rules[1],
    ]

    private static func owned(_ stage: Stage) async throws -> (olga: PersonID, pulse: TestApplication) {
        let (olga, cardia) = try await stage.owner()
        return (olga, try await stage.application(in: cardia))
    }

    private static func works(_ stage: Stage, _ application: TestApplication, _ secret: String) async -> Bool {
        let client = ClientCredentials(id: application.id.text, secret: secret)
        let start = try? await stage.gateway.startAuthorization(
            stage.request(application), client: client, request: nil)
        return start != nil
    }

    @Test(
        "A new secret works at once; the former one as long as was said, to the microsecond, and not at all when nothing was",
        arguments: EngineUnderTest.available)
    func secrets(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            let second = try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: 24, by: olga, request: nil)
            let end = stage.clock.now + .hours(24)
            #expect(second.secret.hasPrefix("lcs_"))
            #expect(second.formerUntil == end)
            #expect(try await stage.gateway.application(pulse.id, of: olga).formerSecretUntil == end)
            stage.clock.move(to: end - Span(microseconds: 1))
            #expect(await Self.works(stage, pulse, pulse.secret))
            #expect(await Self.works(stage, pulse, second.secret))
            stage.clock.move(to: end)
            #expect(!(await Self.works(stage, pulse, pulse.secret)))
            #expect(await Self.works(stage, pulse, second.secret))
            #expect(try await stage.gateway.application(pulse.id, of: olga).formerSecretUntil == nil)

            let third = try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: 0, by: olga, request: nil)
            #expect(third.formerUntil == nil)
            #expect(!(await Self.works(stage, pulse, second.secret)))
            // Two rotations within one overlap: only the last two are known.
            let fourth = try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: 168, by: olga, request: nil)
            let fifth = try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: 168, by: olga, request: nil)
            #expect(!(await Self.works(stage, pulse, third.secret)))
            #expect(await Self.works(stage, pulse, fourth.secret))
            #expect(await Self.works(stage, pulse, fifth.secret))
            for hours in [-1, 169] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: hours, by: olga, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["overlap_hours"])
            }
            let lines = try await stage.audit(.secretRotated)
            #expect(lines.count == 4)
            #expect(!lines.map(\.words).joined().contains("lcs_"))
        }
    }

    @Test(
        "The former secret works for tokens of the application alone as well, and ends with its time",
        arguments: EngineUnderTest.available)
    func secretsAlone(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, cardia) = try await stage.owner()
            let pulse = try await stage.application(
                in: cardia, rules: [.reads(["steps"], named: "alone", mode: .offline)])
            _ = try await stage.gateway.rotateSecret(of: pulse.id, overlapHours: 1, by: olga, request: nil)
            _ = try await stage.alone(pulse)
            stage.clock.move(by: .hours(1))
            await declined(as: .invalidClient) { try await stage.alone(pulse) }
        }
    }

    @Test(
        "Redirect URIs are replaced as a whole; what was taken out starts nothing any more",
        arguments: EngineUnderTest.available)
    func redirectURIs(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            let uris = ["https://pulse.example/new", "http://localhost:8080/dev"]
            let detail = try await stage.gateway.replaceRedirectURIs(of: pulse.id, with: uris, by: olga, request: nil)
            #expect(detail.redirectURIs == uris)
            #expect(try await stage.gateway.application(pulse.id, of: olga) == detail)
            await declined(as: .invalidRequest) { try await stage.begin(pulse) }
            for (uris, fields) in [
                ([], ["redirect_uris"]),
                (["https://a.example/#x", "ftp://b"], ["redirect_uris[0]", "redirect_uris[1]"]),
                (["https://a.example/", "https://a.example/"], ["redirect_uris[1]"]),
            ] as [([String], [String])] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.replaceRedirectURIs(of: pulse.id, with: uris, by: olga, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == fields)
            }
            #expect(try await stage.gateway.application(pulse.id, of: olga) == detail)
            #expect(try await stage.audit(.redirectURIsChanged).count == 1)
        }
    }

    @Test(
        "A4: before rules are published the owner sees how many live grants they touch, and why; nothing is stored",
        arguments: EngineUnderTest.available)
    func impact(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: eve, types: ["heart_rate"], accesses: ["read"])
            _ = try await stage.authorize(ada, pulse)
            _ = try await stage.authorize(bob, pulse)
            let limited = try await stage.consent(eve, to: pulse, scope: "", for: cleo)
            let ended = try await stage.authorize(eve, pulse, for: try await stage.ownRecord(of: eve))
            try await stage.revoke(ended.grant, by: eve)
            let lines = try await stage.audit().count

            let view = try await stage.gateway.impact(of: Self.more, on: pulse.id, by: olga)
            #expect(view.diff.changed.map(\.changes) == [[.typesAdded([.bloodPressure])]])
            #expect(view.impact.grants == 3)
            #expect(view.impact.before == [.noActionRequired: 3])
            #expect(view.impact.after == [.reauthorizationRequired: 2, .reauthorizationNotPossible: 1])
            #expect(view.impact.newlyAffected == 3)
            #expect(view.impact.narrowed == 0)
            let heart = try #require(RuleName("heart"))
            let lacking = Permissions([.read], to: [.bloodPressure], in: [.online])
            #expect(
                view.impact.reasons.map(\.shortfall) == [
                    Shortfall(rule: heart, reason: .notGranted(lacking)),
                    Shortfall(rule: heart, reason: .beyondOwnAccess(lacking)),
                ])
            #expect(view.impact.reasons.map(\.grants) == [2, 1])
            let less = try await stage.gateway.impact(of: [Stage.rules[0]], on: pulse.id, by: olga)
            #expect(less.impact.newlyAffected == 0)
            #expect(less.impact.narrowed == 2)
            await declined(as: .invalidFields) { try await stage.gateway.impact(of: [], on: pulse.id, by: olga) }

            #expect(try await stage.gateway.ruleVersions(of: pulse.id, by: olga).count == 1)
            #expect(try await stage.audit().count == lines)
            // What was foreseen is what comes.
            _ = try await stage.gateway.publishRules(Self.more, of: pulse.id, over: 1, by: olga, request: nil)
            #expect(try await stage.gateway.grant(limited.grant, of: eve).status == .reauthorizationNotPossible)
            #expect(try await stage.gateway.grants(of: bob).grants.map(\.status) == [.reauthorizationRequired])
        }
    }

    @Test(
        "A5: the owner previews the consent page as a newcomer or a returning person sees it, and nothing is stored",
        arguments: EngineUnderTest.available)
    func preview(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            func counts() async throws -> [Int] {
                [
                    try await stage.count("SELECT COUNT(*) FROM approval"), try await stage.audit().count,
                    try await stage.count("SELECT COUNT(*) FROM rule_set"),
                    try await stage.count("SELECT COUNT(*) FROM consent_grant"),
                ]
            }
            let before = try await counts()
            func lines(
                _ person: PreviewedPerson, _ drafts: [RuleDraft]?, _ named: [String] = []
            ) async throws -> [String] {
                let view = try await stage.gateway.preview(
                    of: pulse.id, as: person, drafts: drafts, named: named, by: olga)
                return view.form.lines.map { "\($0.rule.name.text) \($0.kind.rawValue)" }
            }
            #expect(try await lines(.firstTime, nil) == ["heart required", "walking optional"])
            #expect(try await lines(.returning, nil) == ["heart settled"])
            #expect(try await lines(.returning, nil, ["walking"]) == ["heart settled", "walking optional"])
            #expect(try await lines(.returning, Self.more) == ["heart required"])
            let view = try await stage.gateway.preview(
                of: pulse.id, as: .firstTime, drafts: Self.more, named: [], by: olga)
            #expect(view.ruleVersion == 2)
            #expect(view.form.lines[0].rule.types == [.heartRate, .bloodPressure])
            #expect(view.application.name == "Pulse")
            let unknown = await declined(as: .invalidFields) { try await lines(.firstTime, nil, ["nonsense"]) }
            #expect(unknown?.faults.map(\.field) == ["named"])
            let faulty = await declined(as: .invalidFields) {
                try await lines(.firstTime, [.reads(["steps"], named: "x", why: " ")])
            }
            #expect(faulty?.faults.map(\.field) == ["rules[0].why"])
            #expect(try await counts() == before)
            await declined(as: .notFound) { try await stage.gateway.approval(view.id, for: olga, flow: nil) }
        }
    }

    @Test(
        "A4: rules are published over the version that was seen; every fault is named by its field, and nothing is stored",
        arguments: EngineUnderTest.available)
    func published(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            for version in [0, 2] {
                await declined(as: .rulesChanged) {
                    try await stage.gateway.publishRules(
                        Self.more, of: pulse.id, over: version, by: olga, request: nil)
                }
            }
            var bad = RuleDraft.reads(["steps", "moods"], named: "Walking", why: "")
            bad.accesses = ["look"]
            bad.translations = ["de": "", "!": "x"]
            let refusal = await declined(as: .invalidFields) {
                try await stage.gateway.publishRules(
                    [Stage.rules[0], bad, Stage.rules[0]], of: pulse.id, over: 1, by: olga, request: nil)
            }
            #expect(
                refusal?.faults.map(\.field) == [
                    "rules[1].name", "rules[1].accesses[0]", "rules[1].data_types[1]", "rules[1].why",
                    "rules[1].why_translations", "rules[1].why_translations.de", "rules[2].name",
                ])
            #expect(try await stage.gateway.ruleVersions(of: pulse.id, by: olga).map(\.rules.version) == [1])
        }
    }

    @Test(
        "A1: a why in several languages is kept with its versions, and a changed one says in which",
        arguments: EngineUnderTest.available)
    func languages(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (olga, pulse) = try await Self.owned(stage)
            var heart = Stage.rules[0]
            heart.translations = ["de": "Um Ihren Puls zu zeigen.", "fr-CH": "Pour montrer votre pouls."]
            _ = try await stage.gateway.publishRules([heart], of: pulse.id, over: 1, by: olga, request: nil)
            heart.translations["de"] = "Um deinen Puls zu zeigen."
            heart.isMaterialChange = true
            let third = try await stage.gateway.publishRules([heart], of: pulse.id, over: 2, by: olga, request: nil)
            let rule = try #require(third.rules.rules.first)
            let german = try #require(Language("de"))
            #expect(third.diff.changed.map(\.changes) == [[.wordingChanged([german], isMaterial: true)]])
            let kept = try await stage.gateway.ruleVersions(of: pulse.id, by: olga)
            #expect(kept[0].rules.rules.first == rule)
            #expect(rule.whyText.best(for: [german]).text == "Um deinen Puls zu zeigen.")
            #expect(kept[1].rules.rules.first?.whyText.best(for: [german]).text == "Um Ihren Puls zu zeigen.")
            #expect([rule.wordingSince, rule.materialSince] == [3, 3])
        }
    }

    @Test("Somebody else's application is not there, whatever is asked of it", arguments: EngineUnderTest.available)
    func strangers(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let (olga, pulse) = try await Self.owned(stage)
            let rival = try await stage.owner("rita@rival.example", name: "Rita").person
            let ada = try await stage.person()
            for person in [rival, ada] {
                let id = pulse.id
                await declined(as: .notFound) { try await gateway.application(id, of: person) }
                await declined(as: .notFound) { try await gateway.ruleVersions(of: id, by: person) }
                await declined(as: .notFound) {
                    try await gateway.publishRules(Self.more, of: id, over: 1, by: person, request: nil)
                }
                await declined(as: .notFound) { try await gateway.impact(of: Self.more, on: id, by: person) }
                await declined(as: .notFound) {
                    try await gateway.rotateSecret(of: id, overlapHours: 0, by: person, request: nil)
                }
                await declined(as: .notFound) {
                    try await gateway.replaceRedirectURIs(
                        of: id, with: ["https://e.example/"], by: person, request: nil)
                }
                await declined(as: .notFound) {
                    try await gateway.preview(of: id, as: .firstTime, drafts: nil, named: [], by: person)
                }
            }
            let detail = try await gateway.application(pulse.id, of: olga)
            #expect(detail.rules.version == 1)
            #expect(detail.redirectURIs == [pulse.redirectURI])
            #expect(detail.state == .active)
            #expect(await Self.works(stage, pulse, pulse.secret))
        }
    }
}
