// Who gets data and who does not (C7, C10), and that every question leaves exactly one line (D1).

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Refusals")
struct RefusalTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    @Test(
        "C7: an active grant that covers the question gives what waits, and nothing else",
        arguments: EngineUnderTest.available)
    func permitted(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (grant, token, record) = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            try await stage.importing(Self.export, for: ada)
            let before = try await stage.audit().count

            let answer = try await stage.read(token, record)
            #expect(answer.parcels.map(\.type) == [.heartRate])
            #expect(answer.parcels.map(\.count) == [2])
            #expect(text(answer.parcels[0].items).contains("\"value\":71"))
            #expect(answer.record.text == record)
            #expect(answer.next == nil)

            let lines = try await stage.audit(.read)
            #expect(try await stage.audit().count == before + 1)
            let line = try #require(lines.first)
            #expect(line.id == answer.audit.text)
            #expect(line.outcome == "done")
            #expect(line.application == pulse.id.text)
            #expect(line.grant == grant.text)
            #expect(line.mode == "online")
            #expect(line.types == "heart_rate")
            #expect(line.items == 2)
            #expect(line.person != nil && line.record != nil)
            #expect(line.at == stage.clock.now)
        }
    }

    @Test(
        "C7: other records, other applications' records, types and modes outside the grant are CONSENT_REQUIRED",
        arguments: EngineUnderTest.available)
    func refused(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse, approved: ["rule:heart"])
            let theirs = try await stage.authorize(ada, other)
            let bobs = try await stage.authorize(bob, pulse)
            try await stage.importing(Self.export, for: ada)
            let unknown = "r_00000000000000000000000000"
            let questions: [(String, String, [String]?, String)] = [
                (mine.token, theirs.record, nil, "refused:no_grant"),
                (mine.token, bobs.record, nil, "refused:no_grant"),
                (mine.token, unknown, nil, "refused:no_grant"),
                (mine.token, "", nil, "refused:no_grant"),
                (mine.token, "r_\u{0}", nil, "refused:no_grant"),
                (bobs.token, mine.record, nil, "refused:no_grant"),
                (mine.token, mine.record, ["steps"], "refused:not_covered"),
                (mine.token, mine.record, ["heart_rate", "steps"], "refused:not_covered"),
                (mine.token, mine.record, ["heart"], "refused:not_covered"),
            ]
            for (token, record, types, outcome) in questions {
                let before = try await stage.audit(.read).count
                let refusal = await declined(as: .consentRequired) { try await stage.read(token, record, types: types) }
                let named = types?.contains("steps") == true ? "%26onopt1%3Dwalking" : ""
                #expect(
                    refusal?.repairURL
                        == "https://licet.example/shell/redirect?target=APPAUTH&targetqs=appid%3D\(pulse.id.text)\(named)"
                )
                stage.clock.move(by: .milliseconds(1))
                let lines = try await stage.audit(.read)
                #expect(lines.count == before + 1)
                #expect(lines.last?.outcome == outcome)
                #expect(lines.last?.items == 0)
            }
        }
    }

    @Test("C7: a stranger's question names nobody in its audit line", arguments: EngineUnderTest.available)
    func strangerNamesNobody(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let bobs = try await stage.authorize(bob, pulse)
            await declined(as: .consentRequired) { try await stage.read(mine.token, bobs.record) }
            let line = try #require(try await stage.audit(.read).last)
            #expect(line.person == nil)
            #expect(line.record == nil)
            #expect(line.grant == nil)
        }
    }

    @Test(
        "C7: a token for the application alone reaches offline rules only, and names its record each time",
        arguments: EngineUnderTest.available)
    func modes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: [
                .reads(["heart_rate"], named: "heart"), .reads(["steps"], named: "alone", mode: .offline),
            ])
            let online = try await stage.application("Online only")
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart rule:alone")
            let present = try await stage.authorize(ada, online)
            try await stage.importing(Self.export, for: ada)

            let alone = try await stage.gateway.clientCredentials(client: pulse.client, scope: "", request: nil)
            #expect(alone.scope == "rule:alone")
            #expect(alone.record == nil)
            #expect(alone.authorizationExpiresIn == nil)
            #expect(try await stage.read(alone.accessToken, mine.record).parcels.map(\.type) == [.steps])
            await declined(as: .consentRequired) {
                try await stage.read(alone.accessToken, mine.record, types: ["heart_rate"])
            }
            await declined(as: .consentRequired) { try await stage.read(alone.accessToken, present.record) }
            await declined(as: .consentRequired) { try await stage.read(alone.accessToken, "r_\u{0}") }
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.heartRate])
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record, types: ["steps"]) }

            for scope in ["", "rule:heart", "read:heart_rate", "rule:alone"] {
                await declined(as: .invalidScope) {
                    try await stage.gateway.clientCredentials(client: online.client, scope: scope, request: nil)
                }
            }
            await declined(as: .invalidScope) {
                try await stage.gateway.clientCredentials(client: pulse.client, scope: "rule:heart", request: nil)
            }
            await declined(as: .invalidClient) {
                try await stage.gateway.clientCredentials(
                    client: ClientCredentials(id: pulse.id.text, secret: online.secret), scope: "", request: nil)
            }
            await declined(as: .invalidClient) {
                try await stage.gateway.clientCredentials(
                    client: ClientCredentials(id: "nobody\u{0}", secret: "x"), scope: "", request: nil)
            }

            // Revoking ends what the application may do alone as well.
            try await stage.revoke(mine.grant, by: ada)
            await declined(as: .consentRequired) { try await stage.read(alone.accessToken, mine.record) }
        }
    }

    @Test("C7: a token with offline access asks in offline mode", arguments: EngineUnderTest.available)
    func offlineToken(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: [
                .reads(["heart_rate"], named: "heart"), .reads(["steps"], named: "alone", mode: .offline),
            ])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart rule:alone offline_access")
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps])
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["heart_rate"])
            }
            #expect(try await stage.audit(.read).allSatisfy { $0.mode == "offline" })
        }
    }

    @Test(
        "C7: lost or too small access of the person's own, or a suspended record, is ACCESS_DENIED to a grant's holder",
        arguments: EngineUnderTest.available)
    func accessDenied(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            _ = try await stage.engine.execute("UPDATE record SET is_suspended = 1")
            let suspended = await declined(as: .accessDenied) { try await stage.read(mine.token, mine.record) }
            #expect(suspended?.repairURL == nil)
            _ = try await stage.engine.execute("UPDATE record SET is_suspended = 0")
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
            _ = try await stage.engine.execute("UPDATE record_access SET permissions = 'online.read=steps'")
            await declined(as: .accessDenied) { try await stage.read(mine.token, mine.record, types: ["heart_rate"]) }
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.steps])
            _ = try await stage.engine.execute("UPDATE record_access SET expires_at = \(stage.clock.now)")
            await declined(as: .accessDenied) { try await stage.read(mine.token, mine.record) }
            // A stranger is not told.
            await declined(as: .consentRequired) { try await stage.read(mine.token, "r_00000000000000000000000000") }
        }
    }

    @Test(
        "B6: what a rule no longer asks for, the grant no longer gives, and nothing is widened",
        arguments: EngineUnderTest.available)
    func narrowed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            _ = try await stage.engine.execute(
                "UPDATE application SET coverage = 'online.read=heart_rate,sleep_stage' WHERE id = \(pulse.id)")
            #expect(try await stage.read(mine.token, mine.record).parcels.map(\.type) == [.heartRate])
            await declined(as: .consentRequired) { try await stage.read(mine.token, mine.record, types: ["steps"]) }
            await declined(as: .consentRequired) {
                try await stage.read(mine.token, mine.record, types: ["sleep_stage"])
            }
        }
    }

    @Test(
        "F4: what waits is read page by page, every parcel once, and malformed questions name the field",
        arguments: EngineUnderTest.available)
    func pages(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(
                exportText((0..<300).map { .heart(String(60 + $0 % 50), minute: $0) }), for: ada)
            var seen: [ParcelID] = []
            var cursor: String?
            repeat {
                let page = try await stage.read(mine.token, mine.record, limit: 2, after: cursor)
                seen += page.parcels.map(\.id)
                cursor = page.next?.text
            } while cursor != nil
            #expect(seen.count == 5)
            #expect(seen == seen.sorted())
            #expect(Set(seen).count == 5)
            for (limit, after, types, field) in [
                (0, nil, nil, "limit"), (101, nil, nil, "limit"), (1, "msg_x", nil, "after"),
                (1, nil, [], "types"), (1, nil, ["heart_rate", "feelings"], "types[1]"),
            ] as [(Int, String?, [String]?, String)] {
                let refusal = await declined(as: .invalidFields) {
                    try await stage.read(mine.token, mine.record, types: types, limit: limit, after: after)
                }
                #expect(refusal?.faults.map(\.field) == [field])
            }
        }
    }
}
