// A signed JWT in its compact form (RFC 7515 §3.1, RFC 7519), taken apart and not yet believed: three parts in strict
// base64url, JSON without doubled names, one of our four algorithms.

import Domain

struct SignedToken: Sendable {
    struct Header: Sendable, Equatable {
        let algorithm: SignatureAlgorithm
        /// As it was written.
        let type: String?
        let kid: String?
        /// The key that a DPoP proof brings along. Of a client assertion it means nothing; nor do `jku`, `x5u` and
        /// `x5c` anywhere: no token says where its key is to be had.
        let jwk: JSONValue?
    }

    let header: Header
    /// An object.
    let claims: JSONValue
    let signature: [UInt8]
    let signingInput: [UInt8]

    enum Fault: Error, Sendable, Hashable, CaseIterable {
        case tooLong, parts, base64, headerJSON, header, algorithm, critical, claimsJSON, claims
    }

    /// What comes with a request is short.
    static let longest = 8 << 10

    static func parse(_ text: String, atMost longest: Int = longest) throws(Fault) -> SignedToken {
        guard text.utf8.count <= longest else { throw .tooLong }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .parts }
        guard let header = Base64.urlDecode(parts[0]), let claims = Base64.urlDecode(parts[1]),
            let signature = Base64.urlDecode(parts[2])
        else { throw .base64 }
        return SignedToken(
            header: try readHeader(header), claims: try readClaims(claims), signature: signature,
            signingInput: Array(bytes[..<parts[1].endIndex]))
    }

    private static func readHeader(_ bytes: [UInt8]) throws(Fault) -> Header {
        guard let value = try? JSONParser.parse(bytes), value.members != nil else { throw .headerJSON }
        // RFC 7515 §4.1.11: we understand no extension, so none may be critical. That includes `b64`.
        guard value["crit"] == nil else { throw .critical }
        guard case .string(let name) = value["alg"], let algorithm = SignatureAlgorithm(rawValue: name) else {
            throw .algorithm
        }
        return Header(
            algorithm: algorithm, type: try readText(value["typ"]), kid: try readText(value["kid"]), jwk: value["jwk"])
    }

    private static func readText(_ value: JSONValue?) throws(Fault) -> String? {
        switch value {
        case nil: nil
        case .string(let text): text
        default: throw .header
        }
    }

    private static func readClaims(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        guard let value = try? JSONParser.parse(bytes) else { throw .claimsJSON }
        guard value.members != nil else { throw .claims }
        return value
    }
}

extension SignedToken {
    /// Nil when it is missing or no text.
    func text(_ name: String) -> String? {
        guard case .string(let text) = claims[name] else { return nil }
        return text
    }

    /// Names the one use of a token: 1 to 256 bytes.
    var jti: String? { text("jti").flatMap { (1...256).contains($0.utf8.count) ? $0 : nil } }

    /// `typ` without `application/`, in lower case (RFC 7515 §4.1.9).
    var type: String? {
        header.type.map { written in
            let type = written.lowercased()
            return type.hasPrefix("application/") ? String(type.dropFirst(12)) : type
        }
    }

    enum Date: Sendable, Equatable {
        case missing
        case at(Moment)
        case unreadable
    }

    /// RFC 7519 §2: seconds since 1970, perhaps with a fraction. Only plain digits are read, and only the whole
    /// seconds.
    func date(_ name: String) -> Date {
        guard let value = claims[name] else { return .missing }
        guard case .number(let digits) = value else { return .unreadable }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        // Eleven digits reach the year 5138, and no sum of them overflows.
        guard parts.count <= 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            parts[0].utf8.count <= 11, let seconds = Int64(parts[0])
        else { return .unreadable }
        return .at(Moment(seconds: seconds))
    }
}
