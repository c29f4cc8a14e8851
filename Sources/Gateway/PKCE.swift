// Proof key for code exchange (RFC 7636), S256 only.

import Crypto
import Domain

enum PKCE {
    /// A challenge is the base64url of 32 bytes: 43 characters (§4.2).
    static func isChallenge(_ text: String) -> Bool {
        text.utf8.count == 43 && text.utf8.allSatisfy { isBase64URL($0) }
    }

    /// A verifier is 43 to 128 unreserved characters (§4.1).
    static func isVerifier(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { isBase64URL($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "~") }
    }

    /// §4.6, compared in constant time.
    static func verify(_ verifier: String, against challenge: String) -> Bool {
        let digest = Array(SHA256.hash(data: Array(verifier.utf8)))
        return isVerifier(verifier) && equalInConstantTime(Array(Base64.urlEncode(digest).utf8), Array(challenge.utf8))
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
