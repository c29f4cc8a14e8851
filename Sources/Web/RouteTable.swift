// Every route as data: the router, the metrics and the description of the interface are made from this table. The tests of
// who is refused where walk over it too.

public import Domain
import HTTPTypes

public enum RouteTable {
    public static let all: [Route] = infrastructure + oauth + partner + data + developer + pages

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
            "Describes the authorization server (RFC 8414)."),
        route(.stylesheet, .get, "/assets/licet.css", .anyone, .json, [], "Gives the one stylesheet."),
        route(.problems, .get, "/problems", .visitor, .page, [], "Lists every problem by its stable code."),
    ]

    static let oauth: [Route] = [
        route(
            .authorize, .get, "/oauth/authorize", .anyone, .page,
            [.invalidScope, .unauthorizedClient, .unsupportedResponseType],
            "Begins an authorization in the browser and leads to the consent page."),
        route(
            .startAuthorization, .post, "/oauth/authorize", .applicationOrBrowser, .oauth,
            [
                .invalidClient, .invalidScope, .unauthorizedClient, .unsupportedResponseType, .unsupportedMediaType,
                .bodyTooLarge,
            ],
            "Begins an authorization from the application's server; without a secret it is the browser's form."),
        route(
            .token, .post, "/oauth/token", .application, .oauth,
            [
                .invalidClient, .invalidGrant, .invalidScope, .unauthorizedClient, .unsupportedGrantType,
                .unsupportedMediaType, .bodyTooLarge,
            ],
            "Exchanges an authorization code, or client credentials, for an access token."),
    ]

    static let partner: [Route] = [
        route(
            .openSession, .post, "/partner/session", .anyone, .json, [.signInFailed] + body,
            "Signs a person in from their own app."),
        route(
            .closeSession, .delete, "/partner/session", .session, .json, [.notAuthenticated],
            "Ends the session whose token comes with the request."),
        route(
            .pendingApprovals, .get, "/partner/consent/pending", .session, .json, [.notAuthenticated],
            "Lists what waits for the person's decision."),
        route(
            .approve, .post, "/partner/consent/pending/{id}/approve", .session, .json,
            [.notAuthenticated, .approvalExpired, .approvalAlreadyDecided, .requiredScopeMissing] + body,
            "Approves all or part of what was asked; nothing at all is a denial."),
        route(
            .deny, .post, "/partner/consent/pending/{id}/deny", .session, .json,
            [.notAuthenticated, .approvalExpired, .approvalAlreadyDecided], "Denies what was asked."),
        route(
            .listGrants, .get, "/partner/consent/grants", .session, .json, [.notAuthenticated],
            "Lists the person's grants, active and ended."),
        route(
            .endGrant, .delete, "/partner/consent/grants/{id}", .session, .json, [.notAuthenticated],
            "Revokes a grant and keeps it on record."),
        route(
            .startImport, .post, "/partner/imports", .session, .json,
            [.notAuthenticated, .unsupportedMediaType, .bodyTooLarge, .importRefused],
            "Imports an Apple Health export that is the body of the request."),
        route(
            .putImport, .put, "/partner/imports", .session, .json,
            [.notAuthenticated, .unsupportedMediaType, .bodyTooLarge, .importRefused],
            "The same as POST, for clients that upload by PUT."),
        route(
            .importProgress, .get, "/partner/imports/{id}", .session, .json, [.notAuthenticated],
            "Says how an import is getting on."),
    ]

    static let data: [Route] = [
        route(
            .readItems, .get, "/api/v1/records/{record}/items", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded, .invalidFields],
            "Gives the items that wait for the application, as far as the person permits."),
        route(
            .acknowledge, .post, "/api/v1/records/{record}/acknowledgements", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded] + body,
            "Ends parcels that the application has taken over."),
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
    ]

    static let pages: [Route] = [
        route(.home, .get, "/", .visitor, .page, [], "The person's own page: what waits, who has what until when."),
        route(.signUpForm, .get, "/sign-up", .visitor, .page, [], "The form for a new account."),
        route(
            .signUp, .post, "/sign-up", .visitorForm, .page, [.formTampered, .alreadyExists] + body,
            "Makes an account and signs in."),
        route(.signInForm, .get, "/sign-in", .visitor, .page, [], "The form for signing in."),
        route(
            .signIn, .post, "/sign-in", .visitorForm, .page, [.formTampered, .signInFailed] + body,
            "Opens a new session in the browser."),
        route(.signOut, .post, "/sign-out", .personForm, .page, [.formTampered], "Ends the browser's session."),
        route(
            .invitation, .post, "/invitations", .personForm, .page, [.formTampered] + body,
            "Makes the person an owner of the organization that invited them."),
        route(
            .approvalPage, .get, "/approvals/{id}", .visitor, .page, [.approvalExpired],
            "The consent page: who asks, for what, why and for how long."),
        route(
            .decide, .post, "/approvals/{id}", .personForm, .page,
            [.formTampered, .approvalExpired, .approvalAlreadyDecided, .requiredScopeMissing] + body,
            "Takes the person's decision and leads back to the application."),
        route(
            .grantPage, .get, "/grants/{id}", .person, .page, [], "One grant: what it gives, until when, how to end it."
        ),
        route(
            .revoke, .post, "/grants/{id}/revoke", .personForm, .page, [.formTampered] + body, "Revokes a grant."),
        route(.importForm, .get, "/import", .person, .page, [], "The form for a file, and who would get what."),
        route(
            .upload, .post, "/import", .personUpload, .page,
            [.formTampered, .unsupportedMediaType, .bodyTooLarge, .importRefused, .invalidFields],
            "Takes the file and begins the import."),
        route(.importPage, .get, "/imports/{id}", .person, .page, [], "How an import is getting on, and who got what."),
    ]

    private static let body: [Problem] = [.invalidFields, .unsupportedMediaType, .bodyTooLarge]

    private static func route(
        _ name: RouteName, _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, _ dress: Dress,
        _ problems: [Problem], _ summary: String
    ) -> Route {
        Route(
            name: name, method: method, path: path, admission: admission, dress: dress, problems: problems,
            summary: summary)
    }
}
