// What the consent page says in each of its forms, and what becomes of an answer that cannot be taken as it is.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The consent page")
struct ConsentPageTests {
    @Test("C6: the person may choose a shorter life, and it is the grant's")
    func choosesDays() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            #expect(page.text.contains("name=\"days\" type=\"number\" inputmode=\"numeric\" min=\"1\" max=\"90\""))
            #expect(PageSoundness.faults(page.text) == [])
            for wrong in ["0", "91", "a+week"] {
                let refused = try await house.postForm(
                    place, browser,
                    "\(page.answerFields)&decision=approve&scope=rule:activity&scope=rule:sleep&days=\(wrong)")
                #expect(refused.status == 422)
                #expect(refused.text.contains("id=\"days-fault\"") && refused.text.contains("href=\"#days\""))
                #expect(refused.text.contains("value=\"rule:sleep\" aria-describedby=\"rule-2-why\" checked"))
                #expect(PageSoundness.faults(refused.text) == [])
            }
            let decided = try await house.postForm(
                place, browser, "\(page.answerFields)&decision=approve&scope=rule:activity&days=7")
            #expect(decided.status == 303)
            let grant = try #require(try await house.gateway.grants(of: house.person).grants.first)
            #expect(grant.expiresAt - grant.createdAt == .days(7))
        }
    }

    @Test("B1: whoever has agreed to everything only goes on, sees until when, and loses nothing by \"Not now\"")
    func goesOn() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.granted()
            let (place, browser, page) = try await house.opened()
            #expect(page.text.contains("<h1>Go on to Runner</h1>"))
            #expect(page.text.contains("19 February 2027"))
            #expect(page.text.contains("Continue") && page.text.contains("Not now"))
            #expect(!page.text.contains("type=\"checkbox\""))
            #expect(page.text.contains("type=\"hidden\" name=\"scope\" value=\"rule:activity\""))
            #expect(PageSoundness.faults(page.text) == [])
            let later = try await house.postForm(place, browser, "\(page.answerFields)&decision=deny")
            #expect(HouseUnderTest.parameter("error", of: later.location) == "access_denied")
            #expect(try await house.gateway.activeGrants(of: house.person).count == 1)

            let (again, samePerson, shown) = try await house.opened()
            let on = try await house.postForm(
                again, samePerson, "\(shown.answerFields)&decision=approve&scope=rule:activity")
            #expect(!HouseUnderTest.parameter("code", of: on.location).isEmpty)
        }
    }

    @Test("a yes counts for the rules that were on the page, even where another page has shown newer ones since")
    func saysThatRulesChanged() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            _ = try await house.gateway.publishRules(
                [HouseUnderTest.draftRule("activity", types: ["steps", "heart_rate", "body_weight"], why: "For more")],
                of: house.application.id, over: nil, by: nil, request: nil)
            _ = try await house.ask(.get, "/", browser)
            let refused = try await house.postForm(
                place, browser, "\(page.answerFields)&decision=approve&scope=rule:activity")
            #expect(refused.status == 409)
            #expect(refused.text.contains("Runner has changed what it asks for"))
            #expect(refused.text.contains("For more") && refused.text.contains("Weight"))
            #expect(try await house.gateway.grants(of: house.person).grants.isEmpty)
            let decided = try await house.postForm(
                place, browser, "\(refused.answerFields)&decision=approve&scope=rule:activity")
            #expect(decided.status == 303)
        }
    }

    @Test("who holds several records chooses one by a link, and the answer counts for that one")
    func choosesTheRecord() async throws {
        try await HouseUnderTest.trying { house in
            let alone = try await house.opened().page
            #expect(!alone.text.contains("For which record?"))
            let child = try await house.gateway.createRecord(
                name: "Ben & co", relationship: "child", country: nil, endsOn: nil, by: house.person, request: nil)
            let (place, browser, page) = try await house.opened()
            #expect(page.text.contains("For which record?") && page.text.contains("Ben &amp; co"))
            #expect(PageSoundness.faults(page.text) == [])
            let chosen = try await house.ask(.get, "\(place)?record=\(child.text)", browser)
            #expect(chosen.text.contains("record=\(child.text)\" aria-current=\"true\""))
            #expect(chosen.text.contains("name=\"record\" value=\"\(child.text)\""))
            let decided = try await house.postForm(
                place, browser, "\(chosen.answerFields)&decision=approve&scope=rule:activity&record=\(child.text)")
            #expect(decided.status == 303)
            let grant = try #require(try await house.gateway.grants(of: house.person).grants.first)
            #expect(grant.record == child)
            #expect(try await house.ask(.get, "/", browser).text.contains("For: Ben &amp; co"))
        }
    }

    @Test("B5: where the person's own access is too small for what is needed, they can only deny")
    func saysWhatIsOutOfReach() async throws {
        try await HouseUnderTest.trying { house in
            let (other, browser) = try await house.sharing(types: ["sleep"], accesses: ["read"])
            let start = try await house.ask(.get, house.authorizePath)
            let flow = try #require(start.cookie("licet_flow"))
            let cookie = try #require(browser[.cookie])
            let page = try await house.ask(
                .get, "\(start.location)?record=\(other.text)", [.cookie: "\(cookie); licet_flow=\(flow)"])
            #expect(page.text.contains("<h1>Runner needs more than you can give</h1>"))
            #expect(page.text.contains("value=\"deny\"") && !page.text.contains("value=\"approve\""))
            #expect(page.text.contains("your own access to this record does not reach this"))
            #expect(PageSoundness.faults(page.text) == [])
            let forced = try await house.postForm(
                start.location, [.cookie: "\(cookie); licet_flow=\(flow)"],
                "\(page.answerFields)&decision=approve&scope=rule:activity&record=\(other.text)")
            #expect(forced.status == 422)
            #expect(forced.text.contains("rule-1"))
            #expect(PageSoundness.faults(forced.text) == [])
        }
    }

    @Test("B5: an optional part out of reach is shown and cannot be ticked")
    func disablesWhatIsOutOfReach() async throws {
        try await HouseUnderTest.trying { house in
            let (other, browser) = try await house.sharing(types: ["steps", "heart_rate"], accesses: ["read"])
            let start = try await house.ask(.get, house.authorizePath)
            let flow = try #require(start.cookie("licet_flow"))
            let page = try await house.ask(
                .get, "\(start.location)?record=\(other.text)",
                [.cookie: "\(try #require(browser[.cookie])); licet_flow=\(flow)"])
            #expect(page.text.contains("id=\"rule-2\" disabled"))
            #expect(page.text.contains("value=\"approve\""))
        }
    }

    @Test("A1: why is said in a language the person reads, and the page says in which")
    func speaksTheLanguage() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.gateway.publishRules(
                [HouseUnderTest.draftRule("activity", types: ["steps"], why: "For walks", german: "Fürs Gehen")],
                of: house.application.id, over: nil, by: nil, request: nil)
            let (place, browser, page) = try await house.opened()
            #expect(page.text.contains("lang=\"en\"><p>“For walks”"))
            var german = browser
            german[.acceptLanguage] = "fr;q=0.3, de-CH, en;q=0.5"
            let translated = try await house.ask(.get, place, german)
            #expect(translated.text.contains("lang=\"de\"><p>“Fürs Gehen”"))
        }
    }

    @Test("a preview shows the page for both kinds of person, has no working button and stores nothing")
    func previews() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let path = "/apps/\(house.application.id.text)/preview"
            #expect(try await house.ask(.get, path, browser).status == 404)
            _ = try await house.gateway.acceptInvitation(house.invitation, by: house.person, request: nil)
            #expect(try await house.ask(.get, "/", browser).text.contains("\(path)?as=first_time"))
            let first = try await house.ask(.get, path, browser)
            #expect(first.text.contains("Preview: nothing is stored"))
            #expect(first.text.contains("value=\"approve\" disabled"))
            #expect(first.text.contains("value=\"deny\" formnovalidate disabled"))
            #expect(!first.text.contains("action=\"/approvals/"))
            #expect(PageSoundness.faults(first.text) == [])
            let returning = try await house.ask(.get, "\(path)?as=returning", browser)
            #expect(returning.text.contains("<h1>Go on to Runner</h1>"))
            let named = try await house.ask(.get, "\(path)?as=returning&named=sleep&named=nonsense", browser)
            #expect(named.text.contains("For your nights") && named.text.contains("What you agreed to already"))
            #expect(named.text.contains("as=first_time&amp;named=sleep"))
            #expect(PageSoundness.faults(named.text) == [])
            #expect(try await house.gateway.pendingApprovals(of: house.person).isEmpty)
        }
    }
}

