// What the deployment signs with: made once, published, rotated with overlap, and never readable where it is kept.

import Crypto
import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Signing keys")
struct SigningKeyTests {
    private struct Published: Equatable {
        let members: [String: String]
        var kid: String { members["kid"] ?? "" }

        func verifies(_ token: String) throws -> Bool {
            let parts = token.split(separator: ".").map(String.init)
            let x = try #require(Base64.urlDecode(members["x"] ?? "")),
                y = try #require(Base64.urlDecode(members["y"] ?? ""))
            let key = try P256.Signing.PublicKey(rawRepresentation: x + y)
            let signature = try P256.Signing.ECDSASignature(
                rawRepresentation: try #require(Base64.urlDecode(parts[2])))
            return key.isValidSignature(signature, for: Array("\(parts[0]).\(parts[1])".utf8))
        }
    }

    private static func published(_ stage: Stage) async throws -> [Published] {
        guard case .object(let set) = try await stage.gateway.publishedKeys(), set.map(\.name) == ["keys"],
            case .array(let keys) = set[0].value
        else { return [] }
        return keys.map { key in
            guard case .object(let members) = key else { return Published(members: [:]) }
            var texts: [String: String] = [:]
            for member in members { if case .string(let text) = member.value { texts[member.name] = text } }
            return Published(members: texts)
        }
    }

    @Test("What is signed verifies with the published key, and says what it is", arguments: EngineUnderTest.available)
    func signs(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            #expect(try await Self.published(stage).isEmpty)
            let token = try await stage.gateway.sign(Array(#"{"a":1}"#.utf8), type: "receipt+jwt")
            let keys = try await Self.published(stage)
            let key = try #require(keys.first)
            #expect(keys.count == 1)
            #expect(Set(key.members.keys) == ["kty", "crv", "x", "y", "kid", "use", "alg"])
            #expect(try key.verifies(token))
            let parts = token.split(separator: ".").map(String.init)
            let header = String(decoding: try #require(Base64.urlDecode(parts[0])), as: UTF8.self)
            #expect(header == #"{"alg":"ES256","kid":"\#(key.kid)","typ":"receipt+jwt"}"#)
            #expect(Base64.urlDecode(parts[1]) == Array(#"{"a":1}"#.utf8))
            // One letter of the payload more, and it does not.
            #expect(try key.verifies("\(parts[0]).\(parts[1])A.\(parts[2])") == false)
        }
    }

    @Test("RFC 7638: the name of a key is its thumbprint", arguments: EngineUnderTest.available)
    func thumbprint(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let kid = try await stage.gateway.prepareSigningKey()
            let members = try #require(try await Self.published(stage).first).members
            let text = #"{"crv":"P-256","kty":"EC","x":"\#(members["x"] ?? "")","y":"\#(members["y"] ?? "")"}"#
            #expect(kid == Base64.urlEncode(Array(SHA256.hash(data: Array(text.utf8)))))
        }
    }

    @Test("Nodes that start at once make one key", arguments: EngineUnderTest.available)
    func once(_ engine: EngineUnderTest) async throws {
        try await engine.tryingTwo { one, other in
            let clock = TestWorld()
            let first = try await Stage(engine: one, clock: clock)
            let second = try await Stage(engine: other, clock: clock)
            let made = await outcomes(of: 8) { place in
                try await (place % 2 == 0 ? first : second).gateway.prepareSigningKey()
            }
            #expect(Set(made.compactMap(\.answer)).count == 1)
            #expect(try await first.count("SELECT COUNT(*) FROM signing_key") == 1)
        }
    }

    @Test(
        "A rotated key signs no more, is published for its overlap and not a microsecond longer, and its secret is gone",
        arguments: EngineUnderTest.available)
    func rotation(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let old = try await stage.gateway.sign([1], type: "a")
            let former = try #require(try await Self.published(stage).first)
            stage.clock.move(by: .days(1))
            let kid = try await stage.gateway.rotateSigningKey(overlap: .days(7), request: nil)
            let young = try await stage.gateway.sign([2], type: "a")
            let both = try await Self.published(stage)
            #expect(both.map(\.kid) == [kid, former.kid])
            #expect(try both[0].verifies(young) && both[1].verifies(old))
            #expect(try both[1].verifies(young) == false)
            #expect(try await stage.count("SELECT COUNT(*) FROM signing_key WHERE length(sealed_key) > 0") == 1)
            #expect(try await stage.audit(.keyRotated).count == 1)
            stage.clock.move(by: .days(7))
            #expect(try await Self.published(stage).map(\.kid) == [kid])
            let views = try await stage.gateway.signingKeys()
            #expect(views.map(\.id) == [kid, former.kid])
            #expect(views[1].retiredAt == stage.clock.now - .days(7) && views[1].publishedUntil == stage.clock.now)
            await declined(as: .invalidFields) {
                try await stage.gateway.rotateSigningKey(overlap: .days(91), request: nil)
            }
        }
    }

    @Test("The secret is not in the row, and opens under its own name only", arguments: EngineUnderTest.available)
    func sealed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.gateway.prepareSigningKey()
            let row = try #require(try await stage.engine.read { tx in try SigningKeyTable.current(in: tx) })
            let master = try #require(MasterKey(Stage.masterKey))
            let secret = try master.openUnsealed(row.sealedKey, as: "signing-key|\(row.kid)")
            #expect(secret.count == 32 && row.sealedKey.count == 60)
            #expect(throws: SealBroken.self) { try master.openUnsealed(row.sealedKey, as: "signing-key|another") }
            let stranger = try #require(MasterKey([UInt8](repeating: 8, count: 32)))
            #expect(throws: SealBroken.self) { try stranger.openUnsealed(row.sealedKey, as: "signing-key|\(row.kid)") }
        }
    }
}
