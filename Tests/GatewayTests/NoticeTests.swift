// What an application is told about grants and records (B11, F3): every event, in order, signed, until it is taken or lapses.

import Crypto
import Domain
import Foundation
import Gateway
import TestKit
import Testing
import Vault

@Suite("Notices")
struct NoticeTests {
    private static let url = "https://pulse.example/notice"

    /// Everything that can be told, one after the other.
    private static func everything(_ stage: Stage, _ pulse: TestApplication) async throws {
        let gateway = stage.gateway
        let ada = try await stage.person()
        let bob = try await stage.person("bob@example.org")
        let record = try await stage.ownRecord(of: ada)
        try await stage.share(record, from: ada, with: bob, relationship: "other")
        let mine = try await stage.authorize(bob, pulse, approved: ["rule:heart"], for: record)
        stage.clock.move(by: .seconds(1))
        _ = try await stage.consent(bob, to: pulse, for: record)
        stage.clock.move(by: .seconds(1))
        _ = try await stage.narrow(mine.grant, by: bob, types: ["distance"])
        stage.clock.move(by: .seconds(1))
        _ = try await gateway.renew(mine.grant, by: bob, days: nil, through: .page, request: nil)
        stage.clock.move(by: .seconds(1))
        let less = HoldingDraft(
            relationship: "other", isCustodian: false, types: [], accesses: ["read"], endsOn: nil)
        try await gateway.narrowHolding(of: bob, in: record, less, by: ada, request: nil)
        for isSuspended in [true, false] {
            stage.clock.move(by: .seconds(1))
            try await gateway.suspendRecord(record, isSuspended, by: ada, request: nil)
        }
        stage.clock.move(by: .seconds(1))
        try await gateway.removeHolder(bob, from: record, by: ada, request: nil)
        stage.clock.move(by: .seconds(1))
        try await gateway.revoke(token: mine.token, record: mine.record, request: nil)
        stage.clock.move(by: .seconds(1))
        _ = try await stage.consent(ada, to: pulse, days: 1)
        stage.clock.move(by: .days(1))
        _ = try await gateway.sweepRound()
    }

    private static let told = [
        "grant.given person", "grant.extended person", "grant.narrowed person", "grant.renewed person",
        "record_access.narrowed person", "record.suspended person", "record.resumed person",
        "record_access.lost person", "grant.revoked application", "grant.given person", "grant.expired clock",
    ]

