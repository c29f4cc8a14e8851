// Nobody gives themselves a record, or more of it than they were given: what a custodian may offer, to whom, and for how long.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Custody")
struct CustodyTests {
    private static func offer(
        _ stage: Stage, _ record: RecordID, by giver: PersonID, custodian: Bool = true, endsOn: String? = nil
    ) async throws -> String {
        try await stage.gateway.invite(
            to: record, RecordTests.draft(custodian: custodian, endsOn: endsOn), by: giver, request: nil
        ).token
    }

    @Test("Nobody accepts their own invitation, before their end or after it", arguments: EngineUnderTest.available)
    func ownInvitation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            func tryToTake() async throws {
                let token = try await Self.offer(stage, cleo, by: ada)
                let refusal = await declined(as: .invalidFields) {
                    try await gateway.acceptRecordInvitation(token, by: ada, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["invitation"])
            }
            try await tryToTake()
            stage.clock.move(by: .days(20))
            try await tryToTake()
            _ = try await gateway.sweepRound()
            try await tryToTake()
            #expect(try await RecordTests.events(stage, cleo) == ["given", "expired"])
        }
    }

    @Test(
        "A custodian whose time ends gives an end no later while somebody else looks after the record too",
        arguments: EngineUnderTest.available)
    func capped(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let eve = try await stage.person("eve@example.org")
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada, endsOn: "2030-05-01")
            // Alone, Ada may let the grown child in for good.
            _ = try await Self.offer(stage, cleo, by: ada)
            try await stage.share(cleo, from: ada, with: eve, asCustodian: true, endsOn: "2026-12-01")
            for (isCustodian, end) in [(true, nil), (true, "2026-12-02"), (false, nil)] as [(Bool, String?)] {
                let refusal = await declined(as: .invalidFields) {
                    try await Self.offer(stage, cleo, by: eve, custodian: isCustodian, endsOn: end)
                }
                #expect(refusal?.faults.map(\.field) == ["ends_on"])
                #expect(refusal?.faults.first?.message.contains("2026-12-01") == true)
            }
            try await stage.share(cleo, from: eve, with: bob, endsOn: "2026-12-01")
            // Nor does she make herself the only one.
            for draft in [
                RecordTests.draft(custodian: true, endsOn: "2026-11-22"), RecordTests.draft(types: ["steps"]),
                RecordTests.draft(custodian: true),
            ] {
                await declined(as: .lastCustodian) {
                    try await gateway.narrowHolding(of: ada, in: cleo, draft, by: eve, request: nil)
                }
            }
            #expect(try await gateway.record(cleo, of: ada).holding.expiresAt?.rfc3339.hasPrefix("2030-05-01") == true)
        }
    }

    @Test(
        "Whose time is over hands on only what nobody holds longer, and offers made before are worth no more",
        arguments: EngineUnderTest.available, [false, true])
    func outlasted(_ engine: EngineUnderTest, _ isSwept: Bool) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let eve = try await stage.person("eve@example.org")
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-05")
            try await stage.share(cleo, from: ada, with: eve, asCustodian: true, endsOn: "2026-12-01")
            let before = try await Self.offer(stage, cleo, by: eve, endsOn: "2026-12-01")
            let adas = try await Self.offer(stage, cleo, by: ada, custodian: false, endsOn: "2026-12-04")
            stage.clock.move(by: .days(11))
            if isSwept { _ = try await gateway.sweepRound() }
            await declined(as: .notPermitted) { try await Self.offer(stage, cleo, by: eve) }
            await declined(as: .invalidFields) {
                try await gateway.acceptRecordInvitation(before, by: bob, request: nil)
            }
            // Ada is in force and the only one who is.
            let plain = try await Self.offer(stage, cleo, by: ada, custodian: false)
            // Both are over: Ada's time reached further.
            stage.clock.move(by: .days(3))
            if isSwept { _ = try await gateway.sweepRound() }
            await declined(as: .notPermitted) { try await Self.offer(stage, cleo, by: eve) }
            for token in [plain, adas] {
                await declined(as: .invalidFields) {
                    try await gateway.acceptRecordInvitation(token, by: bob, request: nil)
                }
            }
            let late = try await Self.offer(stage, cleo, by: ada)
            try await stage.share(cleo, from: ada, with: bob, relationship: "own", asCustodian: true)
            // Bob looks after it now for good.
            await declined(as: .notPermitted) { try await Self.offer(stage, cleo, by: ada) }
            await declined(as: .invalidFields) {
                try await gateway.acceptRecordInvitation(late, by: eve, request: nil)
            }
            // And tidies up.
            for person in [ada, eve] { try await gateway.removeHolder(person, from: cleo, by: bob, request: nil) }
            await declined(as: .notFound) { try await gateway.removeHolder(eve, from: cleo, by: bob, request: nil) }
            #expect(
                try await gateway.record(cleo, of: bob).holders.filter { $0.state != .active }.map(\.state)
                    == [.removed, .removed])
            await declined(as: .notFound) { try await Self.offer(stage, cleo, by: ada) }
        }
    }

    @Test(
        "By accepting, a custodian does not stop being one while nobody else is one without an end",
        arguments: EngineUnderTest.available, [false, true])
    func demoted(_ engine: EngineUnderTest, _ isSwept: Bool) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            try await stage.share(cleo, from: ada, with: eve, asCustodian: true, endsOn: "2026-12-01")
            let early = try await Self.offer(stage, cleo, by: eve, custodian: false, endsOn: "2026-12-01")
            await declined(as: .alreadyExists) {
                try await gateway.acceptRecordInvitation(early, by: ada, request: nil)
            }
            // Eve's time is made longer by hand, so that somebody is there to invite Ada again.
            let long = stage.clock.now + .days(400)
            _ = try await stage.engine.write { tx in
                try tx.execute(
                    "UPDATE record_access SET expires_at = \(long) WHERE person_id = \(eve) AND record_id = \(cleo)")
            }
            stage.clock.move(by: .days(11))
            if isSwept { _ = try await gateway.sweepRound() }
            let plain = try await Self.offer(stage, cleo, by: eve, custodian: false, endsOn: "2027-01-01")
            let refusal = await declined(as: .invalidFields) {
                try await gateway.acceptRecordInvitation(plain, by: ada, request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["invitation"])
            try await stage.share(cleo, from: eve, with: ada, asCustodian: true, endsOn: "2027-01-01")
            let hers = try await gateway.record(cleo, of: ada).holding
            #expect(hers.isCustodian && hers.isInForce && hers.relationship == .child)
        }
    }

    @Test("What the clock ended can be left, and the last custodian stays", arguments: EngineUnderTest.available)
    func leaving(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application(notices: "https://pulse.example/notice")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            _ = try await stage.authorize(ada, pulse, for: cleo)
            stage.clock.move(by: .days(11))
            _ = try await gateway.sweepRound()
            await declined(as: .lastCustodian) { try await gateway.leaveRecord(cleo, by: ada, request: nil) }
            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            try await gateway.leaveRecord(cleo, by: ada, request: nil)
            #expect(try await gateway.records(of: ada).map(\.record).contains(cleo) == false)
            // The application was told when the day came, and once.
            #expect(try await stage.notices().count { $0.event == "record_access.lost" } == 1)
        }
    }
}
