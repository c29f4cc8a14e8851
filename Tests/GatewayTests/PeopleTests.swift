// Accounts, passwords and sessions (C1): what is kept, what is told, and what no guess may learn.

import Dispatch
import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("People")
struct PeopleTests {
    @Test(
        "A password is kept as scrypt with its parameters and a salt of its own", arguments: EngineUnderTest.available)
    func hashes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            _ = try await stage.person("bob@example.org")
            let hashes = try await stage.engine.read { tx in
                try tx.query("SELECT password_hash FROM person ORDER BY login") { row in row.text(0) }
            }
            #expect(hashes.count == 2)
            for hash in hashes {
                #expect(hash.hasPrefix("$scrypt$ln=4,r=8,p=3$"))
                #expect(!hash.contains("correct horse"))
            }
            // The same password twice is two salts and two hashes.
            #expect(Set(hashes).count == 2)
            #expect(Policy(publicURL: "https://licet.example").passwordCost == 15)
        }
    }

    @Test("Scrypt is RFC 7914's: a hash computed elsewhere verifies, one bit more does not")
    func vector() async throws {
        // RFC 7914 §12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1), its first 32 bytes.
        let known: [UInt8] = [
            0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06, 0xcd, 0x81, 0xfd, 0x38, 0xeb, 0xfd, 0xa8,
            0xfb, 0xba, 0x90, 0x4f, 0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2,
        ]
        let stored = "$scrypt$ln=14,r=8,p=1$\(Base64.encode(Array("SodiumChloride".utf8)))$\(Base64.encode(known))"
        let hasher = PasswordHasher(workers: 1, waiting: 4)
        #expect(try await hasher.verify("pleaseletmein", against: stored))
        #expect(try await hasher.verify("pleaseletmeim", against: stored) == false)
    }

    @Test(
        "A stored hash that cannot be read, or asks for absurd work, verifies nothing",
        arguments: [
            "", "plain", "$scrypt$ln=4,r=8,p=3$AAAA", "$scrypt$ln=40,r=8,p=3$AAAA$AAAA",
            "$scrypt$ln=x,r=8,p=3$AAAA$AAAA",
            "$argon2$ln=4,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "$scrypt$ln=4,r=8,p=3$****$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ])
    func unreadable(_ stored: String) async throws {
        #expect(try await PasswordHasher(workers: 1, waiting: 1).verify("correct horse", against: stored) == false)
    }

    @Test("When too many wait for the password pool, it says busy at once")
    func busy() async throws {
        let hasher = PasswordHasher(workers: 1, waiting: 2)
        let gate = DispatchSemaphore(value: 0)
        await withTaskGroup(of: Void.self) { group in
            // One at work and one behind it, both until the gate opens.
            for _ in 0..<2 {
                group.addTask {
                    _ = try? await hasher.run {
                        gate.wait()
                        return nil
                    }
                }
            }
            while hasher.load < 2 { await Task.yield() }
            let refused = await outcomes(of: 12) { _ in
                try await hasher.hash("correct horse", salt: [UInt8](repeating: 1, count: 16), cost: 4)
            }
            #expect(refused.map(\.problem) == Array(repeating: .busy, count: 12))
            gate.signal()
            gate.signal()
        }
        // And when they are through there is room again.
        _ = try await hasher.hash("correct horse", salt: [1], cost: 4)
    }

    @Test("A wrong password and an unknown login look the same", arguments: EngineUnderTest.available)
    func alike(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            var refusals: [Declined?] = []
            for (login, password) in [
                ("ada@example.org", "wrong horse battery"), ("eve@example.org", "correct horse battery"),
                ("", ""), ("ada@example.org\u{0}", "correct horse battery"), ("ada@example.org", ""),
                ("ada@example.org", String(repeating: "x", count: 2_000)),
            ] {
                refusals.append(
                    await declined(as: .signInFailed) {
                        try await stage.gateway.signIn(login: login, password: password, kind: .cookie, request: nil)
                    })
            }
            #expect(refusals.allSatisfy { $0 == refusals[0] })
            // Logins are written as people write them.
            _ = try await stage.gateway.signIn(
                login: "  ADA@Example.org ", password: "correct horse battery", kind: .cookie, request: nil)
        }
    }

    @Test("An account names every field at fault, and a login is taken once", arguments: EngineUnderTest.available)
    func accounts(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let all = await declined(as: .invalidFields) {
                try await stage.gateway.register(login: "a", password: "short", name: " ", request: nil)
            }
            #expect(all?.faults.map(\.field) == ["login", "name", "password"])
            let family = String(repeating: "👨‍👩‍👧‍👦", count: 256)
            for (login, password, name, field) in [
                ("a b@example.org", "correct horse battery", "Ada", "login"),
                ("a\u{0}b@example.org", "correct horse battery", "Ada", "login"),
                (String(repeating: "a", count: 255), "correct horse battery", "Ada", "login"),
                ("ada@example.org", "ADA@example.org", "Ada", "password"),
                ("ada@example.org", String(repeating: "p", count: 257), "Ada", "password"),
                // 256 characters, but more bytes than signing in would ever take.
                ("ada@example.org", family, "Ada", "password"),
                ("ada@example.org", "correct horse battery", "A\u{0}", "name"),
                ("ada@example.org", "correct horse battery", String(repeating: "n", count: 101), "name"),
            ] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.register(login: login, password: password, name: name, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == [field])
            }
            let results = await outcomes(of: 6) { _ in try await stage.person("Ada@example.org") }
            #expect(results.compactMap(\.answer).count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .alreadyExists, count: 5))
            let records = try await stage.count("SELECT COUNT(*) FROM record")
            #expect(records == 1)
        }
    }

    @Test(
        "Sessions end at their time and when signed out, and a cookie's token is no bearer token",
        arguments: EngineUnderTest.available, [SessionKind.cookie, .bearer])
    func sessions(_ engine: EngineUnderTest, _ kind: SessionKind) async throws {
        let other: SessionKind = kind == .cookie ? .bearer : .cookie
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            func open() async throws -> OpenedSession {
                try await gateway.signIn(
                    login: "ada@example.org", password: "correct horse battery", kind: kind, request: nil)
            }
            let first = try await open()
            let second = try await open()
            #expect(first.token != second.token)
            #expect(first.expiresAt == stage.clock.now + .hours(12))
            let signedIn = try #require(try await gateway.signedIn(token: first.token, kind: kind))
            #expect(signedIn.person == ada && signedIn.login == "ada@example.org" && signedIn.name == "Ada")
            #expect(try await gateway.signedIn(token: second.token, kind: kind)?.formToken != signedIn.formToken)
            #expect(try await gateway.signedIn(token: first.token, kind: other) == nil)
            #expect(try await gateway.signedIn(token: "lss_unknown", kind: kind) == nil)

            // Signing out by the wrong kind ends nothing.
            try await gateway.signOut(token: first.token, kind: other, request: nil)
            #expect(try await gateway.signedIn(token: first.token, kind: kind) != nil)
            try await gateway.signOut(token: first.token, kind: kind, request: nil)
            #expect(try await gateway.signedIn(token: first.token, kind: kind) == nil)
            try await gateway.signOut(token: first.token, kind: kind, request: nil)
            #expect(try await stage.audit(.signedOut).count == 1)

            stage.clock.move(by: Span(microseconds: Span.hours(12).microseconds - 1))
            #expect(try await gateway.signedIn(token: second.token, kind: kind) != nil)
            stage.clock.move(by: Span(microseconds: 1))
            #expect(try await gateway.signedIn(token: second.token, kind: kind) == nil)
            #expect(try await gateway.sweepRound() == 1)
            #expect(try await stage.count("SELECT COUNT(*) FROM session") == 0)
        }
    }

    @Test("Neither a session's token nor a code nor a secret is kept in clear", arguments: EngineUnderTest.available)
    func hashed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let session = try await stage.gateway.signIn(
                login: "ada@example.org", password: "correct horse battery", kind: .cookie, request: nil)
            let mine = try await stage.authorize(ada, pulse)
            for (secret, statement) in [
                (session.token, "SELECT token_hash FROM session"), (mine.token, "SELECT token_hash FROM access_token"),
                (pulse.secret, "SELECT secret_hash FROM application"),
            ] as [(String, SQL)] {
                let kept = try await stage.engine.read { tx in try tx.query(statement) { row in row.bytes(0) } }
                #expect(kept == [hashSecret(secret)])
            }
        }
    }
}
