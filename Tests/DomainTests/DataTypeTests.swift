// The closed list of data types, its categories and sets of them.

import TestKit
import Testing

@testable import Domain

struct DataTypeTests {
    static let table: [(String, Domain.Category)] = [
        ("steps", .activity), ("distance", .activity), ("active_energy", .activity), ("workout", .activity),
        ("heart_rate", .heart), ("resting_heart_rate", .heart), ("heart_rate_variability_sdnn", .heart),
        ("blood_pressure", .heart), ("oxygen_saturation", .respiratory), ("respiratory_rate", .respiratory),
        ("vo2_max", .respiratory), ("body_temperature", .body), ("body_weight", .body), ("body_height", .body),
        ("body_mass_index", .body), ("body_fat", .body), ("blood_glucose", .metabolic), ("sleep_stage", .sleep),
    ]

    @Test("The words for data types stay: they are in scopes, addresses and stored rows")
    func words() {
        #expect(DataType.allCases.map(\.rawValue) == Self.table.map(\.0))
        #expect(DataType.allCases.map(\.category) == Self.table.map(\.1))
        #expect(
            Domain.Category.allCases.map(\.rawValue) == [
                "activity", "heart", "respiratory", "body", "metabolic", "sleep",
            ])
    }

    @Test("Every data type is in one category and no more, and no category is empty")
    func categories() {
        let all = Domain.Category.allCases
        #expect(all.reduce(DataTypeSet.none) { $0.union($1.types) } == .all)
        #expect(all.reduce(0) { $0 + $1.types.count } == DataType.allCases.count)
        for category in all {
            #expect(!category.types.isEmpty)
            #expect(category.types.allSatisfy { $0.category == category })
        }
    }

    @Test("A scope's word is a data type or a category, never both")
    func wordsAreApart() {
        #expect(Set(DataType.allCases.map(\.rawValue)).isDisjoint(with: Domain.Category.allCases.map(\.rawValue)))
    }

    @Test("A5: every data type has a name in plain words, and no two share one")
    func plainNames() {
        #expect(Set(DataType.allCases.map(\.plainName)).count == DataType.allCases.count)
        for type in DataType.allCases {
            #expect(type.plainName.first?.isUppercase == true)
            #expect(!type.plainName.contains("_"))
        }
    }

    @Test("A data type's place in memory is its place in the list, and fits in one word")
    func ordinals() {
        #expect(DataType.allCases.map(\.ordinal) == Array(0..<DataType.allCases.count))
        #expect(DataType.allCases.count <= 64)
    }

    @Test("A set of data types is a set, and tells its types in the order of the list")
    func sets() {
        var dice = SeededDice("type sets")
        for _ in 0..<5_000 {
            let left = DataType.allCases.filter { _ in dice.flip() }
            let right = DataType.allCases.filter { _ in dice.flip() }
            let (a, b) = (DataTypeSet(left.shuffled(using: &dice)), DataTypeSet(right.reversed() + right))
            let isRight =
                Array(a) == left && a.count == left.count && a.isEmpty == left.isEmpty
                && Set(a.union(b)) == Set(left).union(right) && Set(a.intersection(b)) == Set(left).intersection(right)
                && Set(a.subtracting(b)) == Set(left).subtracting(right)
                && a.isSubset(of: b) == Set(left).isSubset(of: right)
                && DataType.allCases.allSatisfy { a.contains($0) == left.contains($0) }
            if !isRight { Issue.record("\(left) and \(right) \(dice.note)") }
        }
        #expect(DataTypeSet.all.count == DataType.allCases.count)
        #expect(DataTypeSet.none.isEmpty && Array(DataTypeSet.none) == [])
        var grown: DataTypeSet = []
        for type in DataType.allCases.reversed() {
            grown.insert(type)
            grown.insert(type)
        }
        #expect(grown == .all)
    }

    @Test("The words for accesses, modes, sources and sleep stages stay")
    func otherWords() {
        #expect(Access.allCases.map(\.rawValue) == ["create", "read", "update", "delete"])
        #expect(Mode.allCases.map(\.rawValue) == ["online", "offline"])
        #expect(ScopeAccess.allCases.map(\.rawValue) == ["create", "read", "update", "delete", "write"])
        #expect(Source.allCases.map(\.rawValue) == ["apple_health"])
        #expect(
            SleepStage.allCases.map(\.rawValue) == [
                "in_bed", "asleep_unspecified", "awake", "asleep_rem", "asleep_core", "asleep_deep",
            ])
    }
}
