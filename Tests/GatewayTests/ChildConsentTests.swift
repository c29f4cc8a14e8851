// Deciding for a record that is not one's own: which record, how far one's own access reaches, and what applications call it.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Consent for others")
struct ChildConsentTests {
    private static let rules: [RuleDraft] = [
        Stage.rules[0], .reads(["body_weight"], named: "weighing", accesses: ["read", "create"]),
    ]

    @Test(
        "C6: the person chooses the record; a grant binds that one, and the choice is remembered for the next time",
        arguments: EngineUnderTest.available)
    func chosen(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada)
            let (id, flow) = try await stage.begin(pulse)
            let first = try await gateway.approval(id, for: ada, flow: flow)
            #expect(first.records.map(\.name) == ["Ada", "Cleo"])
            #expect(first.records.map(\.isChosen) == [true, false])
            #expect(first.records.map(\.status) == [.authorizationRequired, .authorizationRequired])
            let other = try await gateway.approval(id, for: ada, flow: flow, record: cleo)
            #expect(other.records.map(\.isChosen) == [false, true])
            // What was picked stays picked.
            #expect(try await gateway.approval(id, for: ada, flow: flow).records.map(\.isChosen) == [false, true])
            for record in [try await stage.ownRecord(of: bob), RecordID(bytes: [UInt8](repeating: 0, count: 16))] {
                let refusal = await declined(as: .invalidFields) {
                    try await gateway.decide(
                        id, by: ada, flow: flow, approved: ["rule:heart"], record: record, through: .page, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == ["record"])
            }
            let answer = try await gateway.decide(
                id, by: ada, flow: flow, approved: ["rule:heart", "rule:walking"], through: .page, request: nil)
            let grant = try await gateway.grant(try #require(answer.grant), of: ada)
            #expect(grant.record == cleo)
            #expect(grant.recordName == "Cleo")

            let next = try await stage.begin(pulse)
            let again = try await gateway.approval(next.id, for: ada, flow: next.flow)
            #expect(again.records.map(\.isChosen) == [false, true])
            #expect(again.records.map(\.status) == [.authorizationRequired, .noActionRequired])
            #expect(again.standingUntil == grant.expiresAt)
            // Chosen anew, her own record is asked about from the start.
            let own = try await gateway.approval(
                next.id, for: ada, flow: next.flow, record: try await stage.ownRecord(of: ada))
            #expect(own.form.lines.map(\.kind) == [.required, .optional])
            #expect(own.standingUntil == nil)
            #expect(own.records.map(\.status) == again.records.map(\.status))
        }
    }

    @Test(
        "B5: for a child's record a parent gives no more than they may do themselves",
        arguments: EngineUnderTest.available)
    func reach(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application(rules: Self.rules)
            let strict = try await stage.application(
                "Strict", rules: [.reads(["heart_rate"], named: "heart", required: true, accesses: ["read", "write"])])
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob, types: ["heart", "body"], accesses: ["read"])
            let (id, flow) = try await stage.begin(pulse, scope: "")
            let form = try await gateway.approval(id, for: bob, flow: flow, record: cleo).form
            #expect(form.lines.map(\.isWithinReach) == [true, false])
            #expect(!form.isOutOfReach)
            let refusal = await declined(as: .beyondOwnAccess) {
                try await gateway.decide(
                    id, by: bob, flow: flow, approved: ["rule:heart", "rule:weighing"], through: .page, request: nil)
            }
            #expect(refusal?.missing == ["rule:weighing"])
            #expect(try await gateway.grants(of: bob).grants.isEmpty)
            let answer = try await gateway.decide(
                id, by: bob, flow: flow, approved: ["rule:heart"], through: .page, request: nil)
            #expect(try await gateway.grant(try #require(answer.grant), of: bob).permissions.types == [.heartRate])

            let other = try await stage.begin(strict, scope: "")
            let view = try await gateway.approval(other.id, for: bob, flow: other.flow, record: cleo)
            #expect(view.form.isOutOfReach)
            #expect(view.records.first { $0.id == cleo }?.status == .reauthorizationNotPossible)
            // In their own record they may.
            let own = try await stage.ownRecord(of: bob)
            #expect(!(try await gateway.approval(other.id, for: bob, flow: other.flow, record: own).form.isOutOfReach))
        }
    }

    @Test(
        "F8: to each application records and people have other names; the same again after revoking (B40)",
        arguments: EngineUnderTest.available)
    func pseudonyms(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob)
            func names(_ person: PersonID, _ application: TestApplication) async throws -> [String] {
                let consent = try await stage.consent(person, to: application, for: cleo)
                let answer = try await stage.exchange(consent, by: application)
                return [try #require(answer.person).text, try #require(answer.record).text]
            }
            let first = try await names(ada, pulse)
            let elsewhere = try await names(ada, other)
            let hers = try await stage.authorize(ada, pulse, for: try await stage.ownRecord(of: ada))
            #expect(Set(first + elsewhere + [hers.record]).count == 5)
            // Two people, one record: the application knows that it is one.
            let bobs = try await names(bob, pulse)
            #expect(bobs[1] == first[1])
            #expect(bobs[0] != first[0])
            for grant in try await stage.gateway.grants(of: ada).grants { try await stage.revoke(grant.id, by: ada) }
            #expect(try await names(ada, pulse) == first)
            #expect(try await names(ada, other) == elsewhere)
            for name in first + elsewhere { #expect(!name.contains(ada.text.dropFirst(4)) && !name.contains("rec_")) }
        }
    }
}
