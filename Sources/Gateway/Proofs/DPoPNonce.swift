// The nonce of a DPoP proof (RFC 9449 §8): says that the proof was made lately, without anything being remembered. It
// is a number of five minutes and a seal on it; this number and the one before are good.

import Crypto
import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum DPoPNonce {
    private static let life = Span.minutes(5)

    /// 32 characters of base64url. The same for everybody within the five minutes: it proves freshness, not who asks.
    static func make(key: [UInt8], at now: Moment) -> String {
        Base64.urlEncode(spell(number(at: now), key: key))
    }

    /// Compared in constant time.
    static func isGood(_ nonce: String, key: [UInt8], at now: Moment) -> Bool {
        guard let given = Base64.urlDecode(nonce), given.count == 24 else { return false }
        let current = number(at: now)
        let isCurrent = equalInConstantTime(given, spell(current, key: key))
        let isFormer = equalInConstantTime(given, spell(current - 1, key: key))
        return isCurrent || isFormer
    }

    private static func number(at now: Moment) -> Int64 { now.seconds / life.seconds }

    private static func spell(_ number: Int64, key: [UInt8]) -> [UInt8] {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * Int64($0))) }
        // The label keeps this use of the key apart from any other.
        let seal = HMAC<SHA256>.authenticationCode(
            for: Array("dpop-nonce\n".utf8) + bytes, using: SymmetricKey(data: key))
        return bytes + Array(seal).prefix(16)
    }
}
