// What a person may do in a record only ever becomes less, and a record keeps a custodian.

import Domain
import TestKit
import Testing

struct RecordHoldingTests {
    private static let now = Scene.now
    private static let custodian = RecordHolding(
        relationship: .own, isCustodian: true, permissions: .everything, expiresAt: nil)
    private static let guardian = RecordHolding(
        relationship: .child, isCustodian: true, permissions: .reading([.steps, .heartRate]),
        expiresAt: now + .days(100))

    @Test("B5: narrowing takes types, accesses, time and the custodian's role, and leaves the relationship")
    func narrows() throws {
        let end = Self.now + .days(5)
        let narrowed = try Self.guardian.narrowed(
            to: .reading([.steps]), custodian: false, until: end, at: Self.now, otherCustodians: 1)
        #expect(
            narrowed
                == RecordHolding(
                    relationship: .child, isCustodian: false, permissions: .reading([.steps]), expiresAt: end))
    }

    @Test("A record is never without a custodian: the last one stays one")
    func lastCustodian() throws {
        for others in [0, 1, 2] {
            let outcome = Result { () throws(RecordHolding.Fault) in
                try Self.custodian.narrowed(
                    to: .everything, custodian: false, until: nil, at: Self.now, otherCustodians: others)
            }
            switch outcome {
            case .success(let narrowed): #expect(others > 0 && !narrowed.isCustodian)
            case .failure(let fault): #expect(others == 0 && fault == .lastCustodian)
            }
        }
        let still = try Self.custodian.narrowed(
            to: .reading(.all), custodian: true, until: nil, at: Self.now, otherCustodians: 0)
        #expect(still.isCustodian, "fewer accesses make nobody less of a custodian")
    }

    @Test("What would widen is refused, whichever part it is")
    func widening() {
        let more = Permissions.reading([.steps, .heartRate, .workout])
        let own = Self.guardian.permissions
        let end = Self.guardian.expiresAt
        #expect(fault(Self.guardian, to: more, true, end) == .notNarrower)
        #expect(fault(Self.guardian, to: own, true, nil) == .notNarrower, "an end that is taken away")
        #expect(fault(Self.guardian, to: own, true, Self.now + .days(101)) == .notNarrower)
        var plain = Self.guardian
        plain.isCustodian = false
        #expect(fault(plain, to: own, true, end) == .notNarrower, "made a custodian")
        #expect(fault(Self.guardian, to: own, true, end) == nil)
    }

    @Test("Nothing left is no access, and an end that has come is none: both have their own word")
    func nothing() {
        #expect(fault(Self.custodian, to: .none, true, nil) == .nothingLeft)
        #expect(fault(Self.custodian, to: .everything, true, Self.now) == .endInThePast)
        #expect(fault(Self.custodian, to: .everything, true, Self.now + Span(microseconds: 1)) == nil)
    }

    @Test("B5: whatever is asked, the result gives no more, lasts no longer, and makes no custodian")
    func neverWidens() {
        var dice = SeededDice("record holdings")
        var done = 0
        for _ in 0..<5_000 {
            let before = RecordHolding(
                relationship: dice.pick(Relationship.allCases), isCustodian: dice.flip(),
                permissions: Scene.permissions(using: &dice), expiresAt: end(using: &dice))
            let wanted =
                dice.flip()
                ? before.permissions.intersection(Scene.permissions(using: &dice))
                : Scene.permissions(using: &dice)
            let others = dice.roll(0...1)
            guard
                let after = try? before.narrowed(
                    to: wanted, custodian: dice.flip(), until: end(using: &dice), at: Self.now, otherCustodians: others)
            else { continue }
            done += 1
            let isShorter = before.expiresAt.map { end in after.expiresAt.map { $0 <= end } ?? false } ?? true
            let isNarrower =
                after.permissions == wanted && wanted.isSubset(of: before.permissions) && isShorter
                && (before.isCustodian || !after.isCustodian) && after.relationship == before.relationship
                && (after.isCustodian || !before.isCustodian || others > 0) && after.isInForce(at: Self.now)
            if !isNarrower { Issue.record("\(before) became \(after) \(dice.note)") }
        }
        #expect(done > 300, "\(done) \(dice.note)")
    }

    @Test("B5: access is in force until the last microsecond before its end")
    func inForce() {
        let end = Self.now + .days(100)
        #expect(Self.guardian.isInForce(at: end - Span(microseconds: 1)))
        #expect(!Self.guardian.isInForce(at: end))
        #expect(Self.custodian.isInForce(at: Moment(microseconds: .max)))
    }

    private func fault(
        _ holding: RecordHolding, to permissions: Permissions, _ custodian: Bool, _ until: Moment?
    ) -> RecordHolding.Fault? {
        do throws(RecordHolding.Fault) {
            _ = try holding.narrowed(
                to: permissions, custodian: custodian, until: until, at: Self.now, otherCustodians: 0)
            return nil
        } catch { return error }
    }

    private func end(using dice: inout SeededDice) -> Moment? {
        dice.flip() ? nil : Self.now + .days(Int64(dice.roll(-1...4)))
    }
}
