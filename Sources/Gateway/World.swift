// The clock and the dice. Nothing else in the house may know the time or roll: tests hand in a world of their own.

public import Domain
import Vault

/// Where moments and random bytes come from.
public struct World: Sendable {
    public let now: @Sendable () -> Moment
    /// As many bytes as asked, from a cryptographic source in the real world.
    public let roll: @Sendable (Int) -> [UInt8]

    public init(now: @escaping @Sendable () -> Moment, roll: @escaping @Sendable (Int) -> [UInt8]) {
        self.now = now
        self.roll = roll
    }

    /// An id that sorts by the moment it was made.
    public func identify<Of: Noun>(_ noun: Of.Type = Of.self) -> Identifier<Of> {
        Identifier(at: now(), dice: roll(10))
    }

    /// An id that says nothing, not even when it was made.
    public func pseudonym<Of: Noun>(_ noun: Of.Type = Of.self) -> Identifier<Of> {
        Identifier(bytes: roll(16))
    }

    /// A prefix that says in a leak scanner what it is, the moment it was made, and 256 random bits as base64url.
    func secret(_ kind: SecretKind) -> String {
        KeptSecret.text(kind.rawValue, at: now(), dice: Base64.urlEncode(roll(32)))
    }

    func number() -> UInt64 {
        roll(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

enum SecretKind: String {
    case accessToken = "lat_"
    case refreshToken = "lrt_"
    case authorizationCode = "lac_"
    case pushedRequest = "lpr_"
    case clientSecret = "lcs_"
    case session = "lss_"
    case invitation = "liv_"
    case flow = "lfl_"
    case recovery = "lrc_"
}
