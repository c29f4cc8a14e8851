// Records on pages: making one, sharing it, taking it back, and the invitation as the invited person meets it.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The pages of records")
struct RecordPageTests {
    @Test("a record is made, and what is wrong with a new one is said beside its field")
    func makes() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let page = try await house.ask(.get, "/records", browser)
            #expect(PageSoundness.faults(page.text) == [])
            let made = try await house.postForm(
                "/records", browser,
                "form_token=\(page.formToken)&name=Ben&relationship=child&country=de&ends_on=2040-05-01")
            #expect(made.status == 303)
            let record = try await house.ask(.get, made.location, browser)
            #expect(record.text.contains("<h1>Ben</h1>") && record.text.contains("1 May 2040"))
            #expect(record.text.contains("aria-label=\"Ben is looked after by You.\""))
            #expect(PageSoundness.faults(record.text) == [])

            let refused = try await house.postForm(
                "/records", browser,
                "form_token=\(page.formToken)&name=&relationship=cat&country=Mars&ends_on=1999-01-01")
            #expect(refused.status == 422)
            for field in ["name", "relationship", "country", "ends-on"] {
                #expect(refused.text.contains("id=\"\(field)-fault\""), "\(field)")
            }
            #expect(refused.text.contains("value=\"Mars\""))
            #expect(PageSoundness.faults(refused.text) == [])
        }
    }

    @Test("an invitation is made, told once, accepted, lessened and taken back")
    func shares() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let record = try #require(try await house.gateway.records(of: house.person).first).record.text
            let token = try await house.ask(.get, "/records/\(record)", browser).formToken
            let nothing = try await house.postForm(
                "/records/\(record)", browser, "form_token=\(token)&do=invite&relationship=other")
            #expect(nothing.status == 422)
            #expect(
                nothing.text.contains("id=\"invite-types-fault\"")
                    && nothing.text.contains("id=\"invite-doings-fault\""))
            #expect(PageSoundness.faults(nothing.text) == [])

            let made = try await house.postForm(
                "/records/\(record)", browser,
                "form_token=\(token)&do=invite&relationship=parent&type=activity&type=heart&access=read&access=create")
            #expect(made.status == 201)
            let secret = made.invitation
            #expect(secret.hasPrefix("liv_"))
            #expect(PageSoundness.faults(made.text) == [])
            #expect(try await house.ask(.get, "/records/\(record)", browser).text.contains("Invitations that wait"))

            let eve = try await house.newcomer("eve")
            #expect(try await house.ask(.get, "/record-invitations").location == "/sign-in?next=record-invitation")
            let entry = try await house.ask(.get, "/record-invitations", eve)
            #expect(PageSoundness.faults(entry.text) == [])
            let unknown = try await house.postForm(
                "/record-invitations", eve, "form_token=\(entry.formToken)&token=liv_never&answer=show")
            #expect(unknown.status == 422 && !unknown.text.contains("liv_never"))
            let invitation = try await house.postForm(
                "/record-invitations", eve, "form_token=\(entry.formToken)&token=\(secret)&answer=show")
            #expect(invitation.text.contains("Ada &lt;b&gt; invites you to a record"))
            #expect(PageSoundness.faults(invitation.text) == [])
            let undecided = try await house.postForm(
                "/record-invitations", eve, "form_token=\(invitation.formToken)&token=\(secret)")
            #expect(undecided.status == 422)
            let accepted = try await house.postForm(
                "/record-invitations", eve, "form_token=\(invitation.formToken)&token=\(secret)&answer=accept")
            #expect(accepted.location == "/records/\(record)?done=accepted")
            let seen = try await house.ask(.get, accepted.location, eve)
            #expect(seen.text.contains("See these readings") && !seen.text.contains("Invite somebody"))
            let again = try await house.postForm(
                "/record-invitations", eve, "form_token=\(entry.formToken)&token=\(secret)&answer=show")
            #expect(again.text.contains("An invitation is answered once."))

            let holder = try #require(try await house.holder("eve"))
            let narrowed = try await house.postForm(
                "/records/\(record)", browser,
                "form_token=\(token)&do=narrow&person=\(holder.person.text)&relationship=parent&type=steps&access=read")
            #expect(narrowed.location == "/records/\(record)?done=narrow")
            #expect(try await house.holder("eve")?.permissions == Permissions([.read], to: [.steps], in: Mode.allCases))
            let unticked = try await house.postForm(
                "/records/\(record)", browser,
                "form_token=\(token)&do=narrow&person=\(holder.person.text)&relationship=parent")
            #expect(unticked.status == 422)
            #expect(unticked.text.contains("<details class=\"more\" open>"))
            #expect(PageSoundness.faults(unticked.text) == [])
            // What was unticked and typed stays so, and the other holder's boxes are as they were.
            let (hers, adas) = unticked.text.contains("href=\"#holder-1\"") ? (1, 2) : (2, 1)
            #expect(unticked.text.contains("id=\"holder-\(hers)-type-steps\" name=\"type\" value=\"steps\">"))
            #expect(unticked.text.contains("id=\"holder-\(adas)-type-steps\" name=\"type\" value=\"steps\" checked>"))
            let typed = try await house.postForm(
                "/records/\(record)", browser,
                "form_token=\(token)&do=narrow&person=\(holder.person.text)&type=steps&ends_on=2031-02-03")
            #expect(typed.status == 422)
            #expect(typed.text.contains("id=\"holder-\(hers)-type-steps\" name=\"type\" value=\"steps\" checked>"))
            #expect(typed.text.contains("id=\"holder-\(hers)-doing-read\" name=\"access\" value=\"read\">"))
            #expect(typed.text.contains("name=\"ends_on\" type=\"date\" value=\"2031-02-03\""))

            let removed = try await house.postForm(
                "/records/\(record)", browser, "form_token=\(token)&do=remove&person=\(holder.person.text)")
            #expect(removed.status == 303)
            #expect(try await house.ask(.get, "/records/\(record)", eve).status == 404)
        }
    }

    @Test("who is invited as custodian holds everything, and may then be left alone with the record")
    func handsOn() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let record = try #require(try await house.gateway.records(of: house.person).first).record.text
            let token = try await house.ask(.get, "/records/\(record)", browser).formToken
            let alone = try await house.postForm("/records/\(record)", browser, "form_token=\(token)&do=leave")
            #expect(alone.status == 409)
            #expect(alone.text.contains("href=\"#leave\""))
            #expect(PageSoundness.faults(alone.text) == [])
            let made = try await house.postForm(
                "/records/\(record)", browser,
                "form_token=\(token)&do=invite&relationship=other&custodian=yes&access=read")
            let eve = try await house.newcomer("eve")
            let form = try await house.ask(.get, "/record-invitations", eve).formToken
            let secret = made.invitation
            _ = try await house.postForm(
                "/record-invitations", eve, "form_token=\(form)&token=\(secret)&answer=accept")
            #expect(try await house.holder("eve")?.permissions == .everything)
            let page = try await house.ask(.get, "/records/\(record)", eve)
            #expect(page.text.contains("class=\"people-ring\""))
            #expect(PageSoundness.faults(page.text) == [])
            let left = try await house.postForm("/records/\(record)", browser, "form_token=\(token)&do=leave")
            #expect(left.location == "/records?done=left")
        }
    }

    @Test("a record is described, suspended and let go on; an invitation is withdrawn; nonsense is refused")
    func changes() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let record = try #require(try await house.gateway.records(of: house.person).first).record.text
            let token = try await house.ask(.get, "/records/\(record)", browser).formToken
            func post(_ fields: String) async throws -> HouseUnderTest.Reply {
                try await house.postForm("/records/\(record)", browser, "form_token=\(token)&\(fields)")
            }
            #expect(try await post("do=describe&name=Me&country=fr").location == "/records/\(record)?done=describe")
            #expect(try await house.ask(.get, "/records/\(record)", browser).text.contains("<h1>Me</h1>"))
            #expect(try await post("do=describe&name=&country=fr").text.contains("id=\"name-fault\""))
            #expect(try await post("do=suspend").status == 303)
            #expect(try await house.ask(.get, "/records", browser).text.contains("Suspended"))
            #expect(try await post("do=resume").status == 303)
            let made = try await post("do=invite&relationship=other&type=sleep&access=read")
            let waiting = try await house.ask(.get, "/records/\(record)", browser).text
            let field = try #require(waiting.firstRange(of: "name=\"invitation\" value=\""))
            let invitation = waiting[field.upperBound...].prefix { $0 != "\"" }
            #expect(try await post("do=cancel&invitation=\(invitation)").status == 303)
            let shown = try await house.postForm(
                "/record-invitations", browser, "form_token=\(token)&token=\(made.invitation)&answer=show")
            #expect(shown.text.contains("It was withdrawn"))
            #expect(try await post("do=explode").status == 400)
            #expect(try await post("do=remove&person=nobody").status == 404)
        }
    }

    @Test("a holder who is no custodian cannot change the record, whatever they post")
    func holdsBack() async throws {
        try await HouseUnderTest.trying { house in
            let (record, browser) = try await house.sharing(types: ["sleep"], accesses: ["read"])
            let token = try await house.ask(.get, "/records/\(record.text)", browser).formToken
            for fields in [
                "do=describe&name=Mine&country=", "do=suspend", "do=invite&relationship=other&type=sleep&access=read",
                "do=remove&person=\(house.person.text)",
            ] {
                let refused = try await house.postForm(
                    "/records/\(record.text)", browser, "form_token=\(token)&\(fields)")
                #expect(refused.status == 403, "\(fields)")
            }
        }
    }
}

extension HouseUnderTest {
    /// A browser of somebody new.
    func newcomer(_ login: String) async throws -> HTTPFields {
        _ = try await gateway.register(login: login, password: Self.password, name: login, request: nil)
        let session = try await gateway.signIn(login: login, password: Self.password, kind: .cookie, request: nil)
        return [.cookie: "licet_session=\(session.token)"]
    }

    /// Somebody who holds Ada's own record.
    func holder(_ name: String) async throws -> HolderView? {
        guard let record = try await gateway.records(of: person).first?.record else { return nil }
        return try await gateway.record(record, of: person).holders.first { $0.name == name }
    }
}

extension HouseUnderTest.Reply {
    /// The invitation that a page tells.
    var invitation: String {
        guard let start = text.firstRange(of: "<code>") else { return "" }
        return String(text[start.upperBound...].prefix { $0 != "<" })
    }
}
