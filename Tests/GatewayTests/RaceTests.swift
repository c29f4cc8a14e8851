// Two nodes over one store, and people who are quick: one of them wins, nobody meets an accident, and nothing slips through.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Races")
struct RaceTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    @Test(
        "C5: one approval decided on two nodes at once is decided once", arguments: EngineUnderTest.available,
        [false, true])
    func decidedOnce(_ engine: EngineUnderTest, _ someDeny: Bool) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            let ada = try await one.person()
            let (id, flow) = try await one.begin(pulse)
            let results = await outcomes(of: 12) { place in
                try await (place % 2 == 0 ? one : other).gateway.decide(
                    id, by: ada, flow: flow, approved: someDeny && place % 3 == 0 ? [] : ["rule:heart"],
                    through: .page, request: nil)
            }
            #expect(results.compactMap(\.answer).count == 1)
            #expect(results.compactMap(\.problem) == Array(repeating: .approvalAlreadyDecided, count: 11))
            let grants = try await other.gateway.grants(of: ada).grants.map(\.id)
            #expect(grants == results.compactMap(\.answer).compactMap(\.grant))
        }
    }

    @Test(
        "C6: many approvals of one person given at once become one grant, and every one of them is answered",
        arguments: EngineUnderTest.available)
    func oneGrant(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application(notices: "https://pulse.example/notice")
            let ada = try await one.person()
            var approvals: [(id: ApprovalID, flow: String)] = []
            for _ in 0..<8 { approvals.append(try await one.begin(pulse)) }
            let open = approvals
            let results = await outcomes(of: 8) { place in
                try await (place % 2 == 0 ? one : other).gateway.decide(
                    open[place].id, by: ada, flow: open[place].flow,
                    approved: place < 4 ? ["rule:heart"] : ["rule:heart", "rule:walking"], through: .page, request: nil)
            }
            #expect(results.compactMap(\.problem).isEmpty)
            let grants = try await one.gateway.grants(of: ada).grants
            #expect(grants.count == 1)
            #expect(Set(results.compactMap(\.answer?.grant)) == Set(grants.map(\.id)))
            let mine = try await one.gateway.grant(try #require(grants.first).id, of: ada)
            #expect(mine.history.filter { $0.event == "given" }.count == 1)
            #expect(mine.history.map(\.version) == Array(1...mine.version))
            #expect(try await one.notices().count == mine.version)
            #expect(try await one.audit(.approvalApproved).count == 1)
        }
    }

    @Test(
        "C4: a decision that meets the end of its window either counts or is too late, and never both",
        arguments: EngineUnderTest.available)
    func windowEnds(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            for round in 0..<6 {
                let ada = try await one.person("ada\(round)@example.org")
                let (id, flow) = try await one.begin(pulse)
                let end = one.clock.now + .minutes(15)
                one.clock.move(to: end - Span(microseconds: 1))
                async let clock: Void = {
                    for _ in 0..<round { await Task.yield() }
                    one.clock.move(to: end)
                }()
                let results = await outcomes(of: 6) { place in
                    try await (place % 2 == 0 ? one : other).gateway.decide(
                        id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
                }
                await clock
                let won = results.compactMap(\.answer).count
                #expect(won <= 1)
                let allowed: Set<Problem> = [.approvalExpired, .approvalAlreadyDecided]
                #expect(Set(results.compactMap(\.problem)).isSubset(of: allowed))
                #expect(try await other.gateway.grants(of: ada).grants.count == won)
                if won == 0 { #expect(try await one.gateway.approval(id, for: ada, flow: flow).state == .expired) }
            }
        }
    }

    @Test(
        "C9: consent withdrawn while its code is exchanged: a token that came out before reads nothing after",
        arguments: EngineUnderTest.available)
    func exchangedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            for round in 0..<8 {
                let ada = try await one.person("ada\(round)@example.org")
                let consent = try await one.consent(ada, to: pulse)
                async let exchanged = outcomes(of: 1) { _ in try await one.exchange(consent, by: pulse) }
                async let revoked = outcomes(of: 1) { _ in
                    for _ in 0..<round { await Task.yield() }
                    return try await other.revoke(consent.grant, by: ada)
                }
                let token = await exchanged
                #expect(await revoked.compactMap(\.answer?.state) == [.revoked])
                #expect(token.compactMap(\.problem).allSatisfy { $0 == .invalidGrant })
                if let answer = token.first?.answer {
                    let record = try #require(answer.record).text
                    await declined(as: .consentRequired) { try await one.read(answer.accessToken, record) }
                }
                #expect(try await one.count("SELECT COUNT(*) FROM access_token WHERE ended_at IS NULL") == 0)
            }
        }
    }

    /// Readers on both nodes while `change` takes something away: what a read that began after the change was answered was given.
    static func givenAfter(
        _ one: Stage, _ other: Stage, token: String, record: String,
        _ change: @escaping @Sendable () async throws -> Void
    ) async -> (given: Int, late: [DataType], problems: Set<Problem>) {
        let isChanged = Count()
        let given = Count()
        let done = Count()
        return await withTaskGroup(of: (late: [DataType], problems: Set<Problem>).self) { group in
            for reader in 0..<32 {
                group.addTask {
                    defer { done.add() }
                    let stage = reader % 2 == 0 ? one : other
                    var problems: Set<Problem> = []
                    for _ in 0..<200 {
                        let isLate = isChanged.value > 0
                        var types: [DataType] = []
                        do throws(Declined) {
                            types = try await stage.read(token, record).parcels.map(\.type)
                            given.add()
                        } catch {
                            problems.insert(error.problem)
                        }
                        if isLate { return (types, problems) }
                    }
                    return ([], problems)
                }
            }
            group.addTask {
                while given.value < 16, done.value < 32 { await Task.yield() }
                do {
                    try await change()
                } catch {
                    Issue.record("the change failed: \(error)")
                }
                isChanged.add()
                return ([], [])
            }
            var late: [DataType] = []
            var problems: Set<Problem> = []
            for await result in group {
                late += result.late
                problems.formUnion(result.problems)
            }
            return (given.value, late, problems)
        }
    }

    @Test(
        "C7: once narrowing has answered, no read that begins gets anything outside the grant, on whichever node",
        arguments: EngineUnderTest.available)
    func narrowedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            let ada = try await one.person()
            let mine = try await one.authorize(ada, pulse)
            try await one.importing(Self.export, for: ada)
            let outcome = await Self.givenAfter(one, other, token: mine.token, record: mine.record) {
                _ = try await one.narrow(mine.grant, by: ada, types: ["heart"])
            }
            #expect(outcome.problems.isEmpty)
            #expect(outcome.given >= 16)
            #expect(!outcome.late.isEmpty)
            #expect(Set(outcome.late).isSubset(of: [.steps]))
            let lines = try await one.audit(.read).filter { $0.outcome == "done" }
            #expect(lines.count == outcome.given)
        }
    }

    @Test(
        "B7: once a person has lost the record, no read that begins under their grant gets anything",
        arguments: EngineUnderTest.available)
    func removedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            let ada = try await one.person()
            let bob = try await one.person("bob@example.org")
            let record = try await one.ownRecord(of: ada)
            try await one.share(record, from: ada, with: bob, relationship: "other")
            let bobs = try await one.authorize(bob, pulse, for: record)
            try await one.importing(Self.export, for: ada)
            let outcome = await Self.givenAfter(one, other, token: bobs.token, record: bobs.record) {
                try await other.gateway.removeHolder(bob, from: record, by: ada, request: nil)
            }
            #expect(outcome.problems == [.accessDenied])
            #expect(outcome.late.isEmpty)
        }
    }

    @Test(
        "C7, C9: narrowing, renewing and revoking at once leave one history without gaps, and the end is the end",
        arguments: EngineUnderTest.available)
    func changedAtOnce(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            let ada = try await one.person()
            let mine = try await one.authorize(ada, pulse)
            let results = await outcomes(of: 16) { place in
                let stage = place % 2 == 0 ? one : other
                switch place % 4 {
                case 0: return try await stage.narrow(mine.grant, by: ada, types: ["distance"]).version
                case 1:
                    return try await stage.gateway.renew(mine.grant, by: ada, days: 90, through: .page, request: nil)
                        .version
                case 2: return try await stage.narrow(mine.grant, by: ada, rules: ["walking"]).version
                default:
                    for _ in 0..<place { await Task.yield() }
                    return try await stage.revoke(mine.grant, by: ada).version
                }
            }
            let allowed: Set<Problem> = [.grantNotActive, .invalidFields]
            #expect(Set(results.compactMap(\.problem)).isSubset(of: allowed))
            let grant = try await one.gateway.grant(mine.grant, of: ada)
            #expect(grant.state == .revoked)
            #expect(grant.history.map(\.version) == Array(1...grant.version))
            #expect(grant.history.last?.event == "revoked")
            #expect(grant.history.filter { $0.event == "revoked" }.count == 1)
        }
    }

    @Test("An invitation taken by several at once is taken by one", arguments: EngineUnderTest.available)
    func invitation(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let ada = try await one.person()
            var people: [PersonID] = []
            for place in 0..<8 { people.append(try await one.person("p\(place)@example.org")) }
            let guests = people
            let cleo = try await one.child(of: ada)
            let made = try await one.gateway.invite(to: cleo, RecordTests.draft("child"), by: ada, request: nil)
            let results = await outcomes(of: 8) { place in
                try await (place % 2 == 0 ? one : other).gateway.acceptRecordInvitation(
                    made.token, by: guests[place], request: nil)
            }
            #expect(results.compactMap(\.answer) == [cleo])
            #expect(results.compactMap(\.problem) == Array(repeating: .invalidFields, count: 7))
            #expect(try await one.gateway.record(cleo, of: ada).holders.count == 2)
            #expect(try await RecordTests.events(one, cleo) == ["given", "given"])
        }
    }

    @Test("Of two custodians who leave at once one stays", arguments: EngineUnderTest.available)
    func custodians(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let ada = try await one.person()
            let bob = try await one.person("bob@example.org")
            for round in 0..<4 {
                let record = try await one.child(of: ada, "Child \(round)")
                try await one.share(record, from: ada, with: bob, asCustodian: true)
                let results = await outcomes(of: 2) { place in
                    try await (place == 0 ? one : other).gateway.leaveRecord(
                        record, by: place == 0 ? ada : bob, request: nil)
                }
                #expect(results.compactMap(\.answer).count == 1)
                #expect(results.compactMap(\.problem) == [.lastCustodian])
            }
        }
    }

    @Test(
        "A4: of rules published at once over one version the first stand, and the others are told so",
        arguments: EngineUnderTest.available)
    func published(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let (olga, cardia) = try await one.owner()
            let pulse = try await one.application(in: cardia)
            let results = await outcomes(of: 8) { place in
                try await (place % 2 == 0 ? one : other).gateway.publishRules(
                    [.reads(["steps"], named: "r\(place)")], of: pulse.id, over: 1, by: olga, request: nil)
            }
            let won = results.compactMap(\.answer)
            #expect(won.map(\.rules.version) == [2])
            #expect(results.compactMap(\.problem) == Array(repeating: .rulesChanged, count: 7))
            let versions = try await one.gateway.ruleVersions(of: pulse.id, by: olga)
            #expect(versions.map(\.rules.version) == [2, 1])
            #expect(versions.first == won.first)
        }
    }

    @Test(
        "B1: whoever decides while rules are published agrees to what they saw, or is shown the new ones",
        arguments: EngineUnderTest.available)
    func publishedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application()
            for round in 0..<6 {
                let ada = try await one.person("ada\(round)@example.org")
                let (id, flow) = try await one.begin(pulse, scope: "")
                let seen = try await one.gateway.approval(id, for: ada, flow: flow).ruleVersion
                async let decided = outcomes(of: 1) { _ in
                    try await one.gateway.decide(
                        id, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
                }
                async let published = outcomes(of: 1) { _ in
                    for _ in 0..<round { await Task.yield() }
                    return try await other.publish(Stage.rules, for: pulse)
                }
                let result = await decided
                #expect(await published.compactMap(\.problem).isEmpty)
                #expect(result.compactMap(\.problem).allSatisfy { $0 == .approvalChanged })
                if let grant = result.first?.answer?.grant {
                    let versions = try await one.engine.read { tx in
                        try GrantTable.find(grant, in: tx)?.terms.rules.map(\.version)
                    }
                    #expect(versions == [seen])
                }
            }
        }
    }
}
