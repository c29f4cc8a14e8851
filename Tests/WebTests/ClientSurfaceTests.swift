// Clients of every kind over the API: registered by the names of RFC 7591, told back as they were, replaced as a whole; and what
// guessing at one is answered with.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Clients over the API")
struct ClientSurfaceTests {
    // The point of RFC 7515, appendix A.3.
    private static let keys =
        #"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
        + #""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"one","alg":"ES256"}]}"#

    private func register(
        _ house: HouseUnderTest, _ owner: HTTPFields, _ rest: String, redirect: String = "https://b.example/cb"
    ) async throws -> HouseUnderTest.Reply {
        try await house.postJSON(
            "/developer/apps", owner,
            "{\"name\":\"Second\",\"redirect_uris\":[\"\(redirect)\"],\"rules\":[\(HouseUnderTest.rule("steps"))]\(rest)}"
        )
    }

    @Test("A1: a client that says nothing gets a secret, and is told back as it is")
    func standard() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let made = try await register(house, owner, "")
            #expect(try made.member("client_secret").hasPrefix("lcs_"))
            let detail = try await house.ask(.get, "/developer/apps/\(try made.member("client_id"))", owner)
            #expect(try detail.value("token_endpoint_auth_method") == "client_secret_basic")
            #expect(try detail.value("application_type") == "web")
            #expect(try detail.value("profile") == "standard")
            #expect(try detail.value("require_pushed_authorization_requests") == "false")
            #expect(try detail.value("dpop_bound_access_tokens") == "false")
            #expect(try detail.value("jwks") == "null")
            #expect(try detail.value("jwks_uri") == "null")
        }
    }

    @Test("A1: a client that signs is told no secret, and its keys are told back as they were registered")
    func signing() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let made = try await register(
                house, owner,
                ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"profile\":\"fapi2\",\"jwks\":\(Self.keys)")
            #expect(made.status == 201)
            #expect(try made.value("client_secret") == nil)
            let path = "/developer/apps/\(try made.member("client_id"))"
            let detail = try await house.ask(.get, path, owner)
            #expect(try detail.value("jwks") == Self.keys)
            #expect(try detail.value("profile") == "fapi2")
            #expect(try detail.value("require_pushed_authorization_requests") == "true")
            #expect(try detail.value("dpop_bound_access_tokens") == "true")
            let refused = try await house.postJSON(path + "/secret", owner, #"{"overlap_hours":0}"#)
            #expect(refused.status == 422)
            #expect(try refused.value("errors.0.field") == "token_endpoint_auth_method")
        }
    }

    @Test("RFC 8252: an app with a scheme of its own is led back there, as a public client with PKCE")
    func native() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let made = try await register(
                house, owner, #","token_endpoint_auth_method":"none","application_type":"native""#,
                redirect: "com.example.app:/back")
            #expect(made.status == 201)
            let id = try made.member("client_id")
            let begun = try await house.ask(
                .get,
                "/oauth/authorize?response_type=code&client_id=\(id)&redirect_uri=com.example.app%3A/back"
                    + "&scope=nonsense&code_challenge=\(HouseUnderTest.challenge)&code_challenge_method=S256")
            #expect(begun.location.hasPrefix("com.example.app:/back?error=invalid_scope"))
            let page = try await house.ask(
                .get,
                "/oauth/authorize?response_type=code&client_id=\(id)&redirect_uri=com.example.app%3A/back"
                    + "&scope=rule:steps&code_challenge=\(HouseUnderTest.challenge)&code_challenge_method=S256")
            let flow = try #require(page.cookie("licet_flow"))
            let shown = try await house.ask(.get, page.location, try await house.browser(flow: flow))
            #expect(shown.text.contains("<span class=\"host\">com.example.app</span>"))
            #expect(shown.headers[.contentSecurityPolicy]?.contains("com.example.app:") == true)
            let alone = try await house.postForm("/oauth/token", [:], "grant_type=client_credentials&client_id=\(id)")
            #expect(alone.status == 400)
            #expect(try alone.member("error") == "unauthorized_client")
        }
    }

    @Test("A1: every fault of a client is told by the name it was sent under")
    func faults() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let cases: [(String, String)] = [
                (#""token_endpoint_auth_method":"tls_client_auth""#, "token_endpoint_auth_method"),
                (#""token_endpoint_auth_method":1"#, "token_endpoint_auth_method"),
                (#""application_type":"desktop""#, "application_type"), (#""profile":"strict""#, "profile"),
                (#""profile":"fapi2""#, "profile"), (#""jwks":"{}""#, "jwks"), (#""jwks":{"keys":[]}"#, "jwks"),
                (#""token_endpoint_auth_method":"private_key_jwt""#, "jwks"),
                (#""token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]}"#, "jwks"),
                (
                    #""token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://keys.example/jwks""#,
                    "jwks_uri"
                ),
                (#""require_pushed_authorization_requests":"yes""#, "require_pushed_authorization_requests"),
                (#""dpop_bound_access_tokens":1"#, "dpop_bound_access_tokens"),
                (#""token_endpoint_auth_methods":"none""#, "token_endpoint_auth_methods"),
            ]
            for (sent, field) in cases {
                let refused = try await register(house, owner, "," + sent)
                #expect(refused.status == 422, "\(sent)")
                #expect(try refused.value("errors.0.field") == field, "\(sent)")
                #expect(try refused.value("errors.1.field") == nil, "\(sent)")
            }
        }
    }

    @Test("C3: what a client is, is replaced as a whole: it counts at once, and no token ends by it")
    func replaces() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let (token, record, _) = try await house.granted()
            let path = "/developer/apps/\(house.application.id.text)/client"
            let form = "grant_type=client_credentials&client_id=\(house.application.id.text)&client_secret="
            let replaced = try await house.putJSON(
                path, owner,
                "{\"token_endpoint_auth_method\":\"private_key_jwt\",\"jwks\":\(Self.keys),\"dpop_bound_access_tokens\":true}"
            )
            #expect(replaced.status == 200)
            #expect(
                try replaced.value("changed") == #"["token_endpoint_auth_method","dpop_bound_access_tokens","jwks"]"#)
            #expect(try replaced.value("client_secret") == nil)
            #expect(try replaced.value("application.jwks") == Self.keys)
            #expect(
                try await house.postForm("/oauth/token", [:], form + house.application.secret).member("error")
                    == "invalid_client")
            #expect(try await house.ask(.get, "/api/v1/records/\(record)/items", token).status == 200)

            // What is not said is as usual again.
            let back = try await house.putJSON(path, owner, "{}")
            #expect(try back.value("application.dpop_bound_access_tokens") == "false")
            #expect(try back.value("application.jwks") == "null")
            #expect(
                try await house.postForm("/oauth/token", [:], form + house.application.secret).member("error")
                    == "invalid_client")
            let fresh = try await house.postForm("/oauth/token", [:], form + (try back.member("client_secret")))
            // It is the client; only that it has no offline rule.
            #expect(try fresh.member("error") == "invalid_scope")
            #expect(try await house.putJSON(path, owner, "{}").value("changed") == "[]")

            let bad = try await house.putJSON(path, owner, #"{"name":"x","profile":1}"#)
            #expect(try bad.value("errors.0.field") == "profile")
            #expect(try bad.value("errors.1.field") == "name")
            #expect(try await house.putJSON(path, try await house.somebody("bob").app, "{}").status == 404)
        }
    }

    @Test("ASVS 6.3: guessing at a client is told to wait, known or unknown, and the client itself is not")
    func guessing() async throws {
        try await HouseUnderTest.trying { house in
            let form = "grant_type=client_credentials&client_id="
            for id in [house.application.id.text, "app_nobody"] {
                for _ in 0..<10 {
                    let wrong = try await house.postForm("/oauth/token", [:], "\(form)\(id)&client_secret=x")
                    #expect(wrong.status == 401)
                }
                for path in ["/oauth/token", "/oauth/par", "/oauth/revoke", "/oauth/introspect"] {
                    let rest = "&token=t&response_type=code"
                    let over = try await house.postForm(path, [:], "\(form)\(id)&client_secret=x\(rest)")
                    #expect(over.status == 429, "\(path)")
                    #expect(over.headers[.retryAfter] == "60", "\(path)")
                    #expect(try over.member("code") == "TOO_MANY_REQUESTS", "\(path)")
                }
            }
            let own = try await house.postForm(
                "/oauth/token", [:], "\(form)\(house.application.id.text)&client_secret=\(house.application.secret)")
            #expect(try own.member("error") == "invalid_scope")
        }
    }

    @Test("The metadata names the ways to authenticate that can be registered, and no other")
    func metadata() async throws {
        try await HouseUnderTest.trying { house in
            let told = try await house.ask(.get, "/.well-known/oauth-authorization-server")
            let names = ClientAuthentication.names.map { "\"\($0.key)\"" }.joined(separator: ",")
            #expect(try told.value("token_endpoint_auth_methods_supported") == "[\(names)]")
            #expect(try told.value("revocation_endpoint_auth_methods_supported") == "[\(names)]")
        }
    }
}
