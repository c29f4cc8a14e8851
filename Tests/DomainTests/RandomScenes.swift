// Scenes from seeded dice, drawn from few types and near the ends of things, so that every refusal comes up often.

import Domain
import TestKit

extension Scene {
    static func random(using dice: inout SeededDice) -> Scene {
        var scene = Scene()
        scene.asks = dice.pick(Mode.allCases)
        scene.access = dice.roll(0...2) == 0 ? dice.pick(Access.allCases) : .read
        scene.purpose = dice.pick(Question.Purpose.allCases)
        scene.types = dice.roll(0...3) == 0 ? nil : types(upTo: 3, using: &dice)
        scene.isApplicationKnown = dice.roll(0...40) > 0
        scene.applicationID = dice.roll(0...40) > 0 ? application : otherApplication
        scene.isInGoodStanding = dice.roll(0...30) > 0
        scene.rules = permissions(using: &dice)
        scene.hasGrant = dice.roll(0...20) > 0
        scene.grantedTo = dice.roll(0...30) > 0 ? application : otherApplication
        scene.granted = permissions(using: &dice)
        scene.isRevoked = dice.roll(0...15) == 0
        scene.grantEnds = dice.roll(0...3) == 0 ? near(using: &dice) : now + .days(1)
        scene.hasOwnAccess = dice.roll(0...20) > 0
        scene.own = dice.roll(0...2) == 0 ? permissions(using: &dice) : .everything
        scene.ownEnds = dice.roll(0...3) == 0 ? near(using: &dice) : nil
        scene.isSuspended = dice.roll(0...20) == 0
        return scene
    }

    /// The same question and the same grant, in front of any record and any person.
    func withAnotherRecord(using dice: inout SeededDice) -> Scene {
        let other = Scene.random(using: &dice)
        var scene = self
        scene.hasOwnAccess = other.hasOwnAccess
        scene.own = other.own
        scene.ownEnds = other.ownEnds
        scene.isSuspended = other.isSuspended
        scene.person = dice.pick([person, PersonID(stored: "per_boris")])
        scene.record = dice.pick([record, RecordID(stored: "rec_boris")])
        return scene
    }

    static func permissions(using dice: inout SeededDice) -> Permissions {
        var permissions = Permissions.none
        for mode in Mode.allCases where dice.roll(0...8) > 0 {
            for access in Access.allCases where access == .read || dice.flip() {
                permissions[mode, access] = types(upTo: 5, using: &dice).union(dice.flip() ? [.heartRate] : [])
            }
        }
        return permissions
    }

    static func types(upTo count: Int, using dice: inout SeededDice) -> DataTypeSet {
        let few: [DataType] = [.heartRate, .heartRate, .steps, .sleepStage, .bodyWeight]
        return DataTypeSet((0..<dice.roll(0...count)).map { _ in dice.pick(few) })
    }

    private static func near(using dice: inout SeededDice) -> Moment {
        Moment(microseconds: now.microseconds + Int64(dice.roll(-2...6)))
    }
}
