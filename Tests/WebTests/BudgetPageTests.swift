// What somebody sees who failed too often: on the page, in the person's own app, and behind a proxy.

import Domain
import Gateway
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Web

@Suite("Too many failures, as they are told")
struct BudgetPageTests {
    @Test(
        "ASVS 6.3: the sign-in page says plainly how long to wait, keeps the login typed, and says it to programs too")
    func page() async throws {
        try await HouseUnderTest.trying { house in
            func post(_ login: String, _ password: String) async throws -> HouseUnderTest.Reply {
                try await house.postForm("/sign-in", [:], "login=\(login)&password=\(password)")
            }
            for _ in 0..<10 { #expect(try await post("ada", "nonsense").status == 401) }
            let reply = try await post("ada", "correct+horse+battery")
            #expect(reply.status == 429)
            #expect(reply.headers[.retryAfter] == "60")
            #expect(reply.headers[.wwwAuthenticate] == nil)
            #expect(reply.text.contains("Please wait 60 seconds, then try again."))
            #expect(reply.text.contains("value=\"ada\""))
            #expect(PageSoundness.faults(reply.text) == [])
            for _ in 0..<10 { #expect(try await post("nobody", "nonsense").status == 401) }
            let stranger = try await post("nobody", "nonsense")
            #expect(
                stranger.text.split(separator: "value=\"nobody\"").joined()
                    == reply.text.split(separator: "value=\"ada\"").joined())
            house.time.pass(.minutes(1))
            #expect(try await post("ada", "correct+horse+battery").status == 303)
        }
    }

    @Test("The person's own app is told by status, code and Retry-After")
    func app() async throws {
        try await HouseUnderTest.trying { house in
            func post() async throws -> HouseUnderTest.Reply {
                try await house.postJSON("/partner/session", [:], #"{"login":"ada","password":"nonsense"}"#)
            }
            for _ in 0..<10 { #expect(try await post().status == 401) }
            let reply = try await post()
            #expect(reply.status == 429)
            #expect(reply.headers[.retryAfter] == "60")
            #expect(try reply.member("code") == "TOO_MANY_REQUESTS")
            #expect(try reply.member("detail") == "Too many tries. Please wait 60 seconds, then try again.")
            // The page knows no other budget than the app does.
            #expect(try await house.postForm("/sign-in", [:], "login=ada&password=nonsense").status == 429)
        }
    }

    @Test("The recovery page says it too, and keeps the name typed")
    func recovery() async throws {
        try await HouseUnderTest.trying { house in
            func post() async throws -> HouseUnderTest.Reply {
                try await house.postForm("/recover", [:], "login=ada&code=x&new_password=quite+another+one")
            }
            for _ in 0..<10 { #expect(try await post().status == 401) }
            let reply = try await post()
            #expect(reply.status == 429)
            #expect(reply.headers[.retryAfter] == "60")
            #expect(reply.text.contains("Please wait 60 seconds") && reply.text.contains("value=\"ada\""))
            #expect(PageSoundness.faults(reply.text) == [])
        }
    }

    @Test("The address comes with the connection: over the wire a hundred failures are too many, whatever the login")
    func address() async throws {
        try await HouseUnderTest.trying(.live) { house in
            // Forwarded by nobody that is trusted: what the header says is not believed.
            for number in 0..<100 {
                let headers: HTTPFields = [.xForwardedFor: "192.0.2.\(number)"]
                let reply = try await house.postForm("/sign-in", headers, "login=n\(number)&password=nonsense")
                #expect(reply.status == 401)
            }
            let reply = try await house.postForm("/sign-in", [:], "login=ada&password=correct+horse+battery")
            #expect(reply.status == 429)
            #expect(reply.headers[.retryAfter] == "6")
        }
    }
}
