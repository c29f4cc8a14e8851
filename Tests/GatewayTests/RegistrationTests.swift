// Organizations, invitations and applications: who may register what, and every fault by its field (A1).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Registration")
struct RegistrationTests {
    private static let good = ApplicationDraft(
        name: "Pulse", description: "Shows your pulse.", redirectURIs: ["https://pulse.example/back"], webhookURL: nil,
        rules: Stage.rules)

    @Test("A1: a draft with many faults is told all of them, each with its field", arguments: EngineUnderTest.available)
    func faults(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let cardia = try await stage.organization(in: .production)
            var draft = Self.good
            draft.name = "  "
            draft.description = String(repeating: "d", count: 1_001)
            draft.redirectURIs = ["https://a.example/", "http://b.example/", "https://a.example/"]
            draft.webhookURL = "https://10.0.0.1/hook"
            draft.grantDays = 366
            draft.rules = [
                .reads(["heart_rate"], named: "heart"), .reads(["steps"], named: "heart"),
                RuleDraft(
                    name: "Bad Name", mode: "sometimes", required: false, accesses: ["read", "look"],
                    types: ["feelings"], why: "  "),
                RuleDraft(name: "empty", mode: "online", required: false, accesses: [], types: [], why: "Because."),
            ]
            let refusal = await declined(as: .invalidFields) {
                try await stage.gateway.registerApplication(draft, in: cardia, by: nil, request: nil)
            }
            #expect(
                Set(refusal?.faults.map(\.field) ?? []) == [
                    "name", "description", "redirect_uris[1]", "redirect_uris[2]", "webhook_url", "grant_days",
                    "rules[1].name", "rules[2].name", "rules[2].mode", "rules[2].accesses[1]", "rules[2].data_types[0]",
                    "rules[2].why", "rules[3].accesses", "rules[3].data_types",
                ])
            let faults: [(String, (inout ApplicationDraft) -> Void)] = [
                ("name", { $0.name = "Pulse\u{0}" }), ("name", { $0.name = String(repeating: "n", count: 101) }),
                ("description", { $0.description = "a\u{0}b" }), ("redirect_uris", { $0.redirectURIs = [] }),
                ("redirect_uris", { $0.redirectURIs = (0..<21).map { "https://a.example/\($0)" } }),
                ("rules", { $0.rules = [] }), ("webhook_url", { $0.webhookURL = "https://a.example/\u{0}" }),
                ("webhook_url", { $0.webhookURL = "" }),
            ]
            for (field, spoil) in faults {
                var draft = Self.good
                spoil(&draft)
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.registerApplication(draft, in: cardia, by: nil, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == [field])
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM application") == 0)
        }
    }

    @Test(
        "A1, A4: a registered application keeps its rules as version 1, and its secrets are shown once",
        arguments: EngineUnderTest.available)
    func registered(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(webhook: "https://pulse.example/hook")
            #expect(pulse.secret.hasPrefix("lcs_"))
            #expect(pulse.webhookSecret?.hasPrefix("whsec_") == true)
            #expect(try await stage.application("Quiet").webhookSecret == nil)
            let rules = try await stage.engine.read { tx in
                try ApplicationTable.rules(of: pulse.id, version: 1, in: tx)
            }
            #expect(rules?.rules.map(\.name.text) == ["heart", "walking"])
            #expect(rules?.rules.map(\.isRequired) == [true, false])
            let kept = try await stage.engine.read { tx in try ApplicationTable.find(pulse.id, in: tx) }
            let sealed = try #require(kept?.sealedWebhookSecret)
            let secret = try #require(pulse.webhookSecret)
            #expect(!text(sealed).contains(secret))
        }
    }

    @Test(
        "An invitation makes one owner, once, within seven days; used, late and unknown ones look alike",
        arguments: EngineUnderTest.available)
    func invitations(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            func invite(_ name: String) async throws -> (organization: OrganizationID, invitation: String) {
                try await gateway.createOrganization(
                    name: name, environment: .sandbox, responsible: "Data office", request: nil)
            }
            let cardia = try await invite("Cardia")
            let late = try await invite("Late")
            let raced = try await invite("Raced")
            let results = await outcomes(of: 8) { place in
                try await gateway.acceptInvitation(raced.invitation, by: place % 2 == 0 ? ada : bob, request: nil)
            }
            #expect(results.compactMap(\.answer) == [raced.organization])

            stage.clock.move(by: Span(microseconds: Span.days(7).microseconds - 1))
            #expect(try await gateway.acceptInvitation(cardia.invitation, by: ada, request: nil) == cardia.organization)
            stage.clock.move(by: Span(microseconds: 1))
            var refusals: [Declined?] = []
            for token in [cardia.invitation, late.invitation, "liv_unknown", ""] {
                refusals.append(
                    await declined(as: .invalidFields) {
                        try await gateway.acceptInvitation(token, by: bob, request: nil)
                    })
            }
            #expect(refusals.allSatisfy { $0 == refusals[0] })
            #expect(refusals[0]?.faults.map(\.field) == ["invitation"])
        }
    }

    @Test("Only an owner registers, and only in an organization of their own", arguments: EngineUnderTest.available)
    func owners(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            func own(_ name: String, _ person: PersonID) async throws -> OrganizationID {
                let made = try await gateway.createOrganization(
                    name: name, environment: .sandbox, responsible: "Data office", request: nil)
                return try await gateway.acceptInvitation(made.invitation, by: person, request: nil)
            }
            await declined(as: .notPermitted) {
                try await gateway.registerApplication(Self.good, in: nil, by: ada, request: nil)
            }
            let cardia = try await own("Cardia", ada)
            let other = try await own("Other", bob)
            await declined(as: .notPermitted) {
                try await gateway.registerApplication(Self.good, in: other, by: ada, request: nil)
            }
            // An organization that does not exist looks the same.
            await declined(as: .notPermitted) {
                try await gateway.registerApplication(
                    Self.good, in: OrganizationID(bytes: [UInt8](repeating: 0, count: 16)), by: ada, request: nil)
            }
            let pulse = try await gateway.registerApplication(Self.good, in: nil, by: ada, request: nil)
            #expect(try await gateway.applications(of: ada).map(\.id) == [pulse.id])
            #expect(try await gateway.applications(of: bob).isEmpty)

            let second = try await own("Second", ada)
            let unsaid = await declined(as: .invalidFields) {
                try await gateway.registerApplication(Self.good, in: nil, by: ada, request: nil)
            }
            #expect(unsaid?.faults.map(\.field) == ["organization_id"])
            _ = try await gateway.registerApplication(Self.good, in: second, by: ada, request: nil)
            #expect(try await gateway.applications(of: ada).map(\.organization) == ["Cardia", "Second"])
            _ = cardia
        }
    }

    @Test("An organization says what it is called and who answers for the data", arguments: EngineUnderTest.available)
    func organizations(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            for (name, responsible, fields) in [
                ("", "Data office", ["name"]), ("Cardia", "  x ", ["responsible"]), (" ", "", ["name", "responsible"]),
                ("Car\u{0}dia", "Data office", ["name"]), ("Cardia", "Data\u{0}office", ["responsible"]),
            ] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.gateway.createOrganization(
                        name: name, environment: .sandbox, responsible: responsible, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == fields)
            }
            let made = try await stage.organization("Cardia")
            #expect(try await stage.gateway.organization(named: "Cardia") == made)
            #expect(try await stage.gateway.organization(named: "Nobody") == nil)
        }
    }
}
