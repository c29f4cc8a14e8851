// Credentials are read from one place each, and half a credential is none.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Credentials as they are presented")
struct CallerTests {
    private func basic(_ text: String) -> HTTPFields { [.authorization: "Basic \(text)"] }
    private func form(_ text: String) throws -> Form { try #require(Form(urlencoded: text.utf8)) }

    @Test("C1: a bearer token is read from the header only, whatever the case of the scheme")
    func readsBearer() {
        #expect(Caller.bearer([.authorization: "Bearer lat_x"]) == "lat_x")
        #expect(Caller.bearer([.authorization: "bearer  lat_x"]) == "lat_x")
        for field in [
            "Bearer", "Bearer ", "Bearer a b", "Basic lat_x", "lat_x", "Bearer \(String(repeating: "x", count: 513))",
        ] {
            #expect(Caller.bearer([.authorization: field]) == nil)
        }
        #expect(Caller.bearer([.cookie: "licet_session=lat_x"]) == nil)
    }

    @Test("C1: a session cookie is found by its exact name among others")
    func readsCookie() {
        #expect(Caller.sessionCookie([.cookie: "a=1; licet_session=lss_x; b=2"]) == "lss_x")
        #expect(Caller.flowCookie([.cookie: "licet_flow=lfl_x"]) == "lfl_x")
        for field in [
            "xlicet_session=lss_x", "licet_session2=lss_x", "licet_session=", "licet_session=a b",
            "licet_session=\"x\"",
        ] {
            #expect(Caller.sessionCookie([.cookie: field]) == nil)
        }
        #expect(Caller.sessionCookie([.authorization: "Bearer lss_x"]) == nil)
    }

    @Test("a client authenticates by HTTP Basic with form-encoded id and secret (RFC 6749 §2.3.1)")
    func readsBasic() throws {
        // a%20b:c%3Ad%2B
        let client = try Caller.client(basic("YSUyMGI6YyUzQWQlMkI="), form: .empty)
        #expect(client == ClientCredentials(id: "a b", secret: "c:d+"))
    }

    @Test("or by client_secret in the form; a form with only client_id is a public client's (RFC 6749 §2.3.1, §3.2.1)")
    func readsPost() throws {
        let client = try Caller.client([:], form: try form("client_id=a&client_secret=s"))
        #expect(client == ClientCredentials(id: "a", secret: "s"))
        let publicClient = try Caller.client([:], form: try form("client_id=a"))
        #expect(publicClient == ClientCredentials(id: "a", proof: .nothing))
        #expect(try Caller.client([:], form: .empty) == nil)
    }

    @Test("two ways at once, or two ids, are a malformed request")
    func refusesTwoWays() throws {
        let pair = basic("YTpz")  // a:s
        #expect(throws: Declined.self) { try Caller.client(pair, form: try form("client_id=a&client_secret=s")) }
        #expect(throws: Declined.self) { try Caller.client(pair, form: try form("client_id=b")) }
        #expect(throws: Declined.self) { try Caller.client([:], form: try form("client_secret=s")) }
        #expect(try Caller.client(pair, form: try form("client_id=a"))?.proof == .secret("s"))
    }

    @Test(
        "a header that is no Basic is a failed authentication",
        arguments: ["Basic", "Basic !!!!", "Basic YQ==", "Bearer x"])
    func refusesBrokenBasic(field: String) {
        #expect(throws: Declined(.invalidClient)) { try Caller.client([.authorization: field], form: .empty) }
    }

    @Test("base64 is read with its padding and nothing else")
    func readsBase64() {
        #expect(Base64.decode("") == [])
        #expect(Base64.decode("AA==") == [0])
        #expect(Base64.decode("+/+/") == [0xfb, 0xff, 0xbf])
        for text in ["A", "AA", "AAA", "A===", "AA=A", "AA==AA==", "-_-_", "AA =", "===="] {
            #expect(Base64.decode(text) == nil)
        }
    }

    @Test("secrets are the same only when they are the same")
    func comparesSecrets() {
        #expect(isSameSecret("abc", "abc"))
        #expect(!isSameSecret("abc", "abd"))
        #expect(!isSameSecret("abc", "abcd"))
        #expect(!isSameSecret("", "a"))
    }
}
