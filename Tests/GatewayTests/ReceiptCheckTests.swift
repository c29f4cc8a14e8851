// Checking a receipt: what is ours and whole is found so, with keys that signed until lately too; anything else is named.

import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Checking receipts")
struct ReceiptCheckTests {
    private static func signed(_ stage: Stage, issuer: String = "https://licet.example") async throws -> String {
        let claims = #"{"iss":"\#(issuer)","iat":\#(stage.clock.now.seconds),"jti":"grt_1/1","receipt":{}}"#
        return try await stage.gateway.signReceipt(Array(claims.utf8))
    }

    private static func fault(_ text: String, _ stage: Stage) async throws -> ReceiptFault? {
        guard case .failure(let fault) = try await stage.gateway.checkReceipt(text) else { return nil }
        return fault
    }

    @Test(
        "RFC 7515: a receipt of ours is sound, however mail has broken its lines; nothing is stored by asking",
        arguments: EngineUnderTest.available)
    func sound(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let text = try await Self.signed(stage)
            let lines = try await stage.count("SELECT COUNT(*) FROM audit_entry")
            let broken = "\n  \(text.prefix(70))\r\n\(text.dropFirst(70))\t\n"
            for pasted in [text, broken] {
                let found = try await stage.gateway.checkReceipt(pasted).get()
                #expect(
                    found.issuer == "https://licet.example"
                        && found.issuedAt == Moment(seconds: stage.clock.now.seconds))
                #expect(found.claims["jti"] == .string("grt_1/1") && found.keyRetiredAt == nil)
                let key = try await stage.gateway.signingKeys().first?.id
                #expect(found.kid == key)
            }
            #expect(try await stage.count("SELECT COUNT(*) FROM audit_entry") == lines)
        }
    }

    @Test("A changed letter anywhere is found")
    func altered() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let text = try await Self.signed(stage)
            let letters = Array(text)
            for place in letters.indices {
                var changed = letters
                // The last letter of a part has bits that mean nothing; another letter far off always differs.
                changed[place] = letters[place] == "A" ? "Q" : "A"
                let fault = try await Self.fault(String(changed), stage)
                #expect(fault != nil, "letter \(place)")
            }
            #expect(try await Self.fault(text, stage) == nil)
            let parts = text.split(separator: ".").map(String.init)
            let other = try await Self.signed(stage).split(separator: ".").map(String.init)
            let forged = Base64.urlEncode(Array(#"{"iss":"https://licet.example","iat":1,"jti":"x"}"#.utf8))
            #expect(try await Self.fault("\(parts[0]).\(forged).\(parts[2])", stage) == .altered)
            #expect(
                try await Self.fault("\(parts[0]).\(parts[1]).\(other[2])", stage) == nil,
                "the same words, signed twice")
        }
    }

    @Test("A key that signed until lately is still believed, and says so; one that is not published any more is not")
    func retired() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let text = try await Self.signed(stage)
            stage.clock.move(by: .days(1))
            let at = stage.clock.now
            try await stage.gateway.rotateSigningKey(overlap: .days(30), request: nil)
            #expect(try await stage.gateway.checkReceipt(text).get().keyRetiredAt == at)
            #expect(try await Self.fault(try await Self.signed(stage), stage) == nil)
            stage.clock.move(by: .days(30))
            #expect(try await Self.fault(text, stage) == .unpublishedKey)
        }
    }

    @Test("What is no receipt of ours is told apart: another kind, another issuer, another's key, no token at all")
    func others() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let text = try await Self.signed(stage)
            #expect(try await Self.fault("  \n", stage) == .empty)
            #expect(try await Self.fault("hello", stage) == .notSigned)
            #expect(try await Self.fault("a.b.c", stage) == .notSigned)
            #expect(try await Self.fault(String(repeating: "A", count: ReceiptCheck.longest + 1), stage) == .tooLong)
            let other = try await stage.gateway.sign(
                Array(#"{"iss":"https://licet.example","iat":1}"#.utf8), type: "jwt")
            #expect(try await Self.fault(other, stage) == .otherKind)
            #expect(
                try await Self.fault(try await Self.signed(stage, issuer: "https://evil.example"), stage)
                    == .otherIssuer)
            let bare = try await stage.gateway.signReceipt(Array("{}".utf8))
            #expect(try await Self.fault(bare, stage) == .otherKind)
            // A deployment of somebody else's, with a clock and dice that went on.
            let elsewhere = TestWorld(seed: 99)
            try await Stage.on(.sqliteMemory, clock: elsewhere) { stranger in
                let theirs = try await Self.signed(stranger)
                #expect(try await Self.fault(theirs, stage) == .unknownKey)
                #expect(try await Self.fault(text, stranger) == .unknownKey)
            }
            #expect(Set(ReceiptFault.allCases.map(\.sentence)).count == ReceiptFault.allCases.count)
        }
    }

    @Test("With the published key set alone it is checked without us; an empty or foreign set knows no key")
    func offline() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let text = try await Self.signed(stage)
            let row = try await stage.engine.read { tx in
                try tx.queryOne("SELECT public_jwk FROM signing_key") { row in row.text(0) }
            }
            let set = Array("{\"keys\":[\(try #require(row))]}".utf8)
            let found = try await ReceiptCheck.check(text, keySet: set, issuer: nil)
            #expect(found.issuer == "https://licet.example" && found.keyRetiredAt == nil)
            for (keys, issuer, wanted) in [
                (set, "https://other.example", ReceiptFault.otherIssuer),
                (Array("{\"keys\":[]}".utf8), nil, .unknownKey),
                (Array("no JSON".utf8), nil, .unknownKey),
            ] {
                await #expect(throws: wanted) { try await ReceiptCheck.check(text, keySet: keys, issuer: issuer) }
            }
        }
    }
}
