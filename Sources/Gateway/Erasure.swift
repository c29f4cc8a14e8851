// What erasing means where a trail may only grow: the names under which a person and their records stand in it are destroyed, so
// that nothing leads from the trail to them any more, and not a byte of the trail changes. What is left is a signed statement.

import Crypto
public import Domain

/// What the person keeps when their account is closed.
public struct ErasureProof: Sendable, Equatable {
    /// The `typ` of its header.
    public static let type = "erasure-proof+jwt"

    /// The trail's last entry that names the person.
    public let entry: AuditID
    /// When it was done, as the entry says.
    public let at: Moment
    /// A JWS in compact form (RFC 7515 §3.1), signed with a published key. Its claims are `iss`, `iat`, `entry` and `names`: the
    /// SHA-256 of each name that was destroyed, as base64url.
    public let token: String
}

/// What is destroyed, and what is drawn to stand in its place: a name that no entry has.
struct NamesToForget: Sendable {
    struct Pair: Sendable {
        let former: AuditName
        let fresh: AuditName
    }

    let person: Pair
    /// Of the records that close with the account. A record that others hold keeps its name: it is theirs too.
    let records: [RecordID: Pair]

    init(person: AuditName, records: [(RecordID, AuditName)], world: World) {
        func pair(_ name: AuditName) -> Pair { Pair(former: name, fresh: world.pseudonym()) }
        self.person = pair(person)
        self.records = Dictionary(records.map { ($0, pair($1)) }) { first, _ in first }
    }

    /// Names have 128 random bits, so a hash of one leads to nobody who has not the name already.
    var commitments: [String] {
        ([person.former] + records.values.map(\.former)).map { name in
            Base64.urlEncode(Array(SHA256.hash(data: Array(name.text.utf8))))
        }.sorted()
    }

    /// The payload of the proof. Nothing in it needs escaping: `issuer` is an address that the settings have checked.
    func statement(issuer: String, entry: AuditID, at now: Moment) -> [UInt8] {
        let names = commitments.map { "\"\($0)\"" }.joined(separator: ",")
        return Array(
            "{\"entry\":\"\(entry.text)\",\"iat\":\(now.seconds),\"iss\":\"\(issuer)\",\"names\":[\(names)]}".utf8)
    }
}
