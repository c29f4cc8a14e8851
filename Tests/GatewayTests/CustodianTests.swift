// A record is never without somebody who looks after it: the last custodian stays, and a guardian whose time is over hands over.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Custodians")
struct CustodianTests {
    @Test(
        "The last custodian can neither leave, nor be removed, nor stop being one",
        arguments: EngineUnderTest.available)
    func last(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada)
            // Neither a plain holder nor a custodian for a while is enough.
            try await stage.share(cleo, from: ada, with: bob)
            try await stage.share(cleo, from: ada, with: eve, asCustodian: true, endsOn: "2027-01-01")
            await declined(as: .lastCustodian) { try await gateway.leaveRecord(cleo, by: ada, request: nil) }
            await declined(as: .lastCustodian) {
                try await gateway.removeHolder(ada, from: cleo, by: eve, request: nil)
            }
            await declined(as: .lastCustodian) {
                try await gateway.narrowHolding(of: ada, in: cleo, RecordTests.draft(), by: ada, request: nil)
            }
            #expect(try await gateway.record(cleo, of: ada).holding.isCustodian)

            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            try await gateway.leaveRecord(cleo, by: ada, request: nil)
            await declined(as: .notFound) { try await gateway.record(cleo, of: ada) }
            await declined(as: .notFound) { try await gateway.leaveRecord(cleo, by: ada, request: nil) }
            await declined(as: .lastCustodian) { try await gateway.leaveRecord(cleo, by: bob, request: nil) }
            // Ada's open invitations are worth nothing once she looks after the record no more.
            #expect(try await gateway.record(cleo, of: bob).holders.count { $0.state == .active } == 2)
        }
    }

    @Test(
        "An invitation by somebody who looks after the record no more is worth nothing",
        arguments: EngineUnderTest.available)
    func formerCustodian(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let eve = try await stage.person("eve@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            let made = try await stage.gateway.invite(to: cleo, RecordTests.draft(), by: ada, request: nil)
            try await stage.gateway.leaveRecord(cleo, by: ada, request: nil)
            await declined(as: .invalidFields) {
                try await stage.gateway.acceptRecordInvitation(made.token, by: eve, request: nil)
            }
        }
    }

    @Test(
        "B5: a guardian's access ends on its day: applications are refused from that moment, and it is on record",
        arguments: EngineUnderTest.available, [false, true])
    func guardian(_ engine: EngineUnderTest, _ isSwept: Bool) async throws {
        var policy = Stage.policy
        policy.accessTokenLife = .days(60)
        try await Stage.on(engine, policy: policy) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application(notices: "https://pulse.example/notice")
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            let hers = try await stage.authorize(ada, pulse, for: cleo)
            let end = try #require(try await gateway.record(cleo, of: ada).holding.expiresAt)
            stage.clock.move(to: end - Span(microseconds: 1))
            if isSwept { _ = try await gateway.sweepRound() }
            _ = try await stage.read(hers.token, hers.record)
            stage.clock.move(to: end)
            if isSwept { #expect(try await gateway.sweepRound() > 0) }
            await declined(as: .accessDenied) { try await stage.read(hers.token, hers.record) }
            #expect(try await stage.info(hers.token).records.map(\.status) == [.reauthorizationNotPossible])
            let (id, flow) = try await stage.begin(pulse)
            #expect(try await gateway.approval(id, for: ada, flow: flow).records.map(\.name) == ["Ada"])
            let lost = try await stage.notices().filter { $0.event == "record_access.lost" }
            #expect(lost.map(\.actor) == (isSwept ? ["clock"] : []))
            #expect(try await RecordTests.events(stage, cleo) == (isSwept ? ["given", "expired"] : ["given"]))
            #expect(try await stage.audit(.recordAccessEnded).count == (isSwept ? 1 : 0))
            if isSwept { #expect(try await gateway.sweepRound() == 0) }
        }
    }

    @Test(
        "After that day the guardian can hand the record over to a custodian, and do nothing else",
        arguments: EngineUnderTest.available, [false, true])
    func handedOver(_ engine: EngineUnderTest, _ isSwept: Bool) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let grown = try await stage.person("cleo@example.org", name: "Cleo")
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            stage.clock.move(by: .days(30))
            if isSwept { _ = try await gateway.sweepRound() }
            let problem: Problem = isSwept ? .notFound : .notPermitted
            await declined(as: problem) { try await gateway.suspendRecord(cleo, true, by: ada, request: nil) }
            await declined(as: problem) {
                try await gateway.describeRecord(cleo, name: "x", country: nil, by: ada, request: nil)
            }
            await declined(as: .notPermitted) {
                try await gateway.invite(to: cleo, RecordTests.draft(), by: ada, request: nil)
            }
            try await stage.share(cleo, from: ada, with: grown, relationship: "own", asCustodian: true)
            let hers = try await gateway.record(cleo, of: grown)
            #expect(hers.holding.isCustodian && hers.holding.isInForce)
            #expect(hers.holding.relationship == .own)
            #expect(hers.holders.map(\.person).contains(ada))
            let pulse = try await stage.application()
            _ = try await stage.authorize(grown, pulse, for: cleo)
        }
    }
}
