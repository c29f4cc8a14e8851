// Answers what no route answers: 404, or 405 with the methods that would do. As a page for browsers, as FHIR
// tells it below its base, as a problem otherwise.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

struct UnmatchedRoutes: RouterMiddleware {
    typealias Context = WebContext

    let server: Server
    let metrics: RouteMetrics

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let incoming = Incoming(
            request: request, context: context, id: server.gateway.makeRequestID(),
            trustedProxies: server.trustedProxies)
        if var response = CrossOrigin.preflight(request) {
            server.finish(&response, incoming, route: "none", metrics)
            return response
        }
        let allowed = Self.methods(at: request.uri.path)
        let declined = Declined(allowed.isEmpty ? .notFound : .methodNotAllowed)
        let wantsPage = request.headers[values: .accept].contains { $0.contains("text/html") }
        let publicURL = server.settings.publicURL
        var response =
            if request.uri.path.hasPrefix(RouteTable.fhirBase + "/") {
                ProblemResponse.fhir(declined, id: incoming.id, publicURL: publicURL, challenge: .none)
            } else if wantsPage {
                server.pages.problem(declined, id: incoming.id, viewer: nil)
            } else {
                ProblemResponse.json(declined, id: incoming.id, publicURL: publicURL, challenge: .none)
            }
        if !allowed.isEmpty { response.headers[.allow] = allowed.joined(separator: ", ") }
        CrossOrigin.dress(&response, at: request.uri.path)
        server.finish(&response, incoming, route: "none", metrics)
        return response
    }

    /// In the order of the table; HEAD follows every GET.
    static func methods(at path: String) -> [String] {
        var methods: [String] = []
        for route in RouteTable.all where route.covers(path) {
            methods.append(route.method.rawValue)
            if route.method == .get { methods.append("HEAD") }
        }
        return methods
    }
}
