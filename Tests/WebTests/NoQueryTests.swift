// A query that nobody reads is refused on the APIs, by the name of what was asked too much.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Queries that nobody asked for")
struct NoQueryTests {
    @Test("a parameter on a route that takes none is refused, and named; without it the route answers")
    func refuses() async throws {
        try await HouseUnderTest.trying { house in
            let granted = try await house.granted()
            let app = try await house.app()
            let named = try await house.ask(.get, "/api/v1/person?ids=r_1", granted.token)
            #expect(named.status == 422)
            #expect(try named.value("errors.0.field") == "ids")
            #expect(try named.value("errors.0.message") == "there is no such parameter")
            #expect(try await house.ask(.get, "/api/v1/person", granted.token).status == 200)
            #expect(try await house.ask(.get, "/partner/records?limit=1", app).status == 422)
            #expect(try await house.ask(.get, "/partner/records?", app).status == 200)
            let grant = "/partner/consent/grants/\(granted.grant)"
            #expect(try await house.ask(.delete, grant + "?force=yes", app).status == 422)
            #expect(try await house.ask(.get, "/partner/consent/grants", app).value("grants.0.status") == "active")
            #expect(try await house.ask(.get, "/developer/apps?all=1", app).status == 422)
            let signIn = #"{"login":"ada","password":"correct horse battery"}"#
            #expect(try await house.postJSON("/partner/session?keep=1", [:], signIn).status == 422)
            // Who may not come at all is not told what would be wrong.
            #expect(try await house.ask(.get, "/partner/records?limit=1").status == 401)
        }
    }

    @Test("every route of the APIs either reads its query itself or refuses one")
    func coversEveryRoute() async throws {
        try await HouseUnderTest.trying { house in
            let token = try await house.granted().token
            let app = try await house.app()
            let id = "00000000000000000000000000"
            let areas = ["/api/", "/partner/", "/developer/"]
            for route in RouteTable.all where areas.contains(where: { route.path.hasPrefix($0) }) {
                let noun = route.path.contains("/pending/") ? "apr" : "grt"
                let path = route.path.replacing("{id}", with: "\(noun)_\(id)").replacing("{record}", with: "r_\(id)")
                    .replacing("{person}", with: "p_\(id)")
                let headers: HTTPFields = route.admission == .token ? token : route.admission == .session ? app : [:]
                // The sessions are needed by the routes behind this one.
                guard route.name != .closeSession else { continue }
                let reply = try await house.ask(route.method, path + "?nobody_asked=1", headers)
                #expect(reply.status == 422, "\(route.name) answered \(reply.status)")
                #expect(reply.text.contains("\"field\":\"nobody_asked\""), "\(route.name)")
            }
        }
    }
}
