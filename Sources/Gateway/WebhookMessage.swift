// What goes over the wire to a webhook, and its signature (Standard Webhooks 1.0: id, timestamp and body are signed together).

import Crypto
import Domain

struct WebhookMessage: Sendable {
    /// The `webhook-id`.
    let id: String
    let body: [UInt8]

    /// The body depends only on what was fixed when the parcel was staged: every attempt sends the same bytes.
    init(
        parcel: ParcelID, type: DataType, createdAt: Moment, record: RecordPseudonym, person: PersonPseudonym,
        items: [UInt8]
    ) {
        id = parcel.text
        var body = Array(
            """
            {"type":"data.items","timestamp":"\(createdAt.rfc3339)","data":{"parcel":"\(parcel.text)",\
            "record":"\(record.text)","person":"\(person.text)","data_type":"\(type.rawValue)","items":
            """.utf8)
        body.append(contentsOf: items)
        body.append(contentsOf: Array("}}".utf8))
        self.body = body
    }

    /// A notice says what happened, to which grant, and by whom; never a health value.
    init(_ notice: Notice, askURL: String?) {
        id = notice.id.text
        // An address of ours: nothing in it needs escaping in JSON.
        let ask = askURL.map { ",\"reauthorize_url\":\"\($0)\"" } ?? ""
        body = Array(
            """
            {"type":"\(notice.event.rawValue)","timestamp":"\(notice.at.rfc3339)","data":{"grant_id":"\(notice.grant.text)",\
            "record":"\(notice.record.text)","person":"\(notice.person.text)","actor":"\(notice.actor.rawValue)"\(ask)}}
            """.utf8)
    }

    /// Headers of one attempt: the timestamp is the attempt's, the id stays. `secret` is `whsec_` and base64; `audit` is the entry
    /// of the trail that stands for the attempt.
    func headers(secret: String, at now: Moment, audit: AuditID? = nil) -> [(String, String)]? {
        guard let signature = Self.signature(id: id, seconds: now.seconds, body: body, secret: secret) else {
            return nil
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", String(now.seconds)), ("webhook-signature", signature),
            ("content-type", "application/json"), ("user-agent", "Licet"),
        ] + (audit.map { [("licet-audit", $0.text)] } ?? [])
    }

    static func signature(id: String, seconds: Int64, body: [UInt8], secret: String) -> String? {
        guard secret.hasPrefix("whsec_"), let key = Base64.decode(String(secret.dropFirst(6))) else { return nil }
        var mac = HMAC<SHA256>(key: SymmetricKey(data: key))
        mac.update(data: Array("\(id).\(seconds).".utf8))
        mac.update(data: body)
        return "v1," + Base64.encode(Array(mac.finalize()))
    }
}
