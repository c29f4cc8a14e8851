// The consent page and the decision: what the person is shown, what they ticked, and the way back to the application.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    private typealias Shown = (view: ApprovalView, wayBack: String?)

    func showApproval(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        guard let viewer else { return Answer.redirect(to: "/sign-in?approval=\(id.text)") }
        let flow = Caller.flowCookie(incoming.headers)
        let record = RecordID(try incoming.query().text("record"))
        let shown: Shown
        do throws(Declined) {
            shown = try await gateway.approvalPage(id, for: viewer.person, flow: flow, record: record)
        } catch {
            guard error.problem == .invalidScope else { throw error }
            return try await showPointless(id, viewer, flow)
        }
        guard shown.view.state == .pending else { return try showOver(shown, viewer) }
        return try consentPage(shown, incoming, viewer)
    }

    func decide(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: ApprovalID = try incoming.identifier()
        let flow = Caller.flowCookie(incoming.headers)
        let record = RecordID(form.text("record"))
        var scopes: [String] = []
        var days: Int?
        switch form.texts("decision") {
        case ["approve"]:
            scopes = form.texts("scope")
            switch TypedDays(form.text("days")) {
            case .absent: break
            case .days(let typed): days = typed
            case .unreadable: return try await askAgain(incoming, viewer, form, Self.unreadableDays)
            }
        case ["deny"]: break
        default:
            // Enter in a field presses no button that decides anything.
            return try await askAgain(incoming, viewer, form, Self.undecided)
        }
        do throws(Declined) {
            let answer = try await gateway.decide(
                id, by: viewer.person, flow: flow, approved: scopes, record: record, days: days,
                rules: Int(form.text("rules")), standing: form.texts("standing").first, through: .page,
                request: incoming.id)
            var response = Answer.redirect(to: answer.redirectTo)
            response.clearCookie(Caller.flowCookieName, path: Self.path(of: id), secure: isSecure(incoming))
            return response
        } catch {
            switch error.problem {
            case .requiredScopeMissing, .invalidFields, .beyondOwnAccess, .approvalChanged:
                return try await askAgain(incoming, viewer, form, error)
            case .approvalExpired, .approvalAlreadyDecided:
                let shown = try await gateway.approvalPage(id, for: viewer.person, flow: flow, record: record)
                return try showOver(shown, viewer, status: error.problem.status)
            default:
                throw error
            }
        }
    }

    private static let undecided = Declined(
        .invalidFields, faults: [FieldFault("decision", "Choose Approve or Deny.")])
    private static let unreadableDays = Declined(
        .invalidFields, faults: [FieldFault("days", "Say the days as a whole number.")])

    private func askAgain(
        _ incoming: Incoming, _ viewer: SignedIn, _ form: Form, _ declined: Declined
    ) async throws(Declined) -> Response {
        let flow = Caller.flowCookie(incoming.headers)
        let shown = try await gateway.approvalPage(
            try incoming.identifier(), for: viewer.person, flow: flow, record: RecordID(form.text("record")))
        guard shown.view.state == .pending else {
            return try showOver(shown, viewer, status: declined.problem.status)
        }
        return try consentPage(shown, incoming, viewer, refused: declined, form: form)
    }

    private func consentPage(
        _ shown: Shown, _ incoming: Incoming, _ viewer: SignedIn, refused: Declined? = nil, form: Form? = nil
    ) throws(Declined) -> Response {
        let view = shown.view
        let context = ApprovalPage(
            view, viewer: viewer, languages: incoming.languages, refused: refused, form: form)
        // Browsers hold the redirect that follows a form to form-action too, so the way back must be named.
        let asks = view.form.asksSomething || view.obstacle != nil
        return try pages.render(
            asks ? .approval : .approvalGoOn, context, status: refused?.problem.status ?? 200,
            formTargets: FormTarget.sources(redirectURI: shown.wayBack, hosts: view.application.hosts))
    }

    // What was asked is not in the application's rules any more: there is only the way back.
    private func showPointless(
        _ id: ApprovalID, _ viewer: SignedIn, _ flow: String?
    ) async throws(Declined) -> Response {
        let wayBack = try await gateway.wayBack(from: id, flow: flow)
        let context = ApprovalOver(
            page: PageFrame("This request is over", viewer: viewer), applicationName: nil, organizationName: nil,
            isExpired: false, isApproved: false, isDenied: false, wayBack: wayBack, backHost: Self.host(of: wayBack))
        return try pages.render(.approvalOver, context, status: Problem.approvalExpired.status)
    }

    private static func host(of wayBack: String?) -> String? {
        wayBack.flatMap { SameOrigin.origin(of: $0) }.map { String($0.split(separator: "/").last ?? "") }
    }

    private func showOver(_ shown: Shown, _ viewer: SignedIn, status: Int? = nil) throws(Declined) -> Response {
        let view = shown.view
        let isExpired = view.state == .expired
        let wayBack = isExpired ? shown.wayBack : nil
        let context = ApprovalOver(
            page: PageFrame("This request is over", viewer: viewer), applicationName: view.application.name,
            organizationName: view.application.organization, isExpired: isExpired,
            isApproved: view.state == .approved, isDenied: view.state == .denied, wayBack: wayBack,
            backHost: Self.host(of: wayBack))
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
