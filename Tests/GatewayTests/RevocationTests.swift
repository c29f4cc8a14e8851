// Ending a grant takes effect at once and everywhere, and the grant stays to be seen (C8 to C10).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Revocation")
struct RevocationTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    @Test(
        "C8: a person without grants has an empty list; afterwards all are listed, active and not, newest first",
        arguments: EngineUnderTest.available)
    func listing(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let brief = try await stage.application("Brief", grantDays: 1)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            #expect(try await stage.gateway.grants(of: ada).grants.isEmpty)
            let first = try await stage.authorize(ada, brief)
            stage.clock.move(by: .seconds(1))
            let second = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            try await stage.revoke(second.grant, by: ada)
            let third = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            stage.clock.move(by: .days(1))
            let grants = try await stage.gateway.grants(of: ada).grants
            #expect(grants.map(\.id) == [third.grant, second.grant, first.grant])
            #expect(grants.map(\.state) == [.active, .revoked, .expired])
            #expect(grants.map(\.application.name) == ["Pulse", "Pulse", "Brief"])
            #expect(try await stage.gateway.grants(of: bob).grants.isEmpty)
        }
    }

    @Test(
        "C9, C10: after revoking the very next read fails, tokens are over, what waited is gone, the grant stays",
        arguments: EngineUnderTest.available)
    func revoke(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).itemsWaiting == 3)
            _ = try await stage.read(mine.token, mine.record)

            stage.clock.move(by: .seconds(10))
            let revoked = try await stage.revoke(mine.grant, by: ada)
            #expect(revoked.state == .revoked)
            #expect(revoked.revokedAt == stage.clock.now)
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record) }
            await declined(as: .consentRequired) {
                try await stage.gateway.acknowledge(
                    token: mine.token, record: mine.record, parcels: ["msg_00000000000000000000000000"], request: nil)
            }

            let parcels = try await stage.parcels()
            #expect(parcels.count == 2)
            #expect(parcels.allSatisfy { $0.state == "withdrawn" && $0.sealed == nil && $0.nextAttemptAt == nil })
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)
            let listed = try await stage.gateway.grants(of: ada).grants
            #expect(listed.map(\.id) == [mine.grant])
            #expect(listed.map(\.itemsWaiting) == [0])
            #expect(listed.map(\.scopes) == [["rule:heart", "rule:walking"]])

            let ended = try await stage.audit(.grantRevoked)
            #expect(ended.map(\.grant) == [mine.grant.text])
            #expect(ended.map(\.types) == ["steps,distance,heart_rate"])
            #expect(try await stage.audit(.withdraw).map(\.items) == [3])

            // A second time is harmless: the same answer, no new time, no new line.
            let before = try await stage.audit().count
            stage.clock.move(by: .seconds(10))
            let again = try await stage.revoke(mine.grant, by: ada)
            #expect(again.state == .revoked)
            #expect(again.revokedAt == revoked.revokedAt)
            #expect(try await stage.audit().count == before)
            #expect(try await stage.count("SELECT COUNT(*) FROM grant_change WHERE event = 'revoked'") == 1)
        }
    }

    @Test("C9: another person can neither see nor end a grant", arguments: EngineUnderTest.available)
    func strangers(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let theirs = await declined(as: .notFound) { try await stage.gateway.grant(mine.grant, of: bob) }
            let unknown = await declined(as: .notFound) {
                try await stage.gateway.grant(GrantID(bytes: [UInt8](repeating: 0, count: 16)), of: bob)
            }
            #expect(theirs == unknown)
            await declined(as: .notFound) { try await stage.revoke(mine.grant, by: bob) }
            _ = try await stage.read(mine.token, mine.record)
        }
    }

    @Test("C9: revoking one grant leaves the others' tokens and parcels alone", arguments: EngineUnderTest.available)
    func others(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let theirs = try await stage.authorize(ada, other)
            try await stage.importing(Self.export, for: ada)
            try await stage.revoke(mine.grant, by: ada)
            #expect(try await stage.read(theirs.token, theirs.record).parcels.map(\.count).reduce(0, +) == 3)
        }
    }

    @Test("C9: an expired grant may still be revoked", arguments: EngineUnderTest.available, [false, true])
    func expired(_ engine: EngineUnderTest, _ isSwept: Bool) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 1)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .days(2))
            if isSwept { _ = try await stage.gateway.sweepRound() }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
            #expect(try await stage.revoke(mine.grant, by: ada).state == .revoked)
        }
    }

    @Test(
        "C9: once revoking has answered, no read that begins gives data, whoever was reading meanwhile",
        arguments: EngineUnderTest.available)
    func readersMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            let isRevoked = Count()
            let given = Count()
            let late = Count()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<200 {
                            let isLate = isRevoked.value > 0
                            let answer = try? await stage.read(mine.token, mine.record)
                            if answer != nil {
                                given.add()
                                if isLate { late.add() }
                            }
                            if isLate { return }
                        }
                    }
                }
                group.addTask {
                    while given.value < 8 { await Task.yield() }
                    _ = try? await stage.revoke(mine.grant, by: ada)
                    isRevoked.add()
                }
            }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .revoked)
            #expect(given.value >= 8)
            #expect(late.value == 0)
            // Each read that gave data has its line.
            let done = try await stage.audit(.read).filter { $0.outcome == "done" }
            #expect(done.count == given.value)
        }
    }

    @Test("C9: of many revocations at once one is recorded, and all answer", arguments: EngineUnderTest.available)
    func revokeRace(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let results = await outcomes(of: 8) { _ in try await stage.revoke(mine.grant, by: ada) }
            #expect(results.compactMap(\.answer?.state) == Array(repeating: .revoked, count: 8))
            #expect(try await stage.audit(.grantRevoked).count == 1)
        }
    }

    @Test("D1: how a person decided and ended it is kept with the grant", arguments: EngineUnderTest.available)
    func surfaces(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.gateway.revoke(mine.grant, by: ada, through: .api, request: nil)
            let events = try await stage.engine.read { tx in
                try tx.query("SELECT event, actor, method FROM grant_change ORDER BY version") { row in
                    [row.text(0), row.text(1), row.text(2)]
                }
            }
            #expect(events == [["given", "person", "page"], ["revoked", "person", "api"]])
        }
    }
}
