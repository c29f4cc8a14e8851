// Every route as data: the router, the metrics and the description of the interface are made from this table. The tests of
// who is refused where walk over it too.

public import Domain
import HTTPTypes

public enum RouteTable {
    public static let all: [Route] =
        infrastructure + oauth + partner + data + fhir + log + receipts + trail + developer + pages

    /// What can go wrong on any route.
    public static let everywhere: [Problem] = [
        .notFound, .methodNotAllowed, .invalidRequest, .busy, .storageUnavailable, .unexpected,
    ]

    static let infrastructure: [Route] = [
        route(.healthz, .get, "/healthz", .anyone, .json, [], "Says that the process runs."),
        route(.readyz, .get, "/readyz", .anyone, .json, [], "Says whether the storage answers."),
        route(.metrics, .get, "/metrics", .monitor, .json, [.notAuthenticated], "Gives the meters as Prometheus text."),
        route(
            .metadata, .get, "/.well-known/oauth-authorization-server", .anyone, .json, [],
            "Describes the authorization server (RFC 8414).", isShared: true),
        route(
            .resourceMetadata, .get, "/.well-known/oauth-protected-resource", .anyone, .json, [],
            "Describes the protected resource (RFC 9728).", isShared: true),
        route(.stylesheet, .get, "/assets/licet.css", .anyone, .json, [], "Gives the one stylesheet."),
        route(.problems, .get, "/problems", .visitor, .page, [], "Lists every problem by its stable code."),
    ]

    static let oauth: [Route] = [
        route(
            .authorize, .get, "/oauth/authorize", .sentBrowser, .page,
            [.invalidScope, .invalidAuthorizationDetails, .unauthorizedClient, .unsupportedResponseType],
            "Begins an authorization in the browser and leads to the consent page."),
        route(
            .startAuthorization, .post, "/oauth/authorize", .applicationOrBrowser, .oauth,
            [
                .invalidClient, .invalidScope, .invalidAuthorizationDetails, .unauthorizedClient,
                .unsupportedResponseType, .tooManyRequests, .unsupportedMediaType, .bodyTooLarge,
            ],
            "Begins an authorization from the application's server; without a secret it is the browser's form."),
        route(
            .token, .post, "/oauth/token", .application, .oauth,
            [
                .invalidClient, .invalidGrant, .invalidScope, .invalidAuthorizationDetails, .unauthorizedClient,
                .unsupportedGrantType, .invalidDPoPProof, .useDPoPNonce, .tooManyRequests, .unsupportedMediaType,
                .bodyTooLarge,
            ],
            "Exchanges an authorization code, a refresh token or client credentials for an access token.",
            isShared: true),
        route(
            .jwks, .get, "/oauth/jwks", .anyone, .json, [],
            "Gives the public keys of what is signed here, as a JWK Set (RFC 7517).", isShared: true),
        route(
            .push, .post, "/oauth/par", .application, .oauth,
            [
                .invalidClient, .invalidScope, .invalidAuthorizationDetails, .unsupportedResponseType,
                .invalidDPoPProof, .useDPoPNonce, .tooManyRequests, .unsupportedMediaType, .bodyTooLarge,
            ],
            "Takes an authorization request ahead of the browser, and gives the address that stands for it (RFC 9126)."),
        route(
            .revokeToken, .post, "/oauth/revoke", .application, .oauth,
            [.invalidClient, .tooManyRequests, .unsupportedMediaType, .bodyTooLarge],
            "Ends a token of the application's, and never the grant (RFC 7009).", isShared: true),
        route(
            .introspect, .post, "/oauth/introspect", .application, .oauth,
            [.invalidClient, .tooManyRequests, .unsupportedMediaType, .bodyTooLarge],
            "Says what a token is worth now (RFC 7662)."),
        route(
            .tellManagedGrant, .get, "/oauth/grants/{id}", .token, .json,
            [.notAuthenticated, .tokenExpired, .notPermitted],
            "Gives a grant of the application's as it stands."),
        route(
            .endManagedGrant, .delete, "/oauth/grants/{id}", .token, .json,
            [.notAuthenticated, .tokenExpired, .notPermitted],
            "Gives a grant of the application's up."),
        route(
            .shell, .get, "/shell/redirect", .anyone, .page, [.invalidFields],
            "Takes the platform's own way of asking for more, and leads to the consent page."),
    ]

