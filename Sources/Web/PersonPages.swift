// The person's own pages: home, an account, signing in and out, invitations, a grant and its end.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func showHome(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        guard let viewer else {
            return try pages.render(.homeSignedOut, HomeSignedOut(page: PageFrame("Welcome", viewer: nil)))
        }
        // Only sentences of our own can be shown: the query merely picks one.
        let notice = try incoming.query().text("done") == "invitation" ? "You now look after an organization." : nil
        return try await home(viewer, notice: notice)
    }

    private func home(
        _ viewer: SignedIn, notice: String? = nil, invitation: String = "", refused: Declined? = nil
    ) async throws(Declined) -> Response {
        let person = viewer.person
        let pending = try await gateway.pendingApprovals(of: person)
        let grants = try await gateway.grants(of: person)
        let imports = try await gateway.imports(of: person)
        let error = refused.map {
            $0.faults.first?.message ?? $0.detail ?? "This invitation is not valid, or was used."
        }
        let context = Home(
            page: PageFrame("Home", viewer: viewer), notice: notice,
            faultSummary: error.map {
                FaultSummary(heading: "That did not work yet.", faults: [Fault(target: "invitation", message: $0)])
            },
            pending: pending.map { view in
                PendingRow(
                    approvalID: view.id.text, applicationName: view.application.name,
                    organizationName: view.application.organization,
                    isSandbox: view.application.environment == .sandbox, closes: TimeText(view.expiresAt))
            },
            active: grants.filter { $0.state == .active }.map { GrantRow($0) },
            ended: grants.filter { $0.state != .active }.map { GrantRow($0) },
            imports: imports.map { view in
                ImportRow(
                    importID: view.id.text, begun: TimeText(view.startedAt), isRunning: view.state == .running,
                    isComplete: view.state == .complete, hasFailed: view.state == .failed,
                    itemsKept: Wording.number(view.items))
            },
            invitationValue: invitation, invitationError: error)
        return try pages.render(.home, context, status: refused?.problem.status ?? 200)
    }

    func takeInvitation(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let invitation = form.text("invitation").trimmedOfSpaces
        do throws(Declined) {
            _ = try await gateway.acceptInvitation(invitation, by: viewer.person, request: incoming.id)
            return Answer.redirect(to: "/?done=invitation")
        } catch {
            guard error.problem.status < 500 else { throw error }
            return try await home(viewer, invitation: invitation, refused: error)
        }
    }

    func showGrant(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let view = try await gateway.grant(try incoming.identifier(), of: viewer.person)
        let isDone = try incoming.query().text("done") == "revoked" && view.state == .revoked
        let context = GrantPage(
            page: PageFrame(view.application.name, viewer: viewer),
            notice: isDone ? "You have ended this permission. Nothing more is handed over." : nil,
            grantID: view.id.text, application: ApplicationCard(view.application), isActive: view.state == .active,
            isExpired: view.state == .expired, isRevoked: view.state == .revoked, begun: TimeText(view.createdAt),
            until: TimeText(view.expiresAt), revoked: view.revokedAt.map { TimeText($0) },
            rules: view.rules.enumerated().map { RuleCard($1, number: $0 + 1) }, refused: view.refusedScopes,
            scopes: view.scopes, itemsDelivered: Wording.number(view.itemsDelivered),
            itemsWaiting: view.itemsWaiting > 0 ? Wording.number(view.itemsWaiting) : nil)
        return try pages.render(.grant, context)
    }

    func revoke(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        _ = try await gateway.revoke(id, by: viewer.person, through: .page, request: incoming.id)
        return Answer.redirect(to: "/grants/\(id.text)?done=revoked")
    }
}
