// The way of a consent through the browser, page by page, and through the person's own app.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("A consent, from the application's question to its data")
struct ConsentStoryTests {
    @Test("C2, A5: the browser's way leads from the application over sign-up and consent back to the application")
    func browserStory() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            #expect(start.status == 303)
            #expect(start.location.hasPrefix("/approvals/apr_"))
            let flow = try #require(start.cookie("licet_flow"))

            let asked = try await house.ask(.get, start.location, [.cookie: "licet_flow=\(flow)"])
            #expect(asked.status == 303)
            let id = start.location.dropFirst("/approvals/".count)
            #expect(asked.location == "/sign-in?approval=\(id)")

            let signedUp = try await house.postForm(
                "/sign-up", [:], "login=eve&name=Eve&password=a+long+password&approval=\(id)")
            #expect(signedUp.location == start.location)
            let session = try #require(signedUp.cookie("licet_session"))
            let browser: HTTPFields = [.cookie: "licet_flow=\(flow); licet_session=\(session)"]

            let page = try await house.ask(.get, start.location, browser)
            #expect(page.status == 200)
            #expect(page.text.contains("To &lt;show&gt; your days"))
            #expect(page.text.contains("Heart rate") && page.text.contains("privacy@app.example"))
            #expect(page.headers[.contentSecurityPolicy]?.contains("form-action 'self' https://app.example;") == true)

            let decided = try await house.postForm(
                start.location, browser, "form_token=\(page.formToken)&decision=approve&scope=rule:activity")
            #expect(decided.status == 303)
            #expect(decided.location.hasPrefix(HouseUnderTest.redirectURI))
            #expect(HouseUnderTest.parameter("state", of: decided.location) == "s 1")
            #expect(HouseUnderTest.parameter("iss", of: decided.location) == "http://127.0.0.1:8080")

            let token = try await house.exchange(HouseUnderTest.parameter("code", of: decided.location))
            #expect(token.status == 200)
            #expect(try token.member("token_type") == "Bearer")
            let items = try await house.ask(
                .get, "/api/v1/records/\(try token.member("record"))/items",
                [.authorization: "Bearer \(try token.member("access_token"))"])
            #expect(items.status == 200)
            #expect(items.headers[.audit]?.hasPrefix("aud_") == true)
            #expect(try items.member("parcels") == "[]")