extension HouseUnderTest {
    /// A fresh request of the application, open in the person's browser.
    func opened() async throws -> (place: String, browser: HTTPFields, page: Reply) {
        let start = try await ask(.get, authorizePath)
        let browser = try await browser(flow: start.cookie("licet_flow"))
        return (start.location, browser, try await ask(.get, start.location, browser))
    }

    static func draftRule(_ name: String, types: [String], why: String, german: String? = nil) -> RuleDraft {
        RuleDraft(
            name: name, mode: "online", required: true, accesses: ["read"], types: types, why: why,
            translations: german.map { ["de": $0] } ?? [:])
    }

    /// Somebody's record that Ada holds a part of, and Ada's browser.
    func sharing(types: [String], accesses: [String]) async throws -> (record: RecordID, browser: HTTPFields) {
        let owner = try await gateway.register(login: "mum", password: Self.password, name: "Mum", request: nil)
        let own = try #require(try await gateway.records(of: owner).first)
        let made = try await gateway.invite(
            to: own.record,
            HoldingDraft(relationship: "parent", isCustodian: false, types: types, accesses: accesses, endsOn: nil),
            by: owner, request: nil)
        _ = try await gateway.acceptRecordInvitation(made.token, by: person, request: nil)
        return (own.record, try await browser())
    }
}

extension HouseUnderTest.Reply {
    /// What every answer to a consent page carries beside the answer itself.
    var answerFields: String {
        guard let start = text.firstRange(of: "name=\"rules\" value=\"") else { return "form_token=\(formToken)" }
        return "form_token=\(formToken)&rules=\(text[start.upperBound...].prefix { $0 != "\"" })"
    }
}
