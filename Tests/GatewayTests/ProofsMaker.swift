// Makes signed tokens as clients make them, and as nobody should: the JSON is put together from raw pieces, so that a test can
// write what no library would.

import Crypto
import CryptoExtras
import Domain
import Foundation
import Testing

@testable import Gateway

/// A private key of a client. The curves' keys are the same in every run.
enum ProofKey: Sendable {
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)

    static let first = makeP256(1)
    static let second = makeP256(2)
    static let wide = makeP384(3)
    static let numbers = makeRSA()

    private static func makeP256(_ byte: UInt8) -> Result<ProofKey, any Error> {
        Result { .p256(try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: byte, count: 32))) }
    }
    private static func makeP384(_ byte: UInt8) -> Result<ProofKey, any Error> {
        Result { .p384(try P384.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: byte, count: 48))) }
    }
    private static func makeRSA() -> Result<ProofKey, any Error> {
        Result { .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)) }
    }

    /// The members of the public JWK, as raw JSON.
    func members() throws -> RawObject {
        switch self {
        case .p256(let key): return Self.point("P-256", Array(key.publicKey.rawRepresentation))
        case .p384(let key): return Self.point("P-384", Array(key.publicKey.rawRepresentation))
        case .rsa(let key):
            let numbers = try key.publicKey.getKeyPrimitives()
            return RawObject([
                ("kty", "\"RSA\""), ("n", "\"\(Base64.urlEncode(Array(numbers.modulus)))\""),
                ("e", "\"\(Base64.urlEncode(Array(numbers.publicExponent)))\""),
            ])
        }
    }

    private static func point(_ curve: String, _ raw: [UInt8]) -> RawObject {
        let half = raw.count / 2
        return RawObject([
            ("kty", "\"EC\""), ("crv", "\"\(curve)\""), ("x", "\"\(Base64.urlEncode(Array(raw[..<half])))\""),
            ("y", "\"\(Base64.urlEncode(Array(raw[half...])))\""),
        ])
    }

    /// `algorithm` is what is done, whatever the header says is done.
    func sign(_ input: [UInt8], by algorithm: String) throws -> [UInt8] {
        switch (self, algorithm) {
        case (.rsa(let key), "RS256"):
            Array(try key.signature(for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation)
        case (.rsa(let key), "RS384"):
            Array(try key.signature(for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation)
        case (.rsa(let key), _):
            Array(try key.signature(for: SHA256.hash(data: input), padding: .PSS).rawRepresentation)
        case (.p256(let key), _): Array(try key.signature(for: SHA256.hash(data: input)).rawRepresentation)
        case (.p384(let key), _): Array(try key.signature(for: SHA384.hash(data: input)).rawRepresentation)
        }
    }
}

/// A JSON object whose values are raw JSON. Names may be doubled.
struct RawObject: Sendable {
    var members: [(name: String, json: String)]

    init(_ members: [(String, String)]) { self.members = members.map { (name: $0.0, json: $0.1) } }

    /// Nil removes.
    subscript(name: String) -> String? {
        get { members.first { $0.name == name }?.json }
        set {
            guard let newValue else { return members.removeAll { $0.name == name } }
            if let place = members.firstIndex(where: { $0.name == name }) {
                members[place].json = newValue
            } else {
                members.append((name: name, json: newValue))
            }
        }
    }

    mutating func append(_ name: String, _ json: String) { members.append((name: name, json: json)) }

    var json: String { "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}" }
}

/// A token before it is signed.
struct ProofDraft: Sendable {
    var header: RawObject
    var claims: RawObject
    var key: ProofKey
    /// What is done; nil does what the header says.
    var algorithm: String?
    /// Takes the place of the signature.
    var signature: (@Sendable (_ input: [UInt8]) -> [UInt8])?
    /// What becomes of the text after it was signed.
    var spoil: @Sendable (String) -> String = { $0 }

    func make() throws -> String {
        let input = [header.json, claims.json].map { Base64.urlEncode(Array($0.utf8)) }.joined(separator: ".")
        let named = header["alg"].map { $0.filter { $0 != "\"" } }
        let bytes = Array(input.utf8)
        let seal = try signature.map { $0(bytes) } ?? key.sign(bytes, by: algorithm ?? named ?? "ES256")
        return spoil("\(input).\(Base64.urlEncode(seal))")
    }

    static func ofAssertion(
        _ client: ApplicationID, issuer: String, at now: Moment, key: ProofKey, algorithm: String = "ES256",
        kid: String? = "one"
    ) -> ProofDraft {
        var header = RawObject([("alg", "\"\(algorithm)\""), ("typ", "\"JWT\"")])
        header["kid"] = kid.map { "\"\($0)\"" }
        return ProofDraft(
            header: header,
            claims: RawObject([
                ("iss", "\"\(client.text)\""), ("sub", "\"\(client.text)\""), ("aud", "\"\(issuer)\""),
                ("jti", "\"assertion-1\""), ("iat", "\(now.seconds)"), ("exp", "\(now.seconds + 60)"),
            ]), key: key)
    }

    static func ofProof(
        _ method: String, _ url: String, token: String? = nil, nonce: String, at now: Moment, key: ProofKey,
        algorithm: String = "ES256"
    ) throws -> ProofDraft {
        var claims = RawObject([
            ("jti", "\"proof-1\""), ("htm", "\"\(method)\""), ("htu", "\"\(url)\""), ("iat", "\(now.seconds)"),
            ("nonce", "\"\(nonce)\""),
        ])
        claims["ath"] = token.map { "\"\(Base64.urlEncode(Array(SHA256.hash(data: Array($0.utf8)))))\"" }
        return ProofDraft(
            header: RawObject([
                ("typ", "\"dpop+jwt\""), ("alg", "\"\(algorithm)\""), ("jwk", try key.members().json),
            ]), claims: claims, key: key)
    }
}

/// One way to get it wrong, and what is said of it.
struct Spoilt<Fault: Sendable>: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: Fault
    let change: @Sendable (inout ProofDraft) throws -> Void

    init(_ name: String, _ fault: Fault, _ change: @escaping @Sendable (inout ProofDraft) throws -> Void) {
        self.name = name
        self.fault = fault
        self.change = change
    }

    var testDescription: String { name }
}

/// Base64url with one piece of a token put in another's place.
func replacePart(_ place: Int, of text: String, with part: String) -> String {
    var parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    parts[place] = part
    return parts.joined(separator: ".")
}
