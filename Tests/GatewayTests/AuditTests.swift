// The trail: one line for each thing that happens, with who and what but never a value (D1 to D3).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Audit")
struct AuditTests {
    private static let export = exportText([.heart("167.25", minute: 0), .steps("41", minute: 1)])

    @Test(
        "D1: every consent change and every access leaves exactly one line, with its request",
        arguments: EngineUnderTest.available)
    func oneLineEach(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let id = stage.gateway.makeRequestID()
            let pulse = try await stage.application()
            let ada = try await stage.person()
            var before = try await stage.audit()
            func expectOne(_ action: String, _ outcome: String = "done", line: Int = #line) async throws -> AuditLine {
                let after = try await stage.audit()
                let new = after.filter { !before.contains($0) }
                before = after
                #expect(new.map(\.action) == [action], "line \(line)")
                #expect(new.map(\.outcome) == [outcome], "line \(line)")
                #expect(new.allSatisfy { $0.request == id.text && $0.at == stage.clock.now }, "line \(line)")
                return try #require(new.first)
            }
            let start = try await stage.gateway.startAuthorization(
                stage.request(pulse), client: nil, request: id)
            guard case .pending(let approval, expiresAt: _, let flow) = start else { return }
            #expect(try await expectOne("approval_started").application == pulse.id.text)

            let answer = try await stage.gateway.decide(
                approval, by: ada, flow: flow, approved: ["rule:heart"], through: .page, request: id)
            let approved = try await expectOne("approval_approved")
            #expect(approved.application == pulse.id.text)
            #expect(approved.grant == answer.grant?.text)
            #expect(approved.types == "heart_rate")
            #expect(approved.person?.hasPrefix("n_") == true && approved.record?.hasPrefix("n_") == true)

            let code = try #require(Stage.parameter("code", of: answer.redirectTo))
            let token = try await stage.gateway.exchange(
                code: code, redirectURI: pulse.redirectURI, verifier: Stage.verifier, client: pulse.client, request: id)
            #expect(try await expectOne("token_issued").mode == "online")

            try await stage.importing(Self.export, for: ada)
            before = try await stage.audit()
            let record = try #require(token.record).text
            let read = try await stage.gateway.read(
                token: token.accessToken, record: record, types: nil, limit: 10, after: nil, request: id)
            let line = try await expectOne("read")
            #expect(line.items == 1 && line.types == "heart_rate" && line.id == read.audit.text)
            #expect(line.person == approved.person && line.record == approved.record)

            await declined(as: .consentRequired) {
                try await stage.gateway.read(
                    token: token.accessToken, record: record, types: ["steps"], limit: 10, after: nil, request: id)
            }
            let refused = try await expectOne("read", "refused:not_covered")
            #expect(refused.items == 0 && refused.types == "steps")

            let ended = try await stage.gateway.acknowledge(
                token: token.accessToken, record: record, parcels: read.parcels.map(\.id.text), request: id)
            #expect(ended == 1)
            #expect(try await expectOne("acknowledge").items == 1)
            // Acknowledging again ends nothing, and says so.
            let again = try await stage.gateway.acknowledge(
                token: token.accessToken, record: record, parcels: read.parcels.map(\.id.text), request: id)
            #expect(again == 0)
            #expect(try await expectOne("acknowledge").items == 0)

            _ = try await stage.gateway.revoke(try #require(answer.grant), by: ada, through: .page, request: id)
            #expect(try await expectOne("grant_revoked").grant == answer.grant?.text)

            let second = try await stage.begin(pulse)
            before = try await stage.audit()
            _ = try await stage.gateway.decide(
                second.id, by: ada, flow: second.flow, approved: [], through: .page, request: id)
            #expect(try await expectOne("approval_denied").person == approved.person)
        }
    }

