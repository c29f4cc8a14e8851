// What a handler is given says who may come to it: a handler that takes a person cannot run without one.

import Domain
import Gateway
import Hummingbird

enum Handler: Sendable {
    typealias Answering<each Input> = @Sendable (Incoming, repeat each Input) async throws(Declined) -> Response

    case anyone(Answering<>)
    case visitor(Answering<SignedIn?>)
    case sentBrowser(Answering<String?>)
    case visitorForm(Answering<Form>)
    case person(Answering<SignedIn>)
    case personForm(Answering<SignedIn, Form>)
    case approvalForm(Answering<SignedIn, Form>)
    case personUpload(Answering<SignedIn>)
    case session(Answering<SignedIn>)
    case application(Answering<Form, ClientCredentials>)
    case applicationOrBrowser(Answering<Form, ClientCredentials?>)
    case token(Answering<PresentedToken>)
    case monitor(Answering<>)

    var admission: Admission {
        switch self {
        case .anyone: .anyone
        case .visitor: .visitor
        case .sentBrowser: .sentBrowser
        case .visitorForm: .visitorForm
        case .person: .person
        case .personForm: .personForm
        case .approvalForm: .approvalForm
        case .personUpload: .personUpload
        case .session: .session
        case .application: .application
        case .applicationOrBrowser: .applicationOrBrowser
        case .token: .token
        case .monitor: .monitor
        }
    }
}

extension Server {
    /// Reads the one credential that the route takes and no other, then runs the handler. `viewer` is set as soon as the
    /// person is known, for the page of a problem.
    func admit(
        _ incoming: Incoming, on route: Route, to handler: Handler, viewer: inout SignedIn?
    ) async throws(Declined) -> Response {
        switch handler {
        case .anyone(let answer):
            return try await answer(incoming)
        case .visitor(let answer):
            viewer = try await visitor(incoming)
            return try await answer(incoming, viewer)
        case .sentBrowser(let answer):
            return try await answer(incoming, Caller.sessionCookie(incoming.headers))
        case .visitorForm(let answer):
            try SameOrigin.check(incoming.headers, publicOrigin: origin)
            return try await answer(incoming, try await incoming.form())
        case .person(let answer):
            let person = try await person(incoming)
            viewer = person
            return try await answer(incoming, person)
        case .personForm(let answer):
            let person = try await person(incoming)
            viewer = person
            try SameOrigin.check(incoming.headers, publicOrigin: origin)
            let form = try await incoming.form()
            try SameOrigin.check(form, token: person.formToken)
            return try await answer(incoming, person, form)
        case .approvalForm(let answer):
            let person = try await person(incoming)
            viewer = person
            try SameOrigin.check(incoming.headers, publicOrigin: origin)
            let form = try await incoming.form()
            try SameOrigin.check(form, token: person.formToken(of: try incoming.identifier()))
            return try await answer(incoming, person, form)
        case .personUpload(let answer):
            let person = try await person(incoming)
            viewer = person
            try SameOrigin.check(incoming.headers, publicOrigin: origin)
            return try await answer(incoming, person)
        case .session(let answer):
            guard let token = Caller.bearer(incoming.headers),
                let person = try await gateway.signedIn(token: token, kind: .bearer)
            else { throw Declined(.notAuthenticated) }
            return try await answer(incoming, person)
        case .application(let answer):
            let form = try await incoming.form()
            try refuseRepeats(form)
            guard let client = try client(incoming, form) else { throw Declined(.invalidClient) }
            return try await answer(incoming, form, client)
        case .applicationOrBrowser(let answer):
            return try await admitEither(incoming, answer)
        case .token(let answer):
            let isAccess = route.problems.contains(.accessNotRecorded)
            return try await answer(incoming, try await presentedToken(incoming, isAccess: isAccess))
        case .monitor(let answer):
            guard mayMonitor(incoming) else { throw Declined(.notAuthenticated) }
            return try await answer(incoming)
        }
    }

    private func visitor(_ incoming: Incoming) async throws(Declined) -> SignedIn? {
        guard let token = Caller.sessionCookie(incoming.headers) else { return nil }
        return try await gateway.signedIn(token: token, kind: .cookie)
    }

    private func person(_ incoming: Incoming) async throws(Declined) -> SignedIn {
        guard let person = try await visitor(incoming) else { throw Declined(.notAuthenticated) }
        return person
    }

    private func client(_ incoming: Incoming, _ form: Form) throws(Declined) -> ClientCredentials? {
        var client = try Caller.client(incoming.headers, form: form)
        client?.address = incoming.address
        return client
    }

    // Without a secret it is a person's browser that asks: what goes wrong is told on a page.
    private func admitEither(
        _ incoming: Incoming, _ answer: Handler.Answering<Form, ClientCredentials?>
    ) async throws(Declined) -> Response {
        let form = try await incoming.form()
        let isBrowser = !Caller.presentsAuthorization(incoming.headers) && !Caller.presentsSecret(form)
        do throws(Declined) {
            try refuseRepeats(form)
            let client = isBrowser ? nil : try client(incoming, form)
            return try await answer(incoming, form, client)
        } catch {
            guard isBrowser else { throw error }
            return pages.problem(error, id: incoming.id, viewer: nil)
        }
    }

    private func mayMonitor(_ incoming: Incoming) -> Bool {
        if incoming.peer.isThisMachine(incoming.headers) { return true }
        guard let expected = settings.metricsToken, !expected.isEmpty,
            let presented = Caller.bearer(incoming.headers)
        else { return false }
        return isSameSecret(presented, expected)
    }
}
