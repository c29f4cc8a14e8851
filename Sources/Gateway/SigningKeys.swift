// The keys that the deployment signs with (ES256, RFC 7518 §3.4): made at first start, kept sealed, rotated by command with
// overlap, published as a JWK Set (RFC 7517 §5).

import Crypto
public import Domain
import Logging
import Vault

public struct SigningKeyView: Sendable, Equatable {
    public let id: String
    public let algorithm: String
    public let createdAt: Moment
    /// When it stopped signing; nil for the one in use.
    public let retiredAt: Moment?
    public let publishedUntil: Moment?
}

extension Gateway {
    /// Makes the first key where there is none. Nodes that start at once come to one and the same. Answers its `kid`.
    @discardableResult
    public func prepareSigningKey() async throws(Declined) -> String {
        let known = try await read { tx in try SigningKeyTable.current(in: tx)?.kid }
        if let known { return known }
        let made = try makeSigningKey()
        return try await write { tx in
            if let first = try SigningKeyTable.current(in: tx) { return first.kid }
            try SigningKeyTable.insert(made, in: tx)
            return made.kid
        }
    }

    /// A new key signs from now on; the former one stays published for `overlap` (0 to 90 days), and its private half is gone.
    @discardableResult
    public func rotateSigningKey(overlap: Span, request: RequestID?) async throws(Declined) -> String {
        guard overlap >= .days(0), overlap <= .days(90) else {
            throw Declined(.invalidFields, faults: [FieldFault("overlap", "0 to 90 days")])
        }
        let made = try makeSigningKey()
        let stamp = stamp(.keyRotated, request)
        try await write { tx in
            for former in try SigningKeyTable.all(in: tx) where former.retiredAt == nil {
                try SigningKeyTable.retire(former.kid, at: stamp.at, publishedUntil: stamp.at + overlap, in: tx)
            }
            try SigningKeyTable.insert(made, in: tx)
            try AuditTable.append(stamp.entry(), in: tx)
        }
        return made.kid
    }

    /// Every key there ever was, newest first.
    public func signingKeys() async throws(Declined) -> [SigningKeyView] {
        try await read { tx in
            try SigningKeyTable.all(in: tx).map {
                SigningKeyView(
                    id: $0.kid, algorithm: $0.algorithm, createdAt: $0.createdAt, retiredAt: $0.retiredAt,
                    publishedUntil: $0.publishedUntil)
            }
        }
    }

    /// The JWK Set: what signs, and what signed until lately. Public halves only.
    public func publishedKeys() async throws(Declined) -> JSONValue {
        let now = world.now()
        let rows = try await read { tx in try SigningKeyTable.all(in: tx) }
        let published = rows.filter { $0.publishedUntil.map { now < $0 } ?? true }
        do throws(JSONFault) {
            var keys: [JSONValue] = []
            for row in published { keys.append(try JSONParser.parse(Array(row.publicJWK.utf8))) }
            return .object(["keys": .array(keys)])
        } catch {
            throw Declined(.unexpected)
        }
    }

    /// A JWS in compact form (RFC 7515 §3.1), signed with the key of today. `type` says what it is, so that nothing signed for one
    /// purpose can be taken for another (RFC 8725 §3.11).
    func sign(_ payload: [UInt8], type: String) async throws(Declined) -> String {
        try await prepareSigningKey()
        guard let row = try await read({ tx in try SigningKeyTable.current(in: tx) }) else {
            throw Declined(.unexpected)
        }
        let raw: [UInt8]
        do { raw = try keyring.openUnsealed(row.sealedKey, as: Self.sealName(row.kid)) } catch {
            logger.error("the signing key does not open: is this the right sealing key?")
            throw Declined(.unexpected)
        }
        // Every text in it is our own: nothing needs escaping.
        let header = "{\"alg\":\"ES256\",\"kid\":\"\(row.kid)\",\"typ\":\"\(type)\"}"
        let signed = "\(Base64.urlEncode(Array(header.utf8))).\(Base64.urlEncode(payload))"
        do {
            let key = try P256.Signing.PrivateKey(rawRepresentation: raw)
            let signature = try key.signature(for: Array(signed.utf8))
            return "\(signed).\(Base64.urlEncode(Array(signature.rawRepresentation)))"
        } catch {
            throw Declined(.unexpected)
        }
    }

    static func sealName(_ kid: String) -> String { "signing-key|\(kid)" }

    private func makeSigningKey() throws(Declined) -> SigningKeyRow {
        // One in four thousand million rolls is no scalar of the curve.
        for _ in 0..<8 {
            let raw = world.roll(32)
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: raw) else { continue }
            let point = Array(key.publicKey.rawRepresentation)
            let x = Base64.urlEncode(Array(point[..<32]))
            let y = Base64.urlEncode(Array(point[32...]))
            // RFC 7638: these members, in this order, without a space.
            let thumbprint = SHA256.hash(
                data: Array("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}".utf8))
            let kid = Base64.urlEncode(Array(thumbprint))
            do {
                return SigningKeyRow(
                    kid: kid, algorithm: "ES256",
                    publicJWK: """
                        {"kty":"EC","crv":"P-256","x":"\(x)","y":"\(y)","kid":"\(kid)","use":"sig","alg":"ES256"}
                        """,
                    sealedKey: try keyring.seal(raw, as: Self.sealName(kid)), createdAt: world.now())
            } catch { throw Declined(.unexpected) }
        }
        throw Declined(.unexpected)
    }
}
