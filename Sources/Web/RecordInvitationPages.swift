// An invitation to a record, as the invited person meets it: they bring it, see what it would give, and answer. It is a secret, so
// it travels in forms and never in an address.

import Domain
import Gateway
import Hummingbird

extension Server {
    func showRecordInvitation(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        try entryPage(viewer, refused: false)
    }

    private func entryPage(_ viewer: SignedIn, refused: Bool) throws(Declined) -> Response {
        let message = refused ? "This invitation is not known here. Copy the whole of it." : nil
        let context = InvitationEntryPage(
            page: PageFrame("An invitation", viewer: viewer),
            faultSummary: message.map {
                FaultSummary(heading: "That did not work yet.", faults: [Fault(target: "token", message: $0)])
            }, tokenError: message)
        return try pages.render(.invitationEntry, context, status: refused ? Problem.invalidFields.status : 200)
    }

    func answerRecordInvitation(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let token = form.text("token").trimmedOfSpaces
        if form.texts("answer") == ["show"] { return try await offer(token, viewer) }
        do throws(Declined) {
            switch form.texts("answer") {
            case ["accept"]:
                let id = try await gateway.acceptRecordInvitation(token, by: viewer.person, request: incoming.id)
                return Answer.redirect(to: "/records/\(id.text)?done=accepted")
            case ["decline"]:
                try await gateway.declineRecordInvitation(token, by: viewer.person, request: incoming.id)
                return Answer.redirect(to: "/records?done=declined")
            default:
                throw Declined(.invalidFields, faults: [FieldFault("answer", "Choose Accept or Decline.")])
            }
        } catch {
            guard error.problem == .invalidFields || error.problem == .alreadyExists else { throw error }
            return try await invitationPage(token, viewer, refused: error)
        }
    }

    private func offer(_ token: String, _ viewer: SignedIn) async throws(Declined) -> Response {
        do throws(Declined) {
            return try await invitationPage(token, viewer)
        } catch {
            guard error.problem == .notFound else { throw error }
            return try entryPage(viewer, refused: true)
        }
    }

    private func invitationPage(
        _ token: String, _ viewer: SignedIn, refused: Declined? = nil
    ) async throws(Declined) -> Response {
        let view = try await gateway.recordInvitation(token)
        let faults = refused.map { FormFaults($0, inputs: [:], otherwise: "answer") } ?? .none
        let context = RecordInvitationPage(
            page: PageFrame("An invitation", viewer: viewer),
            faultSummary: view.state == .invited ? faults.summary : nil, invitationToken: token,
            recordLabel: view.recordName, invitedBy: view.invitedBy,
            relationWords: Wording.relation(view.relationship), isCustodian: view.isCustodian,
            typeNames: Wording.typeNames(view.permissions.types), isEveryType: view.permissions.types == .all,
            doings: Wording.doings(Wording.accesses(of: view.permissions)),
            accessUntil: view.accessExpiresAt.map { TimeText(day: $0) }, lapses: TimeText(view.expiresAt),
            isOpen: view.state == .invited, overWords: view.state == .invited ? nil : Wording.over(view.state))
        return try pages.render(.recordInvitation, context, status: refused?.problem.status ?? 200)
    }
}

extension Wording {
    /// What an invitation gives, line by line.
    static func given(_ view: RecordInvitationView) -> [String] {
        var lines = [access(view.permissions), relationOf(view.relationship) + "."]
        if view.isCustodian { lines.append("As a custodian they may invite and remove others, and change the record.") }
        lines.append(view.accessExpiresAt.map { "It ends on \(TimeText(day: $0).words)." } ?? "It has no end date.")
        return lines
    }

    /// To whoever opens an invitation too late.
    static func over(_ state: RecordAccessState) -> String {
        switch state {
        case .invited: "It is open."
        case .active, .left, .removed, .expired: "It was accepted. An invitation is answered once."
        case .declined: "It was declined. Ask for a new one if you have changed your mind."
        case .cancelled: "It was withdrawn by those who look after the record."
        case .lapsed: "It was not answered in time. Ask for a new one."
        }
    }
}
