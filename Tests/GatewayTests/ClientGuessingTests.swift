// Guessing at clients: it costs tries of the name and of the address, tells nothing, and never touches whoever has the secret.

import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Guessing at clients")
struct ClientGuessingTests {
    private static func credentials(_ id: String, _ secret: String, from address: String?) -> ClientCredentials {
        var client = ClientCredentials(id: id, secret: secret)
        client.address = address
        return client
    }

    @Test(
        "ASVS 6.3: after ten failures whoever guesses waits; known and unknown clients are answered alike",
        arguments: EngineUnderTest.available)
    func alike(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            var answers: [[Declined?]] = []
            let unknown = ApplicationID(bytes: [UInt8](repeating: 3, count: 16)).text
            for id in [pulse.id.text, unknown, "nobody", "a\u{0}b"] {
                var told: [Declined?] = []
                for _ in 0..<12 {
                    do {
                        _ = try await stage.gateway.authenticate(Self.credentials(id, "lcs_guess", from: nil))
                        Issue.record("nobody has this secret")
                    } catch { told.append(error as? Declined) }
                }
                answers.append(told)
            }
            #expect(answers.allSatisfy { $0 == answers[0] })
            #expect(answers[0].prefix(10).allSatisfy { $0?.problem == .invalidClient })
            #expect(answers[0][10]?.problem == .tooManyRequests && answers[0][10]?.retryAfter == .minutes(1))
            // The trail has a line for each failure that counted, and none for names that nobody has.
            #expect(try await stage.audit().filter { $0.outcome == "failed:INVALID_CLIENT" }.count == 10)
        }
    }

    @Test(
        "Whoever has the secret never waits, and leaves no trace among the tries", arguments: EngineUnderTest.available)
    func right(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            for _ in 0..<20 { _ = try await stage.gateway.authenticate(pulse.client) }
            #expect(try await stage.count("SELECT COUNT(*) FROM spent_budget") == 0)
            for place in 0..<12 {
                await declined(as: place < 10 ? .invalidClient : .tooManyRequests) {
                    try await stage.gateway.authenticate(
                        Self.credentials(pulse.id.text, "lcs_guess", from: "192.0.2.1"))
                }
            }
            _ = try await stage.gateway.authenticate(Self.credentials(pulse.id.text, pulse.secret, from: "192.0.2.1"))
            stage.clock.move(by: .minutes(1))
            await declined(as: .invalidClient) {
                try await stage.gateway.authenticate(Self.credentials(pulse.id.text, "lcs_guess", from: nil))
            }
        }
    }

    @Test(
        "A hundred failures from one address, whatever the client; elsewhere nobody notices",
        arguments: EngineUnderTest.available)
    func address(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            for number in 0..<100 {
                await declined(as: .invalidClient) {
                    try await stage.gateway.authenticate(Self.credentials("app_\(number)", "x", from: "192.0.2.1"))
                }
            }
            let refused = await declined(as: .tooManyRequests) {
                try await stage.gateway.authenticate(Self.credentials("app_new", "x", from: "192.0.2.1"))
            }
            #expect(refused?.retryAfter == .seconds(6))
            await declined(as: .invalidClient) {
                try await stage.gateway.authenticate(Self.credentials("app_new", "x", from: "192.0.2.2"))
            }
        }
    }

    @Test("Where a client calls from is not part of who it is")
    func equality() {
        #expect(Self.credentials("a", "b", from: "192.0.2.1") == Self.credentials("a", "b", from: nil))
        #expect(Self.credentials("a", "b", from: nil) != Self.credentials("a", "c", from: nil))
    }
}
