// From what an application spells to the rules that are asked for.

import Domain
import Testing

struct ScopeRequestTests {
    static let required = rule("activity", .online, required: true, [.steps, .distance])
    static let pulse = rule("pulse", .online, required: false, [.heartRate, .restingHeartRate])
    static let hidden = rule("weight", .online, required: false, [.bodyWeight], displayed: false)
    static let night = rule("night", .offline, required: false, [.sleepStage, .heartRate])
    static let diary = rule(
        "diary", .online, required: false, [.bodyWeight], accesses: [.create, .update], displayed: false)
    static let rules = RuleSet(version: 3, rules: [required, pulse, hidden, night, diary])

    @Test(
        "A3: asked for nothing in particular: the required rules and the optional ones displayed the first time",
        arguments: ["", " ", "   "])
    func empty(scope: String) throws {
        let asked = try ScopeRequest.resolve(scope, against: Self.rules)
        #expect(names(asked) == ["activity", "pulse", "night"])
        #expect(asked.lines.map { $0.scopes.map(\.text) } == [["rule:activity"], ["rule:pulse"], ["rule:night"]])
        #expect(!asked.asksOfflineAccess)
    }

    @Test("A2, A7: a named rule comes with every required rule, and without the optional ones that were not named")
    func named() throws {
        #expect(names(try ScopeRequest.resolve("rule:pulse", against: Self.rules)) == ["activity", "pulse"])
        #expect(names(try ScopeRequest.resolve("rule:weight", against: Self.rules)) == ["activity", "weight"])
        #expect(
            names(try ScopeRequest.resolve("rule:night rule:pulse", against: Self.rules)) == [
                "activity", "pulse", "night",
            ])
        #expect(names(try ScopeRequest.resolve("rule:activity", against: Self.rules)) == ["activity"])
    }

    @Test("C2: a plain scope leads to every rule that covers part of it, and each rule knows how it was spelled")
    func plain() throws {
        let asked = try ScopeRequest.resolve("read:heart_rate rule:pulse read:steps", against: Self.rules)
        #expect(names(asked) == ["activity", "pulse", "night"])
        #expect(
            asked.lines.map { $0.scopes.map(\.text) } == [
                ["read:steps"], ["read:heart_rate", "rule:pulse"], ["read:heart_rate"],
            ])
    }

    @Test("C2: a category is covered when its every type is, by one rule or by several together")
    func category() throws {
        #expect(names(try ScopeRequest.resolve("read:sleep", against: Self.rules)) == ["activity", "night"])
        #expect(throws: ScopeRequest.Fault.unknown("read:activity")) {
            try ScopeRequest.resolve("read:activity", against: Self.rules)
        }
        let whole = RuleSet(
            version: 1,
            rules: [
                Self.rule("a", .online, required: false, [.steps, .distance], displayed: false),
                Self.rule("b", .offline, required: false, [.activeEnergy, .workout], displayed: false),
            ])
        #expect(names(try ScopeRequest.resolve("read:activity", against: whole)) == ["a", "b"])
    }

    @Test("A1: `write` is covered only where a rule asks to create and to update")
    func write() throws {
        #expect(names(try ScopeRequest.resolve("write:body_weight", against: Self.rules)) == ["activity", "diary"])
        #expect(names(try ScopeRequest.resolve("create:body_weight", against: Self.rules)) == ["activity", "diary"])
        #expect(throws: ScopeRequest.Fault.unknown("delete:body_weight")) {
            try ScopeRequest.resolve("delete:body_weight", against: Self.rules)
        }
    }

    @Test(
        "A7, C2: a scope outside the rules is refused, and named, before anyone is shown anything",
        arguments: [
            "read:blood_glucose", "update:steps", "rule:sleep", "read:heart", "openid", "read:steps,read:distance",
            "READ:steps", "read:steps\tread:distance", "rule:Activity",
        ])
    func outside(word: String) {
        for scope in [word, "read:steps \(word)", "\(word) rule:pulse"] {
            #expect(throws: ScopeRequest.Fault.unknown(word)) { try ScopeRequest.resolve(scope, against: Self.rules) }
        }
    }

    @Test(
        "A scope spelled twice is refused, whatever it is",
        arguments: ["read:steps", "rule:pulse", "offline_access", "read:sleep"])
    func repeated(word: String) {
        #expect(throws: ScopeRequest.Fault.repeated(word)) {
            try ScopeRequest.resolve("\(word) read:distance \(word)", against: Self.rules)
        }
    }

    @Test("offline_access needs an offline rule among those asked for")
    func offline() throws {
        #expect(throws: ScopeRequest.Fault.noOfflineRule) {
            try ScopeRequest.resolve("offline_access rule:pulse", against: Self.rules)
        }
        let asked = try ScopeRequest.resolve("rule:night offline_access", against: Self.rules)
        #expect(asked.asksOfflineAccess)
        #expect(names(asked) == ["activity", "night"])
        #expect(asked.lines.flatMap { $0.scopes.map(\.text) } == ["rule:activity", "rule:night"])
        let alone = try ScopeRequest.resolve("offline_access", against: Self.rules)
        #expect(names(alone) == ["activity", "pulse", "night"])
        #expect(alone.asksOfflineAccess)
    }

    @Test("An application without rules, or with none to show, asks for nothing")
    func nothing() {
        #expect(throws: ScopeRequest.Fault.nothingAsked) { try ScopeRequest.resolve("", against: .empty) }
        #expect(throws: ScopeRequest.Fault.nothingAsked) {
            try ScopeRequest.resolve("", against: RuleSet(version: 1, rules: [Self.hidden]))
        }
        #expect(throws: ScopeRequest.Fault.unknown("read:steps")) {
            try ScopeRequest.resolve("read:steps", against: .empty)
        }
    }

    @Test("A2: every required rule is asked for, whatever is spelled", arguments: ["", "read:sleep", "rule:weight"])
    func requiredAlways(scope: String) throws {
        let second = Self.rule("terms", .offline, required: true, [.workout], displayed: false)
        let rules = RuleSet(version: 1, rules: Self.rules.rules + [second])
        let asked = try ScopeRequest.resolve(scope, against: rules)
        #expect(Set(names(asked)).isSuperset(of: ["activity", "terms"]))
    }

    private func names(_ request: ScopeRequest) -> [String] { request.lines.map(\.rule.name.text) }

    static func rule(
        _ name: String, _ mode: Mode, required: Bool, _ types: DataTypeSet, accesses: Set<Access> = [.read],
        displayed: Bool = true, checked: Bool = false
    ) -> AuthorizationRule {
        AuthorizationRule(
            name: RuleName(name) ?? fallback, mode: mode, isRequired: required, accesses: accesses, types: types,
            why: WhyText("We need it for \(name)."), displayFirstTime: displayed, checkedFirstTime: checked)
    }

    private static let fallback = RuleSet.exampleName
}

extension RuleSet {
    /// A name for where a test's own name is misspelled; a test that meets it fails on the name.
    static var exampleName: RuleName {
        guard let name = RuleName("misspelled") else { preconditionFailure("the alphabet of names has changed") }
        return name
    }
}