    @Test(
        "B11: whatever happens to a grant or its record is told, by whom, in order",
        arguments: EngineUnderTest.available)
    func events(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            try await Self.everything(stage, pulse)
            #expect(try await stage.notices().map { "\($0.event) \($0.actor)" } == Self.told)
            #expect(Set(try await stage.notices().map(\.event)) == Set(Notice.Event.allCases.map(\.rawValue)))
            let courier = FakeCourier()
            #expect(try await stage.gateway.noticeRound(with: courier) == 11)
            #expect(courier.messages.map(\.id) == (try await stage.notices().map(\.id)))
            #expect(try await stage.notices().allSatisfy { $0.state == "delivered" && $0.attempts == 1 })
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
        }
    }

    @Test(
        "B11: without an address for notices nothing is written and nothing sent", arguments: EngineUnderTest.available)
    func nowhere(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(webhook: "https://pulse.example/hook")
            try await Self.everything(stage, pulse)
            let courier = FakeCourier()
            #expect(try await stage.notices().isEmpty)
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            #expect(courier.messages.isEmpty)
        }
    }

    @Test(
        "F3: a notice is signed, names grant, record and person as the application knows them, and no health data",
        arguments: EngineUnderTest.available)
    func message(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let person = try await stage.info(mine.token).person.text
            stage.clock.move(by: .seconds(1))
            let at = stage.clock.now
            try await stage.revoke(mine.grant, by: ada)
            stage.clock.move(by: .seconds(9))
            let courier = FakeCourier()
            #expect(try await stage.gateway.noticeRound(with: courier) == 2)
            let message = try #require(courier.messages.last)
            #expect(message.url == Self.url)
            let time = String(stage.clock.now.seconds)
            #expect(message.headers["webhook-timestamp"] == time)
            let secret = try #require(pulse.webhookSecret)
            let key = SymmetricKey(data: try #require(Data(base64Encoded: String(secret.dropFirst(6)))))
            let signed = Data("\(message.id).\(time).".utf8) + Data(message.body)
            let expected = Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
            #expect(message.headers["webhook-signature"] == "v1,\(expected)")

            let body = try #require(try JSONSerialization.jsonObject(with: Data(message.body)) as? [String: Any])
            #expect(body["type"] as? String == "grant.revoked")
            #expect(body["timestamp"] as? String == at.rfc3339)
            let data = try #require(body["data"] as? [String: String])
            let ask =
                "https://licet.example/shell/redirect?target=APPAUTH&targetqs=appid%3D\(pulse.id.text)"
                + "%26extrecordid%3D\(mine.record)"
            #expect(
                data == [
                    "grant_id": mine.grant.text, "record": mine.record, "person": person, "actor": "person",
                    "reauthorize_url": ask,
                ])
            for name in [ada.text, "ada@example.org", "rec_", "heart", "steps"] {
                #expect(!courier.messages.contains { text($0.body).contains(name) })
            }
        }
    }

    @Test(
        "B11: a notice that is not taken is tried again, the same bytes; nothing overtakes it meanwhile",
        arguments: EngineUnderTest.available)
    func retried(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.gateway.renew(mine.grant, by: ada, days: nil, through: .page, request: nil)
            let failing = FakeCourier { _, before in before % 2 == 0 ? .rejected(status: 500) : .unreachable("x") }
            #expect(try await stage.gateway.noticeRound(with: failing) == 1)
            let waiting = try await stage.notices()
            #expect(waiting.map(\.state) == ["waiting", "waiting"])
            #expect(waiting.map(\.attempts) == [1, 0])
            let next = waiting[0].nextAttemptAt
            #expect(next >= stage.clock.now + .seconds(5))

            // Something more happens before it is tried again.
            stage.clock.move(by: .seconds(1))
            try await stage.revoke(mine.grant, by: ada)
            let courier = FakeCourier()
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            stage.clock.move(to: next - Span(microseconds: 1))
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            stage.clock.move(to: next)
            #expect(try await stage.gateway.noticeRound(with: courier) == 3)
            #expect(courier.messages.map(\.id) == waiting.map(\.id) + [try #require(try await stage.notices().last).id])
            #expect(courier.messages.first?.body == failing.messages.first?.body)
            #expect(
                courier.messages.first?.headers["webhook-signature"]
                    != failing.messages.first?.headers["webhook-signature"])
        }
    }

    @Test(
        "B11: one application's silence holds up nobody else's notices",
        arguments: EngineUnderTest.available)
    func beside(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let deaf = try await stage.application("Deaf", notices: "https://deaf.example/notice")
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            _ = try await stage.consent(ada, to: deaf)
            _ = try await stage.consent(ada, to: pulse)
            let courier = FakeCourier { message, _ in
                message.url == Self.url ? .accepted : .rejected(status: 404)
            }
            #expect(try await stage.gateway.noticeRound(with: courier) == 2)
            #expect(Set(try await stage.notices().map(\.state)) == ["delivered", "waiting"])
        }
    }

    @Test(
        "B11: what nobody takes lapses with the bucket, after 3 days in sandbox and 10 in production",
        arguments: EngineUnderTest.available, [Domain.Environment.sandbox, .production])
    func lapses(_ engine: EngineUnderTest, _ environment: Domain.Environment) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                in: try await stage.organization(in: environment), notices: Self.url)
            let ada = try await stage.person()
            _ = try await stage.consent(ada, to: pulse)
            let end = stage.clock.now + .days(environment == .sandbox ? 3 : 10)
            #expect(try await stage.notices().map(\.lapsesAt) == [end])
            stage.clock.move(to: end - Span(microseconds: 1))
            #expect(try await stage.gateway.sweepRound() == 0)
            #expect(try await stage.notices().map(\.state) == ["waiting"])
            stage.clock.move(to: end)
            let courier = FakeCourier()
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            #expect(try await stage.gateway.sweepRound() == 1)
            #expect(try await stage.notices().map(\.state) == ["lapsed"])
            #expect(courier.messages.isEmpty)
        }
    }

    @Test(
        "B11: the change and its notice are one: what cannot be told is not done, and what is undone is not told",
        arguments: EngineUnderTest.available)
    func together(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let lines = try await stage.audit().count
            try await stage.engine.execute("ALTER TABLE notice RENAME TO notice_away")
            await declined(as: .unexpected) { try await stage.revoke(mine.grant, by: ada) }
            await declined(as: .unexpected) { try await stage.narrow(mine.grant, by: ada, types: ["steps"]) }
            try await stage.engine.execute("ALTER TABLE notice_away RENAME TO notice")
            #expect(try await stage.gateway.grant(mine.grant, of: ada).version == 1)
            #expect(try await stage.audit().count == lines)
            try await stage.engine.execute("ALTER TABLE audit_inbox RENAME TO audit_inbox_away")
            await declined(as: .unexpected) { try await stage.revoke(mine.grant, by: ada) }
            try await stage.engine.execute("ALTER TABLE audit_inbox_away RENAME TO audit_inbox")
            #expect(try await stage.notices().map(\.event) == ["grant.given"])
            _ = try await stage.read(mine.token, mine.record)
        }
    }

    @Test("B11: a no tells nobody anything", arguments: EngineUnderTest.available)
    func denied(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            let (id, flow) = try await stage.begin(pulse)
            _ = try await stage.gateway.decide(id, by: ada, flow: flow, approved: [], through: .page, request: nil)
            #expect(try await stage.notices().isEmpty)
        }
    }

    @Test(
        "B11: many rounds of two nodes at once send each notice once, in order",
        arguments: EngineUnderTest.available)
    func rounds(_ engine: EngineUnderTest) async throws {
        try await Stage.onTwo(engine) { one, other in
            let pulse = try await one.application(notices: Self.url)
            let ada = try await one.person()
            let mine = try await one.authorize(ada, pulse)
            for _ in 0..<20 {
                one.clock.move(by: .seconds(1))
                _ = try await one.gateway.renew(mine.grant, by: ada, days: nil, through: .page, request: nil)
            }
            let courier = FakeCourier()
            var rounds = 0
            repeat {
                let tried = await outcomes(of: 6) { place in
                    try await (place % 2 == 0 ? one : other).gateway.noticeRound(with: courier)
                }
                #expect(tried.compactMap(\.problem).isEmpty)
                rounds += 1
            } while try await one.notices().contains { $0.state != "delivered" } && rounds < 20
            #expect(courier.messages.map(\.id) == (try await one.notices().map(\.id)))
            #expect(courier.messages.count == 21)
            #expect(!courier.wasEverSentTwiceAtOnce)
        }
    }

    @Test(
        "B11: a sender that died loses its lease, and the notice goes out after all",
        arguments: EngineUnderTest.available)
    func lease(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(notices: Self.url)
            let ada = try await stage.person()
            _ = try await stage.consent(ada, to: pulse)
            let until = stage.clock.now + .seconds(45)
            try await stage.engine.execute("UPDATE notice SET state = 'sending', lease_until = \(until)")
            let courier = FakeCourier()
            stage.clock.move(to: until - Span(microseconds: 1))
            #expect(try await stage.gateway.noticeRound(with: courier) == 0)
            stage.clock.move(to: until)
            #expect(try await stage.gateway.noticeRound(with: courier) == 1)
            #expect(try await stage.notices().map(\.state) == ["delivered"])
        }
    }
}
