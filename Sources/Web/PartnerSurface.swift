// The API for the person's own app: a bearer session, what waits for a decision, the decision, imports (C1–C3). Neither
// cookies nor application credentials work here.

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
        let session = try await gateway.signIn(
            login: login, password: password, kind: .bearer, from: incoming.address, request: incoming.id)
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
        return Answer.json(.object(["pending": .array(approvals.map { .approval($0, in: incoming.languages) })]))
    }

    /// What is asked depends on the record: here the person sees it for the one they are about to choose.
    func tellPending(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        let chosen = try ChosenRecordQuery(try incoming.query())
        let view = try await gateway.approval(id, for: person.person, flow: nil, record: chosen.record)
        guard view.state == .pending else {
            throw Declined(view.state == .expired ? .approvalExpired : .approvalAlreadyDecided)
        }
        if let record = chosen.record, !view.records.contains(where: { $0.id == record && $0.isChosen }) {
            throw Declined(
                .invalidFields, faults: [FieldFault("record", "not a record in which you can decide on this")])
        }
        return Answer.json(.approval(view, in: incoming.languages))
    }

    func approve(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let approved = fields.texts("approvedScopes")
        let record: RecordID? = fields.optionalIdentifier("record", of: "a record")
        let days = fields.optionalCount("days")
        let rules = fields.optionalCount("rule_version")
        let standing = fields.optionalText("standing")
        try fields.finish()
        return try await decide(incoming, id, person, approved, record: record, days: days, seen: (rules, standing))
    }

    func deny(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await decide(incoming, try incoming.identifier(), person, [])
    }

    private func decide(
        _ incoming: Incoming, _ id: ApprovalID, _ person: SignedIn, _ approved: [String], record: RecordID? = nil,
        days: Int? = nil, seen: (rules: Int?, standing: String?) = (nil, nil)
    ) async throws(Declined) -> Response {
        let answer = try await gateway.decide(
            id, by: person.person, flow: nil, approved: approved, record: record, days: days, rules: seen.rules,
            standing: seen.standing,
            through: .api, request: incoming.id)
        return Answer.json(
            .object([
                "redirect_to": .string(answer.redirectTo), "grant_id": answer.grant.map { .string($0.text) },
            ]))
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
