// What holds of any grant through any life: rules edited, more agreed to, something taken back, renewed.

import Domain
import TestKit
import Testing

struct ConsentPropertyTests {
    @Test("A4, B6, C7: through any edits, answers and narrowings, what is permitted is agreed to, own and asked for")
    func lives() throws {
        var dice = SeededDice("lives")
        var (permits, approvals, narrowings) = (0, 0, 0)
        for _ in 0..<3_000 {
            var life = Life(using: &dice)
            for _ in 0..<dice.roll(3...7) {
                switch dice.roll(0...5) {
                case 0: life.editRules(using: &dice)
                case 1, 2: narrowings += life.narrow(using: &dice) ? 1 : 0
                case 3: life.changeOwnAccess(using: &dice)
                default: approvals += life.sign(using: &dice) ? 1 : 0
                }
                let scene = life.scene(using: &dice)
                if case .wouldPermit(let types) = scene.decided() {
                    permits += 1
                    let said = life.agreedEver[scene.asks, scene.access]
                    let cells = [scene.granted[scene.asks, scene.access], scene.rules[scene.asks, scene.access], said]
                    let own = scene.own.withoutModes[scene.asks, scene.access]
                    let most = cells.reduce(own) { $0.intersection($1) }
                    if !types.isSubset(of: most) { life.faults.append("permits \(Array(types)) of \(Array(most))") }
                }
                life.faults += Self.ladderFaults(scene)
            }
            if !life.faults.isEmpty { Issue.record("\(life.faults): \(life.rules) \(dice.note)") }
        }
        #expect(
            permits > 1_000 && approvals > 1_000 && narrowings > 500,
            "\(permits) \(approvals) \(narrowings) \(dice.note)")
    }

    @Test("C7: permit, foresight and explanation tell the same, for 20,000 random questions")
    func explained() {
        var dice = SeededDice("explain")
        for _ in 0..<20_000 {
            let scene = Scene.random(using: &dice)
            let faults = Self.ladderFaults(scene)
            if !faults.isEmpty { Issue.record("\(faults): \(scene) \(dice.note)") }
        }
    }

    private static func ladderFaults(_ scene: Scene) -> [String] {
        var faults: [String] = []
        let decided = scene.decided()
        if decided != scene.foreseen() { faults.append("foreseen otherwise") }
        let rungs = explain(scene.question, given: scene.facts, at: Scene.now)
        if rungs.map(\.refusal) != Refusal.allCases { faults.append("rungs are missing") }
        let footings = rungs.map(\.footing)
        switch decided {
        case .wouldPermit: if footings.contains(where: { $0 != .held }) { faults.append("a rung did not hold") }
        case .wouldRefuse(let refusal):
            let fall = Refusal.allCases.firstIndex(of: refusal) ?? 0
            let expected = Refusal.allCases.indices.map { place -> Rung.Footing in
                place < fall ? .held : place == fall ? .fell : .notReached
            }
            if footings != expected { faults.append("fell elsewhere") }
        }
        return faults
    }

    @Test("B11: a narrowing never widens and never lengthens; deciding afterwards permits a part of what it did before")
    func narrowing() {
        var dice = SeededDice("narrowing")
        var done = 0
        for _ in 0..<10_000 {
            let agreed = (0..<dice.roll(1...4)).map { StatusTableTests.rule("r\($0)", using: &dice) }
            let before = Make.terms(agreed, scope: Life.spelling(of: agreed, using: &dice))
            let narrowing = Life.narrowing(of: before, using: &dice)
            guard let after = try? before.narrowed(by: narrowing, definitions: agreed, at: Scene.now) else { continue }
            done += 1
            let faults = Life.narrowingFaults(before, narrowing, after)
            if !faults.isEmpty { Issue.record("\(faults): \(before) by \(narrowing) is \(after) \(dice.note)") }
            var scene = Scene.random(using: &dice)
            scene.granted = before.permissions
            guard case .wouldPermit(let most) = scene.decided() else {
                scene.granted = after.permissions
                if case .wouldPermit = scene.decided() { Issue.record("more than before: \(scene) \(dice.note)") }
                continue
            }
            scene.granted = after.permissions
            if case .wouldPermit(let types) = scene.decided(), !types.isSubset(of: most) {
                Issue.record("\(Array(types)), before \(Array(most)): \(scene) \(dice.note)")
            }
        }
        #expect(done > 3_000, "\(done) \(dice.note)")
    }

    @Test("C6: renewing touches the end only, and never brings it nearer")
    func renewal() throws {
        var dice = SeededDice("renewal")
        for _ in 0..<2_000 {
            let agreed = [StatusTableTests.rule("r", using: &dice)]
            let before = Make.terms(agreed, ends: Scene.now + .days(Int64(dice.roll(1...365))))
            let life = try #require(GrantLife(days: dice.roll(1...365)))
            var after = before.renewed(for: life, at: Scene.now)
            let isRight = after.expiresAt == max(before.expiresAt, Scene.now + life.span)
            after.expiresAt = before.expiresAt
            if !isRight || after != before { Issue.record("\(before) \(life) \(dice.note)") }
        }
    }
}
