// Receipts in the languages that the application gave its reasons in, and the receipt of a grant that nobody ended but the clock.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Receipts in every language, and of the clock")
struct ReceiptLanguageTests {
    private static let translated =
        #","why_translations":{"de":"Für “die” Schritte.","fr":"Pour les pas.","pt-br":"Para os passos."}"#

    private static func publish(_ rules: [String], _ house: HouseUnderTest) async throws {
        let published = try await house.putJSON(
            "/developer/apps/\(house.application.id.text)/rules", try await house.app(),
            "{\"rules\":[\(rules.joined(separator: ","))]}")
        #expect(published.status == 200, "\(published.text)")
    }

    @Test(
        "A5, ISO/IEC TS 27560: the page speaks the reader's language, the files have every one, each named as what it is"
    )
    func languages() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.owner()
            try await Self.publish(
                [HouseUnderTest.rule("activity", required: true, more: Self.translated)], house)
            let grant = try await house.granted().grant
            let browser = try await house.browser()
            for (wanted, language, words) in [
                ("de-AT, en;q=0.5", "de", "Für “die” Schritte."), ("pt", "pt-br", "Para os passos."),
                ("tlh", "en", "For activity."), ("", "en", "For activity."),
            ] {
                var reader = browser
                reader[.acceptLanguage] = wanted
                let page = try await house.ask(.get, "/grants/\(grant)/receipts/1", reader)
                #expect(PageSoundness.faults(page.text) == [], "\(wanted)")
                #expect(page.text.contains("<blockquote class=\"why\" lang=\"\(language)\"><p>“\(words)”"), "\(wanted)")
            }
            let app = try await house.app()
            let path = "/partner/consent/grants/\(grant)/receipts/1"
            let linked = try await house.ask(.get, "\(path)/jsonld", app)
            let purpose = "dpv:hasRecordOfActivity.dpv:hasProcess.0.dpv:hasPurpose.dct:description"
            for (place, language) in ["en", "de", "fr", "pt-br"].enumerated() {
                #expect(try linked.value("\(purpose).\(place).@language") == language)
            }
            #expect(try linked.value("\(purpose).1.@value") == "Für “die” Schritte.")
            let consent = try await house.ask(.get, "\(path)/fhir", app)
            let said = "provision.provision.0.purpose.0"
            #expect(try consent.value("\(said).display") == "For activity.")
            let other = "\(said)._display.extension.0"
            #expect(
                try consent.value("\(other).url") == "http://hl7.org/fhir/StructureDefinition/translation")
            #expect(try consent.value("\(other).extension.0.valueCode") == "de")
            #expect(try consent.value("\(other).extension.1.valueString") == "Für “die” Schritte.")
            #expect(try consent.value("\(said)._display.extension.3") == nil)
            // What was written reads back, and whoever checks it reads it in their own language, too.
            let signed = try await house.ask(.get, "\(path)/jwt", app).text
            let checked = try await house.gateway.checkReceipt(signed).get()
            let id = try #require(GrantID(grant))
            let statement = ReceiptStatement(try await house.gateway.receipt(1, of: id, for: house.person))
            #expect(ReceiptStatement(claims: checked.claims) == statement)
            #expect(statement.purposes.first?.translations.map(\.language) == ["de", "fr", "pt-br"])
            let found = try await house.postForm(
                "/receipts/verify", [.origin: "http://127.0.0.1:8080", .acceptLanguage: "fr"], "receipt=\(signed)")
            #expect(found.text.contains("lang=\"fr\"><p>“Pour les pas.”"))
        }
    }

    @Test("a receipt with more translations than it has room for keeps the rule's own words and can still be checked")
    func bounded() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.owner()
            let letters = Array("abcdefghijklmnopqrstuvwxyz")
            let many = (0..<50).map {
                "\"\(letters[$0 / 26])\(letters[$0 % 26])x\":\"\(String(repeating: "ü", count: 500))\""
            }
            let more = ",\"why_translations\":{\(many.joined(separator: ","))}"
            func translations(of names: [String]) async throws -> [Int] {
                let types = ["activity": "\"steps\"", "two": "\"sleep\"", "three": "\"heart_rate\""]
                try await Self.publish(
                    names.map { HouseUnderTest.rule($0, required: true, types: types[$0] ?? "", more: more) }, house)
                let grant = try await house.granted(names.map { "\"rule:\($0)\"" }.joined(separator: ",")).grant
                let id = try #require(GrantID(grant))
                let last = try await house.gateway.grant(id, of: house.person).version
                let reply = try await house.ask(
                    .get, "/partner/consent/grants/\(grant)/receipts/\(last)/jwt", try await house.app())
                #expect(reply.status == 200, "\(reply.text.prefix(300))")
                let checked = try await house.gateway.checkReceipt(reply.text).get()
                let statement = try #require(ReceiptStatement(claims: checked.claims))
                #expect(statement.purposes.map(\.why.text) == names.map { "For \($0)." })
                return statement.purposes.map(\.translations.count)
            }
            #expect(try await translations(of: ["activity"]) == [50])
            #expect(try await translations(of: ["activity", "two", "three"]) == [0, 0, 0])
        }
    }

    @Test(
        "C6: a grant that runs out while nobody asks has its receipt: page, signed and FHIR say when, by whom and what ended"
    )
    func expired() async throws {
        try await HouseUnderTest.trying { house in
            let given = try await house.granted()
            let id = try #require(GrantID(given.grant))
            let until = try await house.gateway.grant(id, of: house.person).expiresAt
            try await house.importSample()
            let read = house.time.now
            #expect(try await house.ask(.get, "/api/v1/records/\(given.record)/items", given.token).status == 200)
            // Two days late: the clock's worker was away.
            house.time.pass(.days(92))
            _ = try await house.gateway.sweepRound()
            let noted = house.time.now
            let app = try await house.app()
            let path = "/partner/consent/grants/\(given.grant)/receipts"
            let list = try await house.ask(.get, path, app)
            #expect(try list.value("receipts.1.event") == "expired" && list.value("receipts.1.actor") == "clock")
            let page = try await house.ask(.get, "/grants/\(given.grant)/receipts/2", try await house.browser())
            #expect(page.status == 200 && PageSoundness.faults(page.text) == [])
            #expect(page.text.contains("It ran out on <time datetime=\"\(until.rfc3339)\">"))
            #expect(page.text.contains("It last read on <time datetime=\"\(read.rfc3339)\">"))
            #expect(!page.text.contains("In force until"))
            let signed = try await house.ask(.get, "\(path)/2/jwt", app).text
            let checked = try await house.gateway.checkReceipt(signed).get()
            let statement = try #require(ReceiptStatement(claims: checked.claims))
            #expect(statement.isEnd && statement.until == until.rfc3339 && statement.lastRead == read.rfc3339)
            #expect(statement.event?.at == noted.rfc3339 && statement.event?.actor == "clock")
            let linked = try await house.ask(.get, "\(path)/2/jsonld", app)
            let record = "dpv:hasRecordOfActivity"
            #expect(try linked.value("\(record).dpv:hasConsentStatus.1.@type") == "dpv:ConsentExpired")
            #expect(try linked.value("\(record).dpv:hasConsentStatus.1.dpv:isIndicatedBy") == "dpv:DataProcessor")
            #expect(try linked.value("\(record).dct:valid") == until.rfc3339)
            let consent = try await house.ask(.get, "\(path)/2/fhir", app)
            #expect(try consent.value("status") == "inactive")
            #expect(try consent.value("provision.period.end") == until.rfc3339, "not when it was noted")
        }
    }
}
