// Several people permit one application the same record, and it acts alone (B6, B7, decision 0007): the newest grant that covers
// what is asked counts, and one that gives nothing does not stand before it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Several holders")
struct SeveralHoldersTests {
    private static let rules: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart", mode: .offline, required: true),
        .reads(["steps"], named: "walking", mode: .offline),
    ]
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 2)])

    private struct Scene {
        let pulse: TestApplication
        let ada: PersonID
        let bob: PersonID
        let record: RecordID
        let adas: (grant: GrantID, token: String, record: String)
        let bobs: (grant: GrantID, token: String, record: String)
        let alone: String
    }

    /// Ada's grant covers both rules, Bob's newer one heart rates alone.
    private static func scene(_ stage: Stage) async throws -> Scene {
        let pulse = try await stage.application(rules: rules, notices: "https://pulse.example/notice")
        let ada = try await stage.person()
        let bob = try await stage.person("bob@example.org")
        let record = try await stage.ownRecord(of: ada)
        try await stage.share(record, from: ada, with: bob, relationship: "other")
        let adas = try await stage.authorize(ada, pulse)
        stage.clock.move(by: .seconds(1))
        let bobs = try await stage.authorize(bob, pulse, approved: ["rule:heart"], for: record)
        return Scene(
            pulse: pulse, ada: ada, bob: bob, record: record, adas: adas, bobs: bobs,
            alone: try await stage.alone(pulse))
    }

    @Test(
        "B7: one holder's dead grant does not stand before another's good one",
        arguments: EngineUnderTest.available)
    func dead(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await stage.importing(Self.export, for: scene.ada)
            let name = scene.adas.record
            #expect(scene.bobs.record == name)
            #expect(try await stage.read(scene.alone, name).parcels.map(\.type) == [.heartRate])
            try await stage.gateway.removeHolder(scene.bob, from: scene.record, by: scene.ada, request: nil)
            #expect(Set(try await stage.read(scene.alone, name).parcels.map(\.type)) == [.heartRate, .steps])
            #expect(try await stage.masks(scene.alone, name, ["heart_rate"]).entries.map(\.offline) == [[.read]])
            let lines = try await stage.audit(.read).filter { $0.outcome == "done" }
            #expect(Set(lines.map(\.grant)) == [scene.bobs.grant.text, scene.adas.grant.text])
            // The token that stands on Bob's grant is Bob's word, and no way to Ada's.
            await declined(as: .accessDenied) { try await stage.read(scene.bobs.token, name) }
            await declined(as: .accessDenied) { try await stage.masks(scene.bobs.token, name, ["steps"]) }
            // With neither left, the refusal is that of the newest.
            try await stage.gateway.suspendRecord(scene.record, true, by: scene.ada, request: nil)
            await declined(as: .accessDenied) { try await stage.read(scene.alone, name) }
        }
    }

    @Test(
        "Decision 0007: the newest grant that covers what is asked counts, for data, for masks and for an acknowledgement",
        arguments: EngineUnderTest.available)
    func covers(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await stage.importing(Self.export, for: scene.ada)
            let name = scene.adas.record
            let steps = try await stage.read(scene.alone, name, types: ["steps"])
            #expect(steps.parcels.map(\.type) == [.steps])
            #expect(try await stage.read(scene.alone, name, types: ["heart_rate"]).parcels.map(\.type) == [.heartRate])
            #expect(
                try await stage.audit(.read).map(\.grant) == [scene.adas.grant.text, scene.bobs.grant.text])
            let masks = try await stage.masks(scene.alone, name, ["heart_rate", "steps", "distance"])
            #expect(masks.entries.map(\.offline) == [[.read], [.read], []])
            #expect(masks.askURL == nil)
            let ended = try await stage.gateway.acknowledge(
                token: scene.alone, record: name, parcels: steps.parcels.map(\.id.text), request: nil)
            #expect(ended == 1)
            #expect(try await stage.gateway.grant(scene.adas.grant, of: scene.ada).itemsDelivered == 1)
            #expect(try await Self.explain(stage, scene, .steps).facts.grant?.id == scene.adas.grant)
            #expect(try await Self.explain(stage, scene, .heartRate).facts.grant?.id == scene.bobs.grant)
            // And so it was, asked later.
            let then = stage.clock.now
            stage.clock.move(by: .hours(1))
            try await stage.revoke(scene.adas.grant, by: scene.ada)
            stage.clock.move(by: .hours(1))
            #expect(try await Self.explain(stage, scene, .steps).refusal == .notCovered)
            #expect(try await Self.explain(stage, scene, .steps, at: then).facts.grant?.id == scene.adas.grant)
            #expect(try await Self.explain(stage, scene, .steps, at: then).refusal == nil)
        }
    }

    private static func explain(
        _ stage: Stage, _ scene: Scene, _ type: DataType, at moment: Moment? = nil
    ) async throws(Declined) -> Explanation {
        try await stage.gateway.explain(
            application: scene.pulse.id, record: scene.adas.record, type: type, access: .read, mode: .offline,
            at: moment)
    }

    @Test(
        "B11: acting alone, the application gives up everybody's grant for the record; with a person's token, that person's",
        arguments: EngineUnderTest.available, [true, false])
    func givenUp(_ engine: EngineUnderTest, _ isAlone: Bool) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let cleo = try await stage.child(of: scene.ada)
            let hers = try await stage.authorize(scene.ada, scene.pulse, for: cleo)
            let token = isAlone ? scene.alone : scene.adas.token
            try await stage.gateway.revoke(token: token, record: scene.adas.record, request: nil)
            #expect(try await stage.gateway.grant(scene.adas.grant, of: scene.ada).state == .revoked)
            #expect(
                try await stage.gateway.grant(scene.bobs.grant, of: scene.bob).state == (isAlone ? .revoked : .active))
            #expect(try await stage.gateway.grant(hers.grant, of: scene.ada).state == .active)
            let ended = isAlone ? [scene.bobs.grant.text, scene.adas.grant.text] : [scene.adas.grant.text]
            #expect(Set(try await stage.audit(.grantRevoked).map(\.grant)) == Set(ended))
            let told = try await stage.notices().filter { $0.event == "grant.revoked" }
            #expect(Set(told.map(\.grant)) == Set(ended))
            #expect(told.allSatisfy { $0.actor == "application" })
            await declined(as: .consentRequired) {
                try await stage.gateway.revoke(token: token, record: scene.adas.record, request: nil)
            }
            // A token whose own grant is given up ends nothing that is given later.
            stage.clock.move(by: .seconds(1))
            let again = try await stage.authorize(scene.ada, scene.pulse, for: scene.record)
            await declined(as: .consentRequired) {
                try await stage.gateway.revoke(token: scene.adas.token, record: scene.adas.record, request: nil)
            }
            #expect(try await stage.gateway.grant(again.grant, of: scene.ada).state == .active)
        }
    }
}
