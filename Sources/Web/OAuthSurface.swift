// The OAuth endpoints: authorization from the browser and from the application's server, and the token.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func authorize(_ incoming: Incoming, session: String?) async throws(Declined) -> Response {
        let query = try incoming.query()
        try refuseRepeats(query)
        return try await beginInBrowser(incoming, query, session: session)
    }

    func startAuthorization(
        _ incoming: Incoming, form: Form, client: ClientCredentials?
    ) async throws(Declined) -> Response {
        guard let client else {
            return try await beginInBrowser(incoming, form, session: Caller.sessionCookie(incoming.headers))
        }
        let start = try await gateway.startAuthorization(
            try authorizationRequest(form, clientID: client.id), client: client, request: incoming.id)
        switch start {
        case .pending(let id, let expiresAt, _):
            return Answer.json(
                .object([
                    "approval_id": .string(id.text),
                    "expires_at": .string(expiresAt.rfc3339),
                    "page": .string("\(settings.publicURL)/approvals/\(id.text)"),
                ]),
                status: .created)
        case .sendBack(let location):
            throw Self.declined(sentBackTo: location)
        }
    }

    private func beginInBrowser(
        _ incoming: Incoming, _ form: Form, session: String?
    ) async throws(Declined) -> Response {
        let request = try authorizationRequest(form, clientID: form.parameter("client_id"))
        return lead(
            incoming,
            to: try await gateway.startAuthorization(request, client: nil, session: session, request: incoming.id))
    }

    /// The browser to the consent page, which is bound to it, or back to the application.
    func lead(_ incoming: Incoming, to start: AuthorizationStart) -> Response {
        switch start {
        case .sendBack(let location):
            return Answer.redirect(to: location)
        case .pending(let id, _, let flow):
            var response = Answer.redirect(to: Self.path(of: id))
            // One for each request: two that wait in one browser do not know each other.
            if let flow {
                response.setCookie(
                    Caller.flowCookieName, flow, path: Self.path(of: id), secure: isSecure(incoming))
            }
            return response
        }
    }

    static func path(of approval: ApprovalID) -> String { "/approvals/\(approval.text)" }

    func authorizationRequest(_ form: Form, clientID: String?) throws(Declined) -> AuthorizationRequest {
        guard let clientID else { throw Declined(.invalidRequest, "client_id is missing.") }
        return AuthorizationRequest(
            responseType: form.parameter("response_type") ?? "", clientID: clientID,
            redirectURI: form.parameter("redirect_uri"), scope: form.parameter("scope") ?? "",
            state: form.parameter("state"), codeChallenge: form.parameter("code_challenge"),
            codeChallengeMethod: form.parameter("code_challenge_method"),
            grantManagementAction: form.parameter("grant_management_action"), grantID: form.parameter("grant_id"),
            responseMode: form.parameter("response_mode"), keyThumbprint: form.parameter("dpop_jkt"),
            audience: form.texts("aud") + form.texts("resource"), requestURI: form.parameter("request_uri"),
            holdsRequestObject: form.parameter("request") != nil,
            details: form.parameter("authorization_details"))
    }

    // A server is answered where it asks: what a browser would carry back in the redirect is said directly.
    private static func declined(sentBackTo location: String) -> Declined {
        let query = location.split(separator: "?", maxSplits: 1).last ?? ""
        let form = Form(urlencoded: query.utf8) ?? .empty
        let problem = Problem.allCases.first { $0.status == 400 && $0.oauthError == form.parameter("error") }
        return Declined(problem ?? .invalidRequest, form.parameter("error_description"))
    }

    /// Whether cookies may be kept to TLS.
    func isSecure(_ incoming: Incoming) -> Bool {
        settings.secureCookies || incoming.peer.cameByTLS(incoming.headers)
    }
}
