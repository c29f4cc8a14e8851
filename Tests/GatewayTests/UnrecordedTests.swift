// Nothing unrecorded leaves (D3): whatever keeps the trail from growing keeps the data here, and a no stays a no.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Unrecorded") struct UnrecordedTests {
    private static let export = exportText([.heart("61.5", minute: 0), .steps("167.25", minute: 1)])
    private static let kinds: [StorageError.Kind] = [
        .full, .readOnly, .busy, .unavailable, .corrupt, .constraint("x"), .other,
    ]

    @Test(
        "D3: a store that takes no line gives no data, whatever the reason, by no surface; it goes on when it takes lines again",
        arguments: EngineUnderTest.available)
    func storeFails(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            let parcels = try await stage.parcels()
            let (house, store) = try await stage.breakable()
            for kind in Self.kinds {
                for readsToo in [false, true] {
                    store.fail(with: kind, readsToo: readsToo)
                    let refused = await declined(as: .accessNotRecorded) {
                        try await house.read(mine.token, mine.record)
                    }
                    #expect(refused?.detail == nil && refused?.repairURL == nil)
                    await declined(as: .accessNotRecorded) {
                        try await house.gateway.acknowledge(
                            token: mine.token, record: mine.record, parcels: parcels.map(\.id), request: nil)
                    }
                    await declined(as: .accessNotRecorded) {
                        try await house.gateway.readObservations(
                            token: mine.token, record: mine.record, filter: ObservationFilter(), count: 10, from: nil,
                            request: nil)
                    }
                    store.fail(with: nil)
                    #expect(try await house.read(mine.token, mine.record).parcels.count == 2, "\(kind)")
                }
            }
            #expect(try await stage.parcels() == parcels, "nothing was acknowledged")
            #expect(try await stage.audit(.read).filter { $0.outcome == "done" }.count == 2 * Self.kinds.count)
            #expect(try await stage.audit(.acknowledge).isEmpty)
        }
    }

    @Test(
        "D3: a refusal that cannot be recorded is still that refusal, and is on the trail when the store is back",
        arguments: EngineUnderTest.available)
    func refusalsStay(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let (house, store) = try await stage.breakable()
            _ = try await house.read(mine.token, mine.record)
            for kind in Self.kinds {
                store.fail(with: kind)
                await declined(as: .consentRequired) {
                    try await house.read(mine.token, mine.record, types: ["sleep_stage"])
                }
                await declined(as: .notAuthenticated) { try await house.read("lat_nobody", mine.record) }
                // Without a store there is no verdict either, and no data.
                store.fail(with: kind, readsToo: true)
                await declined(as: .accessNotRecorded) {
                    try await house.read(mine.token, mine.record, types: ["sleep_stage"])
                }
            }
            await declined(as: .storageUnavailable) { try await house.gateway.trailRound() }
            store.fail(with: nil)
            #expect(try await house.gateway.trailRound() == 0, "the minute is not over")
            let counted = try #require(try await stage.tallies().first)
            #expect(counted.outcome == .refused(.notCovered) && counted.repetition?.times == Self.kinds.count)
            #expect(counted.application == pulse.id && counted.grant == mine.grant && counted.types == [.sleepStage])
            stage.clock.move(by: .seconds(61))
            #expect(try await house.gateway.trailRound() == 1)
            #expect(try await stage.audit(.read).map(\.outcome).filter { $0 != "done" } == ["refused:not_covered"])
            #expect(try await stage.tallies().isEmpty)
        }
    }

    @Test(
        "D3: an access more than a minute before the newest entry is not given; it is again when the clock is right",
        arguments: EngineUnderTest.available)
    func clockBehind(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            _ = try await stage.read(mine.token, mine.record)
            let right = stage.clock.now
            stage.clock.move(to: right - .seconds(60))
            _ = try await stage.read(mine.token, mine.record)
            stage.clock.move(to: right - .seconds(61))
            let lines = try await stage.audit(.read).count
            await declined(as: .accessNotRecorded) { try await stage.read(mine.token, mine.record) }
            #expect(try await stage.audit(.read).count == lines)
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["sleep_stage"])
            }
            #expect(try await stage.audit(.read).count == lines + 1, "a refusal is recorded as it came")

            // A node that was started meanwhile asks the store how late it is.
            let other = try await Stage(engine: stage.engine, clock: stage.clock, policy: stage.policy)
            await declined(as: .accessNotRecorded) { try await other.read(mine.token, mine.record) }
            stage.clock.move(to: right)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
            #expect(try await other.read(mine.token, mine.record).parcels.count == 2)
        }
    }

    @Test(
        "D3: nothing is pushed while the clock is behind or the store takes no line",
        arguments: EngineUnderTest.available)
    func nothingPushed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [.reads(["heart_rate"], named: "heart", mode: .offline, required: true)],
                webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            _ = try await stage.authorize(ada, pulse, scope: "rule:heart")
            try await stage.importing(Self.export, for: ada)
            let (house, store) = try await stage.breakable()
            let courier = FakeCourier()
            for kind in Self.kinds {
                store.fail(with: kind)
                _ = try? await house.gateway.deliverRound(with: courier)
            }
            store.fail(with: nil)
            // Another node has recorded something later than this one's clock.
            let now = stage.clock.now
            stage.clock.move(by: .seconds(120))
            _ = try await stage.gateway.createOrganization(
                name: "Later", environment: .sandbox, responsible: "Somebody", request: nil)
            stage.clock.move(to: now)
            _ = try await house.gateway.trailRound()
            #expect(try await house.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            stage.clock.move(by: .seconds(60))
            #expect(try await house.gateway.deliverRound(with: courier) == 1)
            #expect(courier.messages.count == 1)
        }
    }
}
