// A client that proves who it is by its signature (RFC 7523 §3, FAPI 2.0 §5.3.2.1). An assertion is for us alone, lives
// for five minutes at most, and is good once: who calls `check` keeps `proofHash` until `until`.

import Crypto
import Domain

struct ClientAssertion: Sendable {
    /// RFC 7523 §2.2, the value of `client_assertion_type`.
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    struct Accepted: Sendable, Equatable {
        /// Of the client and the `jti`: no client can use up the name of another's assertion.
        let proofHash: [UInt8]
        let until: Moment
    }

    /// For the log and the tests. To the client it is always `invalid_client`.
    enum Fault: Error, Sendable, Hashable {
        case token(SignedToken.Fault)
        case type, issuer, subject, audience
        case expiryMissing, expiryTooFar, expired
        case issuedAhead, notYet, dateUnreadable
        case jti, unknownKey, signature
    }

    private static let longestLife = Span.minutes(5)
    // Clocks differ (FAPI 2.0 §5.3.2.1: up to ten seconds must be borne, more than sixty must not).
    private static let tolerance = Span.seconds(10)

    private let token: SignedToken

    /// Reads it; nothing of it is believed yet.
    init(_ text: String) throws(Fault) {
        do throws(SignedToken.Fault) { token = try SignedToken.parse(text) } catch { throw .token(error) }
    }

    /// Who it says it is from: to find the keys with, when the request names no client (RFC 7521 §4.2).
    var claimedClient: ApplicationID? { token.text("sub").flatMap { ApplicationID($0) } }
    /// Which key it says it is signed with.
    var kid: String? { token.header.kid }

    func check(
        for application: ApplicationID, issuer: String, keys: KeySet, at now: Moment
    ) async throws(Fault) -> Accepted {
        // A proof of another kind (`dpop+jwt` and others) never counts as an assertion (RFC 8725 §3.11).
        let types: Set<String?> = [nil, "jwt", "client-authentication+jwt"]
        guard types.contains(token.type) else { throw .type }
        guard token.text("iss") == application.text else { throw .issuer }
        guard token.text("sub") == application.text else { throw .subject }
        try checkAudience(issuer)
        let expiry = try checkDates(at: now)
        guard let jti = token.jti else { throw .jti }
        guard let key = keys.key(for: token.header) else { throw .unknownKey }
        guard await key.verify(token.signature, of: token.signingInput, by: token.header.algorithm) else {
            throw .signature
        }
        let name = "assertion\n\(application.text)\n\(jti)"
        return Accepted(proofHash: Array(SHA256.hash(data: Array(name.utf8))), until: expiry + .seconds(60))
    }

    static func check(
        _ text: String, for application: ApplicationID, issuer: String, keys: KeySet, at now: Moment
    ) async throws(Fault) -> Accepted {
        try await ClientAssertion(text).check(for: application, issuer: issuer, keys: keys, at: now)
    }

    // The issuer and nothing else. An assertion that also names another server, or one of our endpoints, could have
    // been got by a server that talked the client into it.
    private func checkAudience(_ issuer: String) throws(Fault) {
        switch token.claims["aud"] {
        case .string(issuer), .array([.string(issuer)]): return
        default: throw .audience
        }
    }

    private func checkDates(at now: Moment) throws(Fault) -> Moment {
        let expiry: Moment
        switch token.date("exp") {
        case .missing: throw .expiryMissing
        case .unreadable: throw .dateUnreadable
        case .at(let moment): expiry = moment
        }
        guard now < expiry + Self.tolerance else { throw .expired }
        guard expiry <= now + Self.longestLife + Self.tolerance else { throw .expiryTooFar }
        guard try isBegun("iat", at: now) else { throw .issuedAhead }
        guard try isBegun("nbf", at: now) else { throw .notYet }
        return expiry
    }

    private func isBegun(_ name: String, at now: Moment) throws(Fault) -> Bool {
        switch token.date(name) {
        case .missing: true
        case .at(let moment): moment <= now + Self.tolerance
        case .unreadable: throw .dateUnreadable
        }
    }
}
