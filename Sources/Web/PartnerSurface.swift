// The API for the person's own app: a bearer session, what waits for a decision, the decision, the grants, imports (C1–C3,
// C8, C9). Neither cookies nor application credentials work here.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func openSession(_ incoming: Incoming) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let login = fields.text("login")
        let password = fields.text("password")
        try fields.finish()
        let session = try await gateway.signIn(login: login, password: password, kind: .bearer, request: incoming.id)
        return Answer.json(
            .object(["token": .string(session.token), "expires_at": .moment(session.expiresAt)]), status: .created)
    }

    func closeSession(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        if let token = Caller.bearer(incoming.headers) {
            try await gateway.signOut(token: token, kind: .bearer, request: incoming.id)
        }
        return Answer.noContent()
    }

    func listPending(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let approvals = try await gateway.pendingApprovals(of: person.person)
        return Answer.json(.object(["pending": .array(approvals.map { .approval($0) })]))
    }

    func approve(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let approved = fields.texts("approvedScopes")
        try fields.finish()
        return try await decide(incoming, id, person, approved)
    }

    func deny(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await decide(incoming, try incoming.identifier(), person, [])
    }

    private func decide(
        _ incoming: Incoming, _ id: ApprovalID, _ person: SignedIn, _ approved: [String]
    ) async throws(Declined) -> Response {
        let answer = try await gateway.decide(
            id, by: person.person, flow: nil, approved: approved, through: .api, request: incoming.id)
        return Answer.json(
            .object([
                "redirect_to": .string(answer.redirectTo), "grant_id": answer.grant.map { .string($0.text) },
            ]))
    }

    func listGrants(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let grants = try await gateway.grants(of: person.person)
        return Answer.json(.object(["grants": .array(grants.map { .grant($0) })]))
    }

    func endGrant(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        return Answer.json(.grant(try await gateway.revoke(id, by: person.person, through: .api, request: incoming.id)))
    }

    func startImport(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        switch incoming.contentType {
        case "application/xml", "text/xml", "application/zip", "application/octet-stream": break
        default: throw Declined(.unsupportedMediaType, "application/xml or application/zip is expected.")
        }
        let descriptor = try await spoolBody(incoming)
        let id = try await gateway.startImport(.descriptor(descriptor), person: person.person, request: incoming.id)
        return Answer.json(.object(["import_id": .string(id.text)]), status: .accepted)
    }

    func tellImport(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let view = try await gateway.importStatus(try incoming.identifier(), of: person.person)
        return Answer.json(.progress(view))
    }
}
