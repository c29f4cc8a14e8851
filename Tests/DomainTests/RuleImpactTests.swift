// What a draft of rules would do to the grants there are.

import Domain
import Testing

struct RuleImpactTests {
    private static let steps = Make.rule("steps", [.steps], required: true)
    private static let grown = Make.rule("steps", [.steps, .distance], required: true)
    private static let current = Make.rules(steps)

    @Test("A4, B2, B5: grants are counted by the status they have and the one they would have, with the reasons")
    func counts() {
        let impact = RuleImpact(
            from: Self.current, to: Make.rules(Self.grown, version: 2),
            over: [
                group([Self.steps], 40), group([Self.grown], 5), group([Self.steps], 7, own: .reading([.steps])),
                group([Self.steps], 3, own: nil), group([Self.steps], 2, isSuspended: true),
            ], countries: [])
        #expect(impact.grants == 57)
        #expect(impact.before == [.noActionRequired: 52, .reauthorizationNotPossible: 5])
        #expect(
            impact.after == [.noActionRequired: 5, .reauthorizationRequired: 40, .reauthorizationNotPossible: 12])
        #expect(impact.newlyAffected == 47)
        let lacking = Permissions([.read], to: [.distance], in: [.online])
        #expect(
            impact.reasons.map(\.shortfall.reason) == [.notGranted(lacking), .beyondOwnAccess(lacking)])
        #expect(impact.reasons.map(\.grants) == [40, 7])
        #expect(impact.narrowed == 0)
    }

    @Test("B3, B4: fewer types, optional rules and other words affect nobody; what is given less is counted")
    func harmless() {
        let groups = [group([Self.grown], 10), group([Self.steps], 1)]
        let fewer = RuleImpact(
            from: Make.rules(Self.grown), to: Make.rules(Self.steps, version: 2), over: groups, countries: [])
        #expect(fewer.newlyAffected == 0 && fewer.reasons.isEmpty)
        #expect(fewer.narrowed == 10, "one holds no distance, so nothing is taken from it")
        let more = Make.rules(Self.steps, Make.rule("pulse", [.heartRate]), version: 2)
        let optional = RuleImpact(from: Self.current, to: more, over: groups, countries: [])
        #expect(optional.newlyAffected == 0 && optional.narrowed == 0)
        #expect(optional.after == [.noActionRequired: 11])
    }

    @Test("B2: a material wording asks everybody again, and narrows nothing")
    func material() {
        let reworded = Make.rule("steps", [.steps], required: true, wording: 2, material: 2)
        let impact = RuleImpact(
            from: Self.current, to: Make.rules(reworded, version: 2), over: [group([Self.steps], 9)], countries: [])
        #expect(impact.newlyAffected == 9 && impact.narrowed == 0)
        #expect(impact.reasons.map(\.shortfall) == [Shortfall(rule: Self.steps.name, reason: .newWording)])
    }

    @Test("A status that becomes better is no affliction, though something may be left to do")
    func better() {
        let reads = Permissions.reading([.steps, .distance])
        let beyond = Make.rule("steps", [.steps, .heartRate], required: true)
        let impact = RuleImpact(
            from: Make.rules(beyond), to: Make.rules(Self.grown, version: 2),
            over: [group([Self.steps], 4, own: reads)], countries: [])
        #expect(impact.before == [.reauthorizationNotPossible: 4])
        #expect(impact.after == [.reauthorizationRequired: 4])
        #expect(impact.newlyAffected == 0 && impact.reasons.isEmpty)
    }

    @Test("Nothing is narrowed where the person's own access gave nothing of it before")
    func alreadyCut() {
        let impact = RuleImpact(
            from: Make.rules(Self.grown), to: Make.rules(Self.steps, version: 2),
            over: [
                group([Self.grown], 3, own: .reading([.steps])), group([Self.grown], 2, isSuspended: true),
                group([Self.grown], 1, own: nil), group([Self.grown], 8),
            ], countries: [])
        #expect(impact.narrowed == 8)
    }

    @Test("Reasons stand by how many they concern, then by the rule's name, then by who came first")
    func order() {
        let draft = Make.rules(
            Self.steps, Make.rule("b", [.sleepStage], required: true), Make.rule("a", [.bodyWeight], required: true),
            version: 2)
        let first = RuleImpact(from: Self.current, to: draft, over: [group([Self.steps], 3)], countries: [])
        #expect(first.reasons.map(\.shortfall.rule.text) == ["a", "b"])
        let groups = [group([Self.steps], 3), group([Self.steps, Make.rule("b", [.sleepStage], required: true)], 4)]
        let second = RuleImpact(from: Self.current, to: draft, over: groups, countries: [])
        #expect(second.reasons.map(\.shortfall.rule.text) == ["a", "b"])
        #expect(second.reasons.map(\.grants) == [7, 3])
    }

    @Test("Nobody has agreed to anything: nobody is concerned; the country counts as everywhere")
    func edges() {
        let draft = Make.rules(Self.grown, version: 2)
        let nobody = RuleImpact(from: Self.current, to: draft, over: [], countries: [])
        #expect(nobody.grants == 0 && nobody.before.isEmpty && nobody.after.isEmpty)
        let abroad = RuleImpact(
            from: Self.current, to: draft, over: [group([Self.steps], 2, country: "CH")], countries: ["DE"])
        #expect(abroad.after == [.recordLocationNotSupported: 2])
        #expect(abroad.newlyAffected == 0)
    }

    private func group(
        _ agreed: [AuthorizationRule], _ count: Int, own: Permissions? = .everything, isSuspended: Bool = false,
        country: String? = nil
    ) -> GrantGroup {
        GrantGroup(terms: Make.terms(agreed), own: own, isSuspended: isSuspended, country: country, count: count)
    }
}
