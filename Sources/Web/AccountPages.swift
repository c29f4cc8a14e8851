// Making an account, signing in, signing out. A new session has a new id, and the old one of the same browser ends.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func showSignUp(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let onward = Onward(try incoming.query())
        guard viewer == nil else { return Answer.redirect(to: onward?.path ?? "/") }
        return try pages.render(
            .signUp, SignUpPage(page: PageFrame("Create an account", viewer: nil), onward: onward?.words))
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
            onward: Onward(form)?.words, loginValue: form.text("login"), nameValue: form.text("name"),
            loginError: message("login") ?? taken, nameError: message("name"), passwordError: message("password"))
        return try pages.render(.signUp, context, status: declined.problem.status)
    }

    func showSignIn(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let query = try incoming.query()
        let onward = Onward(query)
        guard viewer == nil else { return Answer.redirect(to: onward?.path ?? "/") }
        let isRecovered = query.text("done") == "recovered"
        return try pages.render(
            .signIn,
            SignInPage(
                page: PageFrame("Sign in", viewer: nil),
                notice: isRecovered
                    ? "You have a new password. Sign in with it, and make a new recovery code: the old one is used up."
                    : nil,
                onward: onward?.words))
    }

    func signIn(_ incoming: Incoming, form: Form) async throws(Declined) -> Response {
        let login = form.text("login")
        do throws(Declined) {
            return try await open(incoming, login: login, password: form.text("password"), form: form)
        } catch {
            let message: String
            switch error.problem {
            case .signInFailed: message = "Check the name and the password and try again."
            case .tooManyRequests: message = error.detail ?? error.problem.title
            default: throw error
            }
            let context = SignInPage(
                page: PageFrame("Sign in", viewer: nil),
                faultSummary: FaultSummary(
                    heading: error.retryAfter == nil ? error.problem.title : "That was not right too often.",
                    faults: [Fault(target: "login", message: message)]),
                onward: Onward(form)?.words, loginValue: login)
            var response = try pages.render(.signIn, context, status: error.problem.status)
            if error.problem.status == 401 { response.headers[.wwwAuthenticate] = "Form" }
            ProblemResponse.addRetry(error, to: &response)
            return response
        }
    }

    private func open(
        _ incoming: Incoming, login: String, password: String, form: Form
    ) async throws(Declined) -> Response {
        let session = try await gateway.signIn(
            login: login, password: password, kind: .cookie, from: incoming.address, request: incoming.id)
        // Whatever session the browser came with, maybe planted, ends here.
        if let old = Caller.sessionCookie(incoming.headers) {
            try await gateway.signOut(token: old, kind: .cookie, request: incoming.id)
        }
        var response = Answer.redirect(to: Onward(form)?.path ?? "/")
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
}
