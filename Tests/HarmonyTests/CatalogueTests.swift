// The catalogue: complete, coherent, and its codes free of slips.

import Domain
import Harmony
import Testing

struct CatalogueTests {
    static var codes: [String] {
        TypeCatalogue.rows.flatMap { row in
            [row.loinc, row.loincBeside, row.number.loinc].compactMap(\.self) + row.parts.values.compactMap(\.loinc)
        }
    }

    /// LOINC's check digit is mod 10 with every second digit doubled, counted from the right.
    static func checkDigitIsRight(_ code: String) -> Bool {
        let halves = code.split(separator: "-")
        guard halves.count == 2, let check = halves[1].wholeNumberValue else { return false }
        let sum = halves[0].reversed().enumerated().reduce(0) { sum, each in
            let digit = each.element.wholeNumberValue ?? 0
            let doubled = each.offset.isMultiple(of: 2) ? digit * 2 : digit
            return sum + doubled / 10 + doubled % 10
        }
        return (10 - sum % 10) % 10 == check
    }

    @Test("F1: every LOINC code has the right check digit")
    func checkDigits() {
        #expect(Set(Self.codes).count >= 18)
        for code in Self.codes { #expect(Self.checkDigitIsRight(code), "\(code)") }
    }

    @Test("F1: the check finds the altered codes that circulate", arguments: ["8867-5", "9379-1", "29473-8"])
    func alteredCodes(_ code: String) {
        #expect(!Self.checkDigitIsRight(code))
    }

    @Test("F1: every data type has one row, and its likely range lies within its possible one")
    func rows() {
        #expect(TypeCatalogue.rows.map(\.type) == DataType.allCases)
        for row in TypeCatalogue.rows {
            for number in [row.number] + row.parts.values {
                #expect(number.hard.lowest <= number.soft.lowest, "\(row.type)")
                #expect(number.soft.highest <= number.hard.highest, "\(row.type)")
                #expect(number.soft.lowest < number.soft.highest, "\(row.type)")
                #expect(!number.unit.isEmpty && !number.unitLabel.isEmpty, "\(row.type)")
            }
        }
    }

    @Test("F1: the codes that applications look for are the ones HL7 names")
    func knownCodes() {
        let expected: [DataType: String?] = [
            .steps: "55423-8", .distance: nil, .activeEnergy: "41981-2", .workout: "73985-4", .heartRate: "8867-4",
            .restingHeartRate: "40443-4", .heartRateVariabilitySDNN: "80404-7", .bloodPressure: "85354-9",
            .oxygenSaturation: "59408-5", .respiratoryRate: "9279-1", .vo2Max: nil, .bodyTemperature: "8310-5",
            .bodyWeight: "29463-7", .bodyHeight: "8302-2", .bodyMassIndex: "39156-5", .bodyFat: "41982-0",
            .bloodGlucose: "2339-0", .sleepStage: nil,
        ]
        for row in TypeCatalogue.rows { #expect(expected[row.type] == .some(row.loinc), "\(row.type)") }
        #expect(TypeCatalogue.facts(of: .bloodPressure).parts["systolic"]?.loinc == "8480-6")
        #expect(TypeCatalogue.facts(of: .bloodPressure).parts["diastolic"]?.loinc == "8462-4")
        #expect(TypeCatalogue.facts(of: .oxygenSaturation).loincBeside == "2708-6")
    }
}

extension Substring {
    fileprivate var wholeNumberValue: Int? { count == 1 ? first?.wholeNumberValue : nil }
}
