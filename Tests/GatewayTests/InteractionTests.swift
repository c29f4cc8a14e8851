// How applications meet records: one at a time, several, or alone (B6 to B8); where they serve, and whether they stand.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Interaction")
struct InteractionTests {
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 2)])

    private struct Scene {
        let pulse: TestApplication
        let ada: PersonID
        let cleo: RecordID
        let mine: (grant: GrantID, token: String, record: String)
        let hers: (grant: GrantID, token: String, record: String)
    }

    private static func scene(_ stage: Stage) async throws -> Scene {
        let pulse = try await stage.application(interaction: .multiRecord)
        let ada = try await stage.person()
        let cleo = try await stage.child(of: ada)
        let mine = try await stage.authorize(ada, pulse)
        stage.clock.move(by: .seconds(1))
        let hers = try await stage.authorize(ada, pulse, for: cleo)
        return Scene(pulse: pulse, ada: ada, cleo: cleo, mine: mine, hers: hers)
    }

    @Test(
        "B8: a multi-record application's token reaches every record its person permitted, and nobody else's",
        arguments: EngineUnderTest.available)
    func multi(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let bob = try await stage.person("bob@example.org")
            let bobs = try await stage.authorize(bob, scene.pulse)
            try await stage.importing(Self.export, for: scene.ada)
            for token in [scene.mine.token, scene.hers.token] {
                #expect(try await stage.read(token, scene.mine.record).parcels.count == 2)
                #expect(try await stage.read(token, scene.hers.record).parcels.isEmpty)
                await declined(as: .consentRequired) { try await stage.read(token, bobs.record) }
                await declined(as: .consentRequired) { try await stage.masks(token, bobs.record, ["steps"]) }
                #expect(try await stage.info(token).records.count == 2)
            }
            // Each access names whose it was.
            let lines = try await stage.audit(.read).filter { $0.outcome == "done" }
            #expect(Set(lines.map(\.grant)) == [scene.mine.grant.text, scene.hers.grant.text])
        }
    }

    @Test(
        "B8, B44: a token comes when any record is fully authorized; each record's status tells the rest",
        arguments: EngineUnderTest.available)
    func anyRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let first = try await stage.consent(scene.ada, to: scene.pulse, scope: "")
            try await stage.publish(
                [.reads(["heart_rate", "blood_pressure"], named: "heart", required: true), Stage.rules[1]],
                for: scene.pulse)
            // No record is fully authorized: no token.
            await declined(as: .invalidGrant) { try await stage.exchange(first, by: scene.pulse) }
            let own = try await stage.ownRecord(of: scene.ada)
            let again = try await stage.authorize(
                scene.ada, scene.pulse, scope: "", approved: ["rule:heart"], for: own)
            let statuses = Dictionary(
                uniqueKeysWithValues: try await stage.info(again.token).records.map { ($0.record.text, $0.status) })
            #expect(statuses == [scene.mine.record: .noActionRequired, scene.hers.record: .reauthorizationRequired])
            _ = try await stage.read(again.token, scene.hers.record)
        }
    }

    @Test(
        "B8, C9: a record's grant ended, the token reaches the others; with the last one it ends, and never comes alive again",
        arguments: EngineUnderTest.available)
    func multiEnds(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let token = scene.mine.token
            try await stage.revoke(scene.mine.grant, by: scene.ada)
            await declined(as: .consentRequired) { try await stage.read(token, scene.mine.record) }
            _ = try await stage.read(token, scene.hers.record)
            #expect(try await stage.info(token).records.map(\.record.text) == [scene.hers.record])
            try await stage.revoke(scene.hers.grant, by: scene.ada)
            await declined(as: .consentRequired) { try await stage.read(token, scene.hers.record) }
            await declined(as: .accessDenied) { try await stage.info(token) }
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)

            let own = try await stage.ownRecord(of: scene.ada)
            let again = try await stage.authorize(scene.ada, scene.pulse, for: own)
            _ = try await stage.read(again.token, scene.mine.record)
            await declined(as: .notAuthenticated) { try await stage.read(token, scene.mine.record) }
            await declined(as: .notAuthenticated) { try await stage.info(token) }
            await declined(as: .notAuthenticated) { try await stage.masks(token, scene.mine.record, ["steps"]) }
            await declined(as: .notAuthenticated) {
                try await stage.gateway.revoke(token: token, record: scene.mine.record, request: nil)
            }
        }
    }

    @Test(
        "B8: a code used twice ends the multi-record token that it bought",
        arguments: EngineUnderTest.available)
    func multiReplay(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let consent = try await stage.consent(scene.ada, to: scene.pulse)
            let answer = try await stage.exchange(consent, by: scene.pulse)
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: scene.pulse) }
            await declined(as: .notAuthenticated) { try await stage.read(answer.accessToken, scene.mine.record) }
            _ = try await stage.read(scene.mine.token, scene.mine.record)
        }
    }

    @Test(
        "B7: a single-record token reaches the record that was chosen and no other of the same person",
        arguments: EngineUnderTest.available)
    func single(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada)
            let mine = try await stage.authorize(ada, pulse)
            let hers = try await stage.authorize(ada, pulse, for: cleo)
            _ = try await stage.read(mine.token, mine.record)
            _ = try await stage.read(hers.token, hers.record)
            await declined(as: .consentRequired) { try await stage.read(mine.token, hers.record) }
            await declined(as: .consentRequired) { try await stage.read(hers.token, mine.record) }
        }
    }

    @Test(
        "B6: an offline application has offline rules only, and its tokens ask in offline mode",
        arguments: EngineUnderTest.available)
    func offline(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let alone: [RuleDraft] = [.reads(["steps"], named: "alone", mode: .offline, required: true)]
            let refusal = await declined(as: .invalidFields) {
                try await stage.application(rules: alone + [Stage.rules[1]], interaction: .offline)
            }
            #expect(refusal?.faults.map(\.field) == ["rules[1].mode"])
            let pulse = try await stage.application(rules: alone, interaction: .offline)
            let later = await declined(as: .invalidFields) { try await stage.publish(Stage.rules, for: pulse) }
            #expect(later?.faults.map(\.field) == ["rules[0].mode", "rules[1].mode"])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "")
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps])
            #expect(try await stage.read(stage.alone(pulse), mine.record).parcels.map(\.type) == [.steps])
            #expect(try await stage.audit(.read).allSatisfy { $0.mode == "offline" })
        }
    }

    @Test(
        "B9: a record of a country that the application does not serve is RecordLocationNotSupported, and gives no token",
        arguments: EngineUnderTest.available)
    func countries(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let refusal = await declined(as: .invalidFields) {
                try await stage.application(countries: ["CH", "Germany", "d1"])
            }
            #expect(refusal?.faults.map(\.field) == ["countries[1]", "countries[2]"])
            let pulse = try await stage.application(countries: ["ch", "AT"])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let own = try await stage.ownRecord(of: ada)
            let consent = try await stage.consent(ada, to: pulse)
            for (country, status) in [
                ("DE", RecordStatus.recordLocationNotSupported), ("ch", .noActionRequired), (nil, .noActionRequired),
                ("fr", .recordLocationNotSupported),
            ] as [(String?, RecordStatus)] {
                try await stage.gateway.describeRecord(own, name: "Ada", country: country, by: ada, request: nil)
                let record = try #require(try await stage.info(mine.token).records.first)
                #expect(record.status == status)
                #expect(record.askURL == nil)
            }
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
        }
    }

    @Test(
        "A suspended application gets nothing and starts nothing; resumed, everything is as it was",
        arguments: EngineUnderTest.available)
    func suspended(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: Stage.rules + [.reads(["steps"], named: "alone", mode: .offline)],
                webhook: "https://pulse.example/hook", notices: "https://pulse.example/notice")
            let ada = try await stage.person()
            let scope = "rule:heart rule:alone"
            let mine = try await stage.authorize(ada, pulse, scope: scope)
            try await stage.importing(Self.export, for: ada)
            let consent = try await stage.consent(ada, to: pulse, scope: scope)
            let alone = try await stage.alone(pulse)
            let before = try await stage.gateway.grants(of: ada).grants

            #expect(try await stage.gateway.setStanding(of: pulse.id, .suspend, request: nil) == .suspended)
            #expect(try await stage.gateway.setStanding(of: pulse.id, .suspend, request: nil) == .suspended)
            for token in [mine.token, alone] {
                let refusal = await declined(as: .consentRequired) { try await stage.read(token, mine.record) }
                #expect(refusal?.repairURL == nil)
                await declined(as: .consentRequired) { try await stage.masks(token, mine.record, ["steps"]) }
            }
            await declined(as: .consentRequired) { try await stage.info(mine.token) }
            await declined(as: .invalidClient) { try await stage.exchange(consent, by: pulse) }
            await declined(as: .invalidClient) { try await stage.alone(pulse) }
            await declined(as: .invalidRequest) { try await stage.begin(pulse) }
            await declined(as: .invalidFields) {
                try await stage.gateway.startShell(
                    ShellRequest(
                        application: pulse.id.text, online: [], offline: [], record: nil, actionQuery: nil),
                    request: nil)
            }
            let courier = FakeCourier()
            _ = try await stage.gateway.deliverRound(with: courier)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.gateway.grants(of: ada).grants.map(\.state) == before.map(\.state))

            #expect(try await stage.gateway.setStanding(of: pulse.id, .resume, request: nil) == .active)
            _ = try await stage.read(mine.token, mine.record)
            _ = try await stage.exchange(consent, by: pulse)
            #expect(try await stage.audit(.applicationSuspended).count == 1)
            #expect(try await stage.audit(.applicationResumed).count == 1)
        }
    }
}
