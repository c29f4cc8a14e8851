// The surfaces one by one: sessions, accounts, the token, developers, imports, the data API's bounds.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The surfaces")
struct SurfaceTests {
    @Test("C1: the person's own app opens a session, uses it, and ends it")
    func bearerSession() async throws {
        try await HouseUnderTest.trying { house in
            let opened = try await house.postJSON(
                "/partner/session", [:], "{\"login\":\"ada\",\"password\":\"\(HouseUnderTest.password)\"}")
            #expect(opened.status == 201)
            let bearer: HTTPFields = [.authorization: "Bearer \(try opened.member("token"))"]
            #expect(
                try await house.ask(.get, "/partner/consent/grants", bearer).text == "{\"grants\":[],\"next\":null}")
            #expect(try await house.ask(.delete, "/partner/session", bearer).status == 204)
            #expect(try await house.ask(.get, "/partner/consent/grants", bearer).status == 401)
            let wrong = try await house.postJSON("/partner/session", [:], #"{"login":"ada","password":"wrong wrong"}"#)
            #expect(wrong.status == 401)
            #expect(try wrong.member("code") == "SIGN_IN_FAILED")
        }
    }

    @Test("signing in gives a new session and ends the one the browser came with")
    func renewsTheSession() async throws {
        try await HouseUnderTest.trying(secureCookies: true) { house in
            let old = try await house.browser()
            let signedIn = try await house.postForm("/sign-in", old, "login=ada&password=correct+horse+battery")
            #expect(signedIn.status == 303)
            #expect(signedIn.location == "/")
            let cookie = try #require(signedIn.headers[values: .setCookie].first)
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure"))
            #expect(try await house.ask(.get, "/import", old).location == "/sign-in")
            let new: HTTPFields = [.cookie: "licet_session=\(try #require(signedIn.cookie("licet_session")))"]
            let home = try await house.ask(.get, "/", new)
            #expect(home.text.contains("Ada &lt;b&gt;"))
            #expect(try await house.postForm("/sign-out", new, "form_token=\(home.formToken)").status == 303)
            #expect(try await house.ask(.get, "/import", new).location == "/sign-in")
        }
    }

    @Test("a wrong password and a taken name are told on the form, with what was typed, never the password")
    func tellsFormFaults() async throws {
        try await HouseUnderTest.trying { house in
            let wrong = try await house.postForm("/sign-in", [:], "login=ada&password=not+the+password")
            #expect(wrong.status == 401)
            #expect(wrong.text.contains("value=\"ada\"") && !wrong.text.contains("not the password"))
            let taken = try await house.postForm("/sign-up", [:], "login=ada&name=A&password=long+enough+one")
            #expect(taken.status == 409)
            let short = try await house.postForm("/sign-up", [:], "login=bob&name=B&password=short")
            #expect(short.status == 422)
            #expect(short.text.contains("id=\"password-fault\""))
        }
    }

    @Test("after signing in only an approval can be gone on to, never an address")
    func goesOnToApprovalsOnly() async throws {
        try await HouseUnderTest.trying { house in
            for next in ["https://evil.example", "//evil.example", "apr_x", "/grants"] {
                let reply = try await house.postForm(
                    "/sign-in", [:], "login=ada&password=correct+horse+battery&approval=\(next)&next=\(next)")
                #expect(reply.location == "/")
            }
        }
    }

    @Test("C2: what is wrong with a request is told on a page, or carried back, but never to an unknown address")
    func refusesAuthorization() async throws {
        try await HouseUnderTest.trying { house in
            let stranger = try await house.ask(.get, "/oauth/authorize?response_type=code&client_id=app_x")
            #expect(stranger.status == 400)
            #expect(stranger.headers[.location] == nil)
            let elsewhere = try await house.ask(.get, house.authorizePath + "&redirect_uri=https%3A%2F%2Fevil.example")
            #expect(elsewhere.status == 400)
            #expect(elsewhere.headers[.location] == nil)
            let scope = try await house.ask(.get, house.authorizePath + "&scope=read%3Ablood_glucose")
            #expect(scope.status == 303)
            #expect(HouseUnderTest.parameter("error", of: scope.location) == "invalid_scope")
            let twice = try await house.ask(.get, house.authorizePath + "&state=2")
            #expect(twice.status == 400)
            #expect(try await house.ask(.get, house.authorizePath + "&x=%zz").status == 400)
        }
    }

    @Test("C2: an application's server is answered in JSON, right or wrong")
    func answersServers() async throws {
        try await HouseUnderTest.trying { house in
            let scope = try await house.postForm(
                "/oauth/authorize", [:], house.startForm + "&scope=read%3Ablood_glucose")
            #expect(scope.status == 400)
            #expect(try scope.member("error") == "invalid_scope")
            let secret = try await house.postForm(
                "/oauth/authorize", [:], house.startForm.replacing(house.application.secret, with: "lcs_wrong"))
            #expect(secret.status == 401)
            #expect(secret.headers[.wwwAuthenticate] == "Basic realm=\"licet\"")
            let browser = try await house.postForm(
                "/oauth/authorize", [:],
                house.startForm.replacing("client_secret=\(house.application.secret)&", with: ""))
            #expect(browser.status == 303)
            #expect(browser.cookie("licet_flow") != nil)
        }
    }

