// The published key set, as a stranger fetches it.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The key set")
struct KeySurfaceTests {
    @Test("RFC 7517: anybody gets the public keys, the newest first, and no private half")
    func published() async throws {
        try await HouseUnderTest.trying { house in
            let none = try await house.ask(.get, "/oauth/jwks")
            #expect(none.status == 200 && none.text == #"{"keys":[]}"#)
            let first = try await house.gateway.prepareSigningKey()
            let second = try await house.gateway.rotateSigningKey(overlap: .days(7), request: nil)
            let reply = try await house.ask(.get, "/oauth/jwks")
            #expect(reply.headers[.contentType] == "application/jwk-set+json")
            let kids = reply.text.matches(of: /"kid":"([^"]+)"/).map { String($0.output.1) }
            #expect(kids == [second, first])
            #expect(!reply.text.contains(#""d":"#))
            house.time.pass(.days(7))
            #expect(try await !house.ask(.get, "/oauth/jwks").text.contains(first))
        }
    }
}
