// The person's own page: what waits, who has what until when, what was brought in, and what they look after as a developer.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    /// Grants on one page.
    private static let grantsOnPage = 50

    func showHome(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let query = try incoming.query()
        // Only sentences of our own can be shown: the query merely picks one.
        guard let viewer else {
            let context = HomeSignedOut(page: PageFrame("Welcome", viewer: nil))
            return try pages.render(.homeSignedOut, context)
        }
        let notice = query.text("done") == "invitation" ? "You now look after an organization." : nil
        return try await home(viewer, after: GrantID(query.text("after")), notice: notice)
    }

    private func home(
        _ viewer: SignedIn, after: GrantID? = nil, notice: String? = nil, invitation: String = "",
        refused: Declined? = nil
    ) async throws(Declined) -> Response {
        let person = viewer.person
        let grants = try await gateway.grants(of: person, after: after, limit: Self.grantsOnPage)
        // All that is in force stands on the first page: nothing that somebody has may hide behind a link.
        let active = after == nil ? try await gateway.activeGrants(of: person) : []
        let hasSeveral = try await gateway.records(of: person).filter(\.isInForce).count > 1
        let pending = after == nil ? try await gateway.pendingApprovals(of: person) : []
        let imports = after == nil ? try await gateway.imports(of: person) : []
        let applications = after == nil ? try await gateway.applications(of: person) : []
        let unseen = after == nil ? try await gateway.unseenAccesses(of: person) ?? 0 : 0
        let error = refused.map {
            $0.faults.first?.message ?? $0.detail ?? "This invitation is not valid, or was used."
        }
        let context = Home(
            page: PageFrame(after == nil ? "Home" : "Older permissions", viewer: viewer), notice: notice,
            faultSummary: error.map {
                FaultSummary(heading: "That did not work yet.", faults: [Fault(target: "invitation", message: $0)])
            },
            isFirst: after == nil,
            newAccesses: unseen > 0 ? CountWords(digits: Wording.number(unseen), isOne: unseen == 1) : nil,
            pending: pending.map { view in
                PendingRow(
                    approvalID: view.id.text, applicationName: view.application.name,
                    organizationName: view.application.organization,
                    isSandbox: view.application.environment == .sandbox, closes: TimeText(view.expiresAt))
            },
            active: active.map { GrantRow($0, saysRecord: hasSeveral) },
            ended: grants.grants.filter { $0.state != .active }.map { GrantRow($0, saysRecord: hasSeveral) },
            olderAfter: grants.next?.text,
            imports: imports.map { view in
                ImportRow(
                    importID: view.id.text, begun: TimeText(view.startedAt), isRunning: view.state == .running,
                    isComplete: view.state == .complete, hasFailed: view.state == .failed,
                    itemsKept: Wording.number(view.items))
            },
            applications: applications.map { view in
                ApplicationRow(
                    applicationID: view.id.text, applicationName: view.name, organizationName: view.organization,
                    isSandbox: view.environment == .sandbox)
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
}
