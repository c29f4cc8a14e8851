// What an application may ask about itself: the masks of a record (A6), the records of a person and their status (B9, B10).

import Domain
import Foundation
import Gateway
import TestKit
import Testing
import Vault

@Suite("Questions")
struct QuestionTests {
    private static let rules: [RuleDraft] = [
        Stage.rules[0], .reads(["body_weight"], named: "weighing", accesses: ["read", "create"]),
        .reads(["steps"], named: "alone", mode: .offline),
    ]
    private static let scope = "rule:heart rule:weighing rule:alone"

    private static func spelled(_ entry: PermissionEntry) -> String {
        let masks = [entry.online, entry.offline].map { $0.map(\.rawValue).joined(separator: ",") }
        return "\(entry.type.rawValue) \(masks[0])|\(masks[1])"
    }

    private static func cuts(_ entry: PermissionEntry?) -> [String] {
        (entry?.withheld ?? []).map { withheld in
            let cuts = withheld.cuts.map(\.rawValue).joined(separator: "+")
            return "\(withheld.mode.rawValue).\(withheld.access.rawValue) \(cuts)"
        }
    }

    @Test(
        "A6: masks tell online and offline side by side, whoever asks; what is not granted is empty and no error",
        arguments: EngineUnderTest.available)
    func masks(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: Self.scope)
            let asked = ["sleep_stage", "heart_rate", "body_weight", "steps", "heart_rate"]
            let answer = try await stage.masks(mine.token, mine.record, asked)
            #expect(answer.record.text == mine.record)
            #expect(
                answer.entries.map(Self.spelled) == [
                    "sleep_stage |", "heart_rate read|", "body_weight create,read|", "steps |read",
                ])
            #expect(answer.entries.allSatisfy { $0.withheld.isEmpty })
            #expect(answer.askURL == nil)
            let alone = try await stage.alone(pulse)
            #expect(try await stage.masks(alone, mine.record, asked) == answer)
            #expect(
                try await stage.masks(mine.token, mine.record, ["metabolic"]).entries.map(\.type) == [.bloodGlucose])
        }
    }

    @Test("A6: an unknown type is refused by its place", arguments: EngineUnderTest.available)
    func unknownTypes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            for (types, fields) in [
                (["steps", "feelings", "heart_rate", "Steps"], ["types[1]", "types[3]"]), ([], ["types"]),
            ] as [([String], [String])] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.masks(mine.token, mine.record, types)
                }
                #expect(refusal?.faults.map(\.field) == fields)
            }
        }
    }

    @Test(
        "A6: where something is missing, the answer tells which of grant, own access and rules cut it, and where to ask",
        arguments: EngineUnderTest.available)
    func cutBy(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let bobs = try await stage.authorize(
                bob, pulse, scope: Self.scope, approved: ["rule:heart", "rule:alone"], for: record)

            let ungranted = try await stage.masks(bobs.token, bobs.record, ["body_weight", "heart_rate"])
            #expect(Self.cuts(ungranted.entries.first) == ["online.create grant", "online.read grant"])
            #expect(Self.cuts(ungranted.entries.last).isEmpty)
            #expect(
                ungranted.askURL
                    == "https://licet.example/shell/redirect?target=APPAUTH&targetqs=appid%3D\(pulse.id.text)"
                    + "%26extrecordid%3D\(bobs.record)%26onopt1%3Dweighing")

            let read = HoldingDraft(
                relationship: "other", isCustodian: false, types: ["steps"], accesses: ["read"], endsOn: nil)
            try await stage.gateway.narrowHolding(of: bob, in: record, read, by: ada, request: nil)
            let tooSmall = try await stage.masks(bobs.token, bobs.record, ["heart_rate", "body_weight", "steps"])
            #expect(tooSmall.entries.map(Self.spelled) == ["heart_rate |", "body_weight |", "steps |read"])
            #expect(Self.cuts(tooSmall.entries[0]) == ["online.read record_access"])
            #expect(
                Self.cuts(tooSmall.entries[1]) == [
                    "online.create grant+record_access", "online.read grant+record_access",
                ])

            try await stage.publish([Stage.rules[0]], for: pulse)
            let unruled = try await stage.masks(bobs.token, bobs.record, ["steps", "body_weight"])
            #expect(unruled.entries.map(Self.spelled) == ["steps |", "body_weight |"])
            #expect(Self.cuts(unruled.entries[0]) == ["offline.read rules"])
            // Neither granted nor asked for any more: nothing to tell.
            #expect(Self.cuts(unruled.entries[1]).isEmpty)
            #expect(unruled.askURL == nil)
        }
    }

    @Test(
        "A6, B7: who may not ask about a record is refused as on data, with the way out where there is one",
        arguments: EngineUnderTest.available)
    func refused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let theirs = try await stage.authorize(ada, other)
            let bobs = try await stage.authorize(bob, pulse)
            let ask = "https://licet.example/shell/redirect?target=APPAUTH&targetqs=appid%3D\(pulse.id.text)"
            var strangers: Set<String> = []
            for record in [theirs.record, bobs.record, "r_00000000000000000000000000", "", "r_\u{0}"] {
                let refusal = await declined(as: .consentRequired) {
                    try await stage.masks(mine.token, record, ["steps"])
                }
                strangers.insert("\(String(describing: refusal))")
                #expect(refusal?.repairURL == ask)
            }
            #expect(strangers.count == 1)
            await declined(as: .notAuthenticated) { try await stage.masks("lat_x", mine.record, ["steps"]) }

            let record = try await stage.ownRecord(of: ada)
            try await stage.gateway.suspendRecord(record, true, by: ada, request: nil)
            let suspended = await declined(as: .accessDenied) {
                try await stage.masks(mine.token, mine.record, ["steps"])
            }
            #expect(suspended?.repairURL == nil)
            try await stage.gateway.suspendRecord(record, false, by: ada, request: nil)
            try await stage.revoke(mine.grant, by: ada)
            let revoked = await declined(as: .consentRequired) {
                try await stage.masks(mine.token, mine.record, ["steps"])
            }
            #expect(revoked?.repairURL == ask)
            stage.clock.move(by: .hours(2))
            await declined(as: .tokenExpired) { try await stage.masks(bobs.token, bobs.record, ["steps"]) }
            // Nobody's health data was touched: a question leaves no line about access.
            #expect(try await stage.audit(.read).isEmpty)
        }
    }

    @Test(
        "B9, B10: person info lists the person's records with a status each; only those asked for, others silently left out",
        arguments: EngineUnderTest.available)
    func info(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let cleo = try await stage.child(of: ada)
            let mine = try await stage.authorize(ada, pulse, scope: Self.scope)
            stage.clock.move(by: .seconds(1))
            let hers = try await stage.authorize(ada, pulse, scope: Self.scope, for: cleo)
            #expect(mine.record != hers.record)
            let info = try await stage.info(mine.token)
            #expect(Set(info.records.map(\.record.text)) == [mine.record, hers.record])
            let child = try #require(info.records.first { $0.record.text == hers.record })
            #expect(child.relationship == .child)
            #expect(child.status == .noActionRequired)
            #expect(child.isSelected)
            #expect(child.shortfalls.isEmpty)
            #expect(child.askURL == nil)
            #expect(child.grantExpiresAt == stage.clock.now + .days(90))
            #expect(info.records.filter(\.isSelected).count == 1)

            func asked(_ records: [String]) async throws -> [String] {
                try await stage.gateway.authorizedRecords(
                    token: mine.token, person: nil, records: records, request: nil
                ).records.map(\.record.text)
            }
            #expect(try await asked([hers.record, "r_00000000000000000000000000", ""]) == [hers.record])
            #expect(try await asked([]).isEmpty)

            // B35 to B37: revoked on one record, the other goes on.
            try await stage.revoke(hers.grant, by: ada)
            #expect(try await stage.info(mine.token).records.map(\.record.text) == [mine.record])
            #expect(try await asked([mine.record, hers.record]) == [mine.record])
            await declined(as: .consentRequired) { try await stage.read(hers.token, hers.record) }
            _ = try await stage.read(mine.token, mine.record)
        }
    }

    @Test(
        "B9: whoever asks with no person's token names the person, in the application's own name for them",
        arguments: EngineUnderTest.available)
    func named(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse, scope: Self.scope)
            let theirs = try await stage.authorize(ada, other)
            let bobs = try await stage.authorize(bob, pulse, scope: Self.scope)
            let alone = try await stage.alone(pulse)
            let name = try await stage.info(mine.token).person.text
            #expect(try await stage.info(alone, person: name) == stage.info(mine.token))
            #expect(try await stage.info(mine.token, person: name) == stage.info(mine.token))
            let foreign = try await stage.info(theirs.token).person.text
            let bobsName = try await stage.info(bobs.token).person.text
            var refusals: Set<String> = []
            for (token, person) in [
                (alone, nil), (alone, foreign), (alone, "p_00000000000000000000000000"), (alone, ""), (alone, ada.text),
                (mine.token, bobsName), (mine.token, foreign), (mine.token, "x"),
            ] as [(String, String?)] {
                let refusal = await declined(as: .consentRequired) { try await stage.info(token, person: person) }
                refusals.insert("\(String(describing: refusal))")
            }
            #expect(refusals.count == 1)
        }
    }

    @Test(
        "B9, B40: with everything revoked it is ACCESS_DENIED with the way back; authorized again, the names are the same",
        arguments: EngineUnderTest.available)
    func allRevoked(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: Self.scope)
            let before = try await stage.info(mine.token)
            try await stage.revoke(mine.grant, by: ada)
            let alone = try await stage.alone(pulse)
            for (token, person) in [(mine.token, nil), (alone, before.person.text)] as [(String, String?)] {
                let refusal = await declined(as: .accessDenied) { try await stage.info(token, person: person) }
                #expect(refusal?.repairURL?.hasSuffix("appid%3D\(pulse.id.text)") == true)
            }
            let again = try await stage.authorize(ada, pulse, scope: Self.scope)
            #expect(again.grant != mine.grant)
            #expect(try await stage.info(again.token) == before)
        }
    }

    @Test(
        "B9: a grant that ran out leaves its record listed as to be authorized again; one that was revoked after it does not",
        arguments: EngineUnderTest.available)
    func ranOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules, grantDays: 1)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: Self.scope)
            let name = try await stage.info(mine.token).person.text
            stage.clock.move(by: .days(1))
            for isSwept in [false, true] {
                if isSwept { _ = try await stage.gateway.sweepRound() }
                let record = try #require(try await stage.info(stage.alone(pulse), person: name).records.first)
                #expect(record.status == .authorizationRequired)
                #expect(record.grantExpiresAt == nil)
                #expect(record.askURL != nil)
            }
            let second = try await stage.authorize(ada, pulse, scope: Self.scope)
            try await stage.revoke(second.grant, by: ada)
            await declined(as: .accessDenied) { try await stage.info(stage.alone(pulse), person: name) }
        }
    }

    @Test(
        "B5, B7: the person's own access too small or lost is ReauthorizationNotPossible, and data is ACCESS_DENIED",
        arguments: EngineUnderTest.available)
    func ownAccess(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other", accesses: ["read"])
            let bobs = try await stage.authorize(bob, pulse, scope: "", for: record)
            try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            try await stage.publish(
                [.reads(["heart_rate"], named: "heart", required: true, accesses: ["read", "create"])], for: pulse)

            let status = try #require(try await stage.info(bobs.token).records.first)
            #expect(status.status == .reauthorizationNotPossible)
            let heart = try #require(RuleName("heart"))
            let beyond = Permissions([.create], to: [.heartRate], in: [.online])
            #expect(status.shortfalls == [Shortfall(rule: heart, reason: .beyondOwnAccess(beyond))])
            #expect(status.askURL == nil)
            // What was agreed to goes on; more cannot be agreed to.
            #expect(try await stage.read(bobs.token, bobs.record).parcels.count == 1)
            let (id, flow) = try await stage.begin(pulse, scope: "")
            #expect(try await stage.gateway.approval(id, for: bob, flow: flow, record: record).form.isOutOfReach)
            let refusal = await declined(as: .beyondOwnAccess) {
                try await stage.gateway.decide(
                    id, by: bob, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            }
            #expect(refusal?.missing == ["rule:heart"])
            #expect(try await stage.gateway.approval(id, for: bob, flow: flow).state == .pending)

            try await stage.gateway.removeHolder(bob, from: record, by: ada, request: nil)
            let lost = try #require(try await stage.info(bobs.token).records.first)
            #expect(lost.status == .reauthorizationNotPossible)
            let denied = await declined(as: .accessDenied) { try await stage.read(bobs.token, bobs.record) }
            #expect(denied?.repairURL == nil)
        }
    }
}
