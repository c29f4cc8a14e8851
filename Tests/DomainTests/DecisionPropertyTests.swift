// What holds of the decision whatever is asked and whatever is known. A second, plainer account of the rules checks the
// first.

import Domain
import TestKit
import Testing

struct DecisionPropertyTests {
    static let rounds = 20_000

    @Test("What is foreseen is what is decided, for 20,000 random questions, and every answer comes up")
    func foreseeIsDecide() {
        var dice = SeededDice("foresee")
        var answers: [String: Int] = [:]
        for _ in 0..<Self.rounds {
            let scene = Scene.random(using: &dice)
            let decided = scene.decided()
            if decided != scene.foreseen() { Issue.record("\(scene) \(dice.note)") }
            answers[word(decided), default: 0] += 1
        }
        for name in ["permit"] + Refusal.allCases.map(\.rawValue) {
            #expect(answers[name, default: 0] > 100, "\(name) is hardly tried: \(answers) \(dice.note)")
        }
    }

    @Test("B3, B6, C7: a permit reaches no further than the grant, the current rules and the person's own access")
    func reach() {
        var dice = SeededDice("reach")
        var permits = 0
        for _ in 0..<Self.rounds {
            let scene = Scene.random(using: &dice)
            guard case .wouldPermit(let types) = scene.decided() else { continue }
            permits += 1
            let granted = scene.granted[scene.asks, scene.access]
            let asked = scene.rules[scene.asks, scene.access]
            let own = scene.own[.online, scene.access].union(scene.own[.offline, scene.access])
            let most = granted.intersection(asked).intersection(own)
            let isRight = !types.isEmpty && types == (scene.types ?? most) && types.isSubset(of: most)
            if !isRight { Issue.record("\(Array(types)) in \(scene) \(dice.note)") }
        }
        #expect(permits > 500, "\(dice.note)")
    }

    @Test("C7: the decision agrees with a plain account of it, type by type")
    func agreesWithAPlainAccount() {
        var dice = SeededDice("plain account")
        for _ in 0..<Self.rounds {
            let scene = Scene.random(using: &dice)
            let expected = plainAccount(scene)
            let isPermitted = if case .wouldPermit = scene.decided() { true } else { false }
            if isPermitted != expected { Issue.record("\(scene) \(dice.note)") }
        }
    }

    @Test("C7: all that is asked by name is permitted, or nothing is; types asked one by one add up to the same")
    func allOrNothing() {
        var dice = SeededDice("all or nothing")
        for _ in 0..<Self.rounds {
            let scene = Scene.random(using: &dice)
            guard let types = scene.types, !types.isEmpty else { continue }
            let each = types.allSatisfy { type in
                var alone = scene
                alone.types = [type]
                return alone.decided() == .wouldPermit([type])
            }
            let whole = scene.decided() == .wouldPermit(types)
            if each != whole { Issue.record("\(scene) \(dice.note)") }
        }
    }

    @Test("C7: to whoever holds no active grant, every record and every person look the same")
    func strangersLearnNothing() {
        var dice = SeededDice("strangers")
        var told: Set<Problem> = []
        var tried = 0
        for _ in 0..<Self.rounds {
            let scene = Scene.random(using: &dice)
            let holdsNothing =
                !scene.hasGrant || scene.grantedTo != Scene.application || scene.isRevoked
                || scene.grantEnds <= Scene.now
            guard holdsNothing else { continue }
            tried += 1
            let here = scene.decided()
            let there = scene.withAnotherRecord(using: &dice).decided()
            if here != there { Issue.record("\(here) and \(there): \(scene) \(dice.note)") }
            guard case .wouldRefuse(let refusal) = here else {
                Issue.record("a stranger got in: \(scene) \(dice.note)")
                continue
            }
            told.insert(refusal.problem)
        }
        #expect(tried > 1_000)
        #expect(told == [.consentRequired], "the application is told one thing only")
    }

    @Test("What an answer is for never changes it", arguments: Question.Purpose.allCases)
    func purposeIsNoReason(purpose: Question.Purpose) {
        var dice = SeededDice("purpose \(purpose.rawValue)")
        for _ in 0..<5_000 {
            let scene = Scene.random(using: &dice)
            var other = scene
            other.purpose = purpose
            if scene.decided() != other.decided() { Issue.record("\(scene) \(dice.note)") }
        }
    }

    @Test("B6: a rule change never widens a grant: more rules permit no type that was not granted")
    func rulesNeverWiden() {
        var dice = SeededDice("rules never widen")
        for _ in 0..<10_000 {
            var scene = Scene.random(using: &dice)
            scene.rules = .everything
            guard case .wouldPermit(let types) = scene.decided() else { continue }
            if !types.isSubset(of: scene.granted[scene.asks, scene.access]) { Issue.record("\(scene) \(dice.note)") }
        }
    }

    private func word(_ answer: Foresight) -> String {
        switch answer {
        case .wouldPermit: "permit"
        case .wouldRefuse(let refusal): refusal.rawValue
        }
    }

    /// Without sets, without a ladder: is each single thing asked for allowed by everyone who has a say?
    private func plainAccount(_ scene: Scene) -> Bool {
        func mayTouch(_ type: DataType) -> Bool {
            let byGrant = scene.granted[scene.asks, scene.access].contains(type)
            let byRules = scene.rules[scene.asks, scene.access].contains(type)
            let byPerson = Mode.allCases.contains { scene.own[$0, scene.access].contains(type) }
            return byGrant && byRules && byPerson
        }
        let isAlive =
            scene.isApplicationKnown && scene.applicationID == Scene.application && scene.isInGoodStanding
            && scene.hasGrant && scene.grantedTo == Scene.application && !scene.isRevoked
            && Scene.now.microseconds < scene.grantEnds.microseconds && scene.hasOwnAccess
            && (scene.ownEnds.map { Scene.now.microseconds < $0.microseconds } ?? true) && !scene.isSuspended
        guard isAlive else { return false }
        guard let asked = scene.types else { return DataType.allCases.contains(where: mayTouch) }
        return !asked.isEmpty && asked.allSatisfy(mayTouch)
    }
}
