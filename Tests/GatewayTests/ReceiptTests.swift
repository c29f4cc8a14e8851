// Receipts of what was agreed: one for each change, saying what was so then; who may have them; and what the end of a grant says.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Receipts")
struct ReceiptTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    @Test(
        "C8: each change of a grant has a receipt that says what was so after it, whatever came later",
        arguments: EngineUnderTest.available)
    func ofEachChange(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let begun = stage.clock.now
            let mine = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .days(1))
            _ = try await stage.narrow(mine.grant, by: ada, rules: ["walking"])
            stage.clock.move(by: .days(1))
            _ = try await stage.gateway.renew(mine.grant, by: ada, days: nil, through: .api, request: nil)
            stage.clock.move(by: .days(1))
            _ = try await stage.consent(ada, to: pulse)
            stage.clock.move(by: .days(1))
            try await stage.revoke(mine.grant, by: ada)
            // What the application asks for now is another matter.
            try await stage.publish([.reads(["body_weight"], named: "heart", required: true)], for: pulse)

            var said: [String] = []
            for version in 1...5 {
                let receipt = try await stage.gateway.receipt(version, of: mine.grant, for: ada)
                #expect(receipt.name == "\(mine.grant.text)/\(version)")
                #expect(receipt.events.map(\.version) == Array(1...version))
                #expect(receipt.change == receipt.events.last)
                #expect(receipt.change.at == begun + .days(Int64(version - 1)))
                #expect(receipt.record.text == mine.record && receipt.bucketDays == 3)
                #expect(receipt.organization == pulse.organization && receipt.application.id == pulse.id)
                #expect(receipt.manageURL == "https://licet.example/grants/\(mine.grant.text)")
                #expect(receipt.issuedAt == stage.clock.now)
                let parts = receipt.parts.map {
                    "\($0.rule.name.text): \($0.types.map(\.rawValue).joined(separator: " "))"
                }
                said.append("\(receipt.change.event) \(receipt.change.method) [\(parts.joined(separator: ", "))]")
            }
            #expect(
                said == [
                    "given page [heart: heart_rate, walking: steps distance]", "narrowed page [heart: heart_rate]",
                    "renewed api [heart: heart_rate]", "extended page [heart: heart_rate, walking: steps distance]",
                    "revoked page [heart: heart_rate, walking: steps distance]",
                ])
            for version in [-1, 0, 6] {
                await declined(as: .notFound) { try await stage.gateway.receipt(version, of: mine.grant, for: ada) }
            }
        }
    }

    @Test(
        "C9: the receipt of an end says how many tokens stopped working and when data last left; the others say neither",
        arguments: EngineUnderTest.available)
    func ofTheEnd(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.lastingApplication()
            let ada = try await stage.person()
            let first = try await stage.lastingTokens(ada, pulse)
            let grant = first.grant
            // Two hours later the first access token is past its life, and counts no more.
            stage.clock.move(by: .hours(2))
            let second = try await stage.refresh(first.refresh, by: pulse)
            try await stage.importing(Self.export, for: ada)
            let read = stage.clock.now
            #expect(try await stage.read(second.accessToken, first.record).parcels.isEmpty == false)
            stage.clock.move(by: .minutes(5))
            // A look that found nothing, and one that was refused, hand nothing over.
            await declined(as: .consentRequired) {
                try await stage.read(second.accessToken, first.record, types: ["body_height"])
            }
            stage.clock.move(by: .minutes(5))
            try await stage.revoke(grant, by: ada)
            let end = try await stage.gateway.receipt(2, of: grant, for: ada)
            #expect(end.isEnd && end.tokensEnded == 2, "an access token and a refresh token")
            #expect(end.lastRead == read)
            let beginning = try await stage.gateway.receipt(1, of: grant, for: ada)
            #expect(!beginning.isEnd && beginning.tokensEnded == nil && beginning.lastRead == nil)
        }
    }

    @Test(
        "C6: the clock's end has a receipt too; where nothing was ever read, it says so",
        arguments: EngineUnderTest.available)
    func ofTheClock(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, days: 1)
            stage.clock.move(by: .days(1))
            _ = try await stage.gateway.sweepRound()
            let end = try await stage.gateway.receipt(2, of: mine.grant, for: ada)
            #expect(end.change.event == "expired" && end.change.actor == "clock" && end.isEnd)
            #expect(end.tokensEnded == 0 && end.lastRead == nil)
        }
    }

    @Test(
        "C1, C7: a receipt is for the person and for that application; anybody else learns nothing",
        arguments: EngineUnderTest.available)
    func forWhom(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let rules = Stage.rules + [.reads(["steps"], named: "nightly", mode: .offline)]
            let pulse = try await stage.application(rules: rules)
            let other = try await stage.application("Other", in: pulse.organization, rules: rules)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let bobs = try await stage.authorize(bob, pulse)
            await declined(as: .notFound) { try await gateway.receipt(1, of: mine.grant, for: bob) }
            #expect(
                try await gateway.receipt(1, of: mine.grant, token: mine.token, key: nil).person.text.hasPrefix("p_"))
            #expect(try await gateway.receipts(of: mine.grant, token: mine.token, key: nil).map(\.event) == ["given"])
            let nobody = GrantID(bytes: Array(repeating: 9, count: 16))
            let strangers = [bobs.token, try await stage.alone(other)]
            for token in strangers {
                await declined(as: .consentRequired) {
                    try await gateway.receipts(of: mine.grant, token: token, key: nil)
                }
                await declined(as: .consentRequired) {
                    try await gateway.receipt(1, of: mine.grant, token: token, key: nil)
                }
            }
            let alone = try await stage.alone(pulse)
            await declined(as: .consentRequired) { try await gateway.receipts(of: nobody, token: alone, key: nil) }
            await declined(as: .notFound) { try await gateway.receipt(7, of: mine.grant, token: alone, key: nil) }
            await declined(as: .notAuthenticated) {
                try await gateway.receipt(1, of: mine.grant, token: "lat_none", key: nil)
            }
            // C10: the token ended with the grant; the application itself may still have the receipt of the end.
            try await stage.revoke(mine.grant, by: ada)
            await declined(as: .consentRequired) {
                try await gateway.receipt(2, of: mine.grant, token: mine.token, key: nil)
            }
            let end = try await gateway.receipt(2, of: mine.grant, token: alone, key: nil)
            let hers = try await gateway.receipt(2, of: mine.grant, for: ada)
            #expect(end.change.event == "revoked" && end == hers)
        }
    }

    @Test(
        "A multi-record application's tokens are counted with the last grant that they reached",
        arguments: EngineUnderTest.available)
    func countsPersonsTokens(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(interaction: .multiRecord)
            let ada = try await stage.person()
            let child = try await stage.child(of: ada)
            let own = try await stage.ownRecord(of: ada)
            let one = try await stage.authorize(ada, pulse, for: own)
            let two = try await stage.authorize(ada, pulse, for: child)
            try await stage.revoke(one.grant, by: ada)
            #expect(try await stage.gateway.receipt(2, of: one.grant, for: ada).tokensEnded == 0)
            try await stage.revoke(two.grant, by: ada)
            #expect(try await stage.gateway.receipt(2, of: two.grant, for: ada).tokensEnded == 2)
        }
    }
}
