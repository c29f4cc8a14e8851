// The life of a grant after it was given (C5, C6, C9, B11): narrowed, renewed, given up, over; its history tells all of it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("The life of a grant")
struct GrantLifeTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    @Test(
        "C5: what was refused is remembered through everything that follows",
        arguments: EngineUnderTest.available)
    func refused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            #expect(try await stage.gateway.grant(mine.grant, of: ada).refusedScopes == ["rule:walking"])
            _ = try await stage.consent(ada, to: pulse, scope: "", approved: ["rule:heart"])
            _ = try await stage.gateway.renew(mine.grant, by: ada, days: nil, through: .page, request: nil)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).refusedScopes == ["rule:walking"])
            // A later yes takes the no back.
            _ = try await stage.consent(ada, to: pulse, approved: ["rule:heart", "rule:walking"])
            #expect(try await stage.gateway.grant(mine.grant, of: ada).refusedScopes.isEmpty)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).scopes == ["rule:heart", "rule:walking"])
        }
    }

    @Test(
        "C6: the person may choose a shorter life, never a longer one; the approval stays pending meanwhile",
        arguments: EngineUnderTest.available)
    func shorter(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 30)
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            for days in [0, -1, 31, Int.max] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.decide(
                        id, by: ada, flow: flow, approved: ["rule:heart"], days: days, through: .page, request: nil)
                }
                #expect(refusal?.faults == [FieldFault("days", "1 to 30")])
            }
            #expect(try await stage.gateway.approval(id, for: ada, flow: flow).state == .pending)
            let answer = try await stage.gateway.decide(
                id, by: ada, flow: flow, approved: ["rule:heart"], days: 7, through: .page, request: nil)
            let grant = try await stage.gateway.grant(try #require(answer.grant), of: ada)
            #expect(grant.expiresAt == stage.clock.now + .days(7))
        }
    }

    @Test(
        "C6: renewing moves the end and nothing else: the id, the history and the tokens stay",
        arguments: EngineUnderTest.available)
    func renewed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let before = try await stage.gateway.grant(mine.grant, of: ada)
            stage.clock.move(by: .minutes(30))
            let renewed = try await stage.gateway.renew(
                mine.grant, by: ada, days: nil, through: .api, request: nil)
            #expect(renewed.id == mine.grant)
            #expect(renewed.expiresAt == stage.clock.now + .days(90))
            #expect(renewed.createdAt == before.createdAt)
            #expect(renewed.permissions == before.permissions)
            #expect(renewed.version == 2)
            _ = try await stage.read(mine.token, mine.record)
            // It never brings the end nearer.
            let less = try await stage.gateway.renew(mine.grant, by: ada, days: 1, through: .api, request: nil)
            #expect(less.expiresAt == renewed.expiresAt)
            for days in [0, 91, 365] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.renew(mine.grant, by: ada, days: days, through: .api, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["days"])
            }
            await declined(as: .notFound) {
                try await stage.gateway.renew(mine.grant, by: bob, days: 1, through: .api, request: nil)
            }
            stage.clock.move(to: renewed.expiresAt)
            await declined(as: .grantNotActive) {
                try await stage.gateway.renew(mine.grant, by: ada, days: 1, through: .api, request: nil)
            }
        }
    }

    @Test(
        "C7, C9: narrowing types takes effect on live tokens at once; what waited of them is withdrawn and recorded",
        arguments: EngineUnderTest.available)
    func narrowedTypes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps, .heartRate])
            let narrowed = try await stage.narrow(mine.grant, by: ada, types: ["heart"])
            #expect(narrowed.permissions.types == [.steps, .distance])
            #expect(narrowed.state == .active)
            #expect(narrowed.itemsWaiting == 1)
            #expect(narrowed.scopes == ["rule:walking"])
            #expect(narrowed.status == .reauthorizationRequired)
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps])
            let refusal = await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["heart_rate"])
            }
            #expect(refusal?.repairURL != nil)
            let parcels = try await stage.parcels().filter { $0.type == "heart_rate" }
            #expect(parcels.allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            #expect(try await stage.audit(.withdraw).map(\.items) == [2])
            #expect(try await stage.audit(.grantNarrowed).map(\.types) == ["steps,distance"])
            // B1: no new token until the required rule is agreed to again.
            let asked = try await stage.begin(pulse, scope: "")
            let form = try await stage.gateway.approval(asked.id, for: ada, flow: asked.flow).form
            #expect(form.lines.map(\.kind) == [.required, .settled])
        }
    }

    @Test(
        "C7: one type of a rule taken back leaves the rest of the rule, spelled as plain scopes",
        arguments: EngineUnderTest.available)
    func narrowedPartly(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let narrowed = try await stage.narrow(mine.grant, by: ada, types: ["distance"])
            #expect(narrowed.permissions.types == [.heartRate, .steps])
            #expect(narrowed.scopes == ["rule:heart", "read:steps"])
            #expect(narrowed.rules.map(\.name.text) == ["heart", "walking"])
            #expect(narrowed.status == .noActionRequired)
            // A later token says no more than is given.
            let again = try await stage.consent(ada, to: pulse, scope: "", approved: ["rule:heart"])
            #expect(try await stage.exchange(again, by: pulse).scope == "rule:heart read:steps")
        }
    }

    @Test("C7: a rule can be taken back by its name", arguments: EngineUnderTest.available)
    func narrowedRules(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let narrowed = try await stage.narrow(mine.grant, by: ada, rules: ["walking"])
            #expect(narrowed.permissions.types == [.heartRate])
            #expect(narrowed.scopes == ["rule:heart"])
            #expect(narrowed.rules.map(\.name.text) == ["heart"])
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record, types: ["steps"]) }
        }
    }

    @Test(
        "C6, C7: an earlier end cuts the live tokens with it, to the microsecond", arguments: EngineUnderTest.available)
    func narrowedEnd(_ engine: EngineUnderTest) async throws {
        var policy = Stage.policy
        policy.accessTokenLife = .days(30)
        try await Stage.on(engine, policy: policy) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let end = stage.clock.now + .days(2)
            let narrowed = try await stage.narrow(mine.grant, by: ada, days: 2)
            #expect(narrowed.expiresAt == end)
            #expect(narrowed.permissions.types == [.heartRate, .steps, .distance])
            #expect(narrowed.scopes == ["rule:heart", "rule:walking"])
            stage.clock.move(to: end - Span(microseconds: 1))
            _ = try await stage.read(mine.token, mine.record)
            stage.clock.move(to: end)
            await declined(as: .tokenExpired) { try await stage.read(mine.token, mine.record) }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).state == .expired)
        }
    }

    @Test(
        "C7: narrowing that takes nothing, everything, or what is not there is refused by its field and changes nothing",
        arguments: EngineUnderTest.available)
    func narrowedWrongly(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            for (types, rules, days, field) in [
                ([], [], nil, "data_types"), (["sleep_stage"], [], nil, "data_types"),
                (["heart", "steps", "distance"], [], nil, "data_types"),
                (["heart", "moods"], [], nil, "data_types[1]"),
                ([], ["heart", "nonsense"], nil, "rules"), ([], ["No Name"], nil, "rules[0]"), ([], [], 0, "days"),
                ([], [], 90, "days"), ([], [], 366, "days"),
            ] as [([String], [String], Int?, String)] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.narrow(mine.grant, by: ada, types: types, rules: rules, days: days)
                }
                #expect(refusal?.faults.map(\.field) == [field])
            }
            await declined(as: .notFound) { try await stage.narrow(mine.grant, by: bob, types: ["heart"]) }
            #expect(try await stage.gateway.grant(mine.grant, of: ada).version == 1)
            try await stage.revoke(mine.grant, by: ada)
            await declined(as: .grantNotActive) { try await stage.narrow(mine.grant, by: ada, types: ["heart"]) }
        }
    }

    @Test(
        "B11: the application gives its grant up, with the person's token or acting alone; it is as final as the person's word",
        arguments: EngineUnderTest.available, [false, true])
    func givenUp(_ engine: EngineUnderTest, _ isAlone: Bool) async throws {
        try await Stage.on(engine) { stage in
            let rules: [RuleDraft] = Stage.rules + [.reads(["steps"], named: "alone", mode: .offline)]
            let pulse = try await stage.application(rules: rules)
            let other = try await stage.application("Other", rules: rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let theirs = try await stage.authorize(ada, other)
            try await stage.importing(Self.export, for: ada)
            let token = isAlone ? try await stage.alone(pulse) : mine.token
            for record in [theirs.record, "r_00000000000000000000000000", ""] {
                await declined(as: .consentRequired) {
                    try await stage.gateway.revoke(token: token, record: record, request: nil)
                }
            }
            await declined(as: .notAuthenticated) {
                try await stage.gateway.revoke(token: "lat_x", record: mine.record, request: nil)
            }
            stage.clock.move(by: .seconds(1))
            try await stage.gateway.revoke(token: token, record: mine.record, request: nil)
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record) }
            await declined(as: .consentRequired) {
                try await stage.gateway.revoke(token: token, record: mine.record, request: nil)
            }
            let grant = try await stage.gateway.grant(mine.grant, of: ada)
            #expect(grant.state == .revoked)
            #expect(grant.revokedAt == stage.clock.now)
            #expect(
                grant.history.map { "\($0.event) \($0.actor) \($0.method)" } == [
                    "given person page", "revoked application api",
                ])
            #expect(try await stage.read(theirs.token, theirs.record).parcels.count == 2)
        }
    }

    @Test(
        "D1: the history holds every change with its time, actor and way; nothing of it is ever deleted",
        arguments: EngineUnderTest.available)
    func history(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(grantDays: 10)
            let ada = try await stage.person()
            let start = stage.clock.now
            let mine = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            stage.clock.move(by: .hours(1))
            _ = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: .hours(1))
            _ = try await stage.gateway.narrow(
                mine.grant, by: ada, NarrowingRequest(types: ["distance"]), through: .api, request: nil)
            stage.clock.move(by: .hours(1))
            _ = try await stage.gateway.renew(mine.grant, by: ada, days: 10, through: .page, request: nil)
            stage.clock.move(by: .days(10))
            _ = try await stage.gateway.sweepRound()
            stage.clock.move(by: .hours(1))
            try await stage.revoke(mine.grant, by: ada)
            let history = try await stage.gateway.grant(mine.grant, of: ada).history
            #expect(history.map(\.version) == [1, 2, 3, 4, 5, 6])
            #expect(
                history.map { "\($0.event) \($0.actor) \($0.method)" } == [
                    "given person page", "extended person page", "narrowed person api", "renewed person page",
                    "expired clock none", "revoked person page",
                ])
            let hours: [Int64] = [0, 1, 2, 3, 243, 244]
            #expect(history.map(\.at) == hours.map { start + .hours($0) })
            let walking: DataTypeSet = [.heartRate, .steps, .distance]
            #expect(history.map(\.types).prefix(3) == [[.heartRate], walking, [.heartRate, .steps]])
            #expect(history[2].expiresAt == start + .hours(241))
            #expect(history[3].expiresAt == start + .hours(243))
            // In a list there is no history, and the rest is the same.
            #expect(try await stage.gateway.grants(of: ada).grants.map(\.history) == [[]])
            #expect(try await stage.count("SELECT COUNT(*) FROM consent_grant") == 1)
        }
    }

    @Test("C8: a long list of grants comes in pages, newest first, each once", arguments: EngineUnderTest.available)
    func pages(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            var made: [GrantID] = []
            for _ in 0..<7 {
                stage.clock.move(by: .seconds(1))
                let mine = try await stage.consent(ada, to: pulse)
                made.append(mine.grant)
                try await stage.revoke(mine.grant, by: ada)
            }
            var seen: [GrantID] = []
            var after: GrantID?
            repeat {
                let page = try await stage.gateway.grants(of: ada, after: after, limit: 3)
                seen += page.grants.map(\.id)
                after = page.next
            } while after != nil
            #expect(seen == made.reversed())
            for limit in [0, 1_001] {
                await declined(as: .invalidFields) { try await stage.gateway.grants(of: ada, limit: limit) }
            }
        }
    }
}
