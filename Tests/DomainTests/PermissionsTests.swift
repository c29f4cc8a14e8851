// Sets of permissions as sets, and as plain words at rest.

import Domain
import TestKit
import Testing

struct PermissionsTests {
    static let cells = Mode.allCases.flatMap { mode in Access.allCases.map { (mode, $0) } }

    @Test("Permissions obey the laws of sets, cell by cell")
    func algebra() {
        var dice = SeededDice("algebra")
        for _ in 0..<2_000 {
            let (a, b, c) = (any(using: &dice), any(using: &dice), any(using: &dice))
            var broken: [String] = []
            func law(_ name: String, _ holds: Bool) { if !holds { broken.append(name) } }
            law("union commutes", a.union(b) == b.union(a))
            law("intersection commutes", a.intersection(b) == b.intersection(a))
            law("union associates", a.union(b).union(c) == a.union(b.union(c)))
            law("intersection associates", a.intersection(b).intersection(c) == a.intersection(b.intersection(c)))
            law("intersection distributes", a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c)))
            law("absorption", a.union(a.intersection(b)) == a && a.intersection(a.union(b)) == a)
            law("nothing is neutral", a.union(.none) == a && a.intersection(.none) == .none)
            law("everything is neutral", a.union(.everything) == .everything && a.intersection(.everything) == a)
            law("a difference is apart", a.subtracting(b).intersection(b).isEmpty)
            law("parts add up", a.subtracting(b).union(a.intersection(b)) == a)
            law("an intersection narrows", a.intersection(b).isSubset(of: a) && a.intersection(b).isSubset(of: b))
            law("a union widens", a.isSubset(of: a.union(b)) && b.isSubset(of: a.union(b)))
            law("subset is what intersection says", a.isSubset(of: b) == (a.intersection(b) == a))
            law("empty is what cells say", a.isEmpty == Self.cells.allSatisfy { a[$0.0, $0.1].isEmpty })
            for (mode, access) in Self.cells {
                let (left, right) = (Set(a[mode, access]), Set(b[mode, access]))
                law("cell union", Set(a.union(b)[mode, access]) == left.union(right))
                law("cell intersection", Set(a.intersection(b)[mode, access]) == left.intersection(right))
                law("cell difference", Set(a.subtracting(b)[mode, access]) == left.subtracting(right))
            }
            law("types are those of all cells", Set(a.types) == Self.cells.reduce([]) { $0.union(a[$1.0, $1.1]) })
            if !broken.isEmpty {
                Issue.record("\(broken) for \(a.stored) and \(b.stored) and \(c.stored) \(dice.note)")
            }
        }
    }

    @Test("C6: permissions come back from rest as they went in, and are spelled one way")
    func roundTrip() {
        var dice = SeededDice("stored")
        for _ in 0..<5_000 {
            let permissions = any(using: &dice)
            if Permissions(stored: permissions.stored) != permissions {
                Issue.record("\(permissions.stored) \(dice.note)")
            }
            #expect(Permissions(stored: permissions.stored)?.stored == permissions.stored)
        }
        #expect(Permissions.none.stored == "")
        #expect(Permissions(stored: "") == Permissions.none)
        let some = Permissions.reading([.heartRate, .steps], [.online]).union(.reading([.steps], [.offline]))
        #expect(some.stored == "online.read=steps,heart_rate;offline.read=steps")
    }

    @Test("B6: only a custodian's own access grows with the vocabulary; a grant of every type is written out")
    func everything() {
        #expect(Permissions(stored: Permissions.storedEverything) == .everything)
        #expect(Permissions.everything.stored != Permissions.storedEverything)
        #expect(!Permissions.everything.stored.contains("*"))
        #expect(Permissions(stored: Permissions.everything.stored) == .everything)
    }

    @Test(
        "What cannot be read at rest permits nothing: unknown words and broken forms are refused",
        arguments: [
            "online.read=steps,weight", "online.read=Steps", "online.read=steps, heart_rate", "online.see=steps",
            "inline.read=steps", "online.read", "online=steps", "read=steps", "online.read.x=steps", "online.read=*",
            "online.read=steps=steps", "online.read=activity", "*;online.read=steps", "**", " *", "online.write=steps",
            "=", ".=", "online.read=steps;offline", "x",
        ])
    func unknownWords(text: String) {
        #expect(Permissions(stored: text) == nil)
    }

    @Test("Permissions put into cells are read from those cells and no others")
    func cellsAreApart() {
        for (mode, access) in Self.cells {
            var permissions = Permissions.none
            permissions[mode, access] = [.workout]
            #expect(permissions == Permissions([access], to: [.workout], in: [mode]))
            for (otherMode, otherAccess) in Self.cells {
                let isIt = (otherMode, otherAccess) == (mode, access)
                #expect(permissions[otherMode, otherAccess] == (isIt ? [.workout] : []))
            }
        }
    }

    @Test("C2: permissions spell as plain scopes, access by access, each type once for both modes")
    func scopes() {
        let permissions = Permissions.reading([.steps, .heartRate], [.online])
            .union(.reading([.steps], [.offline])).union(Permissions([.update], to: [.bodyWeight], in: [.offline]))
        #expect(permissions.scopes.map(\.text) == ["read:steps", "read:heart_rate", "update:body_weight"])
        #expect(Permissions.none.scopes.isEmpty)
        #expect(Permissions.everything.scopes.count == 4 * DataType.allCases.count)
    }

    private func any(using dice: inout SeededDice) -> Permissions {
        switch dice.roll(0...9) {
        case 0: return .none
        case 1: return .everything
        default:
            var permissions = Permissions.none
            for (mode, access) in Self.cells where dice.flip() {
                permissions[mode, access] = DataTypeSet(DataType.allCases.filter { _ in dice.roll(0...2) == 0 })
            }
            return permissions
        }
    }
}
