// Applications that run in a browser, on pages of another origin (Fetch §3.2; SMART App Launch 2.2 §2.0.1). They may come where
// a code with its verifier or a token is the only authority: no cookie is read there, and none is ever allowed to come along.

import Domain
import HTTPTypes
import Hummingbird

enum CrossOrigin {
    private static let anyone = "*"
    /// What a client reads off an answer, beside what a browser shows to every page.
    static let exposed = "WWW-Authenticate, DPoP-Nonce, Retry-After, Licet-Audit, X-Request-Id"
    /// What a client sends with a question.
    static let sent = "Authorization, Content-Type, DPoP"
    /// Seconds for which a browser need not ask again; more than two hours is cut down by most.
    private static let remembered = "7200"

    /// Below these, what is not there is told to pages of other origins too: a client's mistake should not look like a network
    /// that is down.
    private static let sharedPlaces = [RouteTable.fhirBase + "/", "/api/v1/"]

    static func dress(_ response: inout Response, on route: Route) {
        guard route.isShared else { return }
        dress(&response)
    }

    /// Where no route answers.
    static func dress(_ response: inout Response, at path: String) {
        guard isSharedPlace(path) else { return }
        dress(&response)
    }

    private static func isSharedPlace(_ path: String) -> Bool {
        sharedPlaces.contains { path.hasPrefix($0) } && !RouteTable.all.contains { $0.covers(path) && !$0.isShared }
    }

    private static func dress(_ response: inout Response) {
        response.headers[.accessControlAllowOrigin] = anyone
        response.headers[.accessControlExposeHeaders] = exposed
    }

    /// The answer to a browser that asks beforehand; nil where nothing is shared, or it did not ask.
    static func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers.contains(.origin),
            let wanted = request.headers[.accessControlRequestMethod]
        else { return nil }
        let routes = RouteTable.all.filter { $0.isShared && $0.covers(request.uri.path) }
        let isNowhere = routes.isEmpty && isSharedPlace(request.uri.path)
        let methods = isNowhere ? ["GET"] : routes.map(\.method.rawValue)
        guard methods.contains(wanted) else { return nil }
        var response = Answer.noContent()
        response.headers[.accessControlAllowOrigin] = anyone
        response.headers[.accessControlAllowMethods] = methods.joined(separator: ", ")
        response.headers[.accessControlAllowHeaders] = sent
        response.headers[.accessControlMaxAge] = remembered
        return response
    }
}
