// What machines ask about the service itself: is it alive, is it ready, how is it doing, what does it offer.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func sayAlive(_ incoming: Incoming) async throws(Declined) -> Response { Self.alive }

    private static let alive = Answer.text("ok")

    func sayReady(_ incoming: Incoming) async throws(Declined) -> Response {
        let isReady = await gateway.isReady()
        return Answer.json(.object(["ready": .bool(isReady)]), status: isReady ? .ok : .serviceUnavailable)
    }

    func giveMetrics(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.text(metricsText(), contentType: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// RFC 8414 §2.
    func describeAuthorizationServer(_ incoming: Incoming) async throws(Declined) -> Response {
        let scopes =
            DataType.allCases.map { Scope.data(.read, .type($0)).text }
            + Category.allCases.map { Scope.data(.read, .category($0)).text } + [Scope.offlineAccess.text]
        return Answer.json(
            .object([
                "issuer": .string(settings.publicURL),
                "authorization_endpoint": .string(settings.publicURL + "/oauth/authorize"),
                "token_endpoint": .string(settings.publicURL + "/oauth/token"),
                "response_types_supported": .texts(["code"]),
                "response_modes_supported": .texts(["query"]),
                "grant_types_supported": .texts(["authorization_code", "client_credentials"]),
                "code_challenge_methods_supported": .texts(["S256"]),
                "token_endpoint_auth_methods_supported": .texts(["client_secret_basic", "client_secret_post"]),
                "scopes_supported": .texts(scopes),
                "authorization_response_iss_parameter_supported": .bool(true),
                "grant_management_actions_supported": .texts(["merge"]),
            ]))
    }

    func giveStylesheet(_ incoming: Incoming) async throws(Declined) -> Response {
        var response = Answer.bytes(pages.stylesheet, contentType: "text/css; charset=utf-8")
        response.headers[.cacheControl] = "public, max-age=3600"
        return response
    }

    func listProblems(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        try pages.render(
            .problems,
            ProblemCatalogue(
                page: PageFrame("Problems", viewer: viewer),
                problems: Problem.allCases.map {
                    ProblemRow(
                        code: $0.rawValue, status: $0.status, problemTitle: $0.title, oauthName: $0.oauthError)
                }))
    }
}
