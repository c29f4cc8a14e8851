// Refusals are bounded (D1): identical ones beyond a rate become one entry with their count, the first and the last; none is lost.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Denials") struct DenialTests {
    private static func scene(_ stage: Stage) async throws -> (token: String, record: String, grant: GrantID) {
        let pulse = try await stage.application()
        let ada = try await stage.person()
        let mine = try await stage.authorize(ada, pulse)
        return (mine.token, mine.record, mine.grant)
    }

    private static func deny(_ stage: Stage, _ scene: (token: String, record: String, grant: GrantID)) async {
        await declined(as: .consentRequired) {
            try await stage.read(scene.token, scene.record, types: ["sleep_stage"])
        }
    }

    @Test(
        "D1: ten of a kind in a minute have their entries, the others one with count, first and last; then it begins anew",
        arguments: EngineUnderTest.available)
    func bounded(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let began = stage.clock.now
            for _ in 0..<25 {
                await Self.deny(stage, scene)
                stage.clock.move(by: .seconds(2))
            }
            #expect(try await stage.audit(.read).count == 10)
            let tally = try #require(try await stage.tallies().first)
            #expect(
                tally.repetition
                    == AuditEntry.Repetition(times: 15, first: began + .seconds(20), last: began + .seconds(48)))
            #expect(tally.at == began + .seconds(48) && tally.items == 0 && tally.types == [.sleepStage])
            #expect(tally.outcome == .refused(.notCovered) && tally.grant == scene.grant && tally.mode == .online)

            stage.clock.move(to: began + .seconds(81))
            #expect(try await stage.gateway.trailRound() == 1)
            #expect(try await stage.gateway.trailRound() == 0)
            let lines = try await stage.audit(.read)
            #expect(lines.count == 11)
            #expect(Set(lines.map(\.grant)) == [scene.grant.text] && Set(lines.map(\.person)).count == 1)
            #expect(lines.map(\.id).contains(tally.id.text))
            await Self.deny(stage, scene)
            #expect(try await stage.audit(.read).count == 12)
        }
    }

    @Test(
        "D1: a refusal is answered only when its count is on the disk, and a dead process loses none",
        arguments: EngineUnderTest.available)
    func durable(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            for number in 1...30 {
                await Self.deny(stage, scene)
                let told = try await stage.tallies().map { $0.repetition?.times ?? 1 }.reduce(0, +)
                #expect(told == max(0, number - 10))
            }
            // The process is gone; another one is started, and finds what it left.
            let next = try await Stage(engine: stage.engine, clock: stage.clock, policy: stage.policy)
            #expect(try await next.gateway.trailRound() == 0)
            stage.clock.move(by: .seconds(61))
            #expect(try await next.gateway.trailRound() == 1)
            #expect(try await stage.audit(.read).count == 11)
        }
    }

    @Test(
        "D1: many at once share few writes; every one is counted, on two nodes too",
        arguments: EngineUnderTest.available)
    func together(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let (house, store) = try await stage.breakable()
            for _ in 0..<11 { await Self.deny(house, scene) }
            let before = store.writes
            _ = await outcomes(of: 400) { _ in await Self.deny(house, scene) }
            // What is only counted is asked where nothing is written: there are few writes, and all are counts.
            #expect(store.writes - before < 400)
            _ = await outcomes(of: 100) { place in await Self.deny(place.isMultiple(of: 2) ? house : stage, scene) }
            let counted = try await stage.tallies().map { $0.repetition?.times ?? 1 }.reduce(0, +)
            #expect(try await stage.audit(.read).count + counted == 511)
            #expect(try await stage.tallies().count == 2, "a row for each node")
        }
    }

    @Test(
        "D1, B6: what was refused a hundred times is given as soon as it is permitted, and refused as soon as it is not",
        arguments: EngineUnderTest.available)
    func permittedAmidRefusals(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let record = try await stage.ownRecord(of: ada)
            for round in 1...3 {
                try await stage.gateway.suspendRecord(record, true, by: ada, request: nil)
                for _ in 0..<20 {
                    await declined(as: .accessDenied) { try await stage.read(mine.token, mine.record) }
                }
                try await stage.gateway.suspendRecord(record, false, by: ada, request: nil)
                _ = try await stage.read(mine.token, mine.record)
                #expect(try await stage.audit(.read).count { $0.outcome == "done" } == round)
            }
            let counted = try await stage.tallies().map { $0.repetition?.times ?? 1 }.reduce(0, +)
            #expect(try await stage.audit(.read).count { $0.outcome != "done" } + counted == 60)
        }
    }

    @Test("D1: a row that became an entry meanwhile is followed by another; nothing is counted twice, nothing is lost")
    func takenOver() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            var dice = SeededDice("denials taken over")
            let scene = try await Self.scene(stage)
            var denied = 0
            var taken = 0
            for _ in 0..<300 {
                switch dice.roll(0...9) {
                case 0:
                    // Another node, whose clock is ahead.
                    let end = stage.clock.now + .minutes(5)
                    let entries = try await stage.engine.write { tx in
                        let entries = try DenialTable.takeOver(before: end, limit: 100, in: tx)
                        for entry in entries { try AuditTable.append(entry, in: tx) }
                        return entries
                    }
                    taken += entries.map { $0.repetition?.times ?? 1 }.reduce(0, +) - entries.count
                case 1: stage.clock.move(by: .seconds(Int64(dice.roll(1...90))))
                default:
                    await Self.deny(stage, scene)
                    denied += 1
                }
                let tallied = try await stage.tallies().map { $0.repetition?.times ?? 1 }.reduce(0, +)
                let lines = try await stage.audit(.read)
                #expect(lines.count + taken + tallied == denied, "\(dice.note)")
                #expect(Set(lines.map(\.id)).count == lines.count)
            }
        }
    }

    @Test("D1: counts that the store did not take are kept and written later; one whose fate is unknown is never lost")
    func failing() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let scene = try await Self.scene(stage)
            let (house, store) = try await stage.breakable()
            for _ in 0..<12 { await Self.deny(house, scene) }
            store.fail(with: .full)
            for _ in 0..<5 { await Self.deny(house, scene) }
            store.fail(with: nil)
            _ = try await house.gateway.trailRound()
            #expect(try await stage.tallies().map { $0.repetition?.times } == [7])
            store.fail(with: .unavailable, silently: true)
            for _ in 0..<5 { await Self.deny(house, scene) }
            store.fail(with: nil)
            _ = try await house.gateway.trailRound()
            let counted = try await stage.tallies().map { $0.repetition?.times ?? 1 }.reduce(0, +)
            #expect(counted >= 12)
            stage.clock.move(by: .seconds(61))
            _ = try await house.gateway.trailRound()
            let lines = try await stage.audit(.read)
            #expect(Set(lines.map(\.id)).count == lines.count)
        }
    }

    @Test(
        "D1: known credentials that fail are bounded alike, and each kind by itself",
        arguments: EngineUnderTest.available)
    func credentials(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            stage.clock.move(by: .hours(2))
            for _ in 0..<15 {
                await declined(as: .tokenExpired) { try await stage.read(scene.token, scene.record) }
                await declined(as: .tokenExpired) {
                    try await stage.gateway.acknowledge(
                        token: scene.token, record: scene.record,
                        parcels: [ParcelID(bytes: Array(repeating: 0, count: 16)).text], request: nil)
                }
            }
            #expect(try await stage.audit(.read).count == 10)
            #expect(try await stage.audit(.acknowledge).count == 10)
            let tallies = try await stage.tallies()
            #expect(Set(tallies.map(\.action)) == [.read, .acknowledge])
            #expect(tallies.allSatisfy { $0.outcome == .failed(.tokenExpired) && $0.repetition?.times == 5 })
        }
    }
}
