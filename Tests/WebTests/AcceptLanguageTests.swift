// Reading which languages a browser's person wants, and which input a fault belongs to.

import Domain
import HTTPTypes
import Testing

@testable import Gateway
@testable import Web

@Suite("Languages and faults")
struct AcceptLanguageTests {
    @Test(
        "A1: languages come best first, and what cannot be read is passed over",
        arguments: [
            ("", [String]()), ("de", ["de"]), ("en;q=0.5, de-CH, fr;q=0.8", ["de-ch", "fr", "en"]),
            ("*, en;q=0", []), ("en;q=2, nl;q=0.1234, it;q=x, pl;q=0.001", ["pl"]), ("de , en", ["de", "en"]),
            ("!!, ;q=1, ,,", []),
        ])
    func readsLanguages(_ header: String, _ expected: [String]) {
        #expect(AcceptLanguage.preferred([.acceptLanguage: header]).map(\.tag) == expected)
    }

    @Test("at most ten languages are looked for, however long the header is")
    func isBounded() {
        let header = (0..<1_000).map { "a\(Character(UnicodeScalar(UInt8(97 + $0 % 26))))" }.joined(separator: ",")
        #expect(AcceptLanguage.preferred([.acceptLanguage: header]).count == 10)
    }

    @Test("a fault leads to its input whatever its index, and becomes a sentence")
    func leadsToInputs() {
        let declined = Declined(
            .invalidFields,
            faults: [FieldFault("data_types[3]", "not known here"), FieldFault("elsewhere", "Is odd!")])
        let faults = FormFaults(declined, inputs: ["data_types": "types"], otherwise: "form")
        #expect(faults.message("types") == "Not known here.")
        #expect(faults.message("form") == "Is odd!")
        #expect(faults.message("name") == nil)
        #expect(FormFaults(Declined(.lastCustodian), inputs: [:], otherwise: "leave").message("leave") != nil)
        #expect(FormFaults.none.summary == nil)
        let days = FormFaults(
            Declined(.invalidFields, faults: [FieldFault("days", "1 to 90")]), inputs: ["days": "days"], otherwise: "x")
        #expect(days.summary?.faults.map(\.message) == ["Days: 1 to 90."])
    }

    @Test("who is looked after by whom is said in words, and a crowd does not overflow the picture")
    func drawsPeople() throws {
        let holders = (0..<11).map { number in
            HolderView(
                person: PersonID(bytes: Array(repeating: UInt8(number), count: 16)), name: "Somebody \(number)",
                isYou: number == 0, relationship: .other, isCustodian: number < 2, permissions: .everything,
                expiresAt: nil, state: .active)
        }
        let few = PeoplePicture(Array(holders.prefix(3)), of: "Ben")
        #expect(few.pictureWords == "Ben is looked after by You and Somebody 1, and shared with Somebody 2.")
        #expect(few.moreCount == nil)
        let many = PeoplePicture(holders, of: "Ben")
        #expect(many.dots.count == 8 && many.moreCount == 3)
        #expect(many.dots.allSatisfy { $0.labelY < many.pictureHeight })
        #expect(Set(many.dots.map { [$0.dotX, $0.dotY] }).count == 8)
    }
}
