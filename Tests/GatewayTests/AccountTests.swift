// A person's account after it was made: another password, a way back in, and closing it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Accounts")
struct AccountTests {
    private static let login = "ada@example.org"
    private static let better = "staple battery horse"

    private static func signIn(
        _ stage: Stage, _ password: String = Stage.password, _ kind: SessionKind = .cookie
    ) async throws(Declined) -> String {
        try await stage.gateway.signIn(login: login, password: password, kind: kind, request: nil).token
    }

    private static func isSignedIn(_ stage: Stage, _ token: String, _ kind: SessionKind = .cookie) async throws -> Bool
    {
        try await stage.gateway.signedIn(token: token, kind: kind) != nil
    }

    @Test(
        "A changed password ends every other session, and the former password",
        arguments: EngineUnderTest.available)
    func changed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await Self.signIn(stage)
            let old = try await Self.signIn(stage)
            let app = try await Self.signIn(stage, Stage.password, .bearer)
            let his = try await stage.gateway.signIn(
                login: "bob@example.org", password: Stage.password, kind: .cookie, request: nil
            ).token
            for (current, new, field) in [
                ("wrong", Self.better, "current_password"), (Stage.password, "short", "new_password"),
                (Stage.password, Self.login, "new_password"),
                (String(repeating: "x", count: 2_000), Self.better, "current_password"),
            ] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.changePassword(
                        of: ada, current: current, new: new, keeping: mine, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == [field])
            }
            #expect(try await Self.isSignedIn(stage, old))
            try await stage.gateway.changePassword(
                of: ada, current: Stage.password, new: Self.better, keeping: mine, request: nil)
            #expect(try await Self.isSignedIn(stage, mine))
            #expect(!(try await Self.isSignedIn(stage, old)))
            #expect(!(try await Self.isSignedIn(stage, app, .bearer)))
            #expect(try await stage.gateway.signedIn(token: his, kind: .cookie)?.person == bob)
            await declined(as: .signInFailed) { try await Self.signIn(stage) }
            _ = try await Self.signIn(stage, Self.better)
            #expect(try await stage.audit(.passwordChanged).count == 1)
            try await stage.gateway.changePassword(
                of: ada, current: Self.better, new: Stage.password, keeping: nil, request: nil)
            #expect(!(try await Self.isSignedIn(stage, mine)))
        }
    }

    @Test(
        "A recovery code sets a new password once and ends all sessions; a wrong one and an unknown login look alike",
        arguments: EngineUnderTest.available)
    func recovered(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let session = try await Self.signIn(stage)
            #expect(!(try await gateway.hasRecoveryCode(ada)))
            let former = try await gateway.makeRecoveryCode(
                for: ada, password: Stage.password, request: nil)
            let code = try await gateway.makeRecoveryCode(
                for: ada, password: Stage.password, request: nil)
            #expect(code.hasPrefix("lrc_"))
            #expect(try await gateway.hasRecoveryCode(ada))
            var refusals: Set<String> = []
            for (login, given) in [
                (Self.login, former), (Self.login, "lrc_x"), (Self.login, ""), ("nobody@example.org", code),
                ("\u{0}", code),
            ] {
                let refusal = await declined(as: .signInFailed) {
                    try await gateway.recover(login: login, code: given, new: Self.better, request: nil)
                }
                refusals.insert("\(String(describing: refusal))")
            }
            #expect(refusals.count == 1)
            let weak = await declined(as: .invalidFields) {
                try await gateway.recover(login: Self.login, code: code, new: "short", request: nil)
            }
            #expect(weak?.faults.map(\.field) == ["new_password"])
            _ = try await Self.signIn(stage)
            #expect(try await stage.audit(.recoveryCodeMade).map(\.outcome) == ["done", "done"])
            // No clock runs against a code that the person keeps.
            stage.clock.move(by: .hours(11))
            try await gateway.recover(login: " ADA@example.org", code: " \(code) ", new: Self.better, request: nil)
            #expect(!(try await Self.isSignedIn(stage, session)))
            #expect(!(try await gateway.hasRecoveryCode(ada)))
            await declined(as: .signInFailed) { try await Self.signIn(stage) }
            _ = try await Self.signIn(stage, Self.better)
            await declined(as: .signInFailed) {
                try await gateway.recover(login: Self.login, code: code, new: "another long word", request: nil)
            }
            #expect(
                try await stage.audit(.passwordRecovered).map(\.outcome).sorted()
                    == [
                        "done", "failed:SIGN_IN_FAILED", "failed:SIGN_IN_FAILED", "failed:SIGN_IN_FAILED",
                        "failed:SIGN_IN_FAILED",
                    ])
        }
    }

    @Test("A code that the operator makes is good for a day, and is on record", arguments: EngineUnderTest.available)
    func operatorsCode(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.person()
            await declined(as: .notFound) {
                try await stage.gateway.makeRecoveryCode(login: "x@example.org", request: nil)
            }
            let late = try await stage.gateway.makeRecoveryCode(login: Self.login, request: nil)
            stage.clock.move(by: .hours(24))
            await declined(as: .signInFailed) {
                try await stage.gateway.recover(login: Self.login, code: late, new: Self.better, request: nil)
            }
            let code = try await stage.gateway.makeRecoveryCode(login: Self.login, request: nil)
            stage.clock.move(by: Span(microseconds: Span.hours(24).microseconds - 1))
            try await stage.gateway.recover(login: Self.login, code: code, new: Self.better, request: nil)
            #expect(try await stage.audit(.recoveryCodeMade).count == 2)
        }
    }

    @Test(
        "A recovery code takes the password, not a session alone, and goes when the password changes",
        arguments: EngineUnderTest.available)
    func codeTakesPassword(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let refusal = await declined(as: .invalidFields) {
                try await gateway.makeRecoveryCode(for: ada, password: "wrong", request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["password"])
            #expect(!(try await gateway.hasRecoveryCode(ada)))
            #expect(try await stage.audit(.recoveryCodeMade).isEmpty)
            let code = try await gateway.makeRecoveryCode(for: ada, password: Stage.password, request: nil)
            try await gateway.changePassword(
                of: ada, current: Stage.password, new: Self.better, keeping: nil, request: nil)
            #expect(!(try await gateway.hasRecoveryCode(ada)))
            await declined(as: .signInFailed) {
                try await gateway.recover(login: Self.login, code: code, new: "another long word", request: nil)
            }
        }
    }

    @Test("Of many recoveries by one code at once exactly one counts", arguments: EngineUnderTest.available)
    func recoveryRace(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let ada = try await one.person()
            let code = try await one.gateway.makeRecoveryCode(
                for: ada, password: Stage.password, request: nil)
            let results = await outcomes(of: 8) { place in
                try await (place % 2 == 0 ? one : other).gateway.recover(
                    login: Self.login, code: code, new: "\(Self.better) \(place)", request: nil)
            }
            #expect(results.compactMap(\.answer).count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .signInFailed, count: 7))
        }
    }

    @Test(
        "Closing an account is foretold, needs the password, and waits until every record has another custodian",
        arguments: EngineUnderTest.available)
    func closing(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application(notices: "https://pulse.example/notice")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let cleo = try await stage.child(of: ada)
            let own = try await stage.ownRecord(of: ada)
            try await stage.share(cleo, from: ada, with: bob)
            let shared = try await stage.child(of: bob, "Dora")
            try await stage.share(shared, from: bob, with: ada, relationship: "other")
            let session = try await Self.signIn(stage)
            let mine = try await stage.authorize(ada, pulse)
            let hers = try await stage.authorize(ada, pulse, for: cleo)
            let his = try await stage.authorize(bob, pulse, for: cleo)

            let plan = try await gateway.closing(of: ada)
            #expect(plan.recordsClosed == ["Ada"])
            #expect(plan.recordsInTheWay == ["Cleo"])
            #expect(plan.recordsLeft == ["Dora"])
            #expect(plan.grantsEnded == ["Pulse", "Pulse"])
            let wrong = await declined(as: .invalidFields) {
                try await gateway.closeAccount(of: ada, password: "wrong", request: nil)
            }
            #expect(wrong?.faults.map(\.field) == ["password"])
            await declined(as: .lastCustodian) {
                try await gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            }
            _ = try await stage.read(mine.token, mine.record)

            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            #expect(try await gateway.closing(of: ada).recordsInTheWay.isEmpty)
            let name = try await stage.engine.read { tx in try RecordTable.auditName(of: own, in: tx) }
            try await gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            #expect(!(try await Self.isSignedIn(stage, session)))
            await declined(as: .signInFailed) { try await Self.signIn(stage) }
            await declined(as: .signInFailed) {
                try await gateway.signIn(login: "closed:\(ada.text)", password: "", kind: .cookie, request: nil)
            }
            for token in [(mine.token, mine.record), (hers.token, hers.record)] {
                await declined(as: .consentRequired) { try await stage.read(token.0, token.1) }
            }
            #expect(try await gateway.grants(of: ada).grants.map(\.state) == [.revoked, .revoked])
            #expect(try await stage.notices().filter { $0.event == "grant.revoked" }.count == 2)
            // What others hold goes on.
            _ = try await stage.read(his.token, his.record)
            #expect(
                try await gateway.record(cleo, of: bob).holders.map(\.state).sorted { $0.rawValue < $1.rawValue } == [
                    .active, .left,
                ])
            // What says who it was is gone, and the login is free for somebody new, who is somebody else.
            let words = try await stage.engine.read { tx in
                try tx.query("SELECT login || name || password_hash FROM person WHERE id = \(ada)") { row in row.text(0)
                }
            }
            let word = try #require(words.first)
            #expect(word.hasPrefix("closed:") && word.count == 29 && !word.contains(ada.text))
            await declined(as: .notFound) { try await gateway.makeRecoveryCode(login: word, request: nil) }
            let refusal = await declined(as: .invalidFields) {
                try await gateway.register(
                    login: "Closed:\(ada.text)", password: Stage.password, name: "Ada", request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["login"])
            #expect(try await stage.count("SELECT COUNT(*) FROM record WHERE id = \(own) AND name = ''") == 1)
            #expect(try await stage.audit(.accountClosed).count == 1)
            #expect(try await RecordTests.events(stage, own) == ["given", "suspended"])
            #expect(try await stage.audit(.recordSuspended).map(\.record) == [name?.text])
            let again = try await stage.person()
            #expect(again != ada)
            #expect(try await gateway.grants(of: again).grants.isEmpty)
        }
    }

    @Test(
        "A closed record cannot be had any more by an invitation that was still open",
        arguments: EngineUnderTest.available)
    func openInvitation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            let made = try await stage.gateway.invite(
                to: record, RecordTests.draft(custodian: true), by: ada, request: nil)
            try await stage.gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            await declined(as: .invalidFields) {
                try await stage.gateway.acceptRecordInvitation(made.token, by: bob, request: nil)
            }
            #expect(try await stage.gateway.records(of: bob).count == 1)
        }
    }
    @Test(
        "A custodian whose time is over cannot close while others hold the record and nobody else looks after it",
        arguments: EngineUnderTest.available)
    func expiredCustodian(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada, endsOn: "2026-12-01")
            let alone = try await stage.child(of: ada, "Dora", endsOn: "2026-12-01")
            try await stage.share(cleo, from: ada, with: bob)
            stage.clock.move(by: .days(11))
            _ = try await gateway.sweepRound()
            #expect(try await gateway.closing(of: ada).recordsInTheWay == ["Cleo"])
            await declined(as: .lastCustodian) {
                try await gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            }
            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            let plan = try await gateway.closing(of: ada)
            #expect(plan.recordsInTheWay.isEmpty && plan.recordsLeft == ["Cleo"])
            #expect(Set(plan.recordsClosed) == ["Ada", "Dora"])
            try await gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            #expect(try await RecordTests.events(stage, alone).last == "suspended")
            #expect(
                try await gateway.record(cleo, of: bob).holders.filter { $0.person == ada }.map(\.state) == [.left])
        }
    }
}