            let again = try await house.ask(.get, start.location, browser)
            #expect(again.text.contains("Runner"))
            #expect(try await house.ask(.get, "/", browser).text.contains("/grants/grt_"))
        }
    }

    @Test("C5: denying leads back with access_denied, and Enter alone decides nothing")
    func denial() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            let browser = try await house.browser(flow: start.cookie("licet_flow"))
            let token = try await house.ask(.get, start.location, browser).formToken
            let undecided = try await house.postForm(start.location, browser, "form_token=\(token)&decision=undecided")
            #expect(undecided.status == 422)
            #expect(undecided.text.contains("Choose Approve or Deny."))
            let denied = try await house.postForm(
                start.location, browser, "form_token=\(token)&decision=deny&scope=rule:activity")
            #expect(HouseUnderTest.parameter("error", of: denied.location) == "access_denied")
            #expect(try await house.gateway.grants(of: house.person).grants.isEmpty)
            let late = try await house.postForm(
                start.location, browser, "form_token=\(token)&decision=approve&scope=rule:activity")
            #expect(late.status == 409)
        }
    }

    @Test("A2: leaving out a required rule shows the page again and keeps what was ticked")
    func requiredRuleMissing() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            let browser = try await house.browser(flow: start.cookie("licet_flow"))
            let token = try await house.ask(.get, start.location, browser).formToken
            let page = try await house.postForm(
                start.location, browser, "form_token=\(token)&decision=approve&scope=rule:sleep")
            #expect(page.status == 422)
            #expect(page.text.contains("id=\"faults\""))
            #expect(page.text.contains(" checked"))
        }
    }

    @Test("C4: a request that was not answered in time says so and leads back")
    func expiry() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            let browser = try await house.browser(flow: start.cookie("licet_flow"))
            house.time.pass(.minutes(16))
            let page = try await house.ask(.get, start.location, browser)
            #expect(page.status == 410)
            #expect(page.text.contains("error=access_denied"))
        }
    }

    @Test("an approval of another browser is not there")
    func otherBrowser() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            #expect(try await house.ask(.get, start.location, try await house.browser(flow: "lfl_x")).status == 404)
        }
    }

    @Test("C2, C3, C8, C9: an application's server begins, the person's own app lists, approves and later revokes")
    func appStory() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.postForm("/oauth/authorize", [:], house.startForm)
            #expect(start.status == 201)
            let id = try start.member("approval_id")
            #expect(try start.member("page") == "http://127.0.0.1:8080/approvals/\(id)")
            #expect(try start.member("expires_at") == "2026-11-21T10:22:12Z")
            _ = try await house.ask(.get, "/approvals/\(id)", try await house.browser())

            let app = try await house.app()
            let pending = try await house.ask(.get, "/partner/consent/pending", app)
            #expect(pending.text.contains("\"scope\":\"rule:activity\",\"rule\":\"activity\",\"required\":true"))
            let missing = try await house.postJSON(
                "/partner/consent/pending/\(id)/approve", app, "{\"approvedScopes\":[\"rule:sleep\"]}")
            #expect(missing.status == 422)
            #expect(try missing.member("missing") == "[\"rule:activity\"]")
            let approved = try await house.postJSON(
                "/partner/consent/pending/\(id)/approve", app, "{\"approvedScopes\":[\"rule:activity\"]}")
            #expect(approved.status == 200)
            #expect(try approved.member("redirect_to").hasPrefix(HouseUnderTest.redirectURI))
            let grant = try approved.member("grant_id")

            let grants = try await house.ask(.get, "/partner/consent/grants", app)
            #expect(grants.text.contains("\"id\":\"\(grant)\",\"clientId\":\"\(house.application.id.text)\""))
            let ended = try await house.ask(.delete, "/partner/consent/grants/\(grant)", app)
            #expect(ended.status == 200)
            #expect(try ended.member("status") == "revoked")
            #expect(try ended.member("revoked_at") == "2026-11-21T10:07:12Z")
        }
    }

    @Test("C3: deny needs no body and answers where to go")
    func appDenial() async throws {
        try await HouseUnderTest.trying { house in
            let id = try await house.startFromServer()
            _ = try await house.ask(.get, "/approvals/\(id)", try await house.browser())
            let denied = try await house.ask(.post, "/partner/consent/pending/\(id)/deny", try await house.app())
            #expect(denied.status == 200)
            #expect(HouseUnderTest.parameter("error", of: try denied.member("redirect_to")) == "access_denied")
        }
    }

    @Test("C10, C7: once the person has revoked on their page, the next read is 403 CONSENT_REQUIRED")
    func revocationBites() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, grant) = try await house.granted()
            #expect(try await house.ask(.get, "/api/v1/records/\(record)/items", token).status == 200)
            let browser = try await house.browser()
            let page = try await house.ask(.get, "/grants/\(grant)", browser)
            let revoked = try await house.postForm("/grants/\(grant)/revoke", browser, "form_token=\(page.formToken)")
            #expect(revoked.location == "/grants/\(grant)?done=revoked")
            #expect(
                try await house.ask(.get, revoked.location, browser).text.contains("You have ended this permission."))
            let refused = try await house.ask(.get, "/api/v1/records/\(record)/items", token)
            #expect(refused.status == 403)
            #expect(try refused.member("code") == "CONSENT_REQUIRED")
            #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Bearer error=\"insufficient_scope\"") == true)
        }
    }
}
