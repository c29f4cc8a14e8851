// A token of an application that acts alone does what its scope says and no more, on every way to the data.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("An application alone, with a smaller scope")
struct NarrowScopeTests {
    private static let export = exportText([
        .heart("71", minute: 0), .steps("40", minute: 2),
        .record("HKQuantityTypeIdentifierBodyMass", "70", unit: "kg", minute: 3),
    ])
    private static let rules: [RuleDraft] = [
        .alone("heart_rate"), .alone("steps"), .reads(["body_weight"], named: "weight", required: true),
    ]

    private struct Scene {
        let stage: Stage
        let pulse: TestApplication
        let record: String

        func token(_ scope: String) async throws -> TokenAnswer {
            try await stage.gateway.clientCredentials(client: pulse.client, scope: scope, request: nil)
        }

        /// What on-demand access gives, in both forms, and what is said to be permitted: all three must agree.
        func types(_ token: String) async throws -> [DataType] {
            let asked = ["heart_rate", "steps", "body_weight"]
            let told = try await stage.gateway.queryPermissions(
                token: token, record: record, types: asked, request: nil
            ).entries.filter { $0.offline.contains(.read) }.map(\.type)
            guard !told.isEmpty else {
                await declined(as: .consentRequired) { try await stage.read(token, record) }
                return []
            }
            let read = try await stage.read(token, record).parcels.map(\.type)
            let page = try await stage.gateway.readObservations(
                token: token, record: record, filter: ObservationFilter(), count: 100, from: nil, request: nil)
            #expect(page.entries.count == read.count)
            #expect(Set(told) == Set(read))
            return read.sorted { $0.rawValue < $1.rawValue }
        }
    }

    private func on(_ engine: EngineUnderTest, _ test: @escaping @Sendable (Scene) async throws -> Void) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:weight rule:heart-rate rule:steps")
            try await stage.importing(Self.export, for: ada)
            try await test(Scene(stage: stage, pulse: pulse, record: mine.record))
        }
    }

    @Test(
        "RFC 6749 §3.3, C7: what was asked is what the token says, what introspection says and what can be read",
        arguments: EngineUnderTest.available)
    func reads(_ engine: EngineUnderTest) async throws {
        try await on(engine) { scene in
            let cases: [(asked: String, said: String, types: [DataType])] = [
                ("", "rule:heart-rate rule:steps", [.heartRate, .steps]),
                ("rule:steps", "rule:steps", [.steps]), ("read:heart_rate", "read:heart_rate", [.heartRate]),
                ("read:heart_rate rule:steps", "read:heart_rate rule:steps", [.heartRate, .steps]),
                (
                    "system/Observation.rs?code=8867-4", "system/Observation.rs?code=8867-4", [.heartRate]
                ),
                ("offline_access", "rule:heart-rate rule:steps offline_access", [.heartRate, .steps]),
                ("rule:steps offline_access", "rule:steps offline_access", [.steps]),
                ("system/Patient.rs", "system/Patient.rs", []),
            ]
            for (asked, said, types) in cases {
                let answer = try await scene.token(asked)
                #expect(answer.scope == said)
                let told = try await scene.stage.introspect(answer.accessToken, by: scene.pulse)
                #expect(told?.scope == said)
                #expect(try await scene.types(answer.accessToken) == types, "\(asked)")
                let name = try await scene.stage.gateway.findPatient(
                    token: answer.accessToken, record: scene.record, request: nil)
                #expect(name.text == scene.record)
            }
        }
    }

    @Test("C7: what the token's scope leaves out is refused, on record, and nobody is sent to ask the person for it")
    func refusesTheRest() async throws {
        try await on(.sqliteMemory) { scene in
            let token = try await scene.token("rule:steps").accessToken
            let refused = await #expect(throws: Declined.self) {
                try await scene.stage.read(token, scene.record, types: ["heart_rate"])
            }
            #expect(refused?.problem == .consentRequired)
            #expect(refused?.repairURL == nil)
            let line = try #require(try await scene.stage.audit(.read).last)
            #expect(line.outcome == "refused:not_covered" && line.items == 0)
            // Where the person could repair it, they are still asked.
            let beyond = await #expect(throws: Declined.self) {
                try await scene.stage.read(token, scene.record, types: ["body_weight"])
            }
            #expect(beyond?.repairURL != nil)
            let asked = try await scene.stage.gateway.queryPermissions(
                token: token, record: scene.record, types: ["heart_rate"], request: nil)
            #expect(asked.askURL == nil)
            #expect(asked.entries.first?.offline.isEmpty == true)
        }
    }

    @Test("C7: the smaller scope never gives more than the person, the rules and the mode do")
    func neverWidens() async throws {
        try await on(.sqliteMemory) { scene in
            await declined(as: .invalidScope) { try await scene.token("read:body_weight") }
            await declined(as: .invalidScope) { try await scene.token("rule:steps rule:weight") }
            await declined(as: .invalidScope) { try await scene.token("offline_access offline_access") }
            let token = try await scene.token("read:steps read:heart_rate").accessToken
            let eve = try await scene.stage.person("eve@example.org", name: "Eve")
            let hers = try await scene.stage.authorize(eve, scene.pulse, scope: "rule:weight rule:steps")
            try await scene.stage.importing(Self.export, for: eve)
            #expect(try await scene.stage.read(token, hers.record).parcels.map(\.type) == [.steps])
        }
    }
}
