// A form that another site posts in the person's name is refused.

import Domain
import HTTPTypes
import Testing

@testable import Gateway
@testable import Web

@Suite("Forms from elsewhere")
struct SameOriginTests {
    private let origin = "https://licet.example"

    @Test("what the browser says comes from our own pages, or from the person's own hand, is taken")
    func takesOurOwn() throws {
        try SameOrigin.check([.secFetchSite: "same-origin", .origin: "https://other.example"], publicOrigin: origin)
        try SameOrigin.check([.secFetchSite: "none"], publicOrigin: origin)
        try SameOrigin.check([.origin: origin], publicOrigin: origin)
        try SameOrigin.check([:], publicOrigin: origin)
    }

    @Test("everything else the browser says is refused")
    func refusesOthers() {
        for headers: HTTPFields in [
            [.secFetchSite: "cross-site", .origin: "https://licet.example"], [.secFetchSite: "same-site"],
            [.secFetchSite: ""], [.origin: "null"], [.origin: "https://licet.example.evil.example"],
            [.origin: "http://licet.example"],
        ] {
            #expect(throws: SameOrigin.tampered) { try SameOrigin.check(headers, publicOrigin: origin) }
        }
    }

    @Test("a form needs this session's token, once")
    func needsTheToken() throws {
        func check(_ text: String) throws {
            try SameOrigin.check(try #require(Form(urlencoded: text.utf8)), token: "tok")
        }
        try check("form_token=tok")
        for text in ["", "form_token=", "form_token=tokk", "form_token=tok&form_token=tok", "Form_token=tok"] {
            #expect(throws: SameOrigin.tampered) { try check(text) }
        }
    }

    @Test("an origin is scheme, host and port, as browsers write it")
    func readsOrigins() {
        #expect(SameOrigin.origin(of: "https://Licet.example/a?b#c") == "https://licet.example")
        #expect(SameOrigin.origin(of: "https://licet.example:443") == "https://licet.example")
        #expect(SameOrigin.origin(of: "http://127.0.0.1:8080/") == "http://127.0.0.1:8080")
        for text in ["licet.example", "ftp://licet.example", "https:///x", "https://a@b/", ""] {
            #expect(SameOrigin.origin(of: text) == nil)
        }
    }

    @Test("the consent form may lead to the application's redirect URI and nowhere else")
    func namesFormTargets() {
        #expect(
            FormTarget.sources(redirectURI: "https://app.example:8443/cb?x=1", hosts: []) == [
                "https://app.example:8443"
            ])
        #expect(FormTarget.sources(redirectURI: "com.example.app:/cb", hosts: []) == ["com.example.app:"])
        #expect(
            FormTarget.sources(redirectURI: nil, hosts: ["localhost"]) == ["http://localhost:*", "https://localhost:*"])
        #expect(FormTarget.sources(redirectURI: nil, hosts: ["x;script-src *", ""]).isEmpty)
        #expect(FormTarget.sources(redirectURI: "https://x;default-src/", hosts: []).isEmpty)
    }
}
