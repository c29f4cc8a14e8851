// Authorization details from the request to the token and back (RFC 9396): what is asked, decided and told.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Authorization details")
struct DetailsFlowTests {
    private static let year = Stage.detail("walking", "2025-01-01", "2025-12-31")
    private static let next = Stage.detail("walking", "2026-01-01", "2026-12-31")

    private static func told(_ details: [GrantedDetail]?) -> [String]? {
        details?.map { detail in
            let ends = [detail.period?.from, detail.period?.to].map { $0.map(CivilDate.text(ofDay:)) ?? "" }
            let days = detail.period == nil ? "any" : ends.joined(separator: "..")
            let types = detail.types.map(\.rawValue).joined(separator: ",")
            return "\(detail.purpose.text) \(types) \(detail.actions.map(\.rawValue).joined(separator: ",")) \(days)"
        }
    }

    @Test(
        "RFC 9396 §7, §9.1: what was granted is told in the token's answer, on refresh, by introspection and of the grant",
        arguments: EngineUnderTest.available)
    func echo(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let details = [
                Stage.detail("steps", "2025-01-01", "2025-12-31"), Stage.detail("heart-rate", nil, "2024-12-31"),
            ]
            let answer = try await stage.authorize(
                ada, pulse, details: details, scope: "offline_access read:body_weight",
                approved: ["rule:steps", "rule:heart-rate", "read:body_weight", "offline_access"])
            let expected = [
                "heart-rate heart_rate read ..2024-12-31", "steps steps read 2025-01-01..2025-12-31",
                "body-weight body_weight read any",
            ]
            #expect(Self.told(answer.details) == expected)
            #expect(answer.scope == "rule:heart-rate rule:steps read:body_weight offline_access")
            let seen = try #require(try await stage.introspect(answer.accessToken, by: pulse))
            #expect(Self.told(seen.details) == expected)
            let refreshed = try await stage.refresh(try #require(answer.refreshToken), by: pulse)
            #expect(Self.told(refreshed.details) == expected)
            let seenRefresh = try await stage.introspect(try #require(refreshed.refreshToken), by: pulse)
            #expect(Self.told(seenRefresh?.details) == expected)
            let alone = try await stage.gateway.clientCredentials(
                client: pulse.client, scope: "grant_management_query", request: nil)
            #expect(alone.details == nil)
            let grant = try #require(answer.grant)
            let managed = try await stage.gateway.managedGrant(grant, token: alone.accessToken, key: nil, request: nil)
            #expect(Self.told(managed.details) == expected)
            _ = try await stage.narrow(grant, by: ada, types: ["steps"])
            let left = try await stage.introspect(answer.accessToken, by: pulse)
            #expect(Self.told(left?.details) == [expected[0], expected[2]])
        }
    }

    @Test(
        "RFC 9396: a grant that was never asked for in details is told of without them, and one that was keeps them",
        arguments: EngineUnderTest.available)
    func never(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let consent = try await stage.consent(ada, to: pulse)
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(answer.details == nil)
            #expect(try await stage.introspect(answer.accessToken, by: pulse)?.details == nil)
            let before = try await stage.gateway.grant(consent.grant, of: ada)
            // Asked for what stands already, now in details: the same grant, with the same history and end.
            stage.clock.move(by: .hours(1))
            let again = try await stage.authorize(ada, pulse, details: [Self.year], approved: ["rule:walking"])
            let whole = ["heart heart_rate read any", "walking steps,distance read any"]
            #expect(Self.told(again.details) == whole)
            #expect(again.grant == consent.grant)
            #expect(try await stage.gateway.grant(consent.grant, of: ada) == before)
            // By scope again, and replaced by scope: it was asked for in details once.
            let later = try await stage.authorize(ada, pulse)
            #expect(Self.told(try await stage.introspect(later.token, by: pulse)?.details) == whole)
            var asked = stage.request(pulse, scope: "rule:heart")
            asked.grantManagementAction = "replace"
            asked.grantID = consent.grant.text
            let replaced = try await stage.consent(ada, asked: asked, approved: ["rule:heart"])
            #expect(Self.told(try await stage.exchange(replaced, by: pulse).details) == [whole[0]])
        }
    }

