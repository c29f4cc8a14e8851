// A grant's life from seeded dice: versions of rules, answers, narrowings. It keeps account of all that was ever said yes
// to, and notes what breaks a promise on the way.

import Domain
import TestKit

struct Life {
    var rules: RuleSet
    var versions: [Int: RuleSet]
    var grant: GrantTerms?
    var own: Permissions = .everything
    /// Everything that was ever agreed to since the grant began.
    var agreedEver: Permissions = .none
    var faults: [String] = []

    init(using dice: inout SeededDice) {
        rules = RuleSet(
            version: 1, rules: (0..<dice.roll(1...4)).map { StatusTableTests.rule("r\($0)", version: 1, using: &dice) })
        versions = [1: rules]
    }

    /// The granted rules as they read when they were granted.
    var agreed: [AuthorizationRule] {
        (grant?.rules ?? []).compactMap { versions[$0.version]?.rule(named: $0.name) }
    }

    mutating func editRules(using dice: inout SeededDice) {
        var next = rules.rules.filter { _ in dice.roll(0...5) > 0 }.map { rule in
            dice.flip() ? rule : StatusTableTests.rule(rule.name.text, version: rules.version + 1, using: &dice)
        }
        if dice.flip() || next.isEmpty {
            next.append(StatusTableTests.rule("n\(rules.version)", version: rules.version + 1, using: &dice))
        }
        rules = RuleSet(version: rules.version + 1, rules: next)
        versions[rules.version] = rules
    }

    mutating func changeOwnAccess(using dice: inout SeededDice) {
        own = dice.flip() ? .everything : Scene.permissions(using: &dice)
    }

    /// True when something was taken back.
    mutating func narrow(using dice: inout SeededDice) -> Bool {
        guard let before = grant else { return false }
        let narrowing = Self.narrowing(of: before, using: &dice)
        guard let after = try? before.narrowed(by: narrowing, definitions: agreed, at: Scene.now) else { return false }
        faults += Self.narrowingFaults(before, narrowing, after)
        agreedEver = agreedEver.intersection(after.permissions)
        grant = after
        return true
    }

    /// The person signs in, is shown a form, and ticks at random. True when it is approved.
    mutating func sign(using dice: inout SeededDice) -> Bool {
        let names = rules.rules.map(\.scope.text)
        let words = names + rules.coverage.scopes.map(\.text).filter { _ in dice.roll(0...5) == 0 }
        let scope = dice.flip() ? "" : words.filter { _ in dice.roll(0...2) == 0 }.joined(separator: " ")
        guard let request = try? ScopeRequest.resolve(scope, against: rules, addsToFlags: dice.flip()) else {
            return false
        }
        let standing = Standing(isFirstTime: grant == nil, grant: grant, own: own, agreed: agreed)
        let form = ApprovalForm(request, of: rules, standing: standing, mayPreCheck: dice.flip())
        let ticked = form.lines.filter { $0.kind == .required || dice.roll(0...2) > 0 }.map(\.rule.scope.text)
        guard case .approved(let approved) = form.decide(approved: ticked) else { return false }
        faults += answerFaults(approved, form, ticked)
        let chosen = form.lines.filter { $0.kind != .settled && ticked.contains($0.rule.scope.text) }
        agreedEver = chosen.reduce(agreedEver) { $0.union($1.rule.permissions) }.intersection(approved.permissions)
        grant = approved.terms()
        return true
    }

