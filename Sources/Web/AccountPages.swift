// Making an account, signing in, signing out. A new session has a new id, and the old one of the same browser ends.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func showSignUp(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let approval = Self.approval(in: try incoming.query())
        guard viewer == nil else { return Answer.redirect(to: Self.wayOn(to: approval)) }
        return try pages.render(
            .signUp, SignUpPage(page: PageFrame("Create an account", viewer: nil), approvalID: approval?.text))
    }

    func signUp(_ incoming: Incoming, form: Form) async throws(Declined) -> Response {
        let login = form.text("login")
        let password = form.text("password")
        do throws(Declined) {
            _ = try await gateway.register(
                login: login, password: password, name: form.text("name"), request: incoming.id)
        } catch {
            guard error.problem == .invalidFields || error.problem == .alreadyExists else { throw error }
            return try refuseSignUp(error, form)
        }
        return try await open(incoming, login: login, password: password, form: form)
    }

    private func refuseSignUp(_ declined: Declined, _ form: Form) throws(Declined) -> Response {
        func message(_ field: String) -> String? { declined.faults.first { $0.field == field }?.message }
        let taken = declined.problem == .alreadyExists ? "Somebody has an account of this name." : nil
        let faults = declined.faults.map { Fault(target: $0.field, message: $0.message) }
        let context = SignUpPage(
            page: PageFrame("Create an account", viewer: nil),
            faultSummary: FaultSummary(
                heading: "That did not work yet.",
                faults: faults.isEmpty ? [Fault(target: "login", message: taken ?? declined.problem.title)] : faults),
            approvalID: Self.approval(in: form)?.text, loginValue: form.text("login"), nameValue: form.text("name"),
            loginError: message("login") ?? taken, nameError: message("name"), passwordError: message("password"))
        return try pages.render(.signUp, context, status: declined.problem.status)
    }

    func showSignIn(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let query = try incoming.query()
        let approval = Self.approval(in: query)
        guard viewer == nil else { return Answer.redirect(to: Self.wayOn(to: approval)) }
        let isRecovered = query.text("done") == "recovered"
        return try pages.render(
            .signIn,
            SignInPage(
                page: PageFrame("Sign in", viewer: nil),
                notice: isRecovered
                    ? "You have a new password. Sign in with it, and make a new recovery code: the old one is used up."
                    : nil,
                approvalID: approval?.text))
    }

    func signIn(_ incoming: Incoming, form: Form) async throws(Declined) -> Response {
        let login = form.text("login")
        do throws(Declined) {
            return try await open(incoming, login: login, password: form.text("password"), form: form)
        } catch {
            guard error.problem == .signInFailed else { throw error }
            let message = "Check the name and the password and try again."
            let context = SignInPage(
                page: PageFrame("Sign in", viewer: nil),
                faultSummary: FaultSummary(
                    heading: error.problem.title, faults: [Fault(target: "login", message: message)]),
                approvalID: Self.approval(in: form)?.text, loginValue: login)
            var response = try pages.render(.signIn, context, status: error.problem.status)
            response.headers[.wwwAuthenticate] = "Form"
            return response
        }
    }

    private func open(
        _ incoming: Incoming, login: String, password: String, form: Form
    ) async throws(Declined) -> Response {
        let session = try await gateway.signIn(
            login: login, password: password, kind: .cookie, request: incoming.id)
        // Whatever session the browser came with, maybe planted, ends here.
        if let old = Caller.sessionCookie(incoming.headers) {
            try await gateway.signOut(token: old, kind: .cookie, request: incoming.id)
        }
        var response = Answer.redirect(to: Self.wayOn(to: Self.approval(in: form)))
        response.setCookie(Caller.sessionCookieName, session.token, secure: isSecure(incoming))
        return response
    }

    func signOut(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        if let token = Caller.sessionCookie(incoming.headers) {
            try await gateway.signOut(token: token, kind: .cookie, request: incoming.id)
        }
        var response = Answer.redirect(to: "/")
        response.clearCookie(Caller.sessionCookieName, secure: isSecure(incoming))
        return response
    }

    /// The consent that waits behind the sign-in. Nothing else can be gone on to: an id is no address.
    private static func approval(in form: Form) -> ApprovalID? { ApprovalID(form.text("approval")) }

    private static func wayOn(to approval: ApprovalID?) -> String {
        approval.map { "/approvals/\($0.text)" } ?? "/"
    }
}
