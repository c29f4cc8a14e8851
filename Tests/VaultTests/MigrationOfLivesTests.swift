// What the past release stored is there after the fourth migration, and means what it meant.

import Domain
import TestKit
import Testing
import Vault

@Suite("The fourth migration") struct MigrationOfLivesTests {
    private static func migrated(
        _ kind: EngineUnderTest, _ test: @Sendable (any Engine) async throws -> Void
    ) async throws {
        try await kind.trying { engine in
            #expect(try await migrate(engine, PastStore.past, at: PastStore.now) == [1, 2, 3])
            try await engine.write { tx in try PastStore.fill(tx) }
            #expect(try await migrate(engine, Schema.migrations, at: PastStore.now) == Array(4...13))
            #expect(try await migrate(engine, Schema.migrations, at: PastStore.now) == [])
            try await test(engine)
        }
    }

    @Test(
        "A4, C6: a grant keeps its terms, its rules get the version they were agreed to under, and its history moves over",
        arguments: EngineUnderTest.available)
    func grants(_ kind: EngineUnderTest) async throws {
        try await Self.migrated(kind) { engine in
            let expected: [(version: Int, state: GrantState, history: [String])] = [
                (1, .active, ["1 given person page"]),
                (2, .revoked, ["1 given person page", "2 revoked person page"]),
                (3, .revoked, ["1 given person page", "2 expired clock none", "3 revoked person page"]),
                (1, .active, []),
            ]
            for (number, wanted) in expected.enumerated() {
                let id = PastStore.grant(UInt8(number))
                let (row, changes) = try await engine.read { tx in
                    (try GrantTable.find(id, in: tx), try GrantTable.changes(of: id, in: tx))
                }
                let grant = try #require(row)
                #expect(grant.version == wanted.version)
                #expect(grant.state == wanted.state)
                #expect(grant.terms.rules.map(\.stored) == ["heart@2", "walking@2"])
                #expect(grant.terms.scope == "rule:heart rule:walking")
                #expect(grant.terms.refusedScope == "rule:nights")
                #expect(grant.itemsDelivered == 7)
                #expect(grant.terms.limits.isEmpty && changes.allSatisfy(\.limits.isEmpty))
                #expect(grant.expiresAt == PastStore.now + .days(90))
                #expect(
                    changes.map { "\($0.version) \($0.event.rawValue) \($0.actor.rawValue) \($0.method)" }
                        == wanted.history)
                #expect(changes.allSatisfy { $0.permissions == grant.permissions && $0.expiresAt == grant.expiresAt })
            }
            let gone = await #expect(throws: StorageError.self) {
                try await engine.execute("SELECT grant_id FROM grant_event")
            }
            #expect(gone != nil)
        }
    }

    @Test(
        "C9: a migrated grant goes on living: narrowed and revoked, its versions count on without a gap",
        arguments: EngineUnderTest.available)
    func goesOn(_ kind: EngineUnderTest) async throws {
        try await Self.migrated(kind) { engine in
            for number in [0, 3] as [UInt8] {
                let id = PastStore.grant(number)
                let changes = try await engine.write { tx throws(StorageError) -> [GrantChange] in
                    guard let row = try GrantTable.find(id, in: tx) else { return [] }
                    var terms = row.terms
                    terms.expiresAt = PastStore.now + .days(1)
                    _ = try GrantTable.update(id, to: terms, ruleVersion: 2, from: row.version, in: tx)
                    try GrantTable.record(
                        .narrowed, of: id, actor: .person, method: "page", at: PastStore.now, in: tx)
                    _ = try GrantTable.revoke(id, at: PastStore.now, in: tx)
                    try GrantTable.record(
                        .revoked, of: id, actor: .person, method: "api", at: PastStore.now, in: tx)
                    return try GrantTable.changes(of: id, in: tx)
                }
                #expect(changes.map(\.version) == (number == 0 ? [1, 2, 3] : [2, 3]))
                #expect(changes.suffix(2).map(\.event) == [.narrowed, .revoked])
            }
        }
    }

    @Test(
        "A4: rules that were written before read back with a language and a wording of the first version",
        arguments: EngineUnderTest.available)
    func rules(_ kind: EngineUnderTest) async throws {
        try await Self.migrated(kind) { engine in
            let (versions, then) = try await engine.read { tx in
                (
                    try RuleTable.versions(of: PastStore.application, limit: 10, in: tx),
                    try RuleTable.find(of: PastStore.application, at: PastStore.now, in: tx)
                )
            }
            #expect(versions.map(\.rules.version) == [2, 1])
            #expect(versions.map(\.author) == [PastStore.person, nil])
            let rules = try #require(versions.first).rules
            #expect(then == rules)
            #expect(rules.rules.map(\.name.text) == ["heart", "walking"])
            #expect(rules.rules.map(\.whyText) == [WhyText("To show you."), WhyText("To count.")])
            #expect(rules.rules.allSatisfy { $0.wordingSince == 1 && $0.materialSince == 1 })
            #expect(rules.rules.map(\.isRequired) == [true, false])
            #expect(rules.coverage.types == [.heartRate, .steps, .distance])
            // So nobody who agreed then is asked again.
            let grant = try #require(try await engine.read { tx in try GrantTable.find(PastStore.grant(0), in: tx) })
            let standing = RecordStanding(grant: grant.terms, own: .everything)
            #expect(rules.status(of: standing).status == .noActionRequired)
        }
    }

    @Test(
        "C7: a token, a code, an approval, a session and an access to a record of before are good as they were",
        arguments: EngineUnderTest.available)
    func rest(_ kind: EngineUnderTest) async throws {
        try await Self.migrated(kind) { engine in
            try await engine.write { tx in
                let token = try FactsTable.byToken(PastStore.token, in: tx)
                #expect(token?.grant == PastStore.grant(0))
                #expect(token?.person == nil)
                #expect(token?.known.facts.recordAccess?.permissions == .everything)
                #expect(token?.known.facts.application?.isInGoodStanding == true)
                let code = try TokenTable.findCode(PastStore.code, in: tx)
                #expect(code?.grant == PastStore.grant(0))
                #expect(code?.person == nil)
                let isRedeemed = try TokenTable.useCode(PastStore.code, at: PastStore.now, in: tx)
                #expect(isRedeemed)
                let approval = try ApprovalTable.find(PastStore.approval, in: tx)
                #expect(approval?.kind == .code)
                #expect(approval?.record == nil && approval?.grant == nil && approval?.actionQuery == nil)
                let session = try SessionTable.find(
                    tokenHash: PastStore.session, kind: "cookie", at: PastStore.now, in: tx)
                #expect(session?.name == "Ada")
                let holding = try RecordTable.holding(of: PastStore.person, in: PastStore.record, tx: tx)
                #expect(holding?.state == .active)
                #expect(holding?.holding.isCustodian == true)
                #expect(holding?.record.name == "")
                #expect(holding?.record.country == nil)
                // Its history begins when it was given.
                let given = try RecordTable.access(
                    of: PastStore.person, in: PastStore.record, at: PastStore.now, tx: tx)
                #expect(given?.permissions == .everything)
                let before: Moment = PastStore.now - Span(microseconds: 1)
                let sooner = try RecordTable.access(of: PastStore.person, in: PastStore.record, at: before, tx: tx)
                #expect(sooner == nil)
                let own = try RecordTable.own(of: PastStore.person, in: tx)
                #expect(own?.record.id == PastStore.record)
                let kept = try tx.queryOne("SELECT own_record_id FROM person WHERE id = \(PastStore.person)") { row in
                    row.optionalText(0)
                }
                #expect(kept == PastStore.record.text)
                let application = try ApplicationTable.find(PastStore.application, in: tx)
                #expect(application?.interaction == .singleRecord)
                #expect(application?.countries == [])
                #expect(application?.noticeURL == nil && application?.previousSecretUntil == nil)
                let hasRecovery = try PersonTable.hasRecovery(of: PastStore.person, in: tx)
                #expect(!hasRecovery)
                let selected = try RecordTable.selected(by: PastStore.person, for: PastStore.application, in: tx)
                #expect(selected == nil)
            }
        }
    }

    @Test("a store that has nothing in it migrates to the same shape", arguments: EngineUnderTest.available)
    func empty(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            #expect(
                try await migrate(engine, Schema.migrations, at: PastStore.now) == Array(1...13))
            let (grants, due) = try await engine.read { tx in
                (
                    try GrantTable.of(person: PastStore.person, limit: 10, in: tx),
                    try NoticeTable.due(at: PastStore.now, limit: 10, in: tx)
                )
            }
            #expect(grants.isEmpty)
            #expect(due.isEmpty)
        }
    }
}
