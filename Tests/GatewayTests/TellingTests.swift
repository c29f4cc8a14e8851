// No grant goes untold when a record pauses, an access ends or an account closes, however many come while it happens.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Telling every grant")
struct TellingTests {
    /// One grant in force and forty more of the same person that are not yet.
    private static func manyGrants(
        _ stage: Stage, of person: PersonID, for record: RecordID
    ) async throws -> InterruptedEngine.Event {
        let pulse = try await stage.application(notices: "https://pulse.example/notice")
        let mine = try await stage.authorize(person, pulse, for: record)
        try await stage.engine.write { tx in
            for number in 100..<140 {
                let grant = "grt_0000000000000000000000\(number)a"
                try tx.execute(
                    """
                    INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym,
                        person_pseudonym, rule_version, rules, permissions, scope, refused_scope, state,
                        items_delivered, created_at, expires_at, version)
                    SELECT \(grant), application_id, person_id, record_id, record_pseudonym, person_pseudonym,
                        rule_version, rules, permissions, scope, refused_scope, 'expired', items_delivered, created_at,
                        expires_at, version FROM consent_grant WHERE id = \(mine.grant)
                    """)
            }
        }
        let engine = stage.engine
        return { () async throws(StorageError) in
            _ = try await engine.write { tx in
                try tx.execute("UPDATE consent_grant SET state = 'active' WHERE state = 'expired'")
            }
        }
    }

    private static func told(_ stage: Stage, _ event: String) async throws -> Int {
        Set(try await stage.notices().filter { $0.event == event }.map(\.grant)).count
    }

    @Test(
        "B11: forty grants that come while a record is paused are told, too",
        arguments: EngineUnderTest.available)
    func paused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let record = try await stage.ownRecord(of: ada)
            let come = try await Self.manyGrants(stage, of: ada, for: record)
            let (other, interrupted) = try await stage.interrupted()
            interrupted.after(reads: 1, come)
            try await other.gateway.suspendRecord(record, true, by: ada, request: nil)
            #expect(try await Self.told(stage, "record.suspended") == 41)
        }
    }

    @Test(
        "B11: forty grants that come while somebody is removed, narrowed or leaves are told, too",
        arguments: EngineUnderTest.available, ["narrow", "remove", "leave"])
    func ended(_ engine: EngineUnderTest, _ what: String) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob)
            let come = try await Self.manyGrants(stage, of: bob, for: record)
            let (other, interrupted) = try await stage.interrupted()
            interrupted.after(reads: 1, come)
            switch what {
            case "narrow":
                try await other.gateway.narrowHolding(
                    of: bob, in: record, RecordTests.draft(types: ["steps"]), by: ada, request: nil)
            case "remove": try await other.gateway.removeHolder(bob, from: record, by: ada, request: nil)
            default: try await other.gateway.leaveRecord(record, by: bob, request: nil)
            }
            let event = what == "narrow" ? "record_access.narrowed" : "record_access.lost"
            #expect(try await Self.told(stage, event) == 41)
            #expect(try await stage.audit(what == "narrow" ? .recordAccessNarrowed : .recordAccessEnded).count == 1)
        }
    }

    @Test(
        "B11: where the clock ends an access, all its grants are told; those that came meanwhile in the next round",
        arguments: EngineUnderTest.available, [false, true])
    func expired(_ engine: EngineUnderTest, _ isInterrupted: Bool) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            let come = try await Self.manyGrants(stage, of: ada, for: cleo)
            stage.clock.move(by: .days(11))
            let (other, interrupted) = try await stage.interrupted()
            if isInterrupted {
                interrupted.after(reads: 1, come)
                _ = try await other.gateway.sweepRound()
                #expect(try await stage.notices().count { $0.event == "record_access.lost" } == 0)
                #expect(try await RecordTests.events(stage, cleo) == ["given"])
            } else {
                try await come()
            }
            _ = try await other.gateway.sweepRound()
            #expect(try await Self.told(stage, "record_access.lost") == 41)
            #expect(try await RecordTests.events(stage, cleo) == ["given", "expired"])
        }
    }

    @Test(
        "Forty grants that come while an account closes end with it; where it never stops, it is too busy to close",
        arguments: EngineUnderTest.available)
    func closed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let record = try await stage.ownRecord(of: ada)
            let come = try await Self.manyGrants(stage, of: ada, for: record)
            let (other, interrupted) = try await stage.interrupted()
            let store = stage.engine
            interrupted.after(reads: 100) { () async throws(StorageError) in
                _ = try await store.write { tx in
                    try tx.execute(
                        """
                        UPDATE consent_grant SET state = 'active' WHERE id IN (
                            SELECT id FROM consent_grant WHERE state = 'expired' ORDER BY id LIMIT 1)
                        """)
                }
            }
            await declined(as: .busy) {
                try await other.gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            }
            #expect(try await stage.audit(.accountClosed).isEmpty)
            // The person is read first, then what closing means.
            interrupted.after(reads: 1, skipping: 1, come)
            try await other.gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant WHERE state = 'revoked'") == 41)
            #expect(try await Self.told(stage, "grant.revoked") == 41)
        }
    }
}