    @Test("the token endpoint refuses as RFC 6749 §5.2 has it")
    func refusesTokens() async throws {
        try await HouseUnderTest.trying { house in
            let client = "client_id=\(house.application.id.text)&client_secret=\(house.application.secret)"
            let verifier = "code_verifier=\(HouseUnderTest.verifier)"
            func error(_ body: String) async throws -> String {
                let reply = try await house.postForm("/oauth/token", [:], body)
                #expect(reply.status == (body.contains("wrong") ? 401 : 400))
                return try reply.member("error")
            }
            #expect(try await error("grant_type=password&\(client)") == "unsupported_grant_type")
            #expect(try await error(client) == "invalid_request")
            #expect(try await error("grant_type=authorization_code&\(client)") == "invalid_request")
            #expect(
                try await error("grant_type=authorization_code&code=lac_x&\(verifier)&\(client)") == "invalid_grant")
            #expect(try await error("grant_type=authorization_code&code=a&code=b&\(client)") == "invalid_request")
            #expect(
                try await error(
                    "grant_type=client_credentials&client_id=\(house.application.id.text)&client_secret=wrong")
                    == "invalid_client")
            let json = try await house.postJSON("/oauth/token", [:], "{}")
            #expect(json.status == 415)
        }
    }

    @Test("an invited person registers an application over HTTP, and its faults come back by the names that were sent")
    func registersApplications() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let invited = try await house.postJSON(
                "/developer/invitations", app, "{\"invitation\":\"\(house.invitation)\"}")
            #expect(try invited.member("organization_id").hasPrefix("org_"))
            func draft(_ type: String) -> String {
                """
                {"name":"Second","redirect_uris":["https://b.example/cb"],"rules":[{"name":"a","mode":"online",
                "required":true,"accesses":["read"],"data_types":["\(type)"],"why":"Because"}]}
                """
            }
            let refused = try await house.postJSON("/developer/apps", app, draft("shoe_size"))
            #expect(refused.status == 422)
            #expect(refused.text.contains("\"field\":\"rules[0].data_types[0]\""))
            let made = try await house.postJSON("/developer/apps", app, draft("steps"))
            #expect(made.status == 201)
            #expect(try made.member("client_secret").hasPrefix("lcs_"))
            #expect(try await house.ask(.get, "/developer/apps", app).text.contains("\"name\":\"Second\""))
        }
    }

    @Test("bodies are bounded, typed and strictly read")
    func boundsBodies() async throws {
        try await HouseUnderTest.trying { house in
            let large = try await house.postJSON(
                "/partner/session", [:], "{\"login\":\"\(String(repeating: "x", count: 1 << 20))\"}")
            #expect(large.status == 413)
            #expect(try await house.ask(.post, "/partner/session", type: "text/plain", body: "{}").status == 415)
            let broken = try await house.postJSON("/partner/session", [:], "{\"login\":}")
            #expect(broken.status == 400)
            #expect(try broken.member("detail").contains("at byte 9"))
            let unknown = try await house.postJSON("/partner/session", [:], #"{"login":"a","password":"b","c":1}"#)
            #expect(try unknown.member("errors") == #"[{"field":"c","message":"there is no such field"}]"#)
        }
    }

    @Test("F7: the data API's limit and names are checked, and a parcel can be acknowledged")
    func boundsReads() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            let items = "/api/v1/records/\(record)/items"
            #expect(try await house.ask(.get, items + "?types=steps&limit=100", token).status == 200)
            #expect(try await house.ask(.get, items + "?limit=101", token).status == 422)
            #expect(try await house.ask(.get, items + "?types=shoes", token).status == 422)
            #expect(try await house.ask(.get, items + "?type=steps", token).status == 422)
            #expect(try await house.ask(.get, items + "?types=sleep_stage", token).status == 403)
            #expect(try await house.ask(.get, "/api/v1/records/nobody/items", token).status == 403)
            let bad = try await house.ask(.get, items, [.authorization: "Bearer lat_nothing"])
            #expect(
                bad.headers[.wwwAuthenticate]
                    == "Bearer error=\"invalid_token\", "
                    + "resource_metadata=\"http://127.0.0.1:8080/.well-known/oauth-protected-resource\"")
            house.time.pass(.hours(2))
            let old = try await house.ask(.get, items, token)
            #expect(old.status == 401)
            #expect(try old.member("code") == "TOKEN_EXPIRED")
        }
    }

    @Test("the server says what it can do (RFC 8414)")
    func describesItself() async throws {
        try await HouseUnderTest.trying { house in
            let metadata = try await house.ask(.get, "/.well-known/oauth-authorization-server")
            #expect(try metadata.member("issuer") == "http://127.0.0.1:8080")
            #expect(try metadata.member("code_challenge_methods_supported") == "[\"S256\"]")
            #expect(
                try metadata.member("grant_management_actions_supported")
                    == #"["create","merge","replace","query","revoke"]"#)
            #expect(try await house.ask(.get, "/assets/licet.css").headers[.contentType] == "text/css; charset=utf-8")
            #expect(try await house.ask(.get, "/problems").text.contains("CONSENT_REQUIRED"))
        }
    }
}
