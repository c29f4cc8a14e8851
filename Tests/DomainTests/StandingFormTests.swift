// What a person who agreed before is shown, and how a new yes or no joins what stands.

import Domain
import Testing

struct StandingFormTests {
    private static let steps = Make.rule("steps", [.steps], required: true)
    private static let pulse = Make.rule("pulse", [.heartRate])
    private static let sleep = Make.rule("sleep", [.sleepStage], mode: .offline)
    private static let set = Make.rules(steps, pulse, sleep)

    @Test("B1, B6: what stands is told and not asked; nothing new means nothing to decide (row B09)")
    func settled() throws {
        let form = try Make.form("", Self.set, Make.holding([Self.steps]))
        #expect(form.shown == ["[steps]"], "an optional rule that is displayed the first time is not, the second time")
        #expect(!form.asksSomething && !form.isOutOfReach)
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(!approved.changesSomething)
        #expect(approved.terms() == Make.terms([Self.steps]))
    }

    @Test("A7: exactly what is named is shown, besides required rules that are missing (row B10)")
    func named() throws {
        let missing = Make.rule("workouts", [.workout], required: true)
        let diary = Make.rule("diary", [.bodyWeight])
        let rules = Make.rules(Self.steps, Self.pulse, Self.sleep, missing, diary, version: 2)
        let form = try Make.form("rule:pulse rule:sleep", rules, Make.holding([Self.steps]))
        #expect(form.shown == ["[steps]", "pulse", "sleep", "workouts*"])
        #expect(form.lines.filter { $0.kind != .settled }.map(\.rule.name.text) == ["pulse", "sleep", "workouts"])
    }

    @Test("A7: what is named may come beside what the flags display, where the platform was asked so")
    func addsToFlags() throws {
        let hidden = Make.rule("hidden", [.bodyFat], display: false)
        let rules = Make.rules(Self.steps, Self.pulse, hidden)
        let request = try ScopeRequest.resolve("rule:hidden", against: rules, addsToFlags: true)
        let form = ApprovalForm(request, of: rules, standing: .firstTime, mayPreCheck: true)
        #expect(form.shown == ["steps*", "pulse", "hidden"])
        #expect(try Make.form("rule:hidden", rules).shown == ["steps*", "hidden"])
    }

    @Test("B2: a required rule that grew is asked again before anything else; then nothing is missing (row B27)")
    func grown() throws {
        let grown = Make.rule("steps", [.steps, .distance], required: true)
        let rules = Make.rules(grown, Self.pulse, version: 2)
        let standing = Make.holding([Self.steps, Self.pulse])
        #expect(rules.word(standing.grant) == .reauthorizationRequired)
        let form = try Make.form("", rules, standing)
        #expect(form.shown == ["steps*", "[pulse]"])
        #expect(form.decide(approved: ["rule:pulse"]) == .incomplete(missing: ["rule:steps"]))
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(approved.rules == [GrantedRule(Self.pulse.name, version: 1), GrantedRule(grown.name, version: 2)])
        #expect(approved.scope == "rule:pulse rule:steps" && approved.changesSomething)
        #expect(rules.word(approved.terms()) == .noActionRequired)
    }

    @Test("B2: a material wording asks again, a new wording alone does not")
    func wording() throws {
        let standing = Make.holding([Self.steps])
        let minor = Make.rule("steps", [.steps], required: true, wording: 2)
        #expect(try !Make.form("", Make.rules(minor, version: 2), standing).asksSomething)
        let material = Make.rule("steps", [.steps], required: true, wording: 2, material: 2)
        let rules = Make.rules(material, version: 2)
        let form = try Make.form("", rules, standing)
        #expect(form.shown == ["steps*"])
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(approved.changesSomething && approved.permissions == Self.steps.permissions)
        #expect(try !Make.form("", rules, Make.holding([material], version: 2)).asksSomething)
        #expect(rules.word(approved.terms()) == .noActionRequired)
    }

    @Test("B3: a required rule that asks for less asks nobody (row B30)")
    func shrunk() throws {
        let before = Make.rule("steps", [.steps, .distance], required: true)
        let rules = Make.rules(Self.steps, version: 2)
        let form = try Make.form("", rules, Make.holding([before]))
        #expect(!form.asksSomething)
        #expect(rules.word(Make.terms([before])) == .noActionRequired)
    }

