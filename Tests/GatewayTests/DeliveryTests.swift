// Webhook delivery (F2, F4, F6): in order, once at a time, until it is accepted, withdrawn or lapsed.

import Crypto
import Domain
import Foundation
import Gateway
import TestKit
import Testing
import Vault

@Suite("Delivery")
struct DeliveryTests {
    private static let rules: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart", mode: .offline, required: true),
        .reads(["steps"], named: "walking", mode: .online),
    ]
    private static let scope = "rule:heart rule:walking"

    private struct Scene {
        let pulse: TestApplication
        let ada: PersonID
        let grant: GrantID
        let token: String
        let record: String
    }

    /// Parcels of 64 heart rates each, pushed to a webhook, and one of steps that waits to be fetched.
    private static func scene(
        _ stage: Stage, parcels: Int = 3, in environment: Domain.Environment = .sandbox
    ) async throws -> Scene {
        let cardia = try await stage.organization(in: environment)
        let pulse = try await stage.application(in: cardia, rules: rules, webhook: "https://pulse.example/hook")
        let ada = try await stage.person()
        let mine = try await stage.authorize(ada, pulse, scope: scope)
        try await stage.importing(
            exportText(
                (0..<64 * parcels).map { .heart("\(50 + $0 % 64).\($0)", minute: $0 % 960) } + [.steps("9", minute: 0)]),
            for: ada)
        return Scene(pulse: pulse, ada: ada, grant: mine.grant, token: mine.token, record: mine.record)
    }

    @Test(
        "F2, F6: parcels arrive in order, signed; what is accepted is no longer kept, and is counted",
        arguments: EngineUnderTest.available)
    func accepted(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let staged = try await stage.parcels().filter { $0.type == "heart_rate" }
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 3)
            #expect(courier.messages.map(\.id) == staged.map(\.id))

            let rows = try await stage.parcels()
            for row in rows where row.type == "heart_rate" {
                #expect(row.state == "delivered" && row.sealed == nil && row.attempts == 1)
            }
            // Online rules are no licence to push.
            #expect(rows.filter { $0.type == "steps" }.map(\.state) == ["waiting"])
            #expect(rows.filter { $0.type == "steps" }.map(\.nextAttemptAt) == [nil])
            let grant = try await stage.gateway.grant(scene.grant, of: scene.ada)
            #expect(grant.itemsDelivered == 192)
            #expect(grant.itemsWaiting == 1)
            let lines = try await stage.audit(.deliver)
            #expect(lines.map(\.items) == [64, 64, 64])
            #expect(lines.allSatisfy { $0.types == "heart_rate" && $0.mode == "offline" && $0.outcome == "done" })
            #expect(lines.allSatisfy { $0.grant == scene.grant.text && $0.application == scene.pulse.id.text })

            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.count == 3)
            #expect(try await stage.audit(.deliver).count == 3)
            #expect(try await stage.read(scene.token, scene.record).parcels.map(\.type) == [.steps])
        }
    }

    @Test(
        "F2: the message says whose it is, and its signature is HMAC-SHA-256 over id, time and body",
        arguments: EngineUnderTest.available)
    func message(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage, parcels: 1)
            let courier = FakeCourier()
            _ = try await stage.gateway.deliverRound(with: courier)
            let message = try #require(courier.messages.first)
            #expect(message.url == "https://pulse.example/hook")
            #expect(message.environment == .sandbox)
            #expect(message.headers["content-type"] == "application/json")
            let time = String(stage.clock.now.seconds)
            #expect(message.headers["webhook-timestamp"] == time)

            let secret = try #require(scene.pulse.webhookSecret)
            #expect(secret.hasPrefix("whsec_"))
            let key = SymmetricKey(data: try #require(Data(base64Encoded: String(secret.dropFirst(6)))))
            let signed = Data("\(message.id).\(time).".utf8) + Data(message.body)
            let expected = Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
            #expect(message.headers["webhook-signature"] == "v1,\(expected)")
            // D2: the message names the entry that stands for it.
            #expect(try await stage.audit(.deliver).first?.id == message.headers["licet-audit"])

            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(message.body)) as? [String: Any])
            #expect(body["type"] as? String == "data.items")
            #expect(body["timestamp"] as? String == stage.clock.now.rfc3339)
            let data = try #require(body["data"] as? [String: Any])
            #expect(data["parcel"] as? String == message.id)
            #expect(data["record"] as? String == scene.record)
            #expect((data["person"] as? String)?.hasPrefix("p_") == true)
            #expect(data["data_type"] as? String == "heart_rate")
            #expect((data["items"] as? [Any])?.count == 64)
            for name in [scene.ada.text, "ada@example.org", "rec_"] { #expect(!text(message.body).contains(name)) }
        }
    }

    @Test(
        "F4: after a failure the whole lane waits; the same bytes go out again under the same id at a new time",
        arguments: EngineUnderTest.available)
    func retried(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let ids = try await stage.parcels().filter { $0.type == "heart_rate" }.map(\.id)
            let failing = FakeCourier { _, before in before == 0 ? .accepted : .rejected(status: 503) }
            #expect(try await stage.gateway.deliverRound(with: failing) == 2)
            #expect(failing.messages.map(\.id) == Array(ids.prefix(2)))

            let rows = try await stage.parcels().filter { $0.type == "heart_rate" }
            #expect(rows.map(\.state) == ["delivered", "waiting", "waiting"])
            #expect(rows.map(\.attempts) == [1, 1, 0])
            let next = try #require(rows[1].nextAttemptAt)
            #expect(rows[2].nextAttemptAt == next)
            #expect(next >= stage.clock.now + .seconds(5))
            #expect(next <= stage.clock.now + .seconds(6))

            let patient = FakeCourier()
            stage.clock.move(to: next - Span(microseconds: 1))
            #expect(try await stage.gateway.deliverRound(with: patient) == 0)
            stage.clock.move(to: next)
            #expect(try await stage.gateway.deliverRound(with: patient) == 2)
            #expect(patient.messages.map(\.id) == Array(ids.suffix(2)))
            #expect(patient.messages[0].body == failing.messages[1].body)
            #expect(
                patient.messages[0].headers["webhook-timestamp"] != failing.messages[1].headers["webhook-timestamp"])
            #expect(
                patient.messages[0].headers["webhook-signature"] != failing.messages[1].headers["webhook-signature"])
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 192)
        }
    }

    @Test(
        "F4: what a receiver never takes lapses after 3 days in sandbox and 10 in production, payload and all",
        arguments: EngineUnderTest.available, [Domain.Environment.sandbox, .production])
    func neverTaken(_ engine: EngineUnderTest, _ environment: Domain.Environment) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage, parcels: 1, in: environment)
            let end = stage.clock.now + .days(environment == .sandbox ? 3 : 10)
            let courier = FakeCourier { _, before in
                before % 2 == 0 ? .rejected(status: 500) : .unreachable("no_answer")
            }
            var rounds = 0
            while let next = try await stage.parcels().first(where: { $0.type == "heart_rate" })?.nextAttemptAt,
                next < end, rounds < 100
            {
                stage.clock.move(to: max(next, stage.clock.now))
                #expect(try await stage.gateway.deliverRound(with: courier) == 1)
                _ = try await stage.gateway.sweepRound()
                rounds += 1
            }
            #expect(rounds > 8)
            #expect(Set(courier.messages.map(\.body)).count == 1)
            stage.clock.move(to: end - Span(microseconds: 1))
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.parcels().allSatisfy { $0.state == "waiting" && $0.sealed != nil })
            stage.clock.move(to: end)
            // Not even before the sweep says so.
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.parcels().allSatisfy { $0.state == "lapsed" && $0.sealed == nil })
            #expect(courier.messages.count == rounds)
            #expect(try await stage.audit(.lapse).map(\.items) == [65])
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 0)
        }
    }

    @Test(
        "C9: what waits for a webhook when consent is withdrawn is never sent, and that is on record",
        arguments: EngineUnderTest.available)
    func revokedBefore(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await stage.revoke(scene.grant, by: scene.ada)
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            #expect(try await stage.audit(.withdraw).map(\.items) == [193])
        }
    }

    @Test(
        "C9: consent withdrawn while the first parcel is under way: the answer changes nothing any more",
        arguments: EngineUnderTest.available)
    func revokedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let courier = FakeCourier { _, before in
                if before == 0 { _ = try? await stage.revoke(scene.grant, by: scene.ada) }
                return .accepted
            }
            _ = try await stage.gateway.deliverRound(with: courier)
            #expect(courier.messages.count == 1)
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 0)
        }
    }

    @Test(
        "C7: delivery asks the gate again: an expired grant or a narrowed rule sends nothing",
        arguments: EngineUnderTest.available)
    func askedAgain(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            try await stage.engine.execute("UPDATE application SET coverage = 'online.read=heart_rate,steps'")
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.audit(.deliver).map(\.outcome) == ["refused:mode_not_granted"])
            #expect(try await stage.audit(.withdraw).map(\.items) == [192])
            let rows = try await stage.parcels()
            #expect(rows.filter { $0.type == "heart_rate" }.allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
            #expect(rows.filter { $0.type == "steps" }.map(\.state) == ["waiting"])
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(try await stage.audit(.deliver).count == 1)
            _ = scene
        }
    }

    @Test("D3: what cannot be recorded is not sent", arguments: EngineUnderTest.available)
    func notRecorded(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await Self.scene(stage)
            let courier = FakeCourier()
            try await stage.engine.execute("ALTER TABLE audit_inbox RENAME TO audit_inbox_away")
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            try await stage.engine.execute("ALTER TABLE audit_inbox_away RENAME TO audit_inbox")
            #expect(try await stage.gateway.deliverRound(with: courier) == 3)
        }
    }

    @Test(
        "F2: a sender that dies loses its lease; the parcels wait again and nothing is lost",
        arguments: EngineUnderTest.available)
    func lease(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await Self.scene(stage)
            // As a sender leaves them that died in the middle of its lane.
            let until = stage.clock.now + .minutes(2)
            try await stage.engine.execute(
                "UPDATE parcel SET state = 'sending', lease_until = \(until) WHERE data_type = 'heart_rate'")
            let courier = FakeCourier()
            stage.clock.move(to: until - Span(microseconds: 1))
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(try await stage.audit(.deliver).isEmpty)
            stage.clock.move(to: until)
            #expect(try await stage.gateway.deliverRound(with: courier) == 3)
            #expect(try await stage.parcels().filter { $0.state == "delivered" }.count == 3)
        }
    }

    @Test(
        "F2: a lane longer than a round goes on in the next one, in order, however slow the receiver",
        arguments: EngineUnderTest.available)
    func long(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await Self.scene(stage, parcels: 40)
            let ids = try await stage.parcels().filter { $0.type == "heart_rate" }.map(\.id)
            #expect(ids.count == 40)
            let courier = FakeCourier { _, _ in
                stage.clock.move(by: .seconds(40))
                return .accepted
            }
            #expect(try await stage.gateway.deliverRound(with: courier) == 32)
            #expect(try await stage.gateway.deliverRound(with: courier) == 8)
            #expect(courier.messages.map(\.id) == ids)
            #expect(try await stage.parcels().filter { $0.state == "delivered" }.count == 40)
        }
    }

    @Test(
        "F2: an answer that comes after its lease has ended counts for nothing: nothing is counted twice",
        arguments: EngineUnderTest.available)
    func late(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage)
            let second = FakeCourier()
            let first = FakeCourier { _, _ in
                stage.clock.move(by: .minutes(2))
                _ = try? await stage.gateway.deliverRound(with: second)
                return .accepted
            }
            #expect(try await stage.gateway.deliverRound(with: first) == 1)
            #expect(second.messages.count == 3)
            #expect(second.messages.first?.id == first.messages.first?.id)
            #expect(second.messages.first?.body == first.messages.first?.body)
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 192)
        }
    }

    @Test(
        "F2: many rounds at once never send a parcel twice at the same time, and every parcel once in all",
        arguments: EngineUnderTest.available)
    func together(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage, parcels: 10)
            let bob = try await stage.person("bob@example.org")
            _ = try await stage.authorize(bob, scene.pulse, scope: Self.scope)
            try await stage.importing(
                exportText((0..<640).map { .heart("\(50 + $0 % 64).\($0)", minute: $0) }), for: bob)
            let courier = FakeCourier()
            var rounds = 0
            repeat {
                _ = await outcomes(of: 4) { _ in try await stage.gateway.deliverRound(with: courier) }
                rounds += 1
            } while try await stage.parcels().contains { $0.nextAttemptAt != nil } && rounds < 20
            #expect(!courier.wasEverSentTwiceAtOnce)
            #expect(courier.messages.count == 20)
            #expect(Set(courier.messages.map(\.id)).count == 20)
            // Each record's parcels in their order.
            for (_, lane) in Dictionary(grouping: courier.messages, by: { text($0.body).contains(scene.record) }) {
                #expect(lane.map(\.id) == lane.map(\.id).sorted())
            }
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 640)
            // No line about nothing: one for each message.
            #expect(try await stage.audit(.deliver).map(\.items) == Array(repeating: 64, count: 20))
        }
    }

    @Test(
        "F4: what waits for a webhook can be fetched and acknowledged as well, and is then not sent",
        arguments: EngineUnderTest.available)
    func fetched(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let scene = try await Self.scene(stage, parcels: 2)
            let alone = try await stage.gateway.clientCredentials(
                client: scene.pulse.client, scope: "", request: nil)
            let waiting = try await stage.read(alone.accessToken, scene.record)
            #expect(waiting.parcels.map(\.count) == [64, 64])
            let ended = try await stage.gateway.acknowledge(
                token: alone.accessToken, record: scene.record, parcels: waiting.parcels.map(\.id.text), request: nil)
            #expect(ended == 2)
            let courier = FakeCourier()
            #expect(try await stage.gateway.deliverRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.gateway.grant(scene.grant, of: scene.ada).itemsDelivered == 128)
            // Another application's parcel, or one outside the question's mode, is not there to be acknowledged.
            let steps = try #require(try await stage.parcels().first { $0.type == "steps" })
            #expect(
                try await stage.gateway.acknowledge(
                    token: alone.accessToken, record: scene.record, parcels: [steps.id], request: nil) == 0)
        }
    }
}
