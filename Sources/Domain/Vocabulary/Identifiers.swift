// Hides how things are named. Ids of different nouns are different types, and the prefix says in any log which noun it is.

/// A noun of the system that has an id. The prefix keeps client ids and subject ids from colliding (RFC 9700 §4.15).
public protocol Noun {
    static var prefix: String { get }
}

/// `prefix_` and 26 characters of lower-case Crockford base 32: 128 bits, the first 48 of them the time in milliseconds
/// for nouns that are stored in order, all of them random for pseudonyms.
public struct Identifier<Of: Noun>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// Nil unless the text is this noun's prefix and 26 characters of the alphabet.
    public init?(_ text: String) {
        let bytes = text.utf8
        let prefix = Of.prefix.utf8
        guard bytes.count == prefix.count + 27, bytes.starts(with: prefix) else { return nil }
        let rest = bytes.dropFirst(prefix.count)
        guard rest.first == UInt8(ascii: "_"), rest.dropFirst().allSatisfy(Base32.isDigit) else { return nil }
        self.text = text
    }

    /// 16 bytes from the dice.
    public init(bytes: [UInt8]) {
        text = "\(Of.prefix)_\(Base32.encode(bytes))"
    }

    /// Ids made later sort later: 48 bits of milliseconds, then 80 random bits. `dice` is at least 10 bytes.
    public init(at moment: Moment, dice: some Sequence<UInt8>) {
        text = "\(Of.prefix)_\(Base32.encode(moment.sortingBytes + dice.prefix(10)))"
    }

    /// For rows that the database hands back: they were checked when they were written.
    public init(stored text: String) { self.text = text }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension Moment {
    /// The 48 bits of milliseconds since 1970, the highest first.
    fileprivate var sortingBytes: [UInt8] {
        let milliseconds = UInt64(max(0, microseconds / 1_000))
        return (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) }
    }

    /// Ten characters of lower-case Crockford base 32 that sort as the moments do, to the millisecond.
    public var sortingText: String { Base32.encode(sortingBytes) }
}

enum Base32 {
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Whether it is in the alphabet: no i, l, o or u.
    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "o"), UInt8(ascii: "u"): false
        case UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count * 8 + 4) / 5)
        var buffer: UInt32 = 0
        var held = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            held += 8
            while held >= 5 {
                held -= 5
                out.append(alphabet[Int(buffer >> UInt32(held) & 31)])
            }
        }
        if held > 0 { out.append(alphabet[Int(buffer << UInt32(5 - held) & 31)]) }
        return String(decoding: out, as: UTF8.self)
    }
}

public enum OrganizationNoun: Noun { public static let prefix = "org" }
public enum ApplicationNoun: Noun { public static let prefix = "app" }
public enum PersonNoun: Noun { public static let prefix = "per" }
public enum RecordNoun: Noun { public static let prefix = "rec" }
public enum ApprovalNoun: Noun { public static let prefix = "apr" }
public enum GrantNoun: Noun { public static let prefix = "grt" }
public enum ParcelNoun: Noun { public static let prefix = "msg" }
public enum ImportNoun: Noun { public static let prefix = "imp" }
public enum RecordInvitationNoun: Noun { public static let prefix = "rin" }
public enum NoticeNoun: Noun { public static let prefix = "ntc" }
public enum TokenFamilyNoun: Noun { public static let prefix = "fam" }
public enum AuditNoun: Noun { public static let prefix = "aud" }
public enum RequestNoun: Noun { public static let prefix = "req" }
public enum ItemNoun: Noun { public static let prefix = "itm" }
public enum RecordPseudonymNoun: Noun { public static let prefix = "r" }
public enum PersonPseudonymNoun: Noun { public static let prefix = "p" }
public enum AuditNameNoun: Noun { public static let prefix = "n" }
public enum LogKeyNoun: Noun { public static let prefix = "key" }

public typealias OrganizationID = Identifier<OrganizationNoun>
/// Also the OAuth `client_id`.
public typealias ApplicationID = Identifier<ApplicationNoun>
public typealias PersonID = Identifier<PersonNoun>
public typealias RecordID = Identifier<RecordNoun>
public typealias ApprovalID = Identifier<ApprovalNoun>
public typealias GrantID = Identifier<GrantNoun>
/// Also the `webhook-id` of the message that carries the parcel.
public typealias ParcelID = Identifier<ParcelNoun>
public typealias ImportID = Identifier<ImportNoun>
public typealias RecordInvitationID = Identifier<RecordInvitationNoun>
/// Also the `webhook-id` of the message that carries the notice.
public typealias NoticeID = Identifier<NoticeNoun>
public typealias TokenFamilyID = Identifier<TokenFamilyNoun>
public typealias AuditID = Identifier<AuditNoun>
public typealias RequestID = Identifier<RequestNoun>
/// Made from what the item says, so that the same reading imported twice has the same id.
public typealias ItemID = Identifier<ItemNoun>
/// What one application calls a record. Two applications cannot tell that they hold the same one (F8).
public typealias RecordPseudonym = Identifier<RecordPseudonymNoun>
public typealias PersonPseudonym = Identifier<PersonPseudonymNoun>
/// What the audit trail calls a person or a record.
public typealias AuditName = Identifier<AuditNameNoun>
/// A key of the audit log, by 128 bits of its SHA-256: whoever has the key can make it.
public typealias LogKeyID = Identifier<LogKeyNoun>
