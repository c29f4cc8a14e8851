// What makes a DPoP proof good, and every single thing that makes it bad. The examples of RFC 9449 are held up to the same check.

import Crypto
import Domain
import TestKit
import Testing

@testable import Gateway

@Suite("DPoP proofs")
struct ProofsDPoPTests {
    static let now = Moment(seconds: 1_795_255_200)
    static let url = "https://licet.example/api/items"
    static let token = "lat_the-token"
    static let nonceKey = [UInt8](repeating: 5, count: 32)

    static func draft(_ key: ProofKey? = nil, algorithm: String = "ES256") throws -> ProofDraft {
        try .ofProof(
            "GET", url, token: token, nonce: DPoPNonce.make(key: nonceKey, at: now), at: now,
            key: try key ?? ProofKey.first.get(), algorithm: algorithm)
    }

    static func check(
        _ text: String, method: String = "GET", url: String = url, token: String? = token, at moment: Moment = now
    ) async throws -> DPoPProof.Accepted {
        try await DPoPProof.check(
            text, method: method, url: url, accessToken: token, nonceKey: nonceKey, at: moment)
    }

    @Test("A proof is accepted with the thumbprint of its key, signed in any of the four ways")
    func accepted() async throws {
        let ways: [(ProofKey, String)] = [
            (try ProofKey.first.get(), "ES256"), (try ProofKey.wide.get(), "ES384"),
            (try ProofKey.numbers.get(), "RS384"), (try ProofKey.numbers.get(), "PS256"),
        ]
        for (key, algorithm) in ways {
            let accepted = try await Self.check(try Self.draft(key, algorithm: algorithm).make())
            let jwk = try JSONParser.parse(Array(try key.members().json.utf8))
            #expect(accepted.thumbprint == (try PublicKey(jwk: jwk).thumbprint))
            #expect(accepted.until > Self.now + .seconds(60), "a proof is kept longer than it could be used again")
        }
    }

    @Test("A proof at the token endpoint has no token hash")
    func withoutToken() async throws {
        var draft = try Self.draft()
        draft.claims["ath"] = nil
        _ = try await Self.check(try draft.make(), token: nil)
    }

    @Test(
        "The address is compared without query and fragment, in one spelling",
        arguments: [
            "HTTPS://Licet.Example/api/items", "https://licet.example:443/api/items",
            "https://licet.example/api/items?page=2", "https://licet.example/api/items#top",
            "https://licet.example/%61pi/items",
        ])
    func address(htu: String) async throws {
        var draft = try Self.draft()
        draft.claims["htu"] = "\"\(htu)\""
        _ = try await Self.check(try draft.make())
    }

