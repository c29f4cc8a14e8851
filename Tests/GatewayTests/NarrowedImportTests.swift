// What changes while an import is under way holds for all of it (C7, C9, F2): its end asks again what each grant covers.

import Dispatch
import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Narrowed while importing")
struct NarrowedImportTests {
    private static let export = exportText(
        (0..<4_000).map { .heart(String(60 + $0 % 50) + ".\($0)", minute: $0 % 960) } + [.steps("9", minute: 0)])
    private static let rules: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart", mode: .offline, required: true), Stage.rules[1],
    ]

    @Test(
        "C7: a grant narrowed while an import runs gets only what it still covers, and the report says so",
        arguments: EngineUnderTest.available)
    func grant(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let view = try await stage.importing(Self.export, for: ada) {
                wait { _ = try? await stage.narrow(mine.grant, by: ada, types: ["heart_rate"]) }
            }
            #expect(view.state == .complete)
            #expect(try await stage.parcels().filter { $0.state != "withdrawn" }.map(\.type) == ["steps"])
            #expect(view.recipients.map(\.types) == [[.steps, .distance]])
            #expect(view.recipients.map(\.items) == [1])
            #expect(view.itemsForNobody == 4_000)
        }
    }

    @Test(
        "B3: rules narrowed while an import runs let nothing out that they no longer ask for",
        arguments: EngineUnderTest.available)
    func rules(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            _ = try await stage.authorize(ada, pulse)
            let view = try await stage.importing(Self.export, for: ada) {
                wait { _ = try? await stage.publish([Stage.rules[1]], for: pulse) }
            }
            #expect(view.state == .complete)
            #expect(try await stage.parcels().map(\.type) == ["steps"])
        }
    }

    @Test(
        "B7: access to the record taken away while an import runs: that person's grant gets nothing of it",
        arguments: EngineUnderTest.available)
    func access(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            _ = try await stage.authorize(bob, pulse, for: record)
            let view = try await stage.importing(Self.export, for: ada) {
                wait {
                    try? await stage.gateway.removeHolder(bob, from: record, by: ada, request: nil)
                }
            }
            #expect(view.state == .complete)
            #expect(view.recipients.isEmpty)
            #expect(try await stage.parcels().isEmpty)
        }
    }

    @Test(
        "C7: a record or an application paused while an import runs: what the grant covers waits, unsent",
        arguments: EngineUnderTest.available)
    func paused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules, webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let record = try await stage.ownRecord(of: ada)
            _ = try await stage.importing(Self.export, for: ada) {
                wait {
                    try? await stage.gateway.suspendRecord(record, true, by: ada, request: nil)
                    _ = try? await stage.gateway.setStanding(of: pulse.id, .suspend, request: nil)
                }
            }
            #expect(try await stage.parcels().map(\.items).reduce(0, +) == 4_001)
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record) }
        }
    }

    @Test(
        "F2: what a webhook may no longer carry, and the person's presence still covers, waits to be fetched",
        arguments: EngineUnderTest.available)
    func fetched(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let both: [RuleDraft] = [
                .reads(["heart_rate"], named: "heart", required: true),
                .reads(["heart_rate"], named: "alone", mode: .offline),
            ]
            let pulse = try await stage.application(rules: both, webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart rule:alone")
            _ = try await stage.importing(Self.export, for: ada) {
                wait { _ = try? await stage.publish([both[0]], for: pulse) }
            }
            #expect(try await stage.parcels().allSatisfy { $0.state == "waiting" && $0.nextAttemptAt == nil })
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 63)
        }
    }
}

/// For the import's own thread, which is no thread of Swift's: waits for the gateway. The import calls it again and again.
private func wait(_ work: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await work()
        done.signal()
    }
    done.wait()
}
