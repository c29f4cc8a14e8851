// Whether a receipt is what it says: signed by this deployment, and not a letter of it changed. The check needs the published keys
// and nothing else, so that anybody can make it anywhere.

public import Domain
import Vault

/// A receipt whose signature is good.
public struct CheckedReceipt: Sendable, Equatable {
    /// What was signed: an object.
    public let claims: JSONValue
    public let kid: String
    public let issuer: String
    public let issuedAt: Moment
    /// When the key stopped signing; nil while it signs, and where only a key set was at hand.
    public var keyRetiredAt: Moment?
}

public enum ReceiptFault: Error, Sendable, Hashable, CaseIterable {
    case empty
    case tooLong
    /// No JWS in compact form, or none of ours.
    case notSigned
    /// Signed, but as something else.
    case otherKind
    /// No key of that name was ever published here.
    case unknownKey
    /// The key was ours, and is not published any more.
    case unpublishedKey
    case altered
    case otherIssuer

    public var sentence: String {
        switch self {
        case .empty: "Nothing was given."
        case .tooLong: "This is longer than any receipt."
        case .notSigned: "This is not a signed receipt: it should be three parts of letters and digits with two dots."
        case .otherKind: "This is signed, but it is not a receipt."
        case .unknownKey: "It names a key that is not among the published ones, so nobody can say who signed it."
        case .unpublishedKey:
            "It was signed with a key that is not published any more and that is vouched for no longer. Ask for the receipt anew: "
                + "it is then signed with the key of today."
        case .altered: "Its signature does not fit: it was changed after it was signed, or somebody else signed it."
        case .otherIssuer: "It was issued by somebody else."
        }
    }
}

public enum ReceiptCheck {
    /// The `typ` of its header.
    public static let type = "consent-receipt+jwt"
    /// In bytes. The most rules with the longest words make about half of it.
    public static let longest = 512 << 10

    /// With a JWK Set (RFC 7517 §5) as it is published, and nothing else. White space is passed over: mail breaks lines.
    /// `issuer` nil takes any.
    public static func check(
        _ text: String, keySet: [UInt8], issuer: String?
    ) async throws(ReceiptFault) -> CheckedReceipt {
        guard let set = try? KeySet.parseFetched(keySet) else { throw .unknownKey }
        return try await check(text, keys: set.keys, issuer: issuer)
    }

    static func check(
        _ text: String, keys: [PublicKey], issuer: String?
    ) async throws(ReceiptFault) -> CheckedReceipt {
        let token = try read(text)
        guard let kid = token.header.kid, let key = keys.first(where: { $0.kid == kid }) else { throw .unknownKey }
        guard await key.verify(token.signature, of: token.signingInput, by: token.header.algorithm) else {
            throw .altered
        }
        guard let said = token.text("iss"), case .at(let issuedAt) = token.date("iat") else { throw .otherKind }
        if let issuer, issuer != said { throw .otherIssuer }
        return CheckedReceipt(claims: token.claims, kid: kid, issuer: said, issuedAt: issuedAt)
    }

    static func read(_ text: String) throws(ReceiptFault) -> SignedToken {
        guard text.utf8.count <= longest else { throw .tooLong }
        let compact = text.filter { !$0.isWhitespace }
        guard !compact.isEmpty else { throw .empty }
        guard let token = try? SignedToken.parse(compact, atMost: longest) else { throw .notSigned }
        guard token.type == type else { throw .otherKind }
        return token
    }
}

extension Gateway {
    /// Asks the keys that are published now, retired ones among them. Nothing is stored and nothing is recorded.
    public func checkReceipt(_ text: String) async throws(Declined) -> Result<CheckedReceipt, ReceiptFault> {
        let rows = try await read { tx in try SigningKeyTable.all(in: tx) }
        let now = world.now()
        let published = rows.filter { $0.publishedUntil.map { now < $0 } ?? true }
        let keys = published.compactMap { row in
            (try? JSONParser.parse(Array(row.publicJWK.utf8))).flatMap { try? PublicKey(jwk: $0) }
        }
        do throws(ReceiptFault) {
            var found = try await ReceiptCheck.check(text, keys: keys, issuer: policy.publicURL)
            found.keyRetiredAt = published.first { $0.kid == found.kid }?.retiredAt
            return .success(found)
        } catch {
            guard error == .unknownKey, let kid = (try? ReceiptCheck.read(text))?.header.kid,
                rows.contains(where: { $0.kid == kid })
            else { return .failure(error) }
            return .failure(.unpublishedKey)
        }
    }
}