    @Test(
        "RFC 9396 §5, RFC 9126: details that are not good go back as invalid_authorization_details, pushed or not",
        arguments: EngineUnderTest.available)
    func refused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            for details in [
                [], ["{}"], [Stage.detail("sleeping")],
                [Self.year, Stage.detail("walking", "2026-01-01", "2025-01-01")],
                [#"{"type":"health_data","datatypes":["body_weight"]}"#],
                [#"{"type":"health_data","purpose":"walking","locations":["https://elsewhere.example"]}"#],
            ] {
                let asked = stage.request(pulse, details: details)
                #expect(try await stage.errorSentBack(asked) == "invalid_authorization_details")
                await declined(as: .invalidAuthorizationDetails) {
                    try await stage.gateway.push(asked, client: pulse.client, key: nil, request: nil)
                }
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM approval") == 0)
            let good = stage.request(
                pulse, details: [#"{"type":"health_data","purpose":"walking","locations":["https://licet.example/"]}"#])
            #expect(try await stage.errorSentBack(good) == nil)
            #expect(
                try await stage.errorSentBack(stage.request(pulse, details: [Self.year], scope: "rule:no"))
                    == "invalid_scope")
        }
    }

    @Test(
        "RFC 9126 §4: what was pushed in details is what is decided on, whatever the browser brings beside it",
        arguments: EngineUnderTest.available)
    func pushed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let pushed = try await stage.gateway.push(
                stage.request(pulse, details: [Self.year]), client: pulse.client, key: nil, request: nil)
            var brought = stage.request(pulse, details: [Stage.detail("walking")])
            brought.requestURI = pushed.requestURI
            let consent = try await stage.consent(ada, asked: brought, approved: ["rule:walking", "rule:heart"])
            let answer = try await stage.exchange(consent, by: pulse)
            #expect(
                Self.told(answer.details)
                    == ["heart heart_rate read any", "walking steps,distance read 2025-01-01..2025-12-31"])
        }
    }

    @Test(
        "Decision 0011: within what stands the person only goes on; beyond it they are asked, and a no leaves what stands",
        arguments: EngineUnderTest.available)
    func joins(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let both = ["rule:walking", "rule:heart"]
            let first = try await stage.authorize(ada, pulse, details: [Self.year], approved: both)
            let grant = try #require(first.grant)
            let within = [Stage.detail("walking", "2025-03-01", "2025-03-31")]
            #expect(try await stage.form(of: ada, pulse, details: within).asksSomething == false)
            let settled = try await stage.authorize(ada, pulse, details: within, approved: ["rule:walking"])
            #expect(settled.grant == grant && settled.details == first.details)
            #expect(try await stage.gateway.grant(grant, of: ada).version == 1)
            let form = try await stage.form(of: ada, pulse, details: [Self.next])
            #expect(form.lines.first { $0.rule.name.text == "walking" }?.kind == .optional)
            let joined = try await stage.authorize(
                ada, pulse, details: [Self.next], scope: "rule:heart", approved: both)
            #expect(joined.grant == grant)
            #expect(
                Self.told(joined.details)
                    == ["heart heart_rate read any", "walking steps,distance read 2025-01-01..2026-12-31"])
            let view = try await stage.gateway.grant(grant, of: ada)
            let days = ["2025-01-01..2025-12-31", "2025-01-01..2026-12-31"]
            #expect(
                view.history.map { change in
                    change.dates.map { "\($0.rule.text) \(DataPeriods($0.dates, of: $0.types).stored)" }
                } == days.map { ["walking steps=\($0);distance=\($0)"] })
            #expect(view.history.map(\.event) == ["given", "extended"])
            #expect(view.periods[.steps].ranges.count == 1)
            // Left unticked, what stands stays; asked for without dates again, unticking takes it (decision 0007).
            let wider = stage.request(pulse, details: [Stage.detail("walking", "2020-01-01")])
            _ = try await stage.consent(ada, asked: wider, approved: ["rule:heart"])
            #expect(try await stage.gateway.grant(grant, of: ada).dates == view.dates)
            _ = try await stage.authorize(ada, pulse)
            _ = try await stage.consent(ada, asked: stage.request(pulse), approved: ["rule:heart"])
            #expect(try await stage.gateway.grant(grant, of: ada).permissions.types == [.heartRate])
        }
    }

    @Test(
        "C2: what was asked in details and is not in the rules any more asks for nothing",
        arguments: EngineUnderTest.available)
    func rulesGone(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let start = try await stage.gateway.startAuthorization(
                stage.request(pulse, details: [Self.year]), client: nil, request: nil)
            guard case .pending(let id, expiresAt: _, let flow) = start else {
                Issue.record("it is not pending")
                return
            }
            _ = try await stage.publish([Stage.rules[0]], for: pulse)
            await declined(as: .invalidScope) { try await stage.gateway.approval(id, for: ada, flow: flow) }
        }
    }
}
