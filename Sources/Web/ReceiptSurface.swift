// Receipts over the APIs and as files: signed, as JSON-LD, or as FHIR. Every surface gives the same bytes but for the signature,
// which is made anew each time.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

/// In which form a receipt is asked for: the last part of its path.
enum ReceiptForm: String, CaseIterable, Sendable {
    case jwt
    case jsonld
    case fhir

    var contentType: String {
        switch self {
        case .jwt: "application/jwt"
        case .jsonld: "application/ld+json"
        case .fhir: ProblemResponse.fhirContentType
        }
    }

    var ending: String { self == .jwt ? "jwt" : self == .jsonld ? "jsonld" : "fhir.json" }
}

extension Server {
    func listReceipts(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        let view = try await gateway.grant(id, of: person.person)
        return Self.list(view.history, under: "/partner/consent/grants/\(id.text)/receipts")
    }

    func listReceipts(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let id = try applicationsGrant(incoming)
        let changes = try await gateway.receipts(of: id, token: token.text, key: token.key)
        return Self.list(changes, under: "/api/v1/grants/\(id.text)/receipts")
    }

    func giveReceipt(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let (version, form) = try Self.which(incoming)
        let receipt = try await gateway.receipt(version, of: try incoming.identifier(), for: person.person)
        return try await answer(receipt, as: form)
    }

    func giveReceipt(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        // Whether the token reaches the grant comes first, whatever the rest of the path says.
        let id = try applicationsGrant(incoming)
        _ = try await gateway.receipts(of: id, token: token.text, key: token.key)
        let (version, form) = try Self.which(incoming)
        let receipt = try await gateway.receipt(version, of: id, token: token.text, key: token.key)
        return try await answer(receipt, as: form)
    }

    func giveReceiptFile(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let (version, form) = try Self.which(incoming)
        let receipt = try await gateway.receipt(version, of: try incoming.identifier(), for: viewer.person)
        var response = try await answer(receipt, as: form)
        response.headers[.contentDisposition] =
            "attachment; filename=\"licet-receipt-\(receipt.grant.text)-\(version).\(form.ending)\""
        return response
    }

    // What is spelled otherwise is no grant of the application's.
    private func applicationsGrant(_ incoming: Incoming) throws(Declined) -> GrantID {
        guard let id = GrantID(incoming.parameter("id")) else { throw Declined(.consentRequired) }
        return id
    }

    static func version(_ incoming: Incoming) throws(Declined) -> Int {
        let text = incoming.parameter("version")
        guard let version = Int(text), version > 0, String(version) == text else { throw Declined(.notFound) }
        return version
    }

    private static func which(_ incoming: Incoming) throws(Declined) -> (Int, ReceiptForm) {
        guard let form = ReceiptForm(rawValue: incoming.parameter("form")) else { throw Declined(.notFound) }
        return (try version(incoming), form)
    }

    private static func list(_ changes: [GrantChangeView], under path: String) -> Response {
        Answer.json(
            .object([
                "receipts": .array(
                    changes.map { change in
                        .object(
                            [
                                JSONValue.Member(name: "version", value: .count(change.version)),
                                JSONValue.Member(name: "event", value: .string(change.event)),
                                JSONValue.Member(name: "at", value: .moment(change.at)),
                                JSONValue.Member(name: "actor", value: .string(change.actor)),
                            ]
                                + ReceiptForm.allCases.map { form in
                                    let place = "\(path)/\(change.version)/\(form.rawValue)"
                                    return JSONValue.Member(name: form.rawValue, value: .string(place))
                                })
                    })
            ]))
    }

    private func answer(_ receipt: Receipt, as form: ReceiptForm) async throws(Declined) -> Response {
        let statement = ReceiptStatement(receipt)
        let record = statement.record(issuer: settings.publicURL, issuedAt: receipt.issuedAt)
        switch form {
        case .jsonld: return Answer.json(record, contentType: form.contentType)
        case .fhir: return Answer.json(statement.consent(publicURL: settings.publicURL), contentType: form.contentType)
        case .jwt:
            let claims: JSONValue = .object([
                "iss": .string(settings.publicURL), "iat": .count(receipt.issuedAt.seconds),
                "jti": .string(receipt.name), "sub": .string(statement.person), "receipt": record,
            ])
            let signed = try await gateway.signReceipt(Array(claims.buffer.readableBytesView))
            return Answer.text(signed, contentType: form.contentType)
        }
    }
}
