// Which parcels lie inside the dates of a grant: the statement, held against the model of sets of days.

import Domain
import TestKit
import Testing

@testable import Vault

@Suite("Parcels inside dates") struct ParcelPeriodTests {
    private struct Line: Sendable {
        let type: DataType
        let days: DatePeriod?
    }

    /// Numbered rows in a table that stands in for that of the parcels.
    private static func fill(_ lines: [Line], _ tx: borrowing Transaction) throws(StorageError) {
        let (text, integer) = (tx.dialect.text, tx.dialect.integer)
        try tx.execute(
            """
            CREATE TABLE parcel (id \(raw: integer) PRIMARY KEY, data_type \(raw: text) NOT NULL,
                items_from \(raw: integer), items_to \(raw: integer))
            """)
        for (number, line) in lines.enumerated() {
            try tx.execute(
                """
                INSERT INTO parcel (id, data_type, items_from, items_to)
                VALUES (\(number), \(line.type.rawValue), \(line.days?.first), \(line.days?.last))
                """)
        }
    }

    @Test(
        "RFC 9396: inside and not inside are the two halves of all parcels, and inside is what the sets of days say",
        arguments: EngineUnderTest.available)
    func halves(_ kind: EngineUnderTest) async throws {
        var dice = SeededDice("inside \(kind.rawValue)")
        func days() -> DatePeriod? {
            let ends = [dice.roll(0...30), dice.roll(0...30)].sorted()
            return DatePeriod(from: ends[0], to: ends[1])
        }
        let types: [DataType] = [.steps, .heartRate, .bodyWeight]
        let lines = (0..<200).map { _ in Line(type: dice.pick(types), days: dice.roll(0...9) == 0 ? nil : days()) }
        let trials = (0..<40).map { _ -> (DataPeriods, DataTypeSet) in
            var limits = DataPeriods.none
            for type in types where dice.flip() {
                limits[type] = DatePeriods((0..<dice.roll(0...3)).compactMap { _ in days() })
            }
            return (limits, DataTypeSet(types.filter { _ in dice.roll(0...3) > 0 }))
        }
        let note = dice.note
        try await kind.trying { engine in
            try await engine.write { tx in try Self.fill(lines, tx) }
            for (limits, asked) in trials {
                let inside = ParcelTable.inside(ParcelReach(asked, limits))
                let (found, others) = try await engine.read { tx in
                    (
                        try tx.query("SELECT id FROM parcel WHERE \(fragment: inside) ORDER BY id") { Int($0.int(0)) },
                        try tx.query("SELECT id FROM parcel WHERE NOT \(fragment: inside) ORDER BY id") {
                            Int($0.int(0))
                        }
                    )
                }
                let expected = lines.indices.filter { place in
                    let line = lines[place]
                    guard asked.contains(line.type) else { return false }
                    guard let days = line.days else { return limits[line.type].isAlways }
                    return limits[line.type].isSuperset(of: DatePeriods([days]))
                }
                #expect(found == expected, "\(limits.stored) \(note)")
                #expect(Set(others) == Set(lines.indices).subtracting(expected), "\(limits.stored) \(note)")
            }
        }
    }

    @Test("A grant of very many periods is no deeper a statement than one of few", arguments: EngineUnderTest.available)
    func many(_ kind: EngineUnderTest) async throws {
        let periods = DatePeriods((0..<3_000).compactMap { DatePeriod(from: 10 * $0, to: 10 * $0 + 5) })
        let inside = ParcelTable.inside(ParcelReach([.steps], DataPeriods(periods, of: [.steps])))
        try await kind.trying { engine in
            try await engine.write { tx in
                try Self.fill([Line(type: .steps, days: DatePeriod(from: 29_990, to: 29_995))], tx)
            }
            let count = try await engine.read { tx in
                try tx.queryOne("SELECT COUNT(*) FROM parcel WHERE \(fragment: inside)") { Int($0.int(0)) }
            }
            #expect(count == 1)
        }
    }
}
