// Guessing at accounts: what it costs, that it tells nothing, and that it locks nobody out.

import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Budgets of failures")
struct BudgetTests {
    private static let login = "ada@example.org"
    private static let right = "correct horse battery"

    @discardableResult
    private static func signIn(
        _ stage: Stage, _ login: String = login, _ password: String = right, from address: String? = nil
    ) async throws -> OpenedSession {
        try await stage.gateway.signIn(login: login, password: password, kind: .cookie, from: address, request: nil)
    }

    private static func fail(_ stage: Stage, _ times: Int, _ login: String = login, from address: String? = nil) async {
        for _ in 0..<times {
            await declined(as: .signInFailed) { try await signIn(stage, login, "wrong horse battery", from: address) }
        }
    }

    @Test(
        "ASVS 6.3: after ten failures even the right password waits a minute, and no longer",
        arguments: EngineUnderTest.available)
    func account(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            await Self.fail(stage, 10)
            let refused = await declined(as: .tooManyRequests) { try await Self.signIn(stage) }
            #expect(refused?.retryAfter == .minutes(1))
            #expect(refused?.detail == "Too many tries. Please wait 60 seconds, then try again.")
            stage.clock.move(by: .milliseconds(59_999))
            let still = await declined(as: .tooManyRequests) { try await Self.signIn(stage) }
            #expect(still?.retryAfter == .milliseconds(1))
            stage.clock.move(by: .milliseconds(1))
            try await Self.signIn(stage)
            // A success gives all of it back.
            await Self.fail(stage, 10)
            await declined(as: .tooManyRequests) { try await Self.signIn(stage) }
            // A refusal for the budget is no failure of the account: ten of the eleven lines of before are there.
            let failed = try await stage.audit(.signedIn).filter { $0.outcome == "failed:SIGN_IN_FAILED" }
            #expect(failed.count == 20)
        }
    }

    @Test(
        "A login that nobody has, or nobody can have, is counted as any other: the answers are equal",
        arguments: EngineUnderTest.available)
    func unknown(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            var answers: [[Declined?]] = []
            for login in [Self.login, "eve@example.org", "", "a\u{0}b"] {
                var told: [Declined?] = []
                for _ in 0..<12 {
                    do {
                        try await Self.signIn(stage, login, "wrong horse battery")
                        Issue.record("nobody has this password")
                    } catch { told.append(error as? Declined) }
                }
                answers.append(told)
            }
            #expect(Set(answers.map { $0.map { $0?.problem } }).count == 1)
            #expect(answers.allSatisfy { $0 == answers[0] })
            #expect(answers[0][9]?.problem == .signInFailed && answers[0][10]?.problem == .tooManyRequests)
            // A login is the same however it is written.
            await declined(as: .tooManyRequests) { try await Self.signIn(stage, " EVE@Example.org ") }
        }
    }

    @Test(
        "A hundred failures from one address, whatever the account; elsewhere nobody notices",
        arguments: EngineUnderTest.available)
    func address(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            for number in 0..<100 { await Self.fail(stage, 1, "nobody\(number)@example.org", from: "2001:db8::1") }
            // All of a network of 64 bits is one address.
            let refused = await declined(as: .tooManyRequests) {
                try await Self.signIn(stage, from: "2001:db8:0:0:ffff::9")
            }
            #expect(refused?.retryAfter == .seconds(6))
            await declined(as: .tooManyRequests) {
                try await stage.gateway.recover(
                    login: Self.login, code: "x", new: "quite another one", from: "2001:db8::2", request: nil)
            }
            try await Self.signIn(stage, from: "2001:db8:0:1::1")
            try await Self.signIn(stage, from: "192.0.2.1")
            stage.clock.move(by: .seconds(6))
            // Somebody's own success gives back its own try and nothing of the guesses.
            try await Self.signIn(stage, from: "2001:db8::1")
            await Self.fail(stage, 1, "nobody@example.org", from: "2001:db8::1")
            await declined(as: .tooManyRequests) { try await Self.signIn(stage, from: "2001:db8::1") }
        }
    }

    @Test("An address is the same however it is spelled, and an IPv4 address stands for itself alone")
    func spelling() async throws {
        try await Stage.on(.sqliteMemory, policy: Self.strict) { stage in
            _ = try await stage.person()
            await Self.fail(stage, 1, "a", from: "::ffff:192.0.2.1")
            await declined(as: .tooManyRequests) { try await Self.signIn(stage, from: "192.0.2.1") }
            try await Self.signIn(stage, from: "192.0.2.2")
            await Self.fail(stage, 1, "b", from: "2001:DB8::1")
            await declined(as: .tooManyRequests) { try await Self.signIn(stage, from: "2001:0db8:0::2") }
        }
    }

    private static var strict: Policy {
        var policy = Stage.policy
        if let one = SpendingBudget(size: 1, refill: .minutes(1)) { policy.addressBudget = one }
        return policy
    }

    @Test(
        "Guesses that come at once are counted before any is answered, over two nodes too",
        arguments: EngineUnderTest.available)
    func atOnce(_ engine: EngineUnderTest) async throws {
        try await engine.tryingTwo { one, other in
            let clock = TestWorld()
            let first = try await Stage(engine: one, clock: clock)
            let second = try await Stage(engine: other, clock: clock)
            _ = try await first.person()
            let answers = await outcomes(of: 24) { place in
                try await Self.signIn(place % 2 == 0 ? first : second, Self.login, "wrong horse battery")
            }
            // On PostgreSQL some may find the row taken for too long, and are told to come again; they learn nothing.
            let failed = answers.filter { $0.problem == .signInFailed }.count
            #expect(failed <= 10 && failed > 0)
            #expect(
                answers.allSatisfy {
                    $0.problem == .signInFailed || $0.problem == .tooManyRequests || $0.problem == .storageUnavailable
                })
            if engine != .postgres { #expect(failed == 10) }
        }
    }

    @Test("Successes are free: as many as come", arguments: EngineUnderTest.available)
    func free(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            for _ in 0..<30 { try await Self.signIn(stage, from: "127.0.0.1") }
            // What is left of them is nothing that counts against the address.
            let left = try await stage.count("SELECT COALESCE(MAX(spent), 0) FROM spent_budget")
            #expect(left == 0)
        }
    }

    @Test(
        "A recovery code has tries of its own, and with the new password its owner comes in at once",
        arguments: EngineUnderTest.available)
    func recovery(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let code = try await stage.gateway.makeRecoveryCode(
                for: ada, password: Stage.password, request: nil)
            func recover(_ login: String, _ code: String) async throws {
                try await stage.gateway.recover(login: login, code: code, new: "quite another one", request: nil)
            }
            await Self.fail(stage, 10)
            try await recover(Self.login, code)
            try await Self.signIn(stage, Self.login, "quite another one")
            for login in [Self.login, "eve@example.org"] {
                for _ in 0..<10 { await declined(as: .signInFailed) { try await recover(login, "lrc_wrong") } }
                let refused = await declined(as: .tooManyRequests) { try await recover(login, code) }
                #expect(refused?.retryAfter == .minutes(1))
            }
            try await Self.signIn(stage, Self.login, "quite another one")
        }
    }

    @Test("Within a session the password cannot be guessed either", arguments: EngineUnderTest.available)
    func confirmation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            func change(_ current: String) async throws {
                try await stage.gateway.changePassword(
                    of: ada, current: current, new: "quite another one", keeping: nil, request: nil)
            }
            for _ in 0..<10 { await declined(as: .invalidFields) { try await change("wrong horse battery") } }
            await declined(as: .tooManyRequests) { try await change(Self.right) }
            await declined(as: .tooManyRequests) {
                try await stage.gateway.closeAccount(of: ada, password: Self.right, request: nil)
            }
            stage.clock.move(by: .minutes(1))
            try await change(Self.right)
        }
    }

    @Test("D2: what was typed as a login is nowhere in the storage", arguments: EngineUnderTest.available)
    func hashed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            await Self.fail(stage, 1, "a password in the wrong field", from: "192.0.2.7")
            let names = try await stage.engine.read { tx in
                try tx.query("SELECT name_hash FROM spent_budget") { row in row.bytes(0) }
            }
            #expect(names.count == 2 && names.allSatisfy { $0.count == 32 })
            #expect(!names.contains(hashSecret("account|a password in the wrong field")))
        }
    }
}
