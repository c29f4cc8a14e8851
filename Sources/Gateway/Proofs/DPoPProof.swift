// A client that proves it holds the key which its token is bound to (RFC 9449 §4.3). A proof is for one method, one
// address and one token, made within the last minute, and good once: who calls `check` keeps `proofHash` until `until`.

import Crypto
import Domain

enum DPoPProof {
    struct Accepted: Sendable, Equatable {
        /// Of the key (RFC 7638): what `cnf.jkt` says of a token.
        let thumbprint: String
        /// Of the key and the `jti`: only who holds the key can use up its names.
        let proofHash: [UInt8]
        let until: Moment
    }

    enum Fault: Error, Sendable, Hashable {
        /// All else is right, but the nonce is missing or lapsed: the answer is `use_dpop_nonce` and a fresh one.
        case useNonce
        /// The answer is `invalid_dpop_proof`; the reason is for the log and the tests.
        case invalid(Reason)
    }

    enum Reason: Sendable, Hashable {
        case token(SignedToken.Fault)
        case type
        case key(PublicKey.Fault)
        case keyMissing, algorithm, signature
        case method, address
        case issuedMissing, issuedAhead, stale
        case jti
        case tokenHashMissing, tokenHash, tokenHashUncalledFor
    }

    private static let longestAge = Span.seconds(60)
    private static let tolerance = Span.seconds(10)

    /// `url` is our own address as the client knows it. `accessToken` is the one that came with the proof, nil where
    /// there is none (at the token endpoint and at PAR).
    static func check(
        _ text: String, method: String, url: String, accessToken: String?, nonceKey: [UInt8], at now: Moment
    ) async throws(Fault) -> Accepted {
        let token = try parse(text)
        guard token.type == "dpop+jwt" else { throw .invalid(.type) }
        let key = try readKey(token.header)
        // What costs little comes first; a signature is verified for a proof that could be good.
        guard token.text("htm") == method else { throw .invalid(.method) }
        guard let wanted = TargetURI(url), token.text("htu").flatMap({ TargetURI($0) }) == wanted else {
            throw .invalid(.address)
        }
        let issued = try readIssued(token, at: now)
        guard let jti = token.jti else { throw .invalid(.jti) }
        try checkTokenHash(token, accessToken)
        guard await key.verify(token.signature, of: token.signingInput, by: token.header.algorithm) else {
            throw .invalid(.signature)
        }
        guard let nonce = token.text("nonce"), DPoPNonce.isGood(nonce, key: nonceKey, at: now) else { throw .useNonce }
        let thumbprint = key.thumbprint
        let name = "dpop\n\(thumbprint)\n\(jti)"
        return Accepted(
            thumbprint: thumbprint, proofHash: Array(SHA256.hash(data: Array(name.utf8))),
            until: issued + longestAge + .seconds(60))
    }

    private static func parse(_ text: String) throws(Fault) -> SignedToken {
        do throws(SignedToken.Fault) { return try SignedToken.parse(text) } catch { throw .invalid(.token(error)) }
    }

    private static func readKey(_ header: SignedToken.Header) throws(Fault) -> PublicKey {
        guard let jwk = header.jwk else { throw .invalid(.keyMissing) }
        let key: PublicKey
        do throws(PublicKey.Fault) { key = try PublicKey(jwk: jwk) } catch { throw .invalid(.key(error)) }
        guard key.fits(header.algorithm) else { throw .invalid(.algorithm) }
        return key
    }

    private static func readIssued(_ token: SignedToken, at now: Moment) throws(Fault) -> Moment {
        guard case .at(let issued) = token.date("iat") else { throw .invalid(.issuedMissing) }
        guard issued <= now + tolerance else { throw .invalid(.issuedAhead) }
        guard now - issued <= longestAge else { throw .invalid(.stale) }
        return issued
    }

    // A hash where no token is: the proof was made for another request.
    private static func checkTokenHash(_ token: SignedToken, _ accessToken: String?) throws(Fault) {
        guard let accessToken else {
            guard token.claims["ath"] == nil else { throw .invalid(.tokenHashUncalledFor) }
            return
        }
        guard let given = token.text("ath") else { throw .invalid(.tokenHashMissing) }
        let hash = Base64.urlEncode(Array(SHA256.hash(data: Array(accessToken.utf8))))
        guard equalInConstantTime(Array(given.utf8), Array(hash.utf8)) else { throw .invalid(.tokenHash) }
    }
}
