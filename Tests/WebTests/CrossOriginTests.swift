// Which answers pages of other origins may read: those of the routes that the table shares, and no other.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Applications in a browser")
struct CrossOriginTests {
    private static let shared: Set<RouteName> = [
        .metadata, .resourceMetadata, .jwks, .fhirMetadata, .fhirSmartConfiguration, .smartConfiguration,
        .token, .revokeToken,
        .readItems, .acknowledge, .personInfo, .authorizedRecords, .queryPermissions, .giveUpAuthorization,
        .fhirPatient, .fhirObservations, .grantReceipts, .grantReceipt,
        .logCheckpoint, .logTile, .logKey, .logWitnessed, .logKeys, .logHandover, .logConsistency, .logMinimum,
        .auditEntry,
        .auditProof,
    ]
    private static let origin: HTTPFields = [.origin: "https://app.example"]

    private func path(_ route: Route) -> String {
        route.path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.first == "{" ? "x" : String($0) }.joined(separator: "/")
    }

    private func access(_ reply: HouseUnderTest.Reply) -> [String: String] {
        var found: [String: String] = [:]
        for field in reply.headers where field.name.canonicalName.hasPrefix("access-control-") {
            found[field.name.canonicalName] = field.value
        }
        return found
    }

    @Test("exactly what an application without a secret needs is shared, and none of it reads a cookie")
    func sharesTheLeast() {
        #expect(Set(RouteTable.all.filter(\.isShared).map(\.name)) == Self.shared)
        for route in RouteTable.all where route.isShared {
            #expect([.anyone, .application, .token].contains(route.admission), "\(route.name)")
            #expect(route.dress != .page, "\(route.name)")
        }
    }

    @Test("what is not there is told to pages of other origins below the places that are shared, and nowhere else")
    func dressesWhatIsNotThere() async throws {
        try await HouseUnderTest.trying { house in
            for (path, isTold) in [
                ("/fhir/r4/Condition", true), ("/api/v1/nothing", true), ("/api/v1/people/x", false),
                ("/nothing", false),
                ("/partner/nothing", false), ("/oauth/authorise", false),
            ] {
                let reply = try await house.ask(.get, path, Self.origin)
                #expect(access(reply).isEmpty == !isTold, "\(path)")
                let asked: HTTPFields = [
                    .origin: "https://app.example", .accessControlRequestMethod: "GET",
                    .accessControlRequestHeaders: "authorization",
                ]
                let before = try await house.ask(.options, path, asked)
                #expect(access(before).isEmpty == !isTold, "\(path), asked before")
            }
        }
    }

    @Test(
        "every answer of a shared route, good or bad, may be read by any page, without credentials; no other answer is")
    func dressesAnswers() async throws {
        try await HouseUnderTest.trying { house in
            let (token, _, _) = try await house.granted()
            for route in RouteTable.all {
                for more in [HTTPFields(), token] {
                    var headers = Self.origin
                    for field in more { headers.append(field) }
                    let reply = try await house.ask(route.method, path(route), headers)
                    let expected =
                        route.isShared
                        ? ["access-control-allow-origin": "*", "access-control-expose-headers": CrossOrigin.exposed]
                        : [:]
                    #expect(access(reply) == expected, "\(route.name)")
                }
            }
        }
    }

    @Test("a browser that asks beforehand is told of the shared routes' methods and headers, and of nothing else")
    func answersPreflights() async throws {
        try await HouseUnderTest.trying { house in
            for route in RouteTable.all {
                var headers = Self.origin
                headers[.accessControlRequestMethod] = route.method.rawValue
                headers[.accessControlRequestHeaders] = "authorization,dpop,content-type"
                let reply = try await house.ask(.options, path(route), headers)
                guard route.isShared else {
                    #expect(reply.status == 405 && access(reply).isEmpty, "\(route.name)")
                    continue
                }
                #expect(reply.status == 204 && reply.text.isEmpty, "\(route.name)")
                let told = access(reply)
                #expect(told["access-control-allow-methods"]?.contains(route.method.rawValue) == true, "\(route.name)")
                #expect(told["access-control-allow-origin"] == "*")
                #expect(told["access-control-allow-headers"] == "Authorization, Content-Type, DPoP")
                #expect(told["access-control-max-age"] == "7200")
                #expect(told["access-control-allow-credentials"] == nil)
                #expect(reply.headers[.requestID]?.hasPrefix("req_") == true)
                #expect(reply.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test(
        "a question that is no preflight, for a method that is not there, or for a place that is not, is answered as before"
    )
    func refusesOtherQuestions() async throws {
        try await HouseUnderTest.trying { house in
            #expect(try await house.ask(.options, "/oauth/token", Self.origin).status == 405)
            let noOrigin: HTTPFields = [.accessControlRequestMethod: "POST"]
            #expect(try await house.ask(.options, "/oauth/token", noOrigin).status == 405)
            var wrong = Self.origin
            wrong[.accessControlRequestMethod] = "DELETE"
            for place in ["/oauth/token", "/oauth/grants/grt_x", "/api/v1/records/x/items"] {
                let reply = try await house.ask(.options, place, wrong)
                #expect(reply.status == 405 && access(reply).isEmpty == !place.hasPrefix("/api/v1/"), "\(place)")
            }
            let nowhere = try await house.ask(.options, "/nowhere", wrong)
            #expect(nowhere.status == 404 && access(nowhere).isEmpty)
        }
    }

    @Test("a public client in a browser: the code with its verifier is exchanged and the data read across origins")
    func wholeWay() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let made = try await house.postJSON(
                "/developer/apps", owner,
                "{\"name\":\"Page\",\"redirect_uris\":[\"https://page.example/cb\"],"
                    + "\"token_endpoint_auth_method\":\"none\",\"rules\":[\(HouseUnderTest.rule("steps"))]}")
            let client = try made.member("client_id")
            let start = try await house.ask(
                .get,
                "/oauth/authorize?response_type=code&client_id=\(client)&scope=rule:steps&code_challenge_method=S256"
                    + "&code_challenge=\(HouseUnderTest.challenge)")
            #expect(access(start).isEmpty)
            let browser = try await house.browser(flow: start.cookie("licet_flow"))
            let page = try await house.ask(.get, start.location, browser)
            let decided = try await house.postForm(
                start.location, browser, "\(page.answerFields)&decision=approve&scope=rule:steps")
            let code = HouseUnderTest.parameter("code", of: decided.location)
            let token = try await house.postForm(
                "/oauth/token", Self.origin,
                "grant_type=authorization_code&code=\(code)&client_id=\(client)"
                    + "&code_verifier=\(HouseUnderTest.verifier)")
            #expect(token.status == 200 && access(token)["access-control-allow-origin"] == "*")
            var headers = Self.origin
            headers[.authorization] = "Bearer \(try token.member("access_token"))"
            let items = try await house.ask(.get, "/api/v1/records/\(try token.member("record"))/items", headers)
            #expect(items.status == 200 && access(items)["access-control-allow-origin"] == "*")
        }
    }
}
