// What holds of every approval, whatever the rules, whatever was asked and whatever was ticked.

import Domain
import TestKit
import Testing

struct ApprovalPropertyTests {
    @Test("A2, C5: an approval never gives what the rules did not ask, and never leaves out a required rule")
    func bounds() throws {
        var dice = SeededDice("approvals")
        var outcomes: [String: Int] = [:]
        for _ in 0..<20_000 {
            let rules = ruleSet(using: &dice)
            let scope = scope(of: rules, using: &dice)
            guard let request = try? ScopeRequest.resolve(scope, against: rules) else {
                outcomes["no request", default: 0] += 1
                continue
            }
            let form = ApprovalForm(request, of: rules, standing: .firstTime, mayPreCheck: dice.flip())
            let ticked = ticks(of: form, using: &dice)
            let outcome = form.decide(approved: ticked)
            let faults = faults(outcome, form, request, rules, ticked)
            if !faults.isEmpty {
                Issue.record(
                    "\(faults): asked '\(scope)', ticked \(ticked), rules \(rules.rules), \(outcome) \(dice.note)")
            }
            outcomes[word(outcome), default: 0] += 1
        }
        for name in ["approved", "denied", "incomplete", "not asked", "no request"] {
            #expect(outcomes[name, default: 0] > 200, "\(name) is hardly tried: \(outcomes) \(dice.note)")
        }
    }

    private func faults(
        _ outcome: ApprovalForm.Outcome, _ form: ApprovalForm, _ request: ScopeRequest, _ rules: RuleSet,
        _ ticked: [String]
    ) -> [String] {
        var faults: [String] = []
        func must(_ claim: String, _ holds: Bool) { if !holds { faults.append(claim) } }
        must("all lines are the request's", form.lines.map(\.rule) == request.lines.map(\.rule))
        let asked = Set(form.lines.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] })
        switch outcome {
        case .denied:
            must("only offline_access was ticked", ticked.allSatisfy { $0 == "offline_access" })
        case .approved(let approved):
            let names = approved.rules.map(\.name)
            let lines = form.lines.filter { names.contains($0.rule.name) }
            must("every required rule is in", rules.required.allSatisfy { names.contains($0.name) })
            must("something is approved", !approved.rules.isEmpty)
            must("the rules are lines", lines.map(\.rule.name) == names)
            must(
                "permissions are those rules'",
                approved.permissions == lines.reduce(.none) { $0.union($1.rule.permissions) })
            must("permissions are within the rules", approved.permissions.isSubset(of: rules.coverage))
            let granted = approved.scope.split(separator: " ").map(String.init)
            must("the scope has no repeats", Set(granted).count == granted.count)
            let data = granted.filter { $0 != "offline_access" }
            must("the scope was asked", data.allSatisfy(asked.contains))
            must("scope and refused are apart", Set(granted).isDisjoint(with: approved.refused))
            must(
                "asked is granted or refused",
                Set(data + approved.refused.filter { $0 != "offline_access" })
                    == Set(form.lines.flatMap { $0.scopes.map(\.text) }))
            must(
                "each rule was ticked",
                lines.allSatisfy { line in
                    ticked.contains(line.rule.scope.text) || line.scopes.allSatisfy { ticked.contains($0.text) }
                })
            must(
                "each tick is answered",
                ticked.allSatisfy { $0 == "offline_access" || data.contains($0) || named($0, lines) })
            if granted.contains("offline_access") {
                must("offline was asked", request.asksOfflineAccess)
                must("offline was ticked", ticked.contains("offline_access"))
                must("an offline rule is in", lines.contains { $0.rule.mode == .offline })
            }
        case .incomplete(let missing):
            must("something is missing", !missing.isEmpty)
            must(
                "what is missing was asked and not ticked",
                missing.allSatisfy { asked.contains($0) && !ticked.contains($0) })
            let mended = form.decide(approved: ticked + missing)
            if case .approved = mended {
            } else {
                faults.append("adding what is missing does not complete it: \(mended)")
            }
        case .notAsked(let strangers):
            must("a stranger was ticked", !strangers.isEmpty && strangers.allSatisfy { ticked.contains($0) })
            must("a stranger was not asked", strangers.allSatisfy { !asked.contains($0) })
        case .outOfReach:
            faults.append("a person of full access reaches everything")
        case .tooManyDates:
            faults.append("nothing was asked for a time")
        }
        return faults
    }

    private func named(_ tick: String, _ lines: [ApprovalForm.Line]) -> Bool {
        lines.contains { $0.rule.scope.text == tick }
    }

    private func word(_ outcome: ApprovalForm.Outcome) -> String {
        switch outcome {
        case .denied: "denied"
        case .approved: "approved"
        case .incomplete: "incomplete"
        case .notAsked: "not asked"
        case .outOfReach: "out of reach"
        case .tooManyDates: "too many dates"
        }
    }

    private func ruleSet(using dice: inout SeededDice) -> RuleSet {
        let few: [DataType] = [.steps, .distance, .heartRate, .sleepStage]
        let rules = (0..<dice.roll(1...4)).map { place in
            ScopeRequestTests.rule(
                "r\(place)", dice.pick(Mode.allCases), required: dice.roll(0...3) == 0,
                DataTypeSet((0...dice.roll(0...2)).map { _ in dice.pick(few) }),
                accesses: dice.flip() ? [.read] : [.create, .update], displayed: dice.flip(), checked: dice.flip())
        }
        return RuleSet(version: 1, rules: rules)
    }

    private func scope(of rules: RuleSet, using dice: inout SeededDice) -> String {
        let words =
            rules.rules.map(\.scope.text) + rules.coverage.scopes.map(\.text)
            + ["read:sleep", "offline_access", "write:steps", "read:blood_glucose"].filter { _ in dice.roll(0...3) == 0
            }
        return words.filter { _ in dice.roll(0...2) == 0 }.shuffled(using: &dice).joined(separator: " ")
    }

    private func ticks(of form: ApprovalForm, using dice: inout SeededDice) -> [String] {
        let words = form.lines.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] }
        var ticks = words.filter { _ in dice.roll(0...4) > 0 }
        if dice.roll(0...9) == 0 { ticks = [] }
        if dice.roll(0...9) == 0 {
            ticks.append(dice.pick(["rule:other", "read:blood_glucose", "offline_access", ""]))
        }
        return ticks.shuffled(using: &dice)
    }
}