    @Test(
        "D1: people, sessions, organizations, applications and imports are on the trail",
        arguments: EngineUnderTest.available)
    func theRest(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let created = try await gateway.createOrganization(
                name: "Cardia", environment: .sandbox, responsible: "Data office", request: nil)
            let ada = try await stage.person()
            stage.clock.move(by: .seconds(1))
            _ = try await gateway.acceptInvitation(created.invitation, by: ada, request: nil)
            stage.clock.move(by: .seconds(1))
            let session = try await gateway.signIn(
                login: "ada@example.org", password: "correct horse battery", kind: .cookie, request: nil)
            stage.clock.move(by: .seconds(1))
            await declined(as: .signInFailed) {
                try await gateway.signIn(login: "ada@example.org", password: "wrong", kind: .cookie, request: nil)
            }
            try await gateway.signOut(token: session.token, kind: .cookie, request: nil)
            stage.clock.move(by: .seconds(1))
            try await stage.importing(Self.export, for: ada)
            stage.clock.move(by: .seconds(1))
            try await stage.importing("<HealthData><Record", for: ada)
            let lines = try await stage.audit()
            #expect(
                lines.map { "\($0.action) \($0.outcome)" }.sorted() == [
                    "imported done", "imported failed:IMPORT_REFUSED", "invitation_used done",
                    "organization_created done", "person_registered done", "signed_in done",
                    "signed_in failed:SIGN_IN_FAILED", "signed_out done",
                ])
            let imported = try #require(lines.first { $0.action == "imported" && $0.outcome == "done" })
            #expect(imported.items == 2)
            #expect(imported.types == "steps,heart_rate")
            // Everything a person did stands under one name that is not theirs.
            #expect(Set(lines.filter { $0.action != "organization_created" }.map(\.person)).count == 1)
        }
    }

    @Test(
        "D2: no line holds a secret, a token, a health value, a login or an id that names a person",
        arguments: EngineUnderTest.available)
    func nothingTold(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            let session = try await stage.gateway.signIn(
                login: "ada@example.org", password: "correct horse battery", kind: .cookie, request: nil)
            let consent = try await stage.consent(ada, to: pulse)
            let answer = try await stage.exchange(consent, by: pulse)
            try await stage.importing(Self.export, for: ada)
            _ = try await stage.read(answer.accessToken, try #require(answer.record).text)
            try await stage.revoke(consent.grant, by: ada)
            let words = try await stage.audit().map(\.words).joined(separator: "\n")
            let secrets = [
                answer.accessToken, session.token, consent.code, pulse.secret, pulse.webhookSecret ?? "whsec", "167.25",
                "ada@example.org", "Ada", ada.text, Stage.verifier, try #require(answer.record).text,
                try #require(answer.person).text, "rec_",
            ]
            for secret in secrets { #expect(!words.contains(secret)) }
            // The other direction: the same search would find what is there.
            #expect(words.contains(pulse.id.text))
        }
    }

    @Test(
        "D3: what cannot be recorded is not given, and things go on when the trail is back",
        arguments: EngineUnderTest.available)
    func notRecorded(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let (approval, flow) = try await stage.begin(pulse)
            try await stage.importing(Self.export, for: ada)
            let parcels = try await stage.parcels()
            _ = try await stage.read(mine.token, mine.record)

            try await stage.engine.execute("ALTER TABLE audit_inbox RENAME TO audit_inbox_away")
            await declined(as: .accessNotRecorded) { try await stage.read(mine.token, mine.record) }
            await declined(as: .accessNotRecorded) {
                try await stage.gateway.acknowledge(
                    token: mine.token, record: mine.record, parcels: parcels.map(\.id), request: nil)
            }
            // A refusal that cannot be recorded is still one.
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["sleep_stage"])
            }
            for approved in [["rule:heart"], []] {
                await declined(as: .unexpected) {
                    try await stage.gateway.decide(
                        approval, by: ada, flow: flow, approved: approved, through: .page, request: nil)
                }
            }
            await declined(as: .unexpected) { try await stage.revoke(mine.grant, by: ada) }

            try await stage.engine.execute("ALTER TABLE audit_inbox_away RENAME TO audit_inbox")
            #expect(try await stage.parcels() == parcels)
            #expect(try await stage.gateway.grants(of: ada).grants.map(\.state) == [.active])
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
            #expect(try await stage.gateway.approval(approval, for: ada, flow: flow).state == .pending)
        }
    }
}