    @Test("B4: an optional rule that grew asks nobody, and what was agreed to stays as it was (row B33)")
    func optionalGrown() throws {
        let grown = Make.rule("pulse", [.heartRate, .restingHeartRate])
        let rules = Make.rules(Self.steps, grown, version: 2)
        let standing = Make.holding([Self.steps, Self.pulse])
        let form = try Make.form("", rules, standing)
        #expect(form.shown == ["[steps]", "[pulse]"] && !form.asksSomething)
        #expect(rules.word(standing.grant) == .noActionRequired)
        #expect(!(standing.grant?.permissions.types.contains(.restingHeartRate) ?? true))
    }

    @Test("A7, B4: named, it is asked, and a yes adds the new type (row B34)")
    func optionalGrownAndNamed() throws {
        let grown = Make.rule("pulse", [.heartRate, .restingHeartRate])
        let rules = Make.rules(Self.steps, grown, version: 2)
        let form = try Make.form("rule:pulse", rules, Make.holding([Self.steps, Self.pulse]))
        #expect(form.shown == ["[steps]", "pulse*"])
        let approved = try #require(form.decide(approved: ["rule:pulse"]).approved)
        #expect(approved.permissions == Self.steps.permissions.union(grown.permissions))
        #expect(approved.rules == [GrantedRule(Self.steps.name, version: 1), GrantedRule(grown.name, version: 2)])
    }

    @Test("A3: where pre-checking is forbidden, what asks for more than stands is not ticked; what stands is")
    func grownAndNotPreChecked() throws {
        let grown = Make.rules(Self.steps, Make.rule("pulse", [.heartRate, .restingHeartRate]), version: 2)
        let standing = Make.holding([Self.steps, Self.pulse])
        #expect(try Make.form("rule:pulse", grown, standing, mayPreCheck: false).shown == ["[steps]", "pulse"])
        #expect(try Make.form("rule:pulse", Self.set, standing, mayPreCheck: false).shown == ["[steps]", "pulse*"])
    }

    @Test("A2: an optional rule is unticked, and its access goes; the required one is untouched (row B13)")
    func unticked() throws {
        let form = try Make.form("rule:pulse", Self.set, Make.holding([Self.steps, Self.pulse, Self.sleep]))
        #expect(form.shown == ["[steps]", "pulse*", "[sleep]"])
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(approved.permissions == Self.steps.permissions.union(Self.sleep.permissions))
        #expect(approved.rules.map(\.name.text) == ["steps", "sleep"])
        #expect(approved.scope == "rule:steps rule:sleep" && approved.refused == ["rule:pulse"])
    }

    @Test("A2: unticking takes all that the rule gave when it was agreed to, also what it no longer asks for")
    func untickedAfterShrinking() throws {
        let before = Make.rule("pulse", [.heartRate, .restingHeartRate])
        // Another rule asks for it now, which nobody agreed to.
        let rules = Make.rules(Self.steps, Self.pulse, Make.rule("rest", [.restingHeartRate]), version: 2)
        let form = try Make.form("rule:pulse", rules, Make.holding([Self.steps, before]))
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(approved.permissions == Self.steps.permissions)
    }

    @Test("A2: unticking takes what another rule has only come to ask for since it was agreed to")
    func untickedBesideGrown() throws {
        let rules = Make.rules(
            Self.steps, Self.pulse, Make.rule("sleep", [.sleepStage, .heartRate]), version: 2)
        let sleep = Make.rule("sleep", [.sleepStage])
        let form = try Make.form("rule:pulse", rules, Make.holding([Self.steps, Self.pulse, sleep]))
        let approved = try #require(form.decide(approved: ["rule:steps"]).approved)
        #expect(approved.permissions == Self.steps.permissions.union(sleep.permissions))
    }

    @Test("A2: unticking leaves what another rule still stands for, and what a required rule needs")
    func untickedButCovered() throws {
        let both = Make.rule("both", [.heartRate, .bodyFat])
        let optional = Make.rules(Self.steps, Self.pulse, both)
        let kept = try Make.form("rule:both", optional, Make.holding([Self.steps, Self.pulse, both]))
            .decide(approved: ["rule:steps"]).approved
        #expect(kept?.permissions == Self.steps.permissions.union(Self.pulse.permissions))
        let needs = Make.rules(Make.rule("steps", [.steps, .heartRate], required: true), Self.pulse, version: 2)
        let standing = Make.holding([Self.steps, Self.pulse])
        let approved = try Make.form("rule:pulse", needs, standing).decide(approved: ["rule:steps"]).approved
        #expect(try needs.word(#require(approved).terms()) == .noActionRequired)
    }

