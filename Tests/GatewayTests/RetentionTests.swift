// What the clock ends (F4, C6): buckets, grants and sessions, exactly at their time, and with a line for each.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Retention")
struct RetentionTests {
    private static let export = exportText([.heart("71", minute: 0), .steps("40", minute: 1)])

    @Test(
        "F4: what nobody fetches is there until its last microsecond, and its payload is gone after",
        arguments: EngineUnderTest.available, [Domain.Environment.sandbox, .production])
    func lapse(_ engine: EngineUnderTest, _ environment: Domain.Environment) async throws {
        var policy = Stage.policy
        policy.accessTokenLife = .days(30)
        try await Stage.on(engine, policy: policy) { stage in
            let pulse = try await stage.application(in: try await stage.organization(in: environment))
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            let end = stage.clock.now + .days(environment == .sandbox ? 3 : 10)
            #expect(try await stage.read(mine.token, mine.record).parcels.allSatisfy { $0.lapsesAt == end })

            stage.clock.move(to: end - Span(microseconds: 1))
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
            stage.clock.move(to: end)
            // Not even before the sweep says so.
            #expect(try await stage.read(mine.token, mine.record).parcels.isEmpty)
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.parcels().allSatisfy { $0.state == "lapsed" && $0.sealed == nil })
            let lines = try await stage.audit(.lapse)
            #expect(lines.map(\.items) == [2])
            #expect(lines.map(\.grant) == [mine.grant.text])
            #expect(lines.map(\.application) == [pulse.id.text])
            #expect(try await stage.gateway.sweepRound() == 0)
            #expect(try await stage.audit(.lapse).count == 1)
        }
    }

    @Test(
        "C6: at its expiry a grant is over: its tokens end, what waits is withdrawn and recorded, the grant stays",
        arguments: EngineUnderTest.available)
    func expiry(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 2)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let unredeemed = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: .days(1))
            try await stage.importing(Self.export, for: ada)
            stage.clock.move(by: Span(microseconds: Span.days(1).microseconds - 1))
            #expect(try await stage.gateway.sweepRound() == 0)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .active)
            stage.clock.move(by: Span(microseconds: 1))
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
            #expect(try await stage.gateway.sweepRound() == 1)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant WHERE state = 'expired'") == 1)
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code WHERE used_at IS NULL") == 0)
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            #expect(try await stage.audit(.withdraw).map(\.items) == [2])
            #expect(try await stage.audit(.withdraw).map(\.application) == [pulse.id.text])
            #expect(try await stage.count("SELECT COUNT(*) FROM grant_change WHERE event = 'expired'") == 1)
            await declined(as: .invalidGrant) { try await stage.exchange(unredeemed, by: pulse) }
            #expect(try await stage.gateway.sweepRound() == 0)
        }
    }

    @Test(
        "F4: the buckets of very many grants lapse in one round, each with a line of its own",
        arguments: EngineUnderTest.available)
    func many(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            // 150 more grants with a parcel each, copied row by row.
            for number in 100..<250 {
                let grant = "grt_0000000000000000000000\(number)a"
                let parcel = "msg_0000000000000000000000\(number)a"
                try await stage.engine.write { tx in
                    try tx.execute(
                        """
                        INSERT INTO consent_grant SELECT \(grant), application_id, person_id, record_id, record_pseudonym,
                            person_pseudonym, rule_version, rules, permissions, scope, refused_scope, state,
                            items_delivered, created_at, expires_at, revoked_at, version, periods,
                            is_detailed FROM consent_grant WHERE id = \(mine.grant)
                        """)
                    try tx.execute(
                        """
                        INSERT INTO parcel SELECT \(parcel), organization_id, application_id, record_id, \(grant), import_id,
                            data_type, items, state, sealed, created_at, lapses_at, attempts, next_attempt_at, lease_until,
                            ended_at, items_from, items_to FROM parcel WHERE grant_id = \(mine.grant)
                        """)
                }
            }
            stage.clock.move(by: .days(3))
            #expect(try await stage.gateway.sweepRound() == 151)
            #expect(try await stage.parcels().allSatisfy { $0.state == "lapsed" && $0.sealed == nil })
            let lines = try await stage.audit(.lapse)
            #expect(lines.count == 151)
            #expect(Set(lines.map(\.grant)).count == 151)
        }
    }
}
