// A public key as a JWK (RFC 7517, RFC 7518 §6) and what it is good for: to verify, and to be known by its thumbprint.
// One that is not public, not of a kind we take, or not a point of its curve never comes to be.

import Crypto
import JWTKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct PublicKey: Sendable, Hashable {
    /// The members that make the key, in base64url as they were written: there is only one spelling.
    enum Material: Sendable, Hashable {
        case p256(x: String, y: String)
        case p384(x: String, y: String)
        case rsa(modulus: String, exponent: String)
    }

    let material: Material
    let kid: String?
    /// When the JWK names one, the key verifies no other.
    let algorithm: SignatureAlgorithm?

    /// Why a JWK is not taken.
    enum Fault: Error, Sendable, Hashable, CaseIterable {
        case notAnObject, isPrivate, kind, curve, coordinates, modulus, exponent, notForSignatures, algorithm, kid

        /// Of keys that a published set may have beside those we need (RFC 7517 §5). The others are mistakes.
        var isOfAnotherUse: Bool {
            switch self {
            case .kind, .curve, .notForSignatures, .algorithm: true
            case .notAnObject, .isPrivate, .coordinates, .modulus, .exponent, .kid: false
            }
        }
    }

    init(jwk: JSONValue) throws(Fault) {
        guard let members = jwk.members else { throw .notAnObject }
        // Before anything else: who shows us a private key must hear of it, whatever is wrong beside it.
        guard !members.contains(where: { Self.privateMembers.contains($0.name) }) else { throw .isPrivate }
        material = try Self.readMaterial(jwk)
        switch jwk["kid"] {
        case nil: kid = nil
        case .string(let text) where (1...256).contains(text.utf8.count): kid = text
        default: throw .kid
        }
        switch jwk["alg"] {
        case nil: algorithm = nil
        case .string(let name):
            guard let named = SignatureAlgorithm(rawValue: name), material.fits(named) else { throw .algorithm }
            algorithm = named
        default: throw .algorithm
        }
        guard jwk["use"].map({ $0 == .string("sig") }) ?? true else { throw .notForSignatures }
        if let operations = jwk["key_ops"] {
            guard case .array(let list) = operations, list.contains(.string("verify")) else { throw .notForSignatures }
        }
    }

    func fits(_ wanted: SignatureAlgorithm) -> Bool {
        material.fits(wanted) && (algorithm.map { $0 == wanted } ?? true)
    }

    /// RFC 7638 §3 with SHA-256, in base64url: 43 characters.
    var thumbprint: String {
        // The required members in the order of their names. No value here has a character that JSON would escape.
        let canonical =
            switch material {
            case .p256(let x, let y): #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
            case .p384(let x, let y): #"{"crv":"P-384","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
            case .rsa(let modulus, let exponent): #"{"e":"\#(exponent)","kty":"RSA","n":"\#(modulus)"}"#
            }
        return Base64.urlEncode(Array(SHA256.hash(data: Array(canonical.utf8))))
    }

    func verify(_ signature: [UInt8], of signingInput: [UInt8], by wanted: SignatureAlgorithm) async -> Bool {
        guard fits(wanted), signature.count == material.signatureLength(wanted) else { return false }
        // A collection of one key and one algorithm: nothing is left for it to choose.
        let place = JWKIdentifier(string: "key")
        let keys = JWTKeyCollection()
        guard (try? await keys.add(jwk: material.jwk(place, for: wanted))) != nil,
            let verifier = try? await keys.getKey(for: place, alg: wanted.rawValue), verifier.name == wanted.rawValue
        else { return false }
        return (try? verifier.verify(signature, signs: signingInput)) ?? false
    }
}

extension PublicKey {
    /// RFC 7518 §6.2.2, §6.3.2, §6.4.1.
    private static let privateMembers: Set<String> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    private static func readMaterial(_ jwk: JSONValue) throws(Fault) -> Material {
        switch jwk["kty"] {
        case .string("EC"): try readPoint(jwk)
        case .string("RSA"): try readNumbers(jwk)
        default: throw .kind
        }
    }

    private static func readPoint(_ jwk: JSONValue) throws(Fault) -> Material {
        guard case .string(let curve) = jwk["crv"], curve == "P-256" || curve == "P-384" else { throw .curve }
        // Full length always, leading zeros too (RFC 7518 §6.2.1.2).
        let length = curve == "P-256" ? 32 : 48
        guard case .string(let x) = jwk["x"], case .string(let y) = jwk["y"],
            Base64.urlDecode(x)?.count == length, Base64.urlDecode(y)?.count == length
        else { throw .coordinates }
        let isOnCurve =
            curve == "P-256"
            ? (try? ES256PublicKey(parameters: (x: x, y: y))) != nil
            : (try? ES384PublicKey(parameters: (x: x, y: y))) != nil
        guard isOnCurve else { throw .coordinates }
        return curve == "P-256" ? .p256(x: x, y: y) : .p384(x: x, y: y)
    }

    private static func readNumbers(_ jwk: JSONValue) throws(Fault) -> Material {
        // No leading zeros (RFC 7518 §2, Base64urlUInt): another spelling would be another thumbprint.
        guard case .string(let modulus) = jwk["n"], let number = Base64.urlDecode(modulus), let first = number.first,
            first != 0, (2_048...8_192).contains(number.count * 8 - first.leadingZeroBitCount)
        else { throw .modulus }
        // A long exponent is only there to keep us busy.
        guard case .string(let exponent) = jwk["e"], let power = Base64.urlDecode(exponent),
            (1...4).contains(power.count),
            power.first != 0, let last = power.last, last & 1 == 1, power != [1]
        else { throw .exponent }
        guard (try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)) != nil else { throw .modulus }
        return .rsa(modulus: modulus, exponent: exponent)
    }
}

extension PublicKey.Material {
    func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch (self, algorithm) {
        case (.p256, .es256), (.p384, .es384), (.rsa, .rs384), (.rsa, .ps256): true
        case (.p256, _), (.p384, _), (.rsa, _): false
        }
    }

    /// In bytes: r and s at full length (RFC 7518 §3.4), or as long as the modulus (RFC 8017 §8).
    fileprivate func signatureLength(_ algorithm: SignatureAlgorithm) -> Int {
        switch self {
        case .p256: 64
        case .p384: 96
        case .rsa(let modulus, _): modulus.utf8.count * 3 / 4
        }
    }

    fileprivate func jwk(_ place: JWKIdentifier, for algorithm: SignatureAlgorithm) -> JWK {
        let name = JWK.Algorithm(rawValue: algorithm.rawValue)
        return switch self {
        case .p256(let x, let y): .ecdsa(name, identifier: place, x: x, y: y, curve: .p256)
        case .p384(let x, let y): .ecdsa(name, identifier: place, x: x, y: y, curve: .p384)
        case .rsa(let modulus, let exponent):
            .rsa(name, identifier: place, modulus: modulus, exponent: exponent)
        }
    }
}

extension JSONValue {
    /// Nil unless it is an object.
    var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// Nil when it is no object or has no such member.
    subscript(name: String) -> JSONValue? { members?.first { $0.name == name }?.value }
}
