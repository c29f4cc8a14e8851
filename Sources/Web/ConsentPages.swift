// The consent page and the decision: what the person is shown, what they ticked, and the way back to the application.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func showApproval(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        guard let viewer else { return Answer.redirect(to: "/sign-in?approval=\(id.text)") }
        let flow = Caller.flowCookie(incoming.headers)
        let view = try await gateway.approval(id, for: viewer.person, flow: flow)
        guard view.state == .pending else { return try await showOver(view, viewer, flow) }
        return try await consentPage(view, viewer, flow: flow)
    }

    func decide(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        let flow = Caller.flowCookie(incoming.headers)
        let scopes: [String]
        switch form.texts("decision") {
        case ["approve"]: scopes = form.texts("scope")
        case ["deny"]: scopes = []
        default:
            // Enter in a field presses no button that decides anything.
            let undecided = Declined(.invalidFields, faults: [FieldFault("decision", "Choose Approve or Deny.")])
            return try await consentPage(
                try await gateway.approval(id, for: viewer.person, flow: flow), viewer, flow: flow, refused: undecided,
                ticked: form.texts("scope"))
        }
        do throws(Declined) {
            let answer = try await gateway.decide(
                id, by: viewer.person, flow: flow, approved: scopes, through: .page, request: incoming.id)
            var response = Answer.redirect(to: answer.redirectTo)
            response.clearCookie(Caller.flowCookieName, secure: isSecure(incoming))
            return response
        } catch {
            let view = try await gateway.approval(id, for: viewer.person, flow: flow)
            switch error.problem {
            case .requiredScopeMissing, .invalidFields:
                return try await consentPage(view, viewer, flow: flow, refused: error, ticked: scopes)
            case .approvalExpired, .approvalAlreadyDecided:
                return try await showOver(view, viewer, flow, status: error.problem.status)
            default:
                throw error
            }
        }
    }

    private func consentPage(
        _ view: ApprovalView, _ viewer: SignedIn, flow: String?, refused: Declined? = nil, ticked: [String]? = nil
    ) async throws(Declined) -> Response {
        var required: [RuleCard] = []
        var optional: [RuleCard] = []
        for (index, line) in view.form.lines.enumerated() {
            let isChecked = ticked?.contains(line.rule.scope.text) ?? line.isChecked
            let card = RuleCard(line.rule, number: index + 1, isChecked: isChecked)
            if line.rule.isRequired { required.append(card) } else { optional.append(card) }
        }
        let context = ApprovalPage(
            page: PageFrame("\(view.application.name) asks for your permission", viewer: viewer),
            faultSummary: refused.map { Self.summary($0, view) }, approvalID: view.id.text,
            application: ApplicationCard(view.application), lifeWords: Wording.days(view.life),
            // Counted from the last moment at which the person can agree: what is shown is never exceeded.
            until: TimeText(day: view.expiresAt + view.life.span), closes: TimeText(view.expiresAt),
            required: required, optional: optional, asksOfflineAccess: view.form.asksOfflineAccess)
        // Browsers hold the redirect that follows a form to form-action too, so the way back must be named.
        let wayBack = try await gateway.wayBack(from: view.id, flow: flow)
        return try pages.render(
            .approval, context, status: refused?.problem.status ?? 200,
            formTargets: FormTarget.sources(redirectURI: wayBack, hosts: view.application.hosts))
    }

    private static func summary(_ declined: Declined, _ view: ApprovalView) -> FaultSummary {
        let faults = view.form.lines.enumerated().compactMap { index, line in
            line.scopes.contains { declined.missing.contains($0.text) }
                ? Fault(target: "rule-\(index + 1)", message: "This part is needed: “\(line.rule.why)”") : nil
        }
        let others = declined.faults.map { Fault(target: "decision", message: $0.message) }
        return FaultSummary(heading: declined.problem.title, faults: faults + others)
    }

    private func showOver(
        _ view: ApprovalView, _ viewer: SignedIn, _ flow: String?, status: Int? = nil
    ) async throws(Declined) -> Response {
        let isExpired = view.state == .expired
        let wayBack = isExpired ? try await gateway.wayBack(from: view.id, flow: flow) : nil
        let context = ApprovalOver(
            page: PageFrame("This request is over", viewer: viewer), applicationName: view.application.name,
            organizationName: view.application.organization, isExpired: isExpired,
            isApproved: view.state == .approved, isDenied: view.state == .denied, wayBack: wayBack,
            backHost: wayBack.flatMap { SameOrigin.origin(of: $0) }.map { String($0.split(separator: "/").last ?? "") })
        return try pages.render(
            .approvalOver, context, status: status ?? (isExpired ? Problem.approvalExpired.status : 200))
    }
}

/// Where the consent form may lead, as sources of a content security policy (CSP3 §2.3.1).
enum FormTarget {
    /// From the redirect URI where it is known, otherwise from the registered hosts under either scheme and any port.
    static func sources(redirectURI: String?, hosts: [String]) -> [String] {
        if let redirectURI {
            if let origin = SameOrigin.origin(of: redirectURI) { return isSafe(origin) ? [origin] : [] }
            // An app's own scheme (RFC 8252 §7.1), e.g. `com.example.app:/back`.
            let scheme = String(redirectURI.prefix { $0 != ":" })
            return isSafe(scheme) && !scheme.isEmpty ? ["\(scheme):"] : []
        }
        return hosts.filter { isSafe($0) && !$0.isEmpty }.flatMap { host in
            // An IPv6 address needs its brackets before a port can follow.
            let isBareV6 = host.first != "[" && host.contains("::")
            let place = isBareV6 ? "[\(host)]:*" : hasPort(host) ? host : "\(host):*"
            return ["http://\(place)", "https://\(place)"]
        }
    }

    // A source must not be able to end the directive or begin another.
    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x2d...0x3a).contains(byte)
                || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "+")
        }
    }

    private static func hasPort(_ host: String) -> Bool {
        guard let colon = host.lastIndex(of: ":") else { return false }
        return host.last != "]" && host[host.index(after: colon)...].allSatisfy { $0.isNumber }
    }
}
