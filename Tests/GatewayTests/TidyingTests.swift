// What the clock makes useless goes, to the microsecond and in bounded batches; what is history or still says something stays.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Tidying")
struct TidyingTests {
    private static let instant = Span(microseconds: 1)

    @Test(
        "C4: an approval that nobody decided is marked as expired at its end, and stays",
        arguments: EngineUnderTest.available)
    func approvals(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            _ = try await stage.consent(ada, to: pulse)
            _ = try await stage.begin(pulse)
            func states(_ state: String) async throws -> Int {
                try await stage.count("SELECT COUNT(*) FROM approval WHERE state = \(state)")
            }
            stage.clock.move(by: .minutes(15) - Self.instant)
            #expect(try await stage.gateway.tidyRound() == 0)
            #expect(try await states("pending") == 1)
            stage.clock.move(by: Self.instant)
            #expect(try await stage.gateway.tidyRound() == 1)
            #expect(try await states("expired") == 1)
            #expect(try await states("approved") == 1)
            #expect(try await stage.gateway.tidyRound() == 0)
        }
    }

    @Test(
        "Codes and tokens go a day after their end, used or not, revoked or not; grants and the audit stay",
        arguments: EngineUnderTest.available)
    func tokens(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            _ = try await stage.consent(ada, to: pulse)
            _ = try await stage.revoke(mine.grant, by: ada)
            let lines = try await stage.audit().count
            // C10: until its natural end, and a day more, the revoked token is told that consent is missing.
            stage.clock.move(by: .minutes(59))
            _ = try await stage.gateway.tidyRound()
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record) }
            stage.clock.move(by: .minutes(1) + .days(1) - Self.instant)
            _ = try await stage.gateway.tidyRound()
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token") == 1)
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code") == 0)
            stage.clock.move(by: Self.instant)
            _ = try await stage.gateway.tidyRound()
            #expect(try await stage.count("SELECT COUNT(*) FROM access_token") == 0)
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant") >= 1)
            #expect(try await stage.audit().count >= lines)
        }
    }

    @Test(
        "A code is there for its replay to be noticed until a day after its end", arguments: EngineUnderTest.available)
    func codes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            _ = try await stage.consent(ada, to: pulse)
            let end = try await stage.count("SELECT expires_at FROM authorization_code")
            stage.clock.move(to: Moment(microseconds: Int64(end)) + .days(1) - Self.instant)
            _ = try await stage.gateway.tidyRound()
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code") == 1)
            stage.clock.move(by: Self.instant)
            _ = try await stage.gateway.tidyRound()
            #expect(try await stage.count("SELECT COUNT(*) FROM authorization_code") == 0)
        }
    }

    @Test(
        "Pushed requests and proofs go at their end, budgets when they are whole again",
        arguments: EngineUnderTest.available)
    func small(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let now = stage.clock.now
            let client = pulse.id
            try await stage.engine.write { tx in
                for place in 0..<4 {
                    let hash = [UInt8](repeating: UInt8(place), count: 32)
                    let end = now + .seconds(place < 2 ? 60 : 3_600)
                    _ = try ProofTable.use(hash, until: end, in: tx)
                    try PushedRequestTable.insert(
                        uriHash: hash, application: client, parameters: "{}", until: end, in: tx)
                }
            }
            await declined(as: .signInFailed) {
                try await stage.gateway.signIn(login: "eve", password: "wrong", kind: .cookie, request: nil)
            }
            stage.clock.move(by: .seconds(60) - Self.instant)
            #expect(try await stage.gateway.tidyRound() == 0)
            stage.clock.move(by: Self.instant)
            #expect(try await stage.gateway.tidyRound() == 4)
            #expect(try await stage.count("SELECT COUNT(*) FROM used_proof") == 2)
            #expect(try await stage.count("SELECT COUNT(*) FROM pushed_request") == 2)
            #expect(try await stage.count("SELECT COUNT(*) FROM spent_budget") == 1)
            stage.clock.move(by: .minutes(9))
            #expect(try await stage.gateway.tidyRound() == 1)
            #expect(try await stage.count("SELECT COUNT(*) FROM spent_budget") == 0)
        }
    }

    @Test(
        "A family goes a day after its end with all its tokens, and in the right order; others keep theirs",
        arguments: EngineUnderTest.available)
    func families(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let now = stage.clock.now
            try await stage.engine.write { tx in
                for place in UInt8(1)...3 {
                    let id = TokenFamilyID(bytes: [UInt8](repeating: place, count: 16))
                    let state = TokenFamily(
                        generation: 3, advancedAt: now, expiresAt: now + .hours(Int64(place) * 24), hasEnded: false)
                    try FamilyTable.insert(
                        FamilyRow(
                            id: id, application: pulse.id, grant: mine.grant, person: nil, keyThumbprint: nil,
                            state: state), code: [place], at: now, in: tx)
                    for generation in 1...3 {
                        try FamilyTable.insertToken(
                            hash: [place, UInt8(generation)], of: id, generation: generation, at: now, in: tx)
                    }
                }
                _ = try FamilyTable.end(
                    TokenFamilyID(bytes: [UInt8](repeating: 2, count: 16)), at: now, in: tx)
            }
            func count() async throws -> [Int] {
                [
                    try await stage.count("SELECT COUNT(*) FROM token_family"),
                    try await stage.count("SELECT COUNT(*) FROM refresh_token"),
                ]
            }
            stage.clock.move(by: .days(2) - Self.instant)
            _ = try await stage.gateway.tidyRound()
            #expect(try await count() == [3, 9])
            stage.clock.move(by: Self.instant)
            #expect(try await stage.gateway.tidyRound() == 4)
            #expect(try await count() == [2, 6])
            // One that was ended stays until the end it had.
            #expect(try await stage.count("SELECT COUNT(*) FROM token_family WHERE ended_at IS NOT NULL") == 1)
            stage.clock.move(by: .days(1))
            #expect(try await stage.gateway.tidyRound() == 4)
            #expect(try await stage.count("SELECT COUNT(*) FROM token_family WHERE ended_at IS NOT NULL") == 0)
        }
    }

    @Test("A family that moves on forgets what is old, and never its two newest", arguments: EngineUnderTest.available)
    func generations(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let now = stage.clock.now
            let id = TokenFamilyID(bytes: [UInt8](repeating: 1, count: 16))
            let left = try await stage.engine.write { tx -> [Int] in
                try FamilyTable.insert(
                    FamilyRow(
                        id: id, application: pulse.id, grant: mine.grant, person: nil, keyThumbprint: nil,
                        state: TokenFamily(generation: 8, advancedAt: now, expiresAt: now + .days(90))), code: [1],
                    at: now, in: tx)
                for generation in 1...8 {
                    // The third came late, as the answer to a retry.
                    let made = generation == 3 ? now : now - .days(40)
                    try FamilyTable.insertToken(
                        hash: [UInt8(generation)], of: id, generation: generation, at: made, in: tx)
                }
                for _ in 0..<4 {
                    try FamilyTable.forgetOldest(of: id, generation: 8, before: now - .days(30), in: tx)
                }
                return try tx.query("SELECT generation FROM refresh_token ORDER BY generation") { row in Int(row.int(0))
                }
            }
            #expect(left == [3, 7, 8])
        }
    }

    @Test("A round takes 500 of a kind and says so, the next goes on", arguments: EngineUnderTest.available)
    func batches(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let now = stage.clock.now
            try await stage.engine.write { tx in
                for number in 0..<1_100 {
                    _ = try ProofTable.use([UInt8(number / 256), UInt8(number % 256)], until: now, in: tx)
                }
            }
            #expect(try await stage.gateway.tidyRound() == 500)
            #expect(
                try await stage.engine.read { tx in try TidyTable.left(.proofs, before: now, most: 10_000, in: tx) }
                    == 600)
            #expect(
                try await stage.engine.read { tx in try TidyTable.left(.proofs, before: now, most: 100, in: tx) } == 100
            )
            #expect(try await stage.gateway.tidyRound() == 500)
            #expect(try await stage.gateway.tidyRound() == 100)
            #expect(try await stage.gateway.tidyRound() == 0)
        }
    }

    @Test("Two nodes that tidy at once take everything once", arguments: EngineUnderTest.available)
    func together(_ engine: EngineUnderTest) async throws {
        try await engine.tryingTwo { one, other in
            let clock = TestWorld()
            let first = try await Stage(engine: one, clock: clock)
            let second = try await Stage(engine: other, clock: clock)
            let now = clock.now
            try await one.write { tx in
                for number in 0..<700 {
                    _ = try ProofTable.use([UInt8(number / 256), UInt8(number % 256)], until: now, in: tx)
                }
            }
            let counts = await outcomes(of: 6) { place in
                try await (place % 2 == 0 ? first : second).gateway.tidyRound()
            }
            var sum = counts.compactMap(\.answer).reduce(0, +)
            // A node that had to give way comes again.
            while case let more = try await first.gateway.tidyRound(), more > 0 { sum += more }
            #expect(sum == 700)
        }
    }
}

extension Span {
    fileprivate static func - (left: Span, right: Span) -> Span {
        Span(microseconds: left.microseconds - right.microseconds)
    }
    fileprivate static func + (left: Span, right: Span) -> Span {
        Span(microseconds: left.microseconds + right.microseconds)
    }
}
