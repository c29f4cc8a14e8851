// DPoP proofs (RFC 9449) for the house under test, as a client makes them, and tokens that are bound to their key.

import Crypto
import Domain
import Foundation
import HTTPTypes
import Testing

@testable import Web

/// A client's key, the same in every run.
struct HouseKey: Sendable {
    private let key: P256.Signing.PrivateKey

    init(_ byte: UInt8) throws {
        key = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: byte, count: 32))
    }

    /// `serial` makes it another proof. `token` is the access token that it goes with.
    func proof(
        _ method: HTTPRequest.Method, _ path: String, serial: Int, token: String? = nil, nonce: String?, at now: Moment
    ) throws -> String {
        let point = Array(key.publicKey.rawRepresentation)
        let jwk =
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\(Self.encode(point[..<32]))\",\"y\":\"\(Self.encode(point[32...]))\"}"
        let header = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":\(jwk)}"
        var claims =
            "{\"jti\":\"proof-\(serial)\",\"htm\":\"\(method.rawValue)\",\"htu\":\"http://127.0.0.1:8080\(path)\""
            + ",\"iat\":\(now.seconds)"
        if let nonce { claims += ",\"nonce\":\"\(nonce)\"" }
        if let token { claims += ",\"ath\":\"\(Self.encode(SHA256.hash(data: Array(token.utf8))))\"" }
        let input = "\(Self.encode(header.utf8)).\(Self.encode((claims + "}").utf8))"
        let signature = try key.signature(for: SHA256.hash(data: Array(input.utf8)))
        return "\(input).\(Self.encode(signature.rawRepresentation))"
    }

    private static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
