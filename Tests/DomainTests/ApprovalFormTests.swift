// What the person is shown, what a decision may say, and what it then gives.

import Domain
import TestKit
import Testing

struct ApprovalFormTests {
    private static let rules = ScopeRequestTests.rules
    private typealias Form = ApprovalForm

    @Test("C5: approving nothing is a denial, also where a rule is required")
    func nothing() throws {
        #expect(try form("").decide(approved: []) == .denied)
        #expect(try form("rule:pulse").decide(approved: []) == .denied)
        let optional = RuleSet(version: 1, rules: [ScopeRequestTests.pulse, ScopeRequestTests.night])
        #expect(try form("", optional).decide(approved: []) == .denied)
    }

    @Test("C5: offline_access alone is nothing to approve")
    func offlineAlone() throws {
        let optional = RuleSet(version: 1, rules: [ScopeRequestTests.night])
        #expect(try form("rule:night offline_access", optional).decide(approved: ["offline_access"]) == .denied)
        #expect(try form("rule:night", optional).decide(approved: ["offline_access"]) == .notAsked(["offline_access"]))
        let withRequired = try form("rule:night offline_access").decide(approved: ["offline_access"])
        #expect(withRequired == .incomplete(missing: ["rule:activity"]))
    }

    @Test("A2: a required rule that is left out makes the decision incomplete, and is named")
    func requiredLeftOut() throws {
        #expect(try form("").decide(approved: ["rule:pulse"]) == .incomplete(missing: ["rule:activity"]))
        #expect(
            try form("read:steps rule:pulse").decide(approved: ["rule:pulse"]) == .incomplete(missing: ["read:steps"]))
        let two = try form("read:steps read:distance rule:pulse")
        #expect(two.decide(approved: ["rule:pulse", "read:distance"]) == .incomplete(missing: ["read:steps"]))
        #expect(two.decide(approved: ["rule:pulse"]) == .incomplete(missing: ["read:steps", "read:distance"]))
    }

    @Test("A2: several required rules are approved all together; the missing ones are named in the order of the form")
    func severalRequired() throws {
        let rules = RuleSet(
            version: 1,
            rules: ["c", "a", "b"].map { ScopeRequestTests.rule($0, .online, required: true, [.steps]) })
        let form = try form("", rules)
        #expect(form.decide(approved: ["rule:a"]) == .incomplete(missing: ["rule:c", "rule:b"]))
        let whole = try #require(approved(form.decide(approved: ["rule:b", "rule:a", "rule:c"])))
        #expect(whole.rules.map(\.name.text) == ["c", "a", "b"])
        #expect(whole.scope == "rule:c rule:a rule:b")
    }

    @Test(
        "C5: what was never asked cannot be approved, and is named", arguments: ["rule:weight", "read:steps", "", "x"])
    func neverAsked(stranger: String) throws {
        let form = try form("rule:pulse")
        #expect(form.decide(approved: [stranger]) == .notAsked([stranger]))
        #expect(form.decide(approved: ["rule:activity", stranger, "rule:pulse"]) == .notAsked([stranger]))
    }

    @Test("A2, C5: each optional rule is approved or refused by itself, and what was refused is told")
    func optional() throws {
        let form = try form("")
        let least = try #require(approved(form.decide(approved: ["rule:activity"])))
        #expect(least.rules.map(\.name.text) == ["activity"])
        #expect(least.permissions == ScopeRequestTests.required.permissions)
        #expect(least.scope == "rule:activity")
        #expect(least.refused == ["rule:pulse", "rule:night"])
        let more = try #require(approved(form.decide(approved: ["rule:night", "rule:activity"])))
        #expect(more.rules.map(\.name.text) == ["activity", "night"])
        #expect(more.permissions == ScopeRequestTests.required.permissions.union(ScopeRequestTests.night.permissions))
        #expect(more.scope == "rule:activity rule:night")
        #expect(more.refused == ["rule:pulse"])
    }

    @Test("C2, C6: the scope of the answer is spelled as the application spelled it")
    func spelling() throws {
        let form = try form("read:steps read:resting_heart_rate")
        let all = try #require(approved(form.decide(approved: ["rule:activity", "rule:pulse"])))
        #expect(all.scope == "read:steps read:resting_heart_rate")
        let same = try #require(approved(form.decide(approved: ["read:steps", "read:resting_heart_rate"])))
        #expect(same == all)
        #expect(all.permissions[.online, .read] == [.steps, .distance, .heartRate, .restingHeartRate])
    }

    @Test("A2: an optional rule is approved whole: part of its scopes is incomplete, and what lacks is named")
    func partOfARule() throws {
        let form = try form("read:heart_rate read:resting_heart_rate rule:activity")
        let half = form.decide(approved: ["rule:activity", "read:resting_heart_rate"])
        #expect(half == .incomplete(missing: ["read:heart_rate"]))
        let whole = form.decide(approved: ["rule:activity", "read:resting_heart_rate", "read:heart_rate"])
        #expect(approved(whole)?.rules.map(\.name.text) == ["activity", "pulse", "night"])
    }

    @Test("One plain scope that leads to two rules is answered as soon as one approved rule answers it")
    func sharedScope() throws {
        let form = try form("read:heart_rate read:resting_heart_rate rule:activity")
        let night = try #require(approved(form.decide(approved: ["rule:activity", "read:heart_rate"])))
        #expect(night.rules.map(\.name.text) == ["activity", "night"])
        #expect(night.scope == "rule:activity read:heart_rate")
        #expect(night.refused == ["read:resting_heart_rate"])
        #expect(night.permissions[.online, .read] == [.steps, .distance])
    }

    @Test("offline_access is a choice of its own: given only when it was asked and ticked and an offline rule approved")
    func offline() throws {
        let form = try form("rule:night rule:pulse offline_access")
        #expect(form.offlineAccess == .open)
        #expect(
            approved(form.decide(approved: ["rule:activity", "rule:night", "offline_access"]))?.scope
                == "rule:activity rule:night offline_access")
        let without = approved(form.decide(approved: ["rule:activity", "rule:night"]))
        #expect(without?.scope == "rule:activity rule:night")
        #expect(without?.refused.contains("offline_access") == true)
        #expect(
            approved(form.decide(approved: ["rule:activity", "rule:pulse", "offline_access"]))?.scope
                == "rule:activity rule:pulse")
        let unasked = try self.form("rule:night")
        #expect(
            approved(unasked.decide(approved: ["rule:activity", "rule:night"]))?.scope == "rule:activity rule:night")
    }

    @Test("A3: at first sight a line is checked only as its rule says, and never where checking ahead is forbidden")
    func preChecked() throws {
        let checked = ScopeRequestTests.rule("sleep", .online, required: false, [.sleepStage], checked: true)
        let rules = RuleSet(version: 1, rules: [ScopeRequestTests.required, ScopeRequestTests.pulse, checked])
        let request = try ScopeRequest.resolve("", against: rules)
        #expect(
            ApprovalForm(request, of: rules, standing: .firstTime, mayPreCheck: true).lines.map(\.isChecked) == [
                true, false, true,
            ])
        #expect(
            ApprovalForm(request, of: rules, standing: .firstTime, mayPreCheck: false).lines.map(\.isChecked) == [
                true, false, false,
            ])
    }

    @Test("C5: ticking something twice is ticking it once")
    func twice() throws {
        let form = try form("")
        #expect(form.decide(approved: ["rule:activity", "rule:activity"]) == form.decide(approved: ["rule:activity"]))
    }

    private func form(_ scope: String, _ rules: RuleSet = rules) throws -> ApprovalForm {
        ApprovalForm(
            try ScopeRequest.resolve(scope, against: rules), of: rules, standing: .firstTime, mayPreCheck: true)
    }

    private func approved(_ outcome: ApprovalForm.Outcome) -> ApprovalForm.Approved? {
        if case .approved(let approved) = outcome { approved } else { nil }
    }
}
