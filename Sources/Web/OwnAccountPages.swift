// The account itself: a new password, a recovery code, closing it; and the way back in for whoever forgot the password.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func showAccount(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let isDone = try incoming.query().text("done") == "password"
        return try await accountPage(
            viewer, notice: isDone ? "Your password is changed. Every other session of yours has ended." : nil)
    }

    func changeAccount(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        do throws(Declined) {
            switch form.text("do") {
            case "password":
                try await gateway.changePassword(
                    of: viewer.person, current: form.text("current_password"), new: form.text("new_password"),
                    keeping: Caller.sessionCookie(incoming.headers), request: incoming.id)
                return Answer.redirect(to: "/account?done=password")
            case "recovery":
                // Told once, so no redirect may stand between.
                let code = try await gateway.makeRecoveryCode(
                    for: viewer.person, password: form.text("password"), request: incoming.id)
                return try pages.render(
                    .recoveryCode,
                    RecoveryCodePage(page: PageFrame("Your recovery code", viewer: viewer), recoveryCode: code),
                    status: 201)
            case "close":
                let proof = try await gateway.closeAccount(
                    of: viewer.person, password: form.text("password"), request: incoming.id)
                // Told once, so no redirect may stand between.
                var response = try pages.render(
                    .accountClosed,
                    AccountClosedPage(
                        page: PageFrame("Your account is closed", viewer: nil), erasureProof: proof.token,
                        erasureEntry: proof.entry.text))
                response.clearCookie(Caller.sessionCookieName, secure: isSecure(incoming))
                return response
            default:
                throw Declined(.invalidRequest, "The form does not say what is to be done.")
            }
        } catch {
            switch error.problem {
            case .invalidFields, .signInFailed, .lastCustodian:
                return try await accountPage(
                    viewer, refused: Self.inPlainWords(error), at: Self.inputs[form.text("do")] ?? "current-password")
            default: throw error
            }
        }
    }

    // Where each form of the page asks for the password.
    private static let inputs = [
        "password": "current-password", "recovery": "recovery-password", "close": "close",
    ]

    // A wrong password is a fault of its field here, not of the session.
    private static func inPlainWords(_ declined: Declined) -> Declined {
        let wrong = FieldFault("current_password", "This is not your password.")
        if declined.problem == .signInFailed { return Declined(.invalidFields, faults: [wrong]) }
        return Declined(
            declined.problem, declined.detail,
            faults: declined.faults.map { ["current_password", "password"].contains($0.field) ? wrong : $0 })
    }

    private func accountPage(
        _ viewer: SignedIn, notice: String? = nil, refused: Declined? = nil, at target: String = "current-password"
    ) async throws(Declined) -> Response {
        let closing = try await gateway.closing(of: viewer.person)
        let faults =
            refused.map { FormFaults($0, inputs: ["new_password": "new-password"], otherwise: target) } ?? .none
        let context = AccountPage(
            page: PageFrame("Account", viewer: viewer), notice: notice, faultSummary: faults.summary,
            login: viewer.login, hasRecoveryCode: try await gateway.hasRecoveryCode(viewer.person),
            currentError: faults.message("current-password"), newError: faults.message("new-password"),
            recoveryError: faults.message("recovery-password"), recordsClosed: closing.recordsClosed,
            recordsLeft: closing.recordsLeft,
            recordsInTheWay: closing.recordsInTheWay, grantsEnded: closing.grantsEnded,
            mayClose: closing.recordsInTheWay.isEmpty, closeError: faults.message("close"))
        return try pages.render(.account, context, status: refused?.problem.status ?? 200)
    }

    func showRecover(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        let onward = Onward(try incoming.query())
        guard viewer == nil else { return Answer.redirect(to: onward?.path ?? "/account") }
        return try pages.render(
            .recover, RecoverPage(page: PageFrame("A new password", viewer: nil), onward: onward?.words))
    }

    func recover(_ incoming: Incoming, form: Form) async throws(Declined) -> Response {
        let onward = Onward(form)?.words
        do throws(Declined) {
            try await gateway.recover(
                login: form.text("login"), code: form.text("code"), new: form.text("new_password"),
                from: incoming.address, request: incoming.id)
        } catch {
            let faults: FormFaults
            switch error.problem {
            case .signInFailed:
                // An unknown name and a wrong code look the same.
                let message = "Check the name and the code, and try again."
                faults = FormFaults(faults: [Fault(target: "login", message: message)])
            case .invalidFields:
                faults = FormFaults(
                    error, inputs: ["login": "login", "code": "code", "new_password": "new-password"],
                    otherwise: "login")
            case .tooManyRequests:
                faults = FormFaults(faults: [Fault(target: "login", message: error.detail ?? error.problem.title)])
            default: throw error
            }
            let context = RecoverPage(
                page: PageFrame("A new password", viewer: nil), faultSummary: faults.summary, onward: onward,
                loginValue: form.text("login"), loginError: faults.message("login"),
                codeError: faults.message("code"), newError: faults.message("new-password"))
            var response = try pages.render(.recover, context, status: error.problem.status)
            if error.problem.status == 401 { response.headers[.wwwAuthenticate] = "Form" }
            ProblemResponse.addRetry(error, to: &response)
            return response
        }
        return Answer.redirect(
            to: "/sign-in?done=recovered" + (onward.map { "&\($0.onwardField)=\($0.onwardValue)" } ?? ""))
    }
}
