// What makes a client assertion good, and every single thing that makes it bad.

import Crypto
import Domain
import TestKit
import Testing

@testable import Gateway

@Suite("Client assertions")
struct ProofsAssertionTests {
    static let now = Moment(seconds: 1_795_255_200)
    static let issuer = "https://licet.example"
    static let client = ApplicationID(bytes: [UInt8](repeating: 7, count: 16))
    static let other = ApplicationID(bytes: [UInt8](repeating: 8, count: 16))

    /// One key of each kind, the ones of a client.
    static func keySet() throws -> KeySet {
        var keys: [String] = []
        for (kid, key) in [("one", ProofKey.first), ("wide", ProofKey.wide), ("rsa", ProofKey.numbers)] {
            var members = try key.get().members()
            members["kid"] = "\"\(kid)\""
            keys.append(members.json)
        }
        return try KeySet.parse(#"{"keys":[\#(keys.joined(separator: ","))]}"#)
    }

    static func draft(algorithm: String = "ES256", kid: String? = "one") throws -> ProofDraft {
        let key =
            switch algorithm {
            case "ES256": ProofKey.first
            case "ES384": ProofKey.wide
            default: ProofKey.numbers
            }
        return .ofAssertion(client, issuer: issuer, at: now, key: try key.get(), algorithm: algorithm, kid: kid)
    }

    static func check(_ text: String, keys: KeySet? = nil) async throws -> ClientAssertion.Accepted {
        let set = try keys ?? keySet()
        return try await ClientAssertion.check(text, for: client, issuer: issuer, keys: set, at: now)
    }

    @Test(
        "An assertion signed in any of the four ways is accepted, and kept until a minute after its end",
        arguments: [("ES256", "one"), ("ES384", "wide"), ("RS384", "rsa"), ("PS256", "rsa")])
    func accepted(algorithm: String, kid: String) async throws {
        let accepted = try await Self.check(try Self.draft(algorithm: algorithm, kid: kid).make())
        #expect(accepted.until == Self.now + .seconds(120))
        #expect(accepted.proofHash.count == 32)
    }

    @Test("An assertion without a kid is verified by the only key that fits its algorithm")
    func withoutName() async throws {
        for algorithm in ["ES256", "ES384", "RS384", "PS256"] {
            _ = try await Self.check(try Self.draft(algorithm: algorithm, kid: nil).make())
        }
    }

    @Test("What may be otherwise: a typ for assertions, an audience in a list of one, no iat, clocks ten seconds apart")
    func variants() async throws {
        let variants: [@Sendable (inout ProofDraft) -> Void] = [
            { $0.header["typ"] = nil }, { $0.header["typ"] = #""client-authentication+jwt""# },
            { $0.header["typ"] = #""application/JWT""# }, { $0.claims["aud"] = #"["\#(Self.issuer)"]"# },
            { $0.claims["iat"] = nil }, { $0.claims["iat"] = "\(Self.now.seconds + 10)" },
            { $0.claims["iat"] = "\(Self.now.seconds).75" }, { $0.claims["nbf"] = "\(Self.now.seconds + 10)" },
            { $0.claims["exp"] = "\(Self.now.seconds + 310)" }, { $0.claims["exp"] = "\(Self.now.seconds - 9)" },
            { $0.claims["jti"] = "\"\(String(repeating: "j", count: 256))\"" },
            { $0.header["jku"] = #""https://evil.example/keys""# }, { $0.header["x5u"] = "7" },
        ]
        for change in variants {
            var draft = try Self.draft()
            change(&draft)
            _ = try await Self.check(try draft.make())
        }
    }

    static let bad: [Spoilt<ClientAssertion.Fault>] = [
        Spoilt("alg none without a signature", .token(.algorithm)) {
            $0.header["alg"] = #""none""#
            $0.signature = { _ in [] }
        },
        Spoilt("alg None, spelled otherwise", .token(.algorithm)) { $0.header["alg"] = #""nOnE""# },
        Spoilt("alg es256 in small letters", .token(.algorithm)) { $0.header["alg"] = #""es256""# },
        Spoilt("no alg", .token(.algorithm)) { $0.header["alg"] = nil },
        Spoilt("HS256 with the public key as the secret", .token(.algorithm)) {
            $0.header["alg"] = #""HS256""#
            let secret = try $0.key.members().json
            $0.signature = { input in
                Array(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: Array(secret.utf8))))
            }
        },
        Spoilt("RS256, well signed", .token(.algorithm)) {
            $0.key = try ProofKey.numbers.get()
            $0.header["alg"] = #""RS256""#
            $0.header["kid"] = #""rsa""#
        },
        Spoilt("a signature of RS256 that says RS384", .signature) {
            $0.key = try ProofKey.numbers.get()
            $0.header["alg"] = #""RS384""#
            $0.header["kid"] = #""rsa""#
            $0.algorithm = "RS256"
        },
        Spoilt("a signature of RS384 that says PS256", .signature) {
            $0.key = try ProofKey.numbers.get()
            $0.header["alg"] = #""PS256""#
            $0.header["kid"] = #""rsa""#
            $0.algorithm = "RS384"
        },
        Spoilt("a kid that is not in the set", .unknownKey) { $0.header["kid"] = #""two""# },
        Spoilt("a kid that is no text", .token(.header)) { $0.header["kid"] = "1" },
        Spoilt("a kid of a key of another curve", .unknownKey) { $0.header["kid"] = #""wide""# },
        Spoilt("an algorithm of another kind of key", .unknownKey) { $0.header["alg"] = #""PS256""# },
        Spoilt("signed by a key that is not the client's", .signature) { $0.key = try ProofKey.second.get() },
        Spoilt("its own key in the header", .signature) {
            $0.key = try ProofKey.second.get()
            $0.header["jwk"] = try $0.key.members().json
        },
        Spoilt("a payload that was changed after the signing", .signature) {
            let claims = $0.claims.json.replacing("assertion-1", with: "assertion-2")
            $0.spoil = { replacePart(1, of: $0, with: Base64.urlEncode(Array(claims.utf8))) }
        },
        Spoilt("no signature", .signature) { $0.signature = { _ in [] } },
        Spoilt("a signature of zeros", .signature) { $0.signature = { _ in [UInt8](repeating: 0, count: 64) } },
        Spoilt("a signature that is one byte long", .signature) { $0.signature = { _ in [1] } },
        Spoilt("crit", .token(.critical)) { $0.header["crit"] = #"["exp"]"# },
        Spoilt("crit with b64", .token(.critical)) {
            $0.header["b64"] = "false"
            $0.header["crit"] = #"["b64"]"#
        },
        Spoilt("crit that is null", .token(.critical)) { $0.header["crit"] = "null" },
        Spoilt("a header with a doubled name", .token(.headerJSON)) { $0.header.append("alg", #""none""#) },
        Spoilt("a doubled claim", .token(.claimsJSON)) { $0.claims.append("sub", "\"\(Self.other.text)\"") },
        Spoilt("claims that are a list", .token(.claims)) { _ = $0.spoil = { replacePart(1, of: $0, with: "W10") } },
        Spoilt("typ of a DPoP proof", .type) { $0.header["typ"] = #""dpop+jwt""# },
        Spoilt("typ of an access token", .type) { $0.header["typ"] = #""at+jwt""# },
        Spoilt("iss of another client", .issuer) { $0.claims["iss"] = "\"\(Self.other.text)\"" },
        Spoilt("no iss", .issuer) { $0.claims["iss"] = nil },
        Spoilt("sub of another client", .subject) { $0.claims["sub"] = "\"\(Self.other.text)\"" },
        Spoilt("sub in a list", .subject) { $0.claims["sub"] = "[\"\(Self.client.text)\"]" },
        Spoilt("aud is the token endpoint", .audience) { $0.claims["aud"] = "\"\(Self.issuer)/oauth/token\"" },
        Spoilt("aud with a slash more", .audience) { $0.claims["aud"] = "\"\(Self.issuer)/\"" },
        Spoilt("aud of two", .audience) { $0.claims["aud"] = #"["\#(Self.issuer)","https://other.example"]"# },
        Spoilt("aud twice the same", .audience) { $0.claims["aud"] = #"["\#(Self.issuer)","\#(Self.issuer)"]"# },
        Spoilt("aud an empty list", .audience) { $0.claims["aud"] = "[]" },
        Spoilt("no aud", .audience) { $0.claims["aud"] = nil },
        Spoilt("no exp", .expiryMissing) { $0.claims["exp"] = nil },
        Spoilt("exp more than five minutes ahead", .expiryTooFar) { $0.claims["exp"] = "\(Self.now.seconds + 311)" },
        Spoilt("exp passed", .expired) { $0.claims["exp"] = "\(Self.now.seconds - 10)" },
        Spoilt("exp as a text", .dateUnreadable) { $0.claims["exp"] = "\"\(Self.now.seconds + 60)\"" },
        Spoilt("exp with an exponent", .dateUnreadable) { $0.claims["exp"] = "1e99" },
        Spoilt("exp below zero", .dateUnreadable) { $0.claims["exp"] = "-1" },
        Spoilt("exp of twenty digits", .dateUnreadable) { $0.claims["exp"] = "99999999999999999999" },
        Spoilt("iat ahead", .issuedAhead) { $0.claims["iat"] = "\(Self.now.seconds + 11)" },
        Spoilt("iat null", .dateUnreadable) { $0.claims["iat"] = "null" },
        Spoilt("nbf ahead", .notYet) { $0.claims["nbf"] = "\(Self.now.seconds + 11)" },
        Spoilt("no jti", .jti) { $0.claims["jti"] = nil },
        Spoilt("an empty jti", .jti) { $0.claims["jti"] = "\"\"" },
        Spoilt("a jti of 257 characters", .jti) { $0.claims["jti"] = "\"\(String(repeating: "j", count: 257))\"" },
        Spoilt("a jti that is a number", .jti) { $0.claims["jti"] = "1" },
        Spoilt("base64 with padding", .token(.base64)) { $0.spoil = { $0 + "==" } },
        Spoilt("base64 of the other alphabet", .token(.base64)) { $0.spoil = { "+" + $0.dropFirst() } },
        Spoilt("a line break at the end", .token(.base64)) { $0.spoil = { $0 + "\n" } },
        Spoilt("two parts", .token(.parts)) {
            $0.spoil = { $0.split(separator: ".").prefix(2).joined(separator: ".") }
        },
        Spoilt("four parts", .token(.parts)) { $0.spoil = { $0 + ".e30" } },
        Spoilt("five parts, as if encrypted", .token(.parts)) { $0.spoil = { $0 + ".e30.e30" } },
        Spoilt("longer than 8 KiB", .token(.tooLong)) {
            $0.claims["more"] = "\"\(String(repeating: "m", count: 8_192))\""
        },
        Spoilt("nothing at all", .token(.parts)) { $0.spoil = { _ in "" } },
    ]

    @Test("A wrong assertion is refused, and the log hears why", arguments: bad)
    func refused(row: Spoilt<ClientAssertion.Fault>) async throws {
        var draft = try Self.draft()
        try row.change(&draft)
        let text = try draft.make()
        await #expect(throws: row.fault) { try await Self.check(text) }
    }

    @Test("The hash that is kept names the client and the jti, and nothing else of the assertion")
    func hash() async throws {
        let first = try await Self.check(try Self.draft().make())
        var later = try Self.draft()
        later.claims["exp"] = "\(Self.now.seconds + 90)"
        let same = try await Self.check(try later.make())
        later.claims["jti"] = #""assertion-2""#
        let another = try await Self.check(try later.make())
        #expect(first.proofHash == same.proofHash)
        #expect(first.proofHash != another.proofHash)
    }

    @Test("An assertion says whom it claims to be from before it is checked")
    func claim() throws {
        let assertion = try ClientAssertion(try Self.draft().make())
        #expect(assertion.claimedClient == Self.client)
        #expect(assertion.kid == "one")
        var draft = try Self.draft()
        draft.claims["sub"] = #""somebody""#
        let stranger = try ClientAssertion(try draft.make())
        #expect(stranger.claimedClient == nil)
    }

    @Test("Without a kid, two keys that fit are one too many")
    func ambiguous() async throws {
        var one = try ProofKey.first.get().members()
        var two = try ProofKey.second.get().members()
        one["kid"] = #""one""#
        two["kid"] = #""two""#
        let keys = try KeySet.parse(#"{"keys":[\#(one.json),\#(two.json)]}"#)
        let text = try Self.draft(kid: nil).make()
        await #expect(throws: ClientAssertion.Fault.unknownKey) { try await Self.check(text, keys: keys) }
        _ = try await Self.check(try Self.draft().make(), keys: keys)
    }
}
