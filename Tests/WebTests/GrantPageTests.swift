// The page of one grant: its history, what it really gives, and the ways to change it.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The page of a grant")
struct GrantPageTests {
    @Test("a grant is narrowed, renewed and ended on its page, and the page tells each of these")
    func changes() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let browser = try await house.browser()
            let page = try await house.ask(.get, "/grants/\(grant)", browser)
            #expect(page.text.contains("Given by you, in your own app"))
            #expect(page.text.contains("Nothing is to be done: Runner has what it needs."))
            #expect(PageSoundness.faults(page.text) == [])

            let narrowed = try await house.postForm(
                "/grants/\(grant)/narrow", browser, "form_token=\(page.formToken)&type=heart_rate&days=30")
            #expect(narrowed.location == "/grants/\(grant)?done=narrowed")
            let after = try await house.ask(.get, narrowed.location, browser)
            #expect(after.text.contains("Narrowed by you, on these pages"))
            #expect(after.text.contains("Runner needs more than it has now") && after.text.contains("21 December 2026"))
            let view = try #require(try await house.gateway.grants(of: house.person).grants.first)
            #expect(view.permissions.types == [.steps])

            let renewed = try await house.postForm(
                "/grants/\(grant)/renew", browser, "form_token=\(page.formToken)&days=")
            #expect(renewed.location == "/grants/\(grant)?done=renewed")
            let longer = try await house.ask(.get, renewed.location, browser)
            #expect(longer.text.contains("Renewed by you, on these pages"))
            #expect(PageSoundness.faults(longer.text) == [])
        }
    }

    @Test("what cannot be done is said on top and beside its field, and what was typed is kept")
    func refuses() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/grants/\(grant)", browser).formToken
            let cases = [
                ("narrow", "type=steps&type=heart_rate", "take-back-fault"), ("narrow", "", "take-back-fault"),
                ("narrow", "days=400", "narrow-days-fault"), ("narrow", "days=soon", "narrow-days-fault"),
                ("renew", "days=400", "renew-days-fault"), ("renew", "days=soon", "renew-days-fault"),
            ]
            for (verb, fields, fault) in cases {
                let refused = try await house.postForm(
                    "/grants/\(grant)/\(verb)", browser, "form_token=\(token)&\(fields)")
                #expect(refused.status == 422, "\(verb) \(fields)")
                #expect(refused.text.contains("id=\"\(fault)\""), "\(verb) \(fields)")
                #expect(refused.text.contains("id=\"faults\""))
                #expect(PageSoundness.faults(refused.text) == [], "\(verb) \(fields)")
            }
            let kept = try await house.postForm(
                "/grants/\(grant)/narrow", browser, "form_token=\(token)&type=steps&days=soon")
            #expect(kept.text.contains("value=\"steps\" checked") && kept.text.contains("value=\"soon\""))
        }
    }

    @Test("B5: what the person's own access no longer allows is named with its reason")
    func namesTheCut() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            let record = try #require(try await house.gateway.records(of: house.person).first).record
            try await house.gateway.suspendRecord(record, true, by: house.person, request: nil)
            let page = try await house.ask(.get, "/grants/\(grant)", try await house.browser())
            #expect(page.text.contains("Nothing at the moment."))
            #expect(page.text.contains("This record is suspended."))
        }
    }

    @Test("a grant of somebody else is not there")
    func strangers() async throws {
        try await HouseUnderTest.trying { house in
            let grant = try await house.granted().grant
            _ = try await house.gateway.register(
                login: "eve", password: HouseUnderTest.password, name: "Eve", request: nil)
            let session = try await house.gateway.signIn(
                login: "eve", password: HouseUnderTest.password, kind: .cookie, request: nil)
            let browser: HTTPFields = [.cookie: "licet_session=\(session.token)"]
            #expect(try await house.ask(.get, "/grants/\(grant)", browser).status == 404)
            let token = try await house.ask(.get, "/account", browser).formToken
            for verb in ["narrow", "renew"] {
                let refused = try await house.postForm(
                    "/grants/\(grant)/\(verb)", browser, "form_token=\(token)&type=steps&days=2")
                #expect(refused.status == 404)
            }
        }
    }

    @Test("home lists everything in force, and what has ended page by page")
    func pagesHome() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            for _ in 0..<51 {
                let grant = try await house.granted().grant
                guard let id = GrantID(grant) else { continue }
                _ = try await house.gateway.revoke(id, by: house.person, through: .api, request: nil)
                house.time.pass(.seconds(1))
            }
            let home = try await house.ask(.get, "/", browser)
            #expect(home.text.contains("No application has your permission"))
            let link = try #require(home.text.firstRange(of: "href=\"/?after="))
            let after = home.text[link.upperBound...].prefix { $0 != "\"" }
            let older = try await house.ask(.get, "/?after=\(after)", browser)
            #expect(older.text.contains("older permissions"))
            #expect(older.text.split(separator: "href=\"/grants/").count == 2)
            #expect(!older.text.contains("For developers"))
            #expect(PageSoundness.faults(home.text) == [] && PageSoundness.faults(older.text) == [])
        }
    }
}
