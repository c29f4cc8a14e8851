// Hides how a generated secret is kept: never as it is, only as its hash. Before the hash stands the time that the secret
// says of itself, so that secrets made one after another are neighbours in an index, and a group of new rows touches one
// page of it instead of one page each.

import Crypto
public import Domain

public enum KeptSecret {
    /// `lat_`, `lrt_` and so on: four characters.
    static let prefixLength = 4
    /// 48 bits of milliseconds in base 32, whose order is the order of time.
    static let timeLength = 10
    /// 256 random bits as base64url without padding.
    static let diceLength = 43

    /// The characters of `prefix`, the time, and `dice`, which is 32 random bytes as base64url without padding.
    public static func text(_ prefix: String, at moment: Moment, dice: String) -> String {
        prefix + moment.sortingText + dice
    }
}

/// What a secret is kept and found as: 42 bytes, its time and its SHA-256; of a text that is not in the form of our secrets the
/// 32 bytes of the hash alone. Such secrets have 256 random bits: no slow hash is needed, and none may be afforded per request.
public func hashSecret(_ secret: String) -> [UInt8] {
    let text = Array(secret.utf8)
    let time = KeptSecret.prefixLength..<KeptSecret.prefixLength + KeptSecret.timeLength
    let isOurs = text.count == time.upperBound + KeptSecret.diceLength
    return (isOurs ? Array(text[time]) : []) + SHA256.hash(data: text)
}
