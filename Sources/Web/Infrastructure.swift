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