    @Test("C2: the scope of the answer is what is given: a token that is no longer true goes, or says what is left")
    func scopeAfterwards() throws {
        let spelled = Make.holding([Self.steps, Self.pulse], scope: "rule:steps read:heart_rate")
        let form = try Make.form("rule:pulse", Self.set, spelled)
        #expect(form.decide(approved: ["rule:steps"]).approved?.scope == "rule:steps")
        let halves = Make.rules(
            Make.rule("a", [.steps, .distance]), Make.rule("b", [.activeEnergy, .workout]), version: 1)
        let half = try Make.form("read:activity", halves).decide(approved: ["rule:a"]).approved
        #expect(half?.scope == "read:steps read:distance" && half?.refused == ["read:activity"])
    }

    @Test("C5: a no to everything is a denial, and the grant that stands is untouched (row B02)")
    func denial() throws {
        let form = try Make.form("rule:pulse", Self.set, Make.holding([Self.steps, Self.pulse]))
        #expect(form.decide(approved: []) == .denied)
        var state = ApprovalState.pending
        #expect(try state.apply(.deny) == [])
        #expect(state == .denied)
    }

    @Test("B5: a required rule beyond the person's own access cannot be approved; the old grant stands (row B29)")
    func beyond() throws {
        let writes = Make.rule("steps", [.steps], required: true, accesses: [.read, .create])
        let rules = Make.rules(writes, version: 2)
        let form = try Make.form("", rules, Make.holding([Self.steps], own: .reading(.all)))
        #expect(form.isOutOfReach && form.asksSomething)
        #expect(form.decide(approved: ["rule:steps"]) == .outOfReach([writes.name]))
        let scene = Scene {
            $0.granted = Self.steps.permissions
            $0.rules = rules.coverage
            $0.own = .reading(.all)
            $0.types = [.steps]
        }
        #expect(scene.decided() == .wouldPermit([.steps]))
    }

    @Test("B5: an optional rule beyond the person's own access is shown so, unticked, and does not stop the others")
    func optionalBeyond() throws {
        let tempting = Make.rule("pulse", [.heartRate], checkedFirst: true)
        let own = Standing(own: .reading([.steps]))
        let form = try Make.form("", Make.rules(Self.steps, tempting), own)
        #expect(form.shown == ["steps*", "pulse"] && form.lines.map(\.isWithinReach) == [true, false])
        #expect(!form.isOutOfReach)
        #expect(form.decide(approved: ["rule:steps", "rule:pulse"]) == .outOfReach([tempting.name]))
        #expect(form.decide(approved: ["rule:steps"]).approved?.permissions == Self.steps.permissions)
        let lost = try Make.form("", Self.set, Standing(own: nil))
        #expect(lost.isOutOfReach && lost.lines.allSatisfy { !$0.isWithinReach })
    }

    @Test("B5: the person's own access knows no mode: who may read may let read in their absence")
    func ownKnowsNoMode() throws {
        let form = try Make.form("rule:sleep", Self.set, Standing(own: .reading([.steps, .sleepStage], [.online])))
        #expect(form.lines.allSatisfy { $0.isWithinReach })
    }

    @Test("A3: a grant that ended is decided anew, with what was decided before ticked or not")
    func ended() throws {
        let standing = Standing(
            isFirstTime: false, grant: nil, decidedBefore: [Self.pulse.name: true, Self.sleep.name: false])
        let hidden = Make.rules(
            Self.steps, Make.rule("pulse", [.heartRate], display: false), Self.sleep, Make.rule("new", [.bodyFat]))
        #expect(try Make.form("", hidden, standing).shown == ["steps*", "pulse*", "sleep"])
        #expect(try Make.form("", hidden, standing, mayPreCheck: false).shown == ["steps*", "pulse", "sleep"])
    }

    @Test("C2: what is told already may be ticked again, and offline_access is told when the grant reaches that far")
    func offlineAccess() throws {
        let standing = Make.holding([Self.steps, Self.sleep])
        let form = try Make.form("offline_access", Self.set, standing)
        #expect(form.asksSomething && form.offlineAccess == .open)
        let approved = form.decide(approved: ["rule:steps", "rule:sleep", "offline_access"]).approved
        #expect(approved?.scope == "rule:steps rule:sleep offline_access")
        let both = try Make.form("rule:sleep offline_access", Self.set, Make.holding([Self.steps, Self.sleep]))
        #expect(both.decide(approved: ["rule:steps", "offline_access"]).approved?.scope == "rule:steps")
    }
}