    @Test("What may be otherwise: the spelling of typ, more in the jwk, an iat up to a minute old or ten seconds ahead")
    func variants() async throws {
        let variants: [@Sendable (inout ProofDraft) -> Void] = [
            { $0.header["typ"] = #""DPoP+JWT""# }, { $0.header["typ"] = #""application/dpop+jwt""# },
            { $0.header["kid"] = #""any""# }, { $0.claims["iat"] = "\(Self.now.seconds - 60)" },
            { $0.claims["iat"] = "\(Self.now.seconds + 10)" }, { $0.claims["exp"] = "\(Self.now.seconds + 10)" },
        ]
        for change in variants {
            var draft = try Self.draft()
            change(&draft)
            _ = try await Self.check(try draft.make())
        }
    }

    static let bad: [Spoilt<DPoPProof.Fault>] = [
        Spoilt("alg none", .invalid(.token(.algorithm))) {
            $0.header["alg"] = #""none""#
            $0.signature = { _ in [] }
        },
        Spoilt("HS256 with the public key as the secret", .invalid(.token(.algorithm))) {
            $0.header["alg"] = #""HS256""#
            let secret = try $0.key.members().json
            $0.signature = { input in
                Array(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: Array(secret.utf8))))
            }
        },
        Spoilt("RS256", .invalid(.token(.algorithm))) {
            $0.key = try ProofKey.numbers.get()
            $0.header["jwk"] = try $0.key.members().json
            $0.header["alg"] = #""RS256""#
        },
        Spoilt("an algorithm of another kind of key", .invalid(.algorithm)) { $0.header["alg"] = #""PS256""# },
        Spoilt("an algorithm of another curve", .invalid(.algorithm)) { $0.header["alg"] = #""ES384""# },
        Spoilt("a jwk that is for another algorithm", .invalid(.key(.algorithm))) {
            var jwk = try $0.key.members()
            jwk["alg"] = #""ES384""#
            $0.header["jwk"] = jwk.json
        },
        Spoilt("typ JWT", .invalid(.type)) { $0.header["typ"] = #""JWT""# },
        Spoilt("no typ", .invalid(.type)) { $0.header["typ"] = nil },
        Spoilt("no jwk", .invalid(.keyMissing)) { $0.header["jwk"] = nil },
        Spoilt("jwk null", .invalid(.key(.notAnObject))) { $0.header["jwk"] = "null" },
        Spoilt("a private key in jwk", .invalid(.key(.isPrivate))) {
            var jwk = try $0.key.members()
            jwk["d"] = "\"\(Base64.urlEncode([UInt8](repeating: 1, count: 32)))\""
            $0.header["jwk"] = jwk.json
        },
        Spoilt("a shared secret in jwk", .invalid(.key(.isPrivate))) {
            $0.header["jwk"] = #"{"kty":"oct","k":"c2VjcmV0"}"#
        },
        Spoilt("a doubled member in jwk", .invalid(.token(.headerJSON))) {
            var jwk = try $0.key.members()
            jwk.append("kty", "\"EC\"")
            $0.header["jwk"] = jwk.json
        },
        Spoilt("a point that is not on the curve", .invalid(.key(.coordinates))) {
            var jwk = try $0.key.members()
            jwk["y"] = jwk["x"]
            $0.header["jwk"] = jwk.json
        },
        Spoilt("another key in jwk", .invalid(.signature)) {
            $0.header["jwk"] = try ProofKey.second.get().members().json
        },
        Spoilt("a payload that was changed after the signing", .invalid(.signature)) {
            let claims = $0.claims.json.replacing("proof-1", with: "proof-2")
            $0.spoil = { replacePart(1, of: $0, with: Base64.urlEncode(Array(claims.utf8))) }
        },
        Spoilt("crit", .invalid(.token(.critical))) { $0.header["crit"] = #"["htm"]"# },
        Spoilt("a doubled claim", .invalid(.token(.claimsJSON))) { $0.claims.append("htm", #""GET""#) },
        Spoilt("htm of another method", .invalid(.method)) { $0.claims["htm"] = #""POST""# },
        Spoilt("htm in small letters", .invalid(.method)) { $0.claims["htm"] = #""get""# },
        Spoilt("no htm", .invalid(.method)) { $0.claims["htm"] = nil },
        Spoilt("htu of another host", .invalid(.address)) { $0.claims["htu"] = #""https://evil.example/api/items""# },
        Spoilt("htu of another path", .invalid(.address)) { $0.claims["htu"] = #""https://licet.example/api/item""# },
        Spoilt("htu with a slash more", .invalid(.address)) {
            $0.claims["htu"] = #""https://licet.example/api/items/""#
        },
        Spoilt("htu over http", .invalid(.address)) { $0.claims["htu"] = #""http://licet.example/api/items""# },
        Spoilt("htu of another port", .invalid(.address)) {
            $0.claims["htu"] = #""https://licet.example:8443/api/items""#
        },
        Spoilt("htu with an escaped slash", .invalid(.address)) {
            $0.claims["htu"] = #""https://licet.example/api%2Fitems""#
        },
        Spoilt("htu with a user name", .invalid(.address)) {
            $0.claims["htu"] = #""https://me@licet.example/api/items""#
        },
        Spoilt("htu that is only a path", .invalid(.address)) { $0.claims["htu"] = #""/api/items""# },
        Spoilt("no htu", .invalid(.address)) { $0.claims["htu"] = nil },
        Spoilt("ath of another token", .invalid(.tokenHash)) {
            $0.claims["ath"] = "\"\(Base64.urlEncode(Array(SHA256.hash(data: Array("lat_other".utf8)))))\""
        },
        Spoilt("ath with padding", .invalid(.tokenHash)) {
            $0.claims["ath"] = $0.claims["ath"].map { $0.dropLast() + "=\"" }
        },
        Spoilt("no ath", .invalid(.tokenHashMissing)) { $0.claims["ath"] = nil },
        Spoilt("a stale iat", .invalid(.stale)) { $0.claims["iat"] = "\(Self.now.seconds - 61)" },
        Spoilt("an iat ahead", .invalid(.issuedAhead)) { $0.claims["iat"] = "\(Self.now.seconds + 11)" },
        Spoilt("no iat", .invalid(.issuedMissing)) { $0.claims["iat"] = nil },
        Spoilt("an iat that is a text", .invalid(.issuedMissing)) { $0.claims["iat"] = "\"\(Self.now.seconds)\"" },
        Spoilt("no jti", .invalid(.jti)) { $0.claims["jti"] = nil },
        Spoilt("a jti of 257 characters", .invalid(.jti)) {
            $0.claims["jti"] = "\"\(String(repeating: "j", count: 257))\""
        },
        Spoilt("base64 with padding", .invalid(.token(.base64))) { $0.spoil = { $0 + "==" } },
        Spoilt("four parts", .invalid(.token(.parts))) { $0.spoil = { $0 + ".e30" } },
        Spoilt("no nonce", .useNonce) { $0.claims["nonce"] = nil },
        Spoilt("an empty nonce", .useNonce) { $0.claims["nonce"] = "\"\"" },
        Spoilt("a nonce that is a number", .useNonce) { $0.claims["nonce"] = "7" },
        Spoilt("a nonce of ten minutes ago", .useNonce) {
            $0.claims["nonce"] = "\"\(DPoPNonce.make(key: Self.nonceKey, at: Self.now - .minutes(10)))\""
        },
        Spoilt("a nonce of another house", .useNonce) {
            $0.claims["nonce"] = "\"\(DPoPNonce.make(key: [UInt8](repeating: 6, count: 32), at: Self.now))\""
        },
        Spoilt("no nonce and a wrong signature", .invalid(.signature)) {
            $0.claims["nonce"] = nil
            $0.key = try ProofKey.second.get()
        },
    ]

    @Test("A wrong proof is refused, and the log hears why", arguments: bad)
    func refused(row: Spoilt<DPoPProof.Fault>) async throws {
        var draft = try Self.draft()
        try row.change(&draft)
        let text = try draft.make()
        await #expect(throws: row.fault) { try await Self.check(text) }
    }

    @Test("A proof for a request with a token does not do for one without")
    func hashUncalledFor() async throws {
        let text = try Self.draft().make()
        await #expect(throws: DPoPProof.Fault.invalid(.tokenHashUncalledFor)) {
            try await Self.check(text, token: nil)
        }
    }

    @Test("The hash that is kept names the key and the jti")
    func hash() async throws {
        let first = try await Self.check(try Self.draft().make())
        let again = try await Self.check(try Self.draft().make())
        let ofOther = try await Self.check(try Self.draft(try ProofKey.second.get()).make())
        #expect(first.proofHash == again.proofHash)
        #expect(first.proofHash != ofOther.proofHash)
    }

    @Test("A nonce is good in its five minutes and the five after them, and not a second longer")
    func nonceLife() {
        let start = Moment(seconds: Self.now.seconds / 300 * 300)
        let nonce = DPoPNonce.make(key: Self.nonceKey, at: start)
        #expect(nonce.utf8.count == 32)
        #expect(nonce == DPoPNonce.make(key: Self.nonceKey, at: start + .seconds(299)))
        #expect(DPoPNonce.isGood(nonce, key: Self.nonceKey, at: start + .seconds(599)))
        #expect(!DPoPNonce.isGood(nonce, key: Self.nonceKey, at: start + .seconds(600)))
        #expect(!DPoPNonce.isGood(nonce, key: Self.nonceKey, at: start - .seconds(1)))
        #expect(!DPoPNonce.isGood(nonce + "=", key: Self.nonceKey, at: start))
        #expect(!DPoPNonce.isGood(String(nonce.dropLast()), key: Self.nonceKey, at: start))
    }

    // RFC 9449 §4.1 figure 2 and §7.1 figure 13. They have no nonce, and nothing else is wrong with them.
    private static let rfcHeader =
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs"
        + "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2"
        + "In19"
    private static let rfcTokenProof =
        rfcHeader + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29t"
        + "L3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ"
        + ".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
    private static let rfcResourceProof =
        rfcHeader + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9y"
        + "Zy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NB"
        + "cWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"

    @Test("RFC 9449: the examples of §4.1 and §7.1 lack only a nonce, and their key has the thumbprint of §6.1")
    func examples() async throws {
        await #expect(throws: DPoPProof.Fault.useNonce) {
            try await Self.check(
                Self.rfcTokenProof, method: "POST", url: "https://server.example.com/token", token: nil,
                at: Moment(seconds: 1_562_262_616))
        }
        await #expect(throws: DPoPProof.Fault.useNonce) {
            try await Self.check(
                Self.rfcResourceProof, url: "https://resource.example.org/protectedresource",
                token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", at: Moment(seconds: 1_562_262_618))
        }
        let jwk = try #require(try SignedToken.parse(Self.rfcTokenProof).header.jwk)
        #expect(try PublicKey(jwk: jwk).thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    }
}
