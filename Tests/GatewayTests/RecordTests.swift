// Who holds a record, and how that comes and goes: made, offered, taken, narrowed, left, paused.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Records")
struct RecordTests {
    static func draft(
        _ relationship: String = "other", custodian: Bool = false, types: [String] = [], accesses: [String] = [],
        endsOn: String? = nil
    ) -> HoldingDraft {
        HoldingDraft(
            relationship: relationship, isCustodian: custodian, types: types, accesses: accesses, endsOn: endsOn)
    }

    static func events(_ stage: Stage, _ record: RecordID) async throws -> [String] {
        try await stage.engine.read { tx in
            try tx.query(
                "SELECT event, person_id FROM record_event WHERE record_id = \(record) ORDER BY at, person_id, version"
            ) { row in row.text(0) }
        }
    }

    @Test(
        "A record of somebody else is made with its maker as custodian, and stands after the person's own",
        arguments: EngineUnderTest.available)
    func made(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada, " Cleo ", country: "ch", endsOn: "2030-05-01")
            let records = try await stage.gateway.records(of: ada)
            #expect(records.map(\.name) == ["Ada", "Cleo"])
            #expect(records.map(\.relationship) == [.own, .child])
            let view = try await stage.gateway.record(cleo, of: ada)
            #expect(view.holding == records[1])
            #expect(view.holding.isCustodian && view.holding.isInForce && !view.holding.isSuspended)
            #expect(view.holding.permissions == .everything)
            #expect(view.holding.country == "CH")
            #expect(view.holding.expiresAt?.rfc3339.hasPrefix("2030-05-01T00:00:00") == true)
            #expect(view.holders.map(\.isYou) == [true])
            #expect(view.invitations.isEmpty)
            #expect(try await Self.events(stage, cleo) == ["given"])
            #expect(try await stage.audit(.recordCreated).count == 1)

