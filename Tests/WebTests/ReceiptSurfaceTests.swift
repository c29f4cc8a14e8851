// Receipts as people and programs get them: the page, the files, the APIs and the check that anybody can make.

import Domain
import Gateway
import HTTPTypes
import NIOCore
import TestKit
import Testing

@testable import Web

@Suite("Receipts on the surfaces")
struct ReceiptSurfaceTests {
    private static func statement(_ house: HouseUnderTest, _ version: Int, _ grant: String) async throws
        -> ReceiptStatement
    {
        let id = try #require(GrantID(grant))
        return ReceiptStatement(try await house.gateway.receipt(version, of: id, for: house.person))
    }

    @Test("ISO/IEC TS 27560: what is written as a record reads back as the same statement, the end of a grant too")
    func roundTrip() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let id = try #require(GrantID(grant))
            _ = try await house.gateway.revoke(id, by: house.person, through: .page, request: nil)
            for version in 1...2 {
                let statement = try await Self.statement(house, version, grant)
                let record = statement.record(issuer: "https://licet.example", issuedAt: house.time.now)
                let read = ReceiptStatement(record: try JSONParser.parse(Array(String(buffer: record.buffer).utf8)))
                #expect(read == statement && statement.isEnd == (version == 2))
            }
            #expect(ReceiptStatement(record: .object([])) == nil && ReceiptStatement(claims: .null) == nil)
        }
    }

    @Test("C8: the person's app and the application get the same receipt in all three forms")
    func forms() async throws {
        try await HouseUnderTest.trying { house in
            let given = try await house.granted()
            let doors = [
                ("/partner/consent/grants/\(given.grant)/receipts", try await house.app()),
                ("/api/v1/grants/\(given.grant)/receipts", given.token),
            ]
            for (path, headers) in doors {
                let list = try await house.ask(.get, path, headers)
                #expect(try list.value("receipts.0.event") == "given" && list.value("receipts.0.version") == "1")
                let place = try #require(try list.value("receipts.0.jwt"))
                #expect(place == "\(path)/1/jwt")
                let signed = try await house.ask(.get, place, headers)
                #expect(signed.status == 200 && signed.headers[.contentType] == "application/jwt")
                let checked = try await house.gateway.checkReceipt(signed.text).get()
                let stated = try await Self.statement(house, 1, given.grant)
                #expect(ReceiptStatement(claims: checked.claims) == stated)

                let linked = try await house.ask(.get, "\(path)/1/jsonld", headers)
                #expect(linked.headers[.contentType] == "application/ld+json")
                #expect(try linked.value("@type") == "dpv:ConsentReceipt")
                let record = "dpv:hasRecordOfActivity"
                #expect(try linked.value("\(record).@type") == "dpv:ConsentRecord")
                #expect(try linked.value("\(record).dpv:hasDataController.dpv:hasContact") == "privacy@app.example")
                #expect(try linked.value("\(record).dpv:hasProcess.0.dpv:hasPersonalData.0.dct:identifier") == "steps")
                #expect(try linked.value("\(record).dpv:hasStorageCondition.dpv:hasDuration") == "P3D")
                #expect(try linked.value("\(record).dpv:hasConsentStatus.0.@type") == "dpv:ConsentGiven")
                // F8: no name of the person's, and no id that another application would know.
                #expect(!linked.text.contains("Ada") && !linked.text.contains(house.person.text))

                let consent = try await house.ask(.get, "\(path)/1/fhir", headers)
                #expect(consent.headers[.contentType] == ProblemResponse.fhirContentType)
                #expect(try consent.value("resourceType") == "Consent" && consent.value("status") == "active")
                #expect(try consent.value("patient.reference") == "Patient/\(given.record.replacing("_", with: "-"))")
                #expect(try consent.value("provision.provision.0.code.0.coding.0.code") == "55423-8")
                for wrong in ["1/pdf", "2/jwt", "0/jwt", "01/jwt", "x/jwt"] {
                    #expect(try await house.ask(.get, "\(path)/\(wrong)", headers).status == 404, "\(wrong)")
                }
            }
        }
    }

    @Test("B4, C9: a grant that ended is an inactive Consent, its period over, and its status says who ended it")
    func ended() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            house.time.pass(.minutes(10))
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/grants/\(grant)", browser).formToken
            _ = try await house.postForm("/grants/\(grant)/revoke", browser, "form_token=\(token)")
            let app = try await house.app()
            let path = "/partner/consent/grants/\(grant)/receipts/2"
            let consent = try await house.ask(.get, "\(path)/fhir", app)
            #expect(try consent.value("status") == "inactive" && consent.value("provision.type") == "permit")
            #expect(try consent.value("provision.period.end") == consent.value("dateTime"))
            let linked = try await house.ask(.get, "\(path)/jsonld", app)
            let record = "dpv:hasRecordOfActivity"
            #expect(try linked.value("\(record).dpv:hasConsentStatus.1.@type") == "dpv:ConsentWithdrawn")
            #expect(try linked.value("\(record).licet:tokensEnded") == "1")
            #expect(try linked.value("\(record).licet:lastRead") == nil)
            let page = try await house.ask(.get, "/grants/\(grant)/receipts/2", browser)
            #expect(page.text.contains("Keys to the data that stopped working: <strong>1</strong>"))
            #expect(page.text.contains("It never read anything."))
            #expect(PageSoundness.faults(page.text) == [])
        }
    }

    @Test("the page of a grant leads to a receipt of each change, to print or to keep as a file")
    func page() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let browser = try await house.browser()
            let path = "/grants/\(grant)/receipts/1"
            #expect(try await house.ask(.get, "/grants/\(grant)", browser).text.contains("href=\"\(path)\""))
            let page = try await house.ask(.get, path, browser)
            #expect(page.status == 200 && PageSoundness.faults(page.text) == [])
            #expect(page.text.contains("Given by the person, in their own app") && page.text.contains("Runners Ltd"))
            // What others wrote is text, and nothing but text.
            #expect(
                page.text.contains("To &lt;show&gt; your days")
                    && page.text.contains("Only while the person is present"))
            #expect(page.text.contains("19 February 2027") && page.text.contains("kept for 3 days"))
            for (form, ending) in [("jwt", "jwt"), ("jsonld", "jsonld"), ("fhir", "fhir.json")] {
                #expect(page.text.contains("href=\"\(path)/\(form)\""))
                let file = try await house.ask(.get, "\(path)/\(form)", browser)
                let name = "attachment; filename=\"licet-receipt-\(grant)-1.\(ending)\""
                #expect(file.status == 200 && file.headers[.contentDisposition] == name)
            }
        }
    }

    @Test("anybody can check a receipt; what is not ours is named beside the field, and nothing is kept")
    func checks() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let signed = try await house.ask(
                .get, "/partner/consent/grants/\(grant)/receipts/1/jwt", try await house.app()
            ).text
            let empty = try await house.ask(.get, "/receipts/verify")
            #expect(empty.status == 200 && PageSoundness.faults(empty.text) == [])
            let before = try await house.contents()
            let ours: HTTPFields = [.origin: "http://127.0.0.1:8080"]
            let sound = try await house.postForm("/receipts/verify", ours, "receipt=\(signed)")
            #expect(sound.status == 200 && PageSoundness.faults(sound.text) == [])
            #expect(sound.text.contains("not a letter of it was changed"))
            #expect(sound.text.contains("Runner") && sound.text.contains("Heart rate") && sound.text.contains(grant))
            #expect(!sound.text.contains("Ada"), "nothing about persons that is not in the receipt")
            let parts = signed.split(separator: ".")
            let tampered = "\(parts[0]).\(parts[1]).AAAAAAAA\(parts[2].dropFirst(8))"
            for (text, words) in [
                (tampered, "Its signature does not fit"), ("hello", "This is not a signed receipt"),
                ("", "Nothing was given"),
                ("%3Cscript%3Ealert(1)%3C/script%3E", "&lt;script&gt;"),
                (String(repeating: "A", count: ReceiptCheck.longest + 1), "longer than any receipt"),
            ] {
                let refused = try await house.postForm("/receipts/verify", ours, "receipt=\(text)")
                #expect(refused.status == 422 && refused.text.contains(words), "\(words)")
                #expect(refused.text.contains("id=\"receipt-fault\"") && PageSoundness.faults(refused.text) == [])
                #expect(refused.text.utf8.count < 100_000)
            }
            #expect(changedTables(before, try await house.contents()) == [])
        }
    }
}
