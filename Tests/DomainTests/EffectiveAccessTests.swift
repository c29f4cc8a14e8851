// What an application can really do, and which of the three that have a say took the rest away.

import Domain
import TestKit
import Testing

struct EffectiveAccessTests {
    @Test("A6, B6: effective access is what foresee permits, type by type, and every cut is one that really cuts")
    func agreesWithForesee() {
        var dice = SeededDice("effective access")
        var permitted = 0
        for _ in 0..<1_000 {
            let scene = Scene {
                $0.granted = Scene.permissions(using: &dice)
                $0.rules = Scene.permissions(using: &dice)
                $0.own = Scene.permissions(using: &dice)
            }
            let effective = EffectiveAccess(grant: scene.granted, own: scene.own, rules: scene.rules)
            for (mode, access) in PermissionsTests.cells {
                for type in [DataType.heartRate, .steps, .sleepStage, .bodyWeight, .vo2Max] {
                    var asked = scene
                    asked.asks = mode
                    asked.access = access
                    asked.types = [type]
                    let isPermitted = asked.foreseen() == .wouldPermit([type])
                    let cuts = effective.cuts(access, to: type, in: mode)
                    let byMask = effective.mask(of: type, in: mode).contains(access)
                    let agree = isPermitted == cuts.isEmpty && isPermitted == byMask
                    if !agree || cuts != plainCuts(asked, type) {
                        Issue.record("\(cuts) \(isPermitted): \(asked) \(dice.note)")
                    }
                    permitted += isPermitted ? 1 : 0
                }
                var all = scene
                all.asks = mode
                all.access = access
                all.types = nil
                let reach = effective.permissions[mode, access]
                let foreseen: DataTypeSet = if case .wouldPermit(let types) = all.foreseen() { types } else { [] }
                if foreseen != reach { Issue.record("\(Array(foreseen)), not \(Array(reach)): \(all) \(dice.note)") }
            }
        }
        #expect(permitted > 1_000, "\(dice.note)")
    }

    private func plainCuts(_ scene: Scene, _ type: DataType) -> [EffectiveAccess.Cut] {
        var cuts: [EffectiveAccess.Cut] = []
        if !scene.granted[scene.asks, scene.access].contains(type) { cuts.append(.grant) }
        if !Mode.allCases.contains(where: { scene.own[$0, scene.access].contains(type) }) { cuts.append(.recordAccess) }
        if !scene.rules[scene.asks, scene.access].contains(type) { cuts.append(.rules) }
        return cuts
    }

    @Test("A6: what is withheld is told with its reasons; what nobody asked for is not")
    func withheld() {
        let weight: DataTypeSet = [.bodyWeight]
        let effective = EffectiveAccess(
            grant: Permissions([.create, .read], to: weight, in: [.online]),
            own: Permissions([.read, .update], to: weight, in: [.online]),
            rules: Permissions([.read, .update], to: weight, in: [.online]))
        let withheld = effective.withheld(from: .bodyWeight, in: .online)
        #expect(withheld.map(\.access) == [.create, .update])
        #expect(withheld.map(\.cuts) == [[.recordAccess, .rules], [.grant]])
        #expect(effective.withheld(from: .bodyWeight, in: .offline).isEmpty)
        #expect(effective.withheld(from: .steps, in: .online).isEmpty)
        #expect(EffectiveAccess.Cut.allCases.map(\.rawValue) == ["grant", "record_access", "rules"])
    }

    @Test("B5: a person whose access is lost gives nothing")
    func lost() {
        let effective = EffectiveAccess(grant: .everything, own: nil, rules: .everything)
        #expect(effective.permissions.isEmpty)
        #expect(effective.cuts(.read, to: .steps, in: .offline) == [.recordAccess])
    }

    @Test("A6: one type, two masks: what was granted with the person present, and alone (row B15)")
    func masks() {
        let online = Make.rule("diary", [.bodyWeight], accesses: [.read, .create])
        let offline = Make.rule("scales", [.bodyWeight], mode: .offline)
        let effective = effective(online, offline)
        #expect(effective.mask(of: .bodyWeight, in: .online) == [.create, .read])
        #expect(effective.mask(of: .bodyWeight, in: .offline) == [.read])
    }

    @Test("A6: a type that was not granted has an empty mask, and that is no error (row B16)")
    func emptyMask() {
        let effective = effective(Make.rule("scales", [.bodyWeight]))
        for mode in Mode.allCases { #expect(effective.mask(of: .bodyHeight, in: mode) == []) }
    }

    @Test("A6: an online grant gives nothing alone (row B17)")
    func onlineOnly() {
        #expect(effective(Make.rule("scales", [.bodyWeight])).mask(of: .bodyWeight, in: .offline) == [])
    }

    @Test("A6: everything granted is four words (row B19)")
    func fourWords() {
        let effective = effective(Make.rule("all", .all, accesses: Set(Access.allCases)))
        #expect(effective.mask(of: .steps, in: .online).map(\.rawValue) == ["create", "read", "update", "delete"])
    }

    @Test("A6: two rules that give different accesses to one type give both together")
    func twoRules() {
        let effective = effective(
            Make.rule("see", [.bodyWeight]), Make.rule("note", [.bodyWeight], accesses: [.update]))
        #expect(effective.mask(of: .bodyWeight, in: .online) == [.read, .update])
    }

    private func effective(_ rules: AuthorizationRule...) -> EffectiveAccess {
        EffectiveAccess(
            grant: Make.terms(rules).permissions, own: .everything, rules: RuleSet(version: 1, rules: rules).coverage)
    }
}
