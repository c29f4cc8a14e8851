// Who is refused where: the whole route table, asked with every credential but the right one.

import Domain
import Gateway
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Web

@Suite("Who may come")
struct AdmissionTests {
    private static let id = "00000000000000000000000000"

    private func path(_ route: Route) -> String {
        let noun = route.path.contains("/approvals/") || route.path.contains("/pending/") ? "apr" : "grt"
        let path = route.path.replacing("{id}", with: "\(noun)_\(Self.id)").replacing("{record}", with: "r_\(Self.id)")
            .replacing("{person}", with: "p_\(Self.id)")
        // What is missing from a question is told before the token is looked at: it says nothing of anybody.
        switch route.name {
        case .queryPermissions: return path + "?types=steps"
        case .fhirObservations: return path + "?patient=r_\(Self.id)"
        default: return path
        }
    }

    @Test("C1: no route answers to nobody, nor to a credential of another kind")
    func refusesWrongCredentials() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let session = try await house.app()
            let token = try await house.granted().token
            let basic: HTTPFields = [.authorization: "Basic YTpi"]
            for route in RouteTable.all {
                let wrong: [HTTPFields]
                switch route.admission {
                case .anyone, .visitor, .sentBrowser, .visitorForm, .monitor: continue
                case .person, .personForm, .approvalForm, .personUpload: wrong = [[:], session, token, basic]
                case .session: wrong = [[:], browser, token, basic]
                case .token: wrong = [[:], browser, session, basic]
                case .application: wrong = [[:], browser, session, token, basic]
                case .applicationOrBrowser: wrong = [session, token, basic]
                }
                for headers in wrong {
                    let reply = try await house.askFittingly(route, path(route), headers)
                    if route.dress == .page {
                        #expect(reply.status == 303 && reply.location == route.signIn, "\(route.name)")
                    } else {
                        #expect(reply.status == 401, "\(route.name) answered \(reply.status)")
                        #expect(reply.headers[.wwwAuthenticate] != nil, "\(route.name)")
                    }
                }
            }
        }
    }

    @Test("no form of a signed-in person is taken without its token, or from another site")
    func refusesForeignForms() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/", browser).formToken
            for route in RouteTable.all where [.personForm, .approvalForm].contains(route.admission) {
                let bare = try await house.postForm(path(route), browser, "decision=approve")
                #expect(bare.status == 403, "\(route.name)")
                var foreign = browser
                foreign[.origin] = "https://evil.example"
                #expect(
                    try await house.postForm(path(route), foreign, "form_token=\(token)").status == 403, "\(route.name)"
                )
            }
            for path in ["/sign-in", "/sign-up", "/recover"] {
                let reply = try await house.postForm(path, [.secFetchSite: "cross-site"], "login=ada&password=x")
                #expect(reply.status == 403)
            }
        }
    }

    @Test("every answer carries a request id and keeps caches and browsers from guessing")
    func headersEverywhere() async throws {
        try await HouseUnderTest.trying(secureCookies: true) { house in
            let places = RouteTable.all.map { ($0.method, path($0)) } + [(.get, "/nowhere"), (.delete, "/")]
            for (method, path) in places {
                let reply = try await house.ask(method, path)
                #expect(reply.headers[.requestID]?.hasPrefix("req_") == true, "\(path)")
                #expect(reply.headers[.xContentTypeOptions] == "nosniff", "\(path)")
                #expect(reply.headers[.strictTransportSecurity] != nil, "\(path)")
                #expect(reply.headers[.referrerPolicy] != nil, "\(path)")
                let caching = reply.headers[.cacheControl]
                #expect(
                    path.hasPrefix("/assets/") ? caching?.contains("max-age") == true : caching == "no-store", "\(path)"
                )
                if reply.headers[.contentType]?.hasPrefix("text/html") == true {
                    #expect(reply.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true, "\(path)")
                    #expect(reply.headers[.xFrameOptions] == "DENY", "\(path)")
                }
            }
        }
    }

    @Test("an unknown path is a problem, or a page for browsers; a wrong method is told the right ones")
    func unknownPlaces() async throws {
        try await HouseUnderTest.trying { house in
            let problem = try await house.ask(.get, "/nowhere")
            #expect(problem.status == 404)
            #expect(try problem.member("code") == "NOT_FOUND")
            let page = try await house.ask(.get, "/nowhere", [.accept: "text/html,*/*;q=0.8"])
            #expect(page.status == 404)
            #expect(page.text.contains("<h1>There is nothing here.</h1>"))
            let method = try await house.ask(.put, "/oauth/token")
            #expect(method.status == 405)
            #expect(method.headers[.allow] == "POST")
        }
    }

    @Test("the meters open to this machine alone, or to the metrics token")
    func meters() async throws {
        try await HouseUnderTest.trying { house in
            let nobody = try await house.ask(.get, "/metrics")
            #expect(nobody.status == 401)
            let wrong = try await house.ask(.get, "/metrics", [.authorization: "Bearer watc"])
            #expect(wrong.status == 401)
            let right = try await house.ask(.get, "/metrics", [.authorization: "Bearer watch"])
            #expect(right.text == "up 1\n")
        }
        try await HouseUnderTest.trying(.live) { house in
            let here = try await house.ask(.get, "/metrics")
            #expect(here.status == 200)
            let elsewhere = try await house.ask(.get, "/metrics", [.xForwardedFor: "203.0.113.9"])
            #expect(elsewhere.status == 401)
            let alive = try await house.ask(.get, "/healthz")
            #expect(alive.text == "ok")
            let ready = try await house.ask(.get, "/readyz")
            #expect(ready.text == "{\"ready\":true}")
        }
    }
}

extension HouseUnderTest {
    fileprivate func askFittingly(_ route: Route, _ path: String, _ headers: HTTPFields) async throws -> Reply {
        if route.admission == .application || route.admission == .applicationOrBrowser {
            // Long enough that no budget of failures is spent.
            time.pass(.minutes(1))
            return try await postForm(path, headers, "grant_type=client_credentials&client_id=a&token=t")
        }
        if route.admission == .token, route.method == .post {
            return try await postJSON(path, headers, "{\"parcels\":[\"msg_00000000000000000000000000\"]}")
        }
        return try await ask(route.method, path, headers)
    }
}
