// What waits outlives a pause (F4, C7): of the record, of the application, of the person's access. Only consent that ends, and
// retention, end it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Pausing")
struct PauseTests {
    enum Pause: String, CaseIterable, Sendable { case record, application, access }

    private struct Scene {
        let pulse: TestApplication
        let ada: PersonID
        let bob: PersonID
        let record: RecordID
        let grant: GrantID
    }

    /// Bob permitted heart rates and steps of Ada's record to a webhook: two parcels of the one and one of the other.
    private static func scene(_ stage: Stage) async throws -> Scene {
        let pulse = try await stage.application(
            rules: [
                .reads(["heart_rate"], named: "heart", mode: .offline, required: true),
                .reads(["steps"], named: "walking", mode: .offline),
            ], webhook: "https://pulse.example/hook", notices: "https://pulse.example/notice")
        let ada = try await stage.person()
        let bob = try await stage.person("bob@example.org")
        let record = try await stage.ownRecord(of: ada)
        try await stage.share(record, from: ada, with: bob, relationship: "other")
        let bobs = try await stage.authorize(bob, pulse, for: record)
        try await stage.importing(
            exportText(
                (0..<128).map { .heart("\(50 + $0 % 64).\($0)", minute: $0) } + [.steps("9", minute: 0)]), for: ada)
        return Scene(pulse: pulse, ada: ada, bob: bob, record: record, grant: bobs.grant)
    }

    private static func set(_ pause: Pause, _ isPaused: Bool, _ scene: Scene, _ stage: Stage) async throws {
        switch pause {
        case .record: try await stage.gateway.suspendRecord(scene.record, isPaused, by: scene.ada, request: nil)
        case .application:
            _ = try await stage.gateway.setStanding(of: scene.pulse.id, isPaused ? .suspend : .resume, request: nil)
        case .access where isPaused:
            try await stage.gateway.removeHolder(scene.bob, from: scene.record, by: scene.ada, request: nil)
        case .access: try await stage.share(scene.record, from: scene.ada, with: scene.bob, relationship: "other")
        }
    }

    @Test(
        "F4, C7: paused, nothing is sent and nothing lost; resumed, everything arrives once and in order",
        arguments: EngineUnderTest.available, Pause.allCases)
    func paused(_ engine: EngineUnderTest, _ pause: Pause) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let ids = try await stage.parcels().map(\.id)
            try await Self.set(pause, true, scene, stage)
            let courier = FakeCourier()
            for _ in 0..<3 {
                #expect(try await stage.gateway.deliverRound(with: courier) == 0)
                #expect(try await stage.gateway.deliverRound(with: courier) == 0)
                stage.clock.move(by: .minutes(10))
            }
            #expect(courier.messages.isEmpty)
            #expect(try await stage.parcels().allSatisfy { $0.state == "waiting" && $0.attempts == 0 })
            // No line about nothing.
            #expect(try await stage.audit(.deliver).isEmpty)
            #expect(try await stage.audit(.withdraw).isEmpty)

            try await Self.set(pause, false, scene, stage)
            stage.clock.move(by: .minutes(10))
            #expect(try await stage.gateway.deliverRound(with: courier) == 3)
            #expect(courier.messages.map(\.id) == ids)
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(try await stage.parcels().allSatisfy { $0.state == "delivered" && $0.attempts == 1 })
            #expect(try await stage.gateway.grant(scene.grant, of: scene.bob).itemsDelivered == 129)
        }
    }

    @Test(
        "F4: what waits through a pause lapses in its time all the same", arguments: EngineUnderTest.available,
        Pause.allCases)
    func lapsed(_ engine: EngineUnderTest, _ pause: Pause) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await Self.set(pause, true, scene, stage)
            let courier = FakeCourier()
            _ = try await stage.gateway.deliverRound(with: courier)
            stage.clock.move(by: .days(3))
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.parcels().allSatisfy { $0.state == "lapsed" && $0.sealed == nil })
            try await Self.set(pause, false, scene, stage)
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
        }
    }

    @Test(
        "C9: a pause keeps nothing that consent no longer covers: a grant that is over, a rule that is gone",
        arguments: EngineUnderTest.available, Pause.allCases)
    func over(_ engine: EngineUnderTest, _ pause: Pause) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await Self.set(pause, true, scene, stage)
            try await stage.publish(
                [.reads(["heart_rate"], named: "heart", mode: .offline, required: true)], for: scene.pulse)
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(
                Set(try await stage.parcels().map { "\($0.type) \($0.state)" }) == [
                    "heart_rate waiting", "steps withdrawn",
                ])
            #expect(try await stage.audit(.withdraw).map(\.items) == [1])
            try await stage.revoke(scene.grant, by: scene.bob)
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            try await Self.set(pause, false, scene, stage)
            stage.clock.move(by: .minutes(10))
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
        }
    }

    @Test(
        "B7: where the person's own access no longer reaches a type, the others go on, and it waits",
        arguments: EngineUnderTest.available)
    func tooSmall(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let less = HoldingDraft(
                relationship: "other", isCustodian: false, types: ["steps"], accesses: [], endsOn: nil)
            try await stage.gateway.narrowHolding(of: scene.bob, in: scene.record, less, by: scene.ada, request: nil)
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 1)
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(
                Set(try await stage.parcels().map { "\($0.type) \($0.state)" }) == [
                    "heart_rate waiting", "steps delivered",
                ])
            #expect(try await stage.audit(.deliver).map(\.types) == ["steps"])
            try await stage.share(scene.record, from: scene.ada, with: scene.bob, relationship: "other")
            stage.clock.move(by: .minutes(10))
            #expect(try await stage.gateway.deliverRound(with: courier) == 2)
        }
    }

    @Test(
        "B11: a suspended application is told nothing; resumed, it is told everything in order, but what lapsed",
        arguments: EngineUnderTest.available)
    func notices(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let courier = FakeCourier()
            try await Self.set(.application, true, scene, stage)
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            stage.clock.move(by: .days(2))
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            _ = try await stage.narrow(scene.grant, by: scene.bob, types: ["steps"])
            stage.clock.move(by: .days(1))
            _ = try await stage.gateway.sweepRound()
            try await stage.revoke(scene.grant, by: scene.bob)
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.notices().map(\.attempts).allSatisfy { $0 == 0 })
            try await Self.set(.application, false, scene, stage)
            #expect(try await stage.gateway.noticeRound(with: courier) == 2)
            #expect(
                try await stage.notices().map { "\($0.event) \($0.state)" } == [
                    "grant.given lapsed", "grant.narrowed delivered", "grant.revoked delivered",
                ])
        }
    }

    @Test(
        "B11: an application that is suspended in the middle of a round is told nothing more in it",
        arguments: EngineUnderTest.available)
    func noticesMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await stage.revoke(scene.grant, by: scene.bob)
            let courier = FakeCourier { _, _ in
                _ = try? await stage.gateway.setStanding(of: scene.pulse.id, .suspend, request: nil)
                return .accepted
            }
            #expect(try await stage.gateway.noticeRound(with: courier) == 1)
            #expect(try await stage.notices().map(\.state) == ["delivered", "waiting"])
        }
    }
}