    static let data: [Route] = [
        route(
            .readItems, .get, "/api/v1/records/{record}/items", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded, .invalidFields],
            "Gives the items that wait for the application, as far as the person permits.", isShared: true),
        route(
            .acknowledge, .post, "/api/v1/records/{record}/acknowledgements", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded] + body,
            "Ends parcels that the application has taken over.", isShared: true),
        route(
            .personInfo, .get, "/api/v1/person", .token, .json, aboutConnections,
            "Says how the application stands with each of the person's records.", isShared: true),
        route(
            .namedPersonInfo, .get, "/api/v1/people/{person}", .token, .json, aboutConnections,
            "Says the same of a person by the application's name for them, to an application that acts alone."),
        route(
            .authorizedRecords, .get, "/api/v1/records", .token, .json, aboutConnections,
            "Says the same, but only of the records that are asked for.", isShared: true),
        route(
            .queryPermissions, .get, "/api/v1/records/{record}/permissions", .token, .json, aboutConnections,
            "Says what the application may do with each data type asked for, and what cuts the rest.", isShared: true),
        route(
            .giveUpAuthorization, .delete, "/api/v1/records/{record}/authorization", .token, .json, aboutConnections,
            "Gives up what the application holds for the record.", isShared: true),
    ]

    static let developer: [Route] = [
        route(
            .acceptInvitation, .post, "/developer/invitations", .session, .json, [.notAuthenticated] + body,
            "Makes the person an owner of the organization that invited them."),
        route(
            .listApplications, .get, "/developer/apps", .session, .json, [.notAuthenticated],
            "Lists the applications of the person's organizations."),
        route(
            .registerApplication, .post, "/developer/apps", .session, .json,
            [.notAuthenticated, .notPermitted, .alreadyExists] + body,
            "Registers an application with its rules, and says its secrets once."),
        route(
            .tellApplication, .get, "/developer/apps/{id}", .session, .json, [.notAuthenticated],
            "Gives an application as its owner sees it, its rules among it."),
        route(
            .replaceRedirectURIs, .put, "/developer/apps/{id}/redirect-uris", .session, .json,
            [.notAuthenticated] + body, "Replaces the places to which people are led back."),
        route(
            .replaceClient, .put, "/developer/apps/{id}/client", .session, .json, [.notAuthenticated] + body,
            "Replaces what is said of the application as a client: how it authenticates, its keys, its profile."),
        route(
            .rotateSecret, .post, "/developer/apps/{id}/secret", .session, .json, [.notAuthenticated] + body,
            "Makes a new secret, says it once, and ends the former one now or some hours later."),
        route(
            .listRules, .get, "/developer/apps/{id}/rules", .session, .json, [.notAuthenticated],
            "Lists the versions of the rules, newest first, each with what it changed."),
        route(
            .publishRules, .put, "/developer/apps/{id}/rules", .session, .json,
            [.notAuthenticated, .rulesChanged] + body, "Publishes new rules as the next version."),
        route(
            .checkRules, .post, "/developer/apps/{id}/rules/check", .session, .json, [.notAuthenticated] + body,
            "Says what new rules would change and for how many grants, and stores nothing."),
    ]

    /// Everything that is read from a body can be wrong in these ways.
    static let body: [Problem] = [.invalidFields, .unsupportedMediaType, .bodyTooLarge]

    private static let aboutConnections: [Problem] = [
        .notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded, .invalidFields,
    ]

    static func route(
        _ name: RouteName, _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, _ dress: Dress,
        _ problems: [Problem], _ summary: String, isShared: Bool = false
    ) -> Route {
        // A parameter that nobody reads is a fault on every route of the interface.
        let isInterface = ["/api/", "/partner/", "/developer/", "/auditor/"].contains { path.hasPrefix($0) }
        let isListed = !isInterface || problems.contains(.invalidFields)
        // A token may be bound to a key, wherever it is taken (RFC 9449 §7.1).
        let aboutProofs: [Problem] = admission == .token ? [.invalidDPoPProof, .useDPoPNonce] : []
        return Route(
            name: name, method: method, path: path, admission: admission, dress: dress,
            problems: problems + aboutProofs + (isListed ? [] : [.invalidFields]), isShared: isShared, summary: summary)
    }
}
