// A custodian whose time is over, on the pages and in the person's own app: one thing is left to them (docs/decisions/0008).

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("A custodian whose time is over")
struct HandOverTests {
    @Test(
        "finds the record under Ended, and hands it on there; whether or not the sweeper came by",
        arguments: [false, true])
    func onPages(_ isSwept: Bool) async throws {
        try await HouseUnderTest.trying { house in
            let cleo = try await house.endedRecord(isSwept: isSwept)
            let browser = try await house.browser()
            let list = try await house.ask(.get, "/records", browser)
            let ended = try #require(list.text.firstRange(of: "id=\"ended-heading\""))
            #expect(list.text[ended.upperBound...].contains("<a href=\"/records/\(cleo.text)\">Cleo</a>"))
            #expect(PageSoundness.faults(list.text) == [])

            let page = try await house.ask(.get, "/records/\(cleo.text)", browser)
            #expect(page.text.contains("Your access to this record has ended.") && page.text.contains("Hand it on"))
            #expect(PageSoundness.faults(page.text) == [])
            // Of all the forms, the custodian's invitation is the one that is left.
            let forms = page.text.ranges(of: "action=\"/records/\(cleo.text)\"").count
            #expect(forms == 1 && page.text.contains("type=\"hidden\" name=\"custodian\" value=\"yes\""))
            #expect(!page.text.contains("name=\"type\"") && !page.text.contains("Who holds it"))

            let token = page.formToken
            for fields in ["do=suspend", "do=describe&name=Mine", "do=leave"] {
                let refused = try await house.postForm(
                    "/records/\(cleo.text)", browser, "form_token=\(token)&\(fields)")
                #expect(refused.status >= 400, "\(fields)")
            }
            let made = try await house.postForm(
                "/records/\(cleo.text)", browser, "form_token=\(token)&do=invite&custodian=yes&relationship=own")
            #expect(made.status == 201)
            let waiting = try await house.ask(.get, "/records/\(cleo.text)", browser)
            #expect(waiting.text.contains("Invitations that wait for an answer"))
            #expect(PageSoundness.faults(waiting.text) == [])

            let grown = try await house.newcomer("cleo")
            let form = try await house.ask(.get, "/record-invitations", grown).formToken
            let accepted = try await house.postForm(
                "/record-invitations", grown, "form_token=\(form)&token=\(made.invitation)&answer=accept")
            #expect(accepted.location == "/records/\(cleo.text)?done=accepted")
            let hers = try await house.ask(.get, accepted.location, grown)
            #expect(hers.text.contains("You are custodian") && hers.text.contains("Suspend it"))
        }
    }

    @Test(
        "finds it in their own app as well: not in force, with the invitations and nobody's names",
        arguments: [false, true])
    func inTheApp(_ isSwept: Bool) async throws {
        try await HouseUnderTest.trying { house in
            let cleo = try await house.endedRecord(isSwept: isSwept)
            let app = try await house.app()
            let list = try await house.ask(.get, "/partner/records", app)
            #expect(try list.value("records.1.record_id") == cleo.text)
            #expect(try list.value("records.1.in_force") == "false")
            let path = "/partner/records/\(cleo.text)"
            let invited = try await house.postJSON(
                path + "/invitations", app, #"{"relationship":"own","custodian":true}"#)
            #expect(invited.status == 201)
            let told = try await house.ask(.get, path, app)
            #expect(told.status == 200)
            #expect(try told.value("in_force") == "false")
            #expect(try told.value("invitations.0.state") == "invited")
            #expect(try told.value("people") == "[]")
            #expect(try told.value("grants") == "[]")
            let plain = try await house.postJSON(
                path + "/invitations", app, #"{"relationship":"other","data_types":["sleep"]}"#)
            #expect(plain.status == 403)
        }
    }

    @Test("who was no custodian sees that it has ended, and can do nothing at all")
    func ofAHolder() async throws {
        try await HouseUnderTest.trying { house in
            let eve = try await house.somebody("eve")
            let record = try #require(try await house.gateway.records(of: house.person).first).record
            let made = try await house.gateway.invite(
                to: record,
                HoldingDraft(
                    relationship: "other", isCustodian: false, types: ["sleep"], accesses: ["read"],
                    endsOn: "2026-12-01"),
                by: house.person, request: nil)
            _ = try await house.gateway.acceptRecordInvitation(made.token, by: eve.person, request: nil)
            house.time.pass(.days(30))
            _ = try await house.gateway.sweepRound()
            let session = try await house.gateway.signIn(
                login: "eve", password: HouseUnderTest.password, kind: .cookie, request: nil)
            let browser: HTTPFields = [.cookie: "licet_session=\(session.token)"]
            let page = try await house.ask(.get, "/records/\(record.text)", browser)
            #expect(page.status == 200 && page.text.contains("Your access to this record has ended."))
            #expect(!page.text.contains("action=\"/records/") && !page.text.contains("See these readings"))
            #expect(PageSoundness.faults(page.text) == [])
        }
    }
}

extension HouseUnderTest {
    /// A child's record of which Ada was the only custodian, until some time ago.
    fileprivate func endedRecord(isSwept: Bool) async throws -> RecordID {
        let record = try await gateway.createRecord(
            name: "Cleo", relationship: "child", country: nil, endsOn: "2026-12-01", by: person, request: nil)
        time.pass(.days(30))
        if isSwept { _ = try await gateway.sweepRound() }
        return record
    }
}