    private func answerFaults(_ approved: ApprovalForm.Approved, _ form: ApprovalForm, _ ticked: [String]) -> [String] {
        var faults: [String] = []
        func must(_ claim: String, _ holds: Bool) { if !holds { faults.append(claim) } }
        let open = form.lines.filter { $0.kind != .settled }
        let chosen = open.filter { ticked.contains($0.rule.scope.text) }.map(\.rule)
        let refused = open.filter { !ticked.contains($0.rule.scope.text) }.map(\.rule)
        let before = grant?.permissions ?? .none
        let asked = chosen.reduce(Permissions.none) { $0.union($1.permissions) }
        must("no more than before and what was ticked", approved.permissions.isSubset(of: before.union(asked)))
        must("all that was ticked", asked.isSubset(of: approved.permissions))
        must("nothing new beyond own access", approved.permissions.subtracting(before).isSubset(of: own.withoutModes))
        let names = approved.rules.map(\.name)
        must("a rule once", Set(names).count == names.count)
        must("chosen are in", chosen.allSatisfy { names.contains($0.name) })
        must("refused are out", refused.allSatisfy { !names.contains($0.name) })
        let kept = agreed.filter { rule in !open.contains { $0.rule.name == rule.name } }
        let explained = kept.reduce(asked) { $0.union($1.permissions) }
            .union(
                form.lines.filter { $0.kind == .settled && $0.rule.isRequired }.reduce(.none) {
                    $0.union($1.rule.permissions)
                })
        let gave = refused + agreed.filter { rule in refused.contains { $0.name == rule.name } }
        let taken = gave.reduce(Permissions.none) { $0.union($1.permissions) }.subtracting(explained)
        must("what was refused is gone", approved.permissions.intersection(taken).isEmpty)
        must("what nobody refused stays", before.subtracting(taken).isSubset(of: approved.permissions))
        let tokens = approved.scope.split(separator: " ").map(String.init)
        must("tokens once", Set(tokens).count == tokens.count)
        must("tokens apart", Set(tokens).isDisjoint(with: approved.refused))
        must("tokens true", Self.areTrue(tokens, approved.permissions, names))
        if form.lines.allSatisfy({ $0.kind == .settled }) { must("nothing changes", !approved.changesSomething) }
        let status = rules.status(of: RecordStanding(grant: approved.terms(), own: .everything)).status
        must("required rules are authorized", status == .noActionRequired)
        return faults
    }

    /// A question of this application about this record.
    func scene(using dice: inout SeededDice) -> Scene {
        Scene {
            $0.asks = dice.pick(Mode.allCases)
            $0.access = dice.flip() ? .read : dice.pick(Access.allCases)
            $0.types = dice.flip() ? nil : Scene.types(upTo: 2, using: &dice)
            $0.hasGrant = grant != nil
            $0.granted = grant?.permissions ?? .none
            $0.rules = rules.coverage
            $0.own = own
        }
    }
}

extension Life {
    static func narrowing(of terms: GrantTerms, using dice: inout SeededDice) -> Narrowing {
        let names = terms.rules.map(\.name).filter { _ in dice.roll(0...3) == 0 }
        let until = Scene.now + .days(Int64(dice.roll(1...40)))
        return Narrowing(
            types: dice.flip() ? .none : Scene.types(upTo: 2, using: &dice), rules: Set(names),
            until: dice.roll(0...3) == 0 ? until : nil)
    }

    static func narrowingFaults(_ before: GrantTerms, _ narrowing: Narrowing, _ after: GrantTerms) -> [String] {
        var faults: [String] = []
        func must(_ claim: String, _ holds: Bool) { if !holds { faults.append(claim) } }
        must("never widens", after.permissions.isSubset(of: before.permissions))
        must("never lengthens", after.expiresAt <= before.expiresAt)
        must("types are gone", after.permissions.types.intersection(narrowing.types).isEmpty)
        must("rules are gone", narrowing.rules.allSatisfy { after.version(of: $0) == nil })
        must("rules are of before", Set(after.rules).isSubset(of: before.rules))
        must("something is left", !after.permissions.isEmpty)
        must("tokens true", areTrue(after.scopeTokens, after.permissions, after.rules.map(\.name)))
        return faults
    }

    /// Whether every token says no more than is given.
    static func areTrue(_ tokens: [String], _ permissions: Permissions, _ names: [RuleName]) -> Bool {
        tokens.allSatisfy { token in
            switch Scope(token) {
            case .rule(let name): return names.contains(name)
            case .offlineAccess: return Access.allCases.contains { !permissions[.offline, $0].isEmpty }
            case .data(let access, let target):
                let held = permissions.withoutModes
                return access.accesses.allSatisfy { target.types.isSubset(of: held[.online, $0]) }
            case .smart(let smart): return smart.given(in: permissions) == [smart]
            case .launchPatient: return true
            case nil: return false
            }
        }
    }

    /// Some rules by their names, some by plain scopes.
    static func spelling(of rules: [AuthorizationRule], using dice: inout SeededDice) -> String {
        let words = rules.flatMap { rule in
            dice.flip() ? [rule.scope.text] : rule.permissions.scopes.map(\.text)
        }
        return Set(words).sorted().joined(separator: " ")
    }
}
