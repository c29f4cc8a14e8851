// An approval that begins in a browser where somebody is signed in is theirs from the start, and nobody else's.

import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Whose an approval is")
struct BoundAtStartTests {
    @Test("C2: what began in a browser is whose session is there, and their app answers it only once it has looked")
    func isWhoIsSignedIn() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath, try await house.browser())
            let id = try #require(start.location.split(separator: "/").last)
            let app = try await house.app()
            let path = "/partner/consent/pending/\(id)"
            let answer = "{\"approvedScopes\":[\"rule:activity\"]}"
            let blind = try await house.postJSON("\(path)/approve", app, answer)
            #expect(blind.status == 409)
            #expect(try blind.member("code") == "APPROVAL_CHANGED")
            #expect(try await house.gateway.grants(of: house.person).grants.isEmpty)
            #expect(try await house.ask(.get, path, app).status == 200)
            #expect(try await house.postJSON("\(path)/approve", app, answer).status == 200)
        }
    }

    @Test("C2: what began in a browser where nobody is signed in is nobody's until it is opened there")
    func isNobodys() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, house.authorizePath)
            let id = try #require(start.location.split(separator: "/").last)
            let app = try await house.app()
            #expect(try await house.ask(.get, "/partner/consent/pending/\(id)", app).status == 404)
            // A session that is over, or none, says nothing.
            let stray: HTTPFields = [.cookie: "licet_session=lss_stray"]
            let other = try await house.ask(.get, house.authorizePath, stray)
            let otherID = try #require(other.location.split(separator: "/").last)
            #expect(try await house.ask(.get, "/partner/consent/pending/\(otherID)", app).status == 404)
        }
    }
}
