// Taking back, and moving the end: what a grant says afterwards.

import Domain
import Testing

struct GrantTermsTests {
    private static let steps = Make.rule("steps", [.steps, .distance], required: true)
    private static let pulse = Make.rule("pulse", [.heartRate, .steps], mode: .offline)
    private static let diary = Make.rule("diary", [.bodyWeight], accesses: [.create, .update])
    private static let all = [steps, pulse, diary]
    private static let end = Scene.now + .days(30)

    @Test("B11: a type that is taken back is gone in every access and mode; the rest stays")
    func types() throws {
        let terms = try narrow(Make.terms(Self.all), Narrowing(types: [.steps]))
        #expect(terms.permissions == Make.terms(Self.all).permissions.removing([.steps]))
        #expect(terms.rules.map(\.name.text) == ["steps", "pulse", "diary"])
        #expect(terms.scope == "read:distance read:heart_rate rule:diary", "what is whole stays as it was spelled")
        #expect(terms.expiresAt == Self.end)
    }

    @Test("B11: a rule that is taken back takes what it alone gave (row B13)")
    func rules() throws {
        let terms = try narrow(Make.terms(Self.all), Narrowing(rules: [Self.pulse.name]))
        #expect(terms.rules.map(\.name.text) == ["steps", "diary"])
        #expect(terms.permissions == Self.steps.permissions.union(Self.diary.permissions))
        #expect(terms.scope == "rule:steps rule:diary")
    }

    @Test("B11: a rule of which nothing is left is no granted rule any more")
    func emptied() throws {
        let terms = try narrow(Make.terms(Self.all), Narrowing(types: [.bodyWeight]))
        #expect(terms.rules.map(\.name.text) == ["steps", "pulse"])
        #expect(terms.scope == "rule:steps rule:pulse")
    }

    @Test("A3: a rule that is taken back, or of which nothing is left, is remembered as refused, once")
    func remembered() throws {
        let less = try narrow(Make.terms(Self.all), Narrowing(types: [.bodyWeight], rules: [Self.pulse.name]))
        #expect(less.refusedTokens == ["rule:pulse", "rule:diary"])
        var before = Make.terms(Self.all)
        before.refusedScope = "rule:nights rule:pulse"
        #expect(try narrow(before, Narrowing(rules: [Self.pulse.name])).refusedScope == "rule:nights rule:pulse")
        #expect(try narrow(before, Narrowing(until: Scene.now + .days(1))).refusedScope == before.refusedScope)
    }

    @Test("C2: a rule that others cover may be taken back; its token goes too, though nothing else changes")
    func covered() throws {
        let inner = Make.rule("inner", [.steps])
        let terms = try narrow(Make.terms([inner, Self.steps]), Narrowing(rules: [inner.name]), [inner, Self.steps])
        #expect(terms.permissions == Self.steps.permissions)
        #expect(terms.rules.map(\.name.text) == ["steps"])
        #expect(terms.scope == "rule:steps")
    }

    @Test("C2: offline_access goes with the last thing that the application may do alone")
    func offlineAccess() throws {
        let terms = Make.terms(Self.all, scope: "rule:steps rule:pulse rule:diary offline_access")
        let without = try narrow(terms, Narrowing(rules: [Self.pulse.name]))
        #expect(without.scope == "rule:steps rule:diary")
        let with = try narrow(terms, Narrowing(rules: [Self.diary.name]))
        #expect(with.scope == "rule:steps rule:pulse offline_access")
    }

    @Test("C2: a category of which something was taken back gives way to the plain scopes of what is left")
    func category() throws {
        let activity = Make.rule("activity", Category.activity.types)
        let terms = try narrow(
            Make.terms([activity], scope: "read:activity"), Narrowing(types: [.workout, .steps]), [activity])
        #expect(terms.scope == "read:distance read:active_energy")
        let write = Make.rule("write", [.bodyWeight, .bodyFat], accesses: [.create, .update])
        let less = try narrow(
            Make.terms([write], scope: "write:body_weight write:body_fat"), Narrowing(types: [.bodyFat]), [write])
        #expect(less.scope == "write:body_weight")
    }

    @Test("C6: an end may come nearer, and never go further or into the past")
    func until() throws {
        let sooner = Scene.now + Span(microseconds: 1)
        let terms = try narrow(Make.terms(Self.all), Narrowing(until: sooner))
        #expect(terms.expiresAt == sooner)
        #expect(terms.permissions == Make.terms(Self.all).permissions && terms.scope == Make.terms(Self.all).scope)
        #expect(terms.rules == Make.terms(Self.all).rules)
        for moment in [Scene.now, Scene.now - .days(1), Self.end, Self.end + .days(1)] {
            #expect(throws: Narrowing.Fault.endNotEarlier) {
                try narrow(Make.terms(Self.all), Narrowing(types: [.steps], until: moment))
            }
        }
    }

    @Test("B11: taking everything back is a revocation, taking nothing back is nothing, and both are refused here")
    func faults() {
        let terms = Make.terms(Self.all)
        #expect(throws: Narrowing.Fault.nothingLeft) { try narrow(terms, Narrowing(types: .all)) }
        #expect(throws: Narrowing.Fault.nothingLeft) { try narrow(terms, Narrowing(rules: Set(Self.all.map(\.name)))) }
        #expect(throws: Narrowing.Fault.nothingTaken) { try narrow(terms, Narrowing()) }
        #expect(throws: Narrowing.Fault.nothingTaken) { try narrow(terms, Narrowing(types: [.sleepStage])) }
        let stranger = Make.name("stranger")
        #expect(throws: Narrowing.Fault.notGranted(stranger)) {
            try narrow(terms, Narrowing(types: [.steps], rules: [stranger]))
        }
    }

    @Test("C6: renewing counts from now, changes nothing else, and never brings the end nearer")
    func renewal() throws {
        let week = try #require(GrantLife(days: 7)), year = try #require(GrantLife(days: 365))
        var terms = Make.terms(Self.all)
        #expect(terms.renewed(for: week, at: Scene.now) == terms, "it has thirty days still")
        let longer = terms.renewed(for: year, at: Scene.now)
        #expect(longer.expiresAt == Scene.now + .days(365))
        terms.expiresAt = longer.expiresAt
        #expect(terms == longer)
    }

    @Test("A4: a granted rule remembers its version, and reads back from rest; older rows take their grant's")
    func stored() {
        let rule = GrantedRule(Make.name("a.b-c_d"), version: 12)
        #expect(rule.stored == "a.b-c_d@12")
        #expect(GrantedRule(stored: rule.stored, fallback: 3) == rule)
        #expect(GrantedRule(stored: "steps", fallback: 3) == GrantedRule(Make.name("steps"), version: 3))
        for text in ["", "@", "@3", "steps@", "steps@x", "steps@1@2", "Steps@1", "steps@1.5"] {
            #expect(GrantedRule(stored: text, fallback: 3) == nil, "\(text)")
        }
    }

    private func narrow(
        _ terms: GrantTerms, _ narrowing: Narrowing, _ definitions: [AuthorizationRule] = all
    ) throws(Narrowing.Fault) -> GrantTerms {
        try terms.narrowed(by: narrowing, definitions: definitions, at: Scene.now)
    }
}