            for (name, relationship, country, endsOn, fields) in [
                ("", "cousin", "CHE", "2030-5-1", ["name", "country", "relationship", "ends_on"]),
                (String(repeating: "x", count: 101), "child", "1A", "2026-11-21", ["name", "country", "ends_on"]),
                ("a\u{0}", "own", nil, "2030-02-30", ["name", "ends_on"]),
            ] as [(String, String, String?, String?, [String])] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.child(
                        of: ada, name, relationship: relationship, country: country, endsOn: endsOn)
                }
                #expect(refusal?.faults.map(\.field) == fields)
            }
            #expect(try await stage.gateway.records(of: ada).count == 2)
            try await stage.gateway.describeRecord(cleo, name: "Cleopatra", country: nil, by: ada, request: nil)
            #expect(try await stage.audit(.recordDescribed).map(\.outcome) == ["done"])
        }
    }

    @Test(
        "An invitation shows what it offers, is taken once, and gives exactly that",
        arguments: EngineUnderTest.available)
    func invited(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada)
            let made = try await stage.gateway.invite(
                to: cleo, Self.draft("child", types: ["heart", "steps"], accesses: ["read"], endsOn: "2027-01-01"),
                by: ada, request: nil)
            #expect(made.token.hasPrefix("liv_"))
            #expect(made.expiresAt == stage.clock.now + .days(14))
            let offer = try await stage.gateway.recordInvitation(made.token)
            #expect(offer.recordName == "Cleo")
            #expect(offer.invitedBy == "Ada")
            #expect(offer.state == .invited)
            #expect(offer.permissions.types == DataTypeSet([.steps]).union(Category.heart.types))
            #expect(try await stage.gateway.record(cleo, of: ada).invitations == [offer])

            #expect(try await stage.gateway.acceptRecordInvitation(made.token, by: bob, request: nil) == cleo)
            let his = try await stage.gateway.record(cleo, of: bob)
            #expect(his.holding.relationship == .child)
            #expect(!his.holding.isCustodian)
            #expect(his.holding.permissions == offer.permissions)
            #expect(his.holding.expiresAt == offer.accessExpiresAt)
            // Who looks after nothing sees nobody else.
            #expect(his.holders.isEmpty && his.invitations.isEmpty)
            #expect(try await stage.gateway.record(cleo, of: ada).holders.map(\.person).contains(bob))

            for person in [bob, eve] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.acceptRecordInvitation(made.token, by: person, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["invitation"])
            }
            #expect(try await stage.gateway.recordInvitation(made.token).state == .active)
            #expect(try await stage.gateway.records(of: eve).count == 1)
            await declined(as: .notFound) { try await stage.gateway.recordInvitation("liv_x") }
            await declined(as: .notFound) { try await stage.gateway.record(cleo, of: eve) }
        }
    }

    @Test(
        "Declined, cancelled and lapsed invitations are over for everybody",
        arguments: EngineUnderTest.available)
    func invitationEnds(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada)
            func invite() async throws -> MadeInvitation {
                try await gateway.invite(to: cleo, Self.draft(), by: ada, request: nil)
            }
            let declinedOne = try await invite()
            try await gateway.declineRecordInvitation(declinedOne.token, by: bob, request: nil)
            #expect(try await gateway.recordInvitation(declinedOne.token).state == .declined)
            let cancelled = try await invite()
            await declined(as: .notFound) {
                try await gateway.cancelRecordInvitation(cancelled.id, by: bob, request: nil)
            }
            try await gateway.cancelRecordInvitation(cancelled.id, by: ada, request: nil)
            #expect(try await gateway.recordInvitation(cancelled.token).state == .cancelled)
            let late = try await invite()
            stage.clock.move(by: .days(14))
            #expect(try await gateway.recordInvitation(late.token).state == .lapsed)
            for token in [declinedOne.token, cancelled.token, late.token] {
                await declined(as: .invalidFields) {
                    try await gateway.acceptRecordInvitation(token, by: bob, request: nil)
                }
                await declined(as: .invalidFields) {
                    try await gateway.declineRecordInvitation(token, by: bob, request: nil)
                }
            }
            #expect(try await gateway.records(of: bob).count == 1)
            #expect(try await stage.audit(.recordInvitationEnded).count == 2)
        }
    }

    @Test(
        "Only a custodian invites, narrows, removes and pauses; to a stranger the record is not there",
        arguments: EngineUnderTest.available)
    func custodianOnly(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob)
            for (person, problem) in [(bob, Problem.notPermitted), (eve, .notFound)] {
                await declined(as: problem) {
                    try await gateway.invite(to: cleo, Self.draft(), by: person, request: nil)
                }
                await declined(as: problem) {
                    try await gateway.narrowHolding(
                        of: ada, in: cleo, Self.draft(types: ["steps"]), by: person, request: nil)
                }
                await declined(as: problem) {
                    try await gateway.removeHolder(ada, from: cleo, by: person, request: nil)
                }
                await declined(as: problem) { try await gateway.suspendRecord(cleo, true, by: person, request: nil) }
                await declined(as: problem) {
                    try await gateway.describeRecord(cleo, name: "Mine", country: nil, by: person, request: nil)
                }
            }
            let refusal = await declined(as: .invalidFields) {
                try await gateway.invite(
                    to: cleo, Self.draft("cousin", custodian: true, types: ["steps", "moods"], accesses: ["look"]),
                    by: ada, request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["relationship", "data_types[1]", "accesses[0]", "custodian"])
            #expect(try await gateway.record(cleo, of: ada).holding.name == "Cleo")
        }
    }

    @Test(
        "Narrowed access cuts live grants at once; nothing is added that way",
        arguments: EngineUnderTest.available)
    func narrowed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(
                record, from: ada, with: bob, relationship: "other", types: ["heart", "steps", "distance"])
            let bobs = try await stage.authorize(bob, pulse, for: record)
            try await stage.importing(exportText([.heart("71", minute: 0), .steps("40", minute: 1)]), for: ada)
            #expect(try await stage.read(bobs.token, bobs.record).parcels.count == 2)
            // Sleep was never his: naming it gives nothing.
            try await gateway.narrowHolding(
                of: bob, in: record, Self.draft(types: ["steps", "sleep"], accesses: ["read"]), by: ada, request: nil)
            let his = try await gateway.record(record, of: bob).holding
            #expect(his.permissions == Permissions([.read], to: [.steps], in: Mode.allCases))
            #expect(try await stage.read(bobs.token, bobs.record).parcels.map(\.type) == [.steps])
            await declined(as: .accessDenied) { try await stage.read(bobs.token, bobs.record, types: ["heart_rate"]) }
            for draft in [Self.draft(custodian: true), Self.draft(types: ["sleep"])] {
                await declined(as: .invalidFields) {
                    try await gateway.narrowHolding(of: bob, in: record, draft, by: ada, request: nil)
                }
            }
            try await gateway.narrowHolding(
                of: bob, in: record, Self.draft(types: ["steps"], endsOn: "2026-11-23"), by: ada, request: nil)
            await declined(as: .invalidFields) {
                try await gateway.narrowHolding(
                    of: bob, in: record, Self.draft(types: ["steps"], endsOn: "2026-11-24"), by: ada, request: nil)
            }
            #expect(try await Self.events(stage, record).filter { $0 == "narrowed" }.count == 2)
            #expect(try await stage.audit(.recordAccessNarrowed).map(\.types) == ["steps", "steps"])
        }
    }

    @Test(
        "Removed, a person loses the record and their applications with it; invited again, all of it comes back",
        arguments: EngineUnderTest.available)
    func removed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let bobs = try await stage.authorize(bob, pulse, for: record)
            try await gateway.removeHolder(bob, from: record, by: ada, request: nil)
            await declined(as: .accessDenied) { try await stage.read(bobs.token, bobs.record) }
            await declined(as: .notFound) { try await gateway.record(record, of: bob) }
            await declined(as: .notFound) { try await gateway.removeHolder(bob, from: record, by: ada, request: nil) }
            #expect(try await gateway.records(of: bob).count == 1)
            #expect(try await gateway.record(record, of: ada).holders.map(\.state) == [.active, .removed])
            // The grant is there still, and gives nothing.
            let grant = try await gateway.grant(bobs.grant, of: bob)
            #expect(grant.state == .active)
            #expect(grant.effective.isEmpty)
            #expect(grant.status == .reauthorizationNotPossible)
            // It cannot be agreed to any more for that record.
            let (id, flow) = try await stage.begin(pulse)
            #expect(try await gateway.approval(id, for: bob, flow: flow, record: record).records.map(\.id) != [record])
            let refusal = await declined(as: .invalidFields) {
                try await gateway.decide(
                    id, by: bob, flow: flow, approved: ["rule:heart"], record: record, through: .page, request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["record"])

            stage.clock.move(by: .seconds(1))
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            _ = try await stage.read(bobs.token, bobs.record)
            #expect(try await Self.events(stage, record) == ["given", "given", "removed", "given"])
        }
    }

    @Test(
        "Invited again, a person keeps what the record is to them, and never loses by accepting",
        arguments: EngineUnderTest.available)
    func invitedAgain(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob, relationship: "child", types: ["steps"])
            for less in [Self.draft(types: ["heart"]), Self.draft(types: ["steps"], endsOn: "2027-01-01")] {
                let made = try await gateway.invite(to: cleo, less, by: ada, request: nil)
                await declined(as: .alreadyExists) {
                    try await gateway.acceptRecordInvitation(made.token, by: bob, request: nil)
                }
            }
            try await stage.share(cleo, from: ada, with: bob, relationship: "other", types: ["steps", "heart"])
            let his = try await gateway.record(cleo, of: bob).holding
            #expect(his.relationship == .child)
            #expect(his.permissions.types.contains(.heartRate))
            #expect(his.expiresAt == nil)
        }
    }

    @Test(
        "A suspended record gives nothing to anybody until a custodian resumes it",
        arguments: EngineUnderTest.available)
    func suspended(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let consent = try await stage.consent(ada, to: pulse)
            let record = try await stage.ownRecord(of: ada)
            try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            for _ in 0..<2 { try await gateway.suspendRecord(record, true, by: ada, request: nil) }
            await declined(as: .accessDenied) { try await stage.read(mine.token, mine.record) }
            let status = try #require(try await stage.info(mine.token).records.first)
            #expect(status.isSuspended)
            #expect(status.status == .reauthorizationNotPossible)
            await declined(as: .invalidGrant) { try await stage.exchange(consent, by: pulse) }
            #expect(try await gateway.record(record, of: ada).holding.isSuspended)
            stage.clock.move(by: .seconds(1))
            try await gateway.suspendRecord(record, false, by: ada, request: nil)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 1)
            #expect(try await Self.events(stage, record) == ["given", "suspended", "resumed"])
            #expect(try await stage.audit(.recordSuspended).count == 1)
        }
    }
}
