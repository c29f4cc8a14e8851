// Builds the router from the route table and runs every request through the same steps: admit the caller, run the handler,
// dress a problem, add the headers, count. Handlers hold the surfaces' own words only.

import Domain
public import Gateway
import HTTPTypes
public import Hummingbird
public import Logging
import Metrics
public import NIOCore

/// Everything the handlers share. The surfaces are extensions of it, one file each.
struct Server: Sendable {
    let gateway: Gateway
    let settings: WebSettings
    /// Of the public URL, as browsers write it.
    let origin: String
    let trustedProxies: [AddressBlock]
    let pages: PageLibrary
    let metricsText: @Sendable () -> String
    let logger: Logger

    init(
        gateway: Gateway, settings: WebSettings, metricsText: @escaping @Sendable () -> String, logger: Logger
    ) throws(WebFault) {
        guard let origin = SameOrigin.origin(of: settings.publicURL) else { throw .publicURL(settings.publicURL) }
        var blocks: [AddressBlock] = []
        for text in settings.trustedProxies {
            guard let block = AddressBlock(text) else { throw .trustedProxy(text) }
            blocks.append(block)
        }
        self.gateway = gateway
        self.settings = settings
        self.origin = origin
        self.metricsText = metricsText
        self.logger = logger
        trustedProxies = blocks
        pages = try PageLibrary()
    }
}

/// Every route of `RouteTable`, ready to answer. `metricsText` gives the meters in Prometheus' text format.
public func makeRouter(
    gateway: Gateway, settings: WebSettings, metricsText: @escaping @Sendable () -> String, logger: Logger
) throws(WebFault) -> Router<WebContext> {
    let server = try Server(gateway: gateway, settings: settings, metricsText: metricsText, logger: logger)
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    for route in RouteTable.all {
        let handler = server.handler(for: route.name).checkingQuery(of: route)
        guard handler.admission == route.admission else { throw .route(route.name) }
        let metrics = RouteMetrics(route: route.name.rawValue)
        router.on(RouterPath(route.path), method: route.method) { request, context in
            await metrics.duration.measure {
                await server.respond(to: route, by: handler, metrics, request, context)
            }
        }
    }
    // Added last, so that it stands before nothing but the router's own answer to unknown paths.
    router.add(middleware: UnmatchedRoutes(server: server, metrics: RouteMetrics(route: "none")))
    return router
}

/// A server that listens when it is run, and finishes what it began when its service group shuts down gracefully.
/// `onServerRunning` gets the listening channel, whose local address tells the port.
public func makeApplication(
    gateway: Gateway, settings: WebSettings, host: String, port: Int, metricsText: @escaping @Sendable () -> String,
    logger: Logger, onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
) throws(WebFault) -> some ApplicationProtocol {
    let router = try makeRouter(gateway: gateway, settings: settings, metricsText: metricsText, logger: logger)
    return Application(
        router: router,
        server: .http1(configuration: .init(idleTimeout: .seconds(75))),
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: 1024,
            availableConnectionsDelegate: .maximum(8192, logger: logger)),
        onServerRunning: onServerRunning, logger: logger)
}

extension Server {
    func respond(
        to route: Route, by handler: Handler, _ metrics: RouteMetrics, _ request: Request, _ context: WebContext
    ) async -> Response {
        let incoming = Incoming(
            request: request, context: context, id: gateway.makeRequestID(), trustedProxies: trustedProxies)
        var viewer: SignedIn?
        var response: Response
        do throws(Declined) {
            response = try await admit(incoming, on: route, to: handler, viewer: &viewer)
        } catch {
            response = dress(error, on: route, for: incoming, viewer: viewer)
        }
        addProofNonce(&response, for: incoming)
        CrossOrigin.dress(&response, on: route)
        finish(&response, incoming, route: route.name.rawValue, metrics)
        return response
    }

    /// The last words on every response, whatever became of the request.
    func finish(_ response: inout Response, _ incoming: Incoming, route: String, _ metrics: RouteMetrics) {
        response.headers.append(HTTPField(name: .requestID, value: incoming.id.text))
        if settings.secureCookies {
            response.headers.append(HTTPField(name: .strictTransportSecurity, value: "max-age=31536000"))
        }
        let status = response.status.code
        metrics.count(status: status)
        if status >= 500 {
            logger.error(
                "A request failed.",
                metadata: ["route": "\(route)", "status": "\(status)", "request": "\(incoming.id.text)"])
        } else {
            logger.debug(
                "A request was answered.",
                metadata: [
                    "route": "\(route)", "status": "\(status)", "request": "\(incoming.id.text)",
                    "client": "\(incoming.peer.client(incoming.headers) ?? "-")",
                ])
        }
    }

    private func dress(_ declined: Declined, on route: Route, for incoming: Incoming, viewer: SignedIn?) -> Response {
        switch route.dress {
        case .page:
            // A page is for people: whoever is not signed in is led to where they can be.
            if declined.problem == .notAuthenticated { return Answer.redirect(to: route.signIn) }
            return pages.problem(declined, id: incoming.id, viewer: viewer)
        case .oauth:
            return ProblemResponse.oauth(declined, id: incoming.id)
        case .json:
            return ProblemResponse.json(
                declined, id: incoming.id, publicURL: settings.publicURL, challenge: challenge(route, incoming))
        case .fhir:
            return ProblemResponse.fhir(
                declined, id: incoming.id, publicURL: settings.publicURL, challenge: challenge(route, incoming))
        }
    }

    private func challenge(_ route: Route, _ incoming: Incoming) -> Challenge {
        let presented = Caller.presentsAuthorization(incoming.headers)
        switch route.admission {
        case .session, .monitor: return .session(presented: presented)
        case .token:
            return .token(
                presented: presented, isBound: incoming.headers.contains(.dpop),
                metadataURL: settings.publicURL + "/.well-known/oauth-protected-resource")
        default: return .none
        }
    }
}
