// Why an access is or was permitted: today, and as things stood at an earlier moment.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Explaining")
struct ExplainTests {
    private static func explain(
        _ stage: Stage, _ application: TestApplication, _ record: String, _ type: DataType = .heartRate,
        mode: Mode = .online, at moment: Moment? = nil
    ) async throws(Declined) -> Explanation {
        try await stage.gateway.explain(
            application: application.id, record: record, type: type, access: .read, mode: mode, at: moment)
    }

    @Test(
        "Today's answer is the decision's own: the verdict, the rung it fell from, and which of the three cut it",
        arguments: EngineUnderTest.available)
    func today(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            let own = try await stage.ownRecord(of: ada)
            let yes = try await Self.explain(stage, pulse, mine.record)
            #expect(yes.refusal == nil)
            #expect(yes.types == [.heartRate])
            #expect(yes.ladder.allSatisfy { $0.footing == .held })
            #expect(yes.status == .noActionRequired)
            #expect(yes.facts.grant?.id == mine.grant)
            #expect(try await Self.explain(stage, pulse, own.text) == yes)

            let steps = try await Self.explain(stage, pulse, mine.record, .steps)
            #expect(steps.refusal == .notCovered)
            #expect(steps.ladder.filter { $0.footing == .fell }.map(\.refusal) == [.notCovered])
            #expect(steps.effective?.cuts(.read, to: .steps, in: .online) == [.grant])
            #expect(try await Self.explain(stage, pulse, mine.record, mode: .offline).refusal == .modeNotGranted)
            try await stage.gateway.suspendRecord(own, true, by: ada, request: nil)
            #expect(try await Self.explain(stage, pulse, mine.record).refusal == .recordSuspended)
            try await stage.revoke(mine.grant, by: ada)
            #expect(try await Self.explain(stage, pulse, mine.record).refusal == .grantRevoked)
            #expect(try await Self.explain(stage, pulse, "r_00000000000000000000000000").refusal == .noGrant)
            let nobody = ApplicationID(bytes: [UInt8](repeating: 0, count: 16))
            await declined(as: .notFound) {
                try await stage.gateway.explain(
                    application: nobody, record: mine.record, type: .steps, access: .read, mode: .online, at: nil)
            }
            // It is a question of the operator's, not an access: it leaves no line.
            #expect(try await stage.audit(.read).isEmpty)
        }
    }

    @Test(
        "At an earlier moment the grant and the rules are taken as they read then",
        arguments: EngineUnderTest.available)
    func earlier(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 10)
            let ada = try await stage.person()
            let start = stage.clock.now
            stage.clock.move(by: .hours(1))
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .hours(1))
            _ = try await stage.narrow(mine.grant, by: ada, types: ["steps"])
            stage.clock.move(by: .hours(1))
            try await stage.publish([Stage.rules[1]], for: pulse)
            stage.clock.move(by: .hours(1))
            try await stage.revoke(mine.grant, by: ada)
            stage.clock.move(by: .hours(1))
            func refusal(_ hours: Int64, _ type: DataType) async throws -> Refusal? {
                try await Self.explain(stage, pulse, mine.record, type, at: start + .hours(hours)).refusal
            }
            let before: Moment = start + .hours(1) - Span(microseconds: 1)
            #expect(try await Self.explain(stage, pulse, mine.record, at: before).refusal == .noGrant)
            #expect(try await refusal(1, .heartRate) == nil)
            #expect(try await refusal(1, .steps) == nil)
            #expect(try await refusal(2, .heartRate) == nil)
            #expect(try await refusal(2, .steps) == .notCovered)
            #expect(try await refusal(3, .heartRate) == .notCovered)
            #expect(try await refusal(3, .distance) == nil)
            #expect(try await refusal(4, .distance) == .grantRevoked)
            let then = try await Self.explain(stage, pulse, mine.record, at: start + .hours(3))
            #expect(then.at == start + .hours(3))
            #expect(then.facts.application?.currentRules.types == [.steps, .distance])
            #expect(then.effective?.cuts(.read, to: .heartRate, in: .online) == [.rules])
        }
    }

    @Test(
        "What was permitted under a grant that ended is explained by that grant, not by the one that followed",
        arguments: EngineUnderTest.available)
    func followed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 10)
            let ada = try await stage.person()
            let start = stage.clock.now
            let first = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .hours(1))
            try await stage.revoke(first.grant, by: ada)
            stage.clock.move(by: .hours(1))
            let second = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .hours(1))
            for (minutes, grant, refusal) in [
                (30, first.grant, nil), (90, first.grant, .grantRevoked), (150, second.grant, nil),
            ] as [(Int64, GrantID, Refusal?)] {
                let then = try await Self.explain(stage, pulse, first.record, at: start + .minutes(minutes))
                #expect(then.facts.grant?.id == grant)
                #expect(then.refusal == refusal)
            }
            // Past its end, before anybody wrote that down.
            stage.clock.move(by: .days(20))
            let over = try await Self.explain(stage, pulse, first.record, at: start + .hours(2) + .days(10))
            #expect(over.refusal == .grantExpired)
        }
    }
    @Test(
        "At an earlier moment the application, the record and the person's access are taken as they stood then, and so is the status",
        arguments: EngineUnderTest.available)
    func stood(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            let gateway = stage.gateway
            let start = stage.clock.now
            // One thing an hour.
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let bobs = try await stage.authorize(bob, pulse, for: record)
            stage.clock.move(by: .hours(1))
            _ = try await gateway.setStanding(of: pulse.id, .suspend, request: nil)
            stage.clock.move(by: .hours(1))
            _ = try await gateway.setStanding(of: pulse.id, .resume, request: nil)
            try await gateway.suspendRecord(record, true, by: ada, request: nil)
            stage.clock.move(by: .hours(1))
            try await gateway.suspendRecord(record, false, by: ada, request: nil)
            let less = HoldingDraft(
                relationship: "other", isCustodian: false, types: ["steps"], accesses: [], endsOn: nil)
            try await gateway.narrowHolding(of: bob, in: record, less, by: ada, request: nil)
            stage.clock.move(by: .hours(1))
            try await gateway.removeHolder(bob, from: record, by: ada, request: nil)
            stage.clock.move(by: .hours(1))
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            stage.clock.move(by: .hours(1))
            try await stage.revoke(bobs.grant, by: bob)
            _ = try await gateway.setStanding(of: pulse.id, .suspend, request: nil)
            try await gateway.suspendRecord(record, true, by: ada, request: nil)
            stage.clock.move(by: .hours(1))

            let expected: [(refusal: Refusal?, status: RecordStatus)] = [
                (nil, .noActionRequired), (.applicationNotInGoodStanding, .noActionRequired),
                (.recordSuspended, .reauthorizationNotPossible),
                (.recordAccessTooSmall, .reauthorizationNotPossible),
                (.recordAccessLost, .reauthorizationNotPossible), (nil, .noActionRequired),
                (.applicationNotInGoodStanding, .reauthorizationNotPossible),
            ]
            for (hours, wanted) in expected.enumerated() {
                let then = try await Self.explain(
                    stage, pulse, bobs.record, at: start + .hours(Int64(hours)) + .minutes(30))
                #expect(then.refusal == wanted.refusal, "hour \(hours)")
                #expect(then.status == wanted.status, "hour \(hours)")
                #expect(then.isPast)
            }
            #expect(try await !Self.explain(stage, pulse, bobs.record).isPast)
            let before: Moment = start - Span(microseconds: 1)
            let nothing = try await Self.explain(stage, pulse, bobs.record, at: before)
            #expect(nothing.facts.grant == nil)
            #expect(nothing.status == nil)
        }
    }

    @Test(
        "What was agreed to then is held against the rules of then: a status of the past is not today's",
        arguments: EngineUnderTest.available)
    func status(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 1)
            let ada = try await stage.person()
            let start = stage.clock.now
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .hours(1))
            try await stage.publish(
                [.reads(["heart_rate", "blood_pressure"], named: "heart", required: true), Stage.rules[1]], for: pulse)
            stage.clock.move(by: .hours(1))
            _ = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: .days(3))
            func status(after span: Span) async throws -> RecordStatus? {
                try await Self.explain(stage, pulse, mine.record, at: start + span).status
            }
            #expect(try await status(after: .minutes(30)) == .noActionRequired)
            #expect(try await status(after: .minutes(90)) == .reauthorizationRequired)
            #expect(try await status(after: .minutes(150)) == .noActionRequired)
            #expect(try await status(after: .days(2)) == .authorizationRequired)
        }
    }
}
