// The start of the authorization-code flow (C2; RFC 6749 §4.1.1, RFC 7636, RFC 9207): the client and its redirect URI are
// checked before anything else, because until both are good there is nowhere an error could safely go.

public import Domain
import Vault

/// What is wrong with a request whose client and redirect URI are good: it goes back to the application (RFC 6749 §4.1.2.1).
struct AuthorizationFault: Error {
    let problem: Problem
    /// The code of the standard that has the parameter; the problem's own unless said.
    let error: String
    let sentence: String

    init(_ problem: Problem, _ sentence: String, error: String? = nil) {
        self.problem = problem
        self.error = error ?? problem.oauthError
        self.sentence = sentence
    }
}

struct CheckedRequest: Sendable {
    let application: ApplicationRow
    let rules: RuleSet
    let redirectURI: String
    let challenge: String
    /// The grant that a yes joins or replaces, where one was named.
    let grant: GrantID?
}

extension Gateway {
    /// With client credentials the application's server starts it; without, a browser does and the approval is bound to it, and
    /// to whoever is signed in there: `session` is that browser's session token.
    public func startAuthorization(
        _ asked: AuthorizationRequest, client: ClientCredentials?, session: String? = nil, request: RequestID?
    ) async throws(Declined) -> AuthorizationStart {
        if let client {
            guard client.id == asked.clientID else {
                throw Declined(.invalidRequest, "client_id is not the authenticated client's.")
            }
            let application = try await authenticate(client, request: request)
            guard application.traits.authentication != ClientAuthentication.none else { throw Declined(.invalidClient) }
        }
        let asked = try await unpushed(asked)
        let (application, rules, redirectURI) = try await destination(of: asked)

        func sendBack(_ fault: AuthorizationFault) -> AuthorizationStart {
            .sendBack(
                RedirectURI.adding(
                    [
                        ("error", fault.error), ("error_description", fault.sentence), ("state", asked.state),
                        ("iss", policy.publicURL),
                    ], to: redirectURI))
        }
        if application.traits.mustPush, !asked.wasPushed, client == nil {
            return sendBack(AuthorizationFault(.invalidRequest, "this client must push its requests (RFC 9126)"))
        }
        let checked: CheckedRequest
        switch try await check(asked, application, rules, redirectURI) {
        case .success(let sound): checked = sound
        case .failure(let fault): return sendBack(fault)
        }
        let flow = client == nil ? world.secret(.flow) : nil
        let stamp = stamp(.approvalStarted, request)
        let row = ApprovalRow(
            id: world.identify(), application: application.id, ruleVersion: rules.version, redirectURI: redirectURI,
            clientState: asked.state, codeChallenge: checked.challenge, requestedScope: asked.scope,
            flowHash: flow.map(hashSecret), person: nil, state: .pending, createdAt: stamp.at,
            expiresAt: stamp.at + policy.approvalWindow.span, grant: checked.grant,
            grantAction: asked.grantManagementAction, keyThumbprint: asked.keyThumbprint,
            omitsRedirect: asked.redirectURI == nil, requestedDetails: asked.details)
        let sessionHash = session.map(hashSecret)
        try await write { tx in
            let opener = try sessionHash.map { hash throws(StorageError) in
                try SessionTable.find(tokenHash: hash, kind: SessionKind.cookie.rawValue, at: stamp.at, in: tx)
            }
            try ApprovalTable.insert(row, of: opener??.person, in: tx)
            try AuditTable.append(stamp.entry(application: application.id), in: tx)
        }
        return .pending(row.id, expiresAt: row.expiresAt, flow: flow)
    }

    /// Everything of a request that can be wrong; thrown is only what must not be sent anywhere.
    func check(_ asked: AuthorizationRequest) async throws(Declined) -> Result<CheckedRequest, AuthorizationFault> {
        let (application, rules, redirectURI) = try await destination(of: asked)
        return try await check(asked, application, rules, redirectURI)
    }

    private func destination(
        of asked: AuthorizationRequest
    ) async throws(Declined) -> (ApplicationRow, RuleSet, String) {
        guard let id = ApplicationID(asked.clientID) else { throw Self.unknownClient }
        let found = try await read { tx -> (ApplicationRow, [String], RuleSet)? in
            guard let row = try ApplicationTable.find(id, in: tx), row.isActive,
                let rules = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx)
            else { return nil }
            return (row, try ApplicationTable.redirectURIs(of: id, in: tx), rules)
        }
        guard let (application, uris, rules) = found else { throw Self.unknownClient }
        guard let redirectURI = asked.redirectURI ?? (uris.count == 1 ? uris.first : nil),
            RedirectURI.isRegistered(redirectURI, among: uris, native: application.traits.isNative)
        else { throw Declined(.invalidRequest, "redirect_uri is not one of those registered, byte by byte.") }
        return (application, rules, redirectURI)
    }

    private func check(
        _ asked: AuthorizationRequest, _ application: ApplicationRow, _ rules: RuleSet, _ redirectURI: String
    ) async throws(Declined) -> Result<CheckedRequest, AuthorizationFault> {
        if let fault = shape(of: asked) { return .failure(fault) }
        guard let challenge = asked.codeChallenge else { return .failure(Self.badChallenge) }
        var details: [DataDetail] = []
        do throws(DetailsFault) {
            if let text = asked.details { details = try DetailsReader.read(text, addresses: addresses) }
        } catch {
            return .failure(AuthorizationFault(.invalidAuthorizationDetails, error.sentence))
        }
        do throws(ScopeRequest.Fault) {
            _ = try ScopeRequest.resolve(asked.scope, details: details, against: rules)
        } catch {
            return .failure(AuthorizationFault(error.problem, error.sentence))
        }
        switch try await namedGrant(asked, of: application) {
        case .success(let grant):
            return .success(
                CheckedRequest(
                    application: application, rules: rules, redirectURI: redirectURI, challenge: challenge,
                    grant: grant))
        case .failure(let fault):
            return .failure(fault)
        }
    }

    private static let badChallenge = AuthorizationFault(
        .invalidRequest, "code_challenge must be 43 characters of base64url")

    private func shape(of asked: AuthorizationRequest) -> AuthorizationFault? {
        guard asked.responseType == "code" else {
            return AuthorizationFault(.unsupportedResponseType, "response_type must be code")
        }
        if asked.holdsRequestObject {
            return AuthorizationFault(
                .invalidRequest, "request objects are not supported", error: "request_not_supported")
        }
        guard asked.responseMode == nil || asked.responseMode == "query" else {
            return AuthorizationFault(.invalidRequest, "response_mode must be query")
        }
        guard asked.codeChallengeMethod == "S256" else {
            return AuthorizationFault(.invalidRequest, "code_challenge_method must be S256")
        }
        guard let challenge = asked.codeChallenge, PKCE.isChallenge(challenge) else { return Self.badChallenge }
        guard (asked.state?.utf8.count ?? 0) <= 1_000 else {
            return AuthorizationFault(.invalidRequest, "state is too long")
        }
        guard asked.state.map(\.holdsControlCharacters) != true else {
            return AuthorizationFault(.invalidRequest, "state holds a control character")
        }
        // 32 bytes as base64url, like a challenge (RFC 9449 §10).
        guard asked.keyThumbprint.map(PKCE.isChallenge) != false else {
            return AuthorizationFault(.invalidRequest, "dpop_jkt must be 43 characters of base64url")
        }
        let addresses = addresses
        guard asked.audience.allSatisfy({ addresses.contains($0.hasSuffix("/") ? String($0.dropLast()) : $0) }) else {
            return AuthorizationFault(
                .invalidRequest, "aud and resource must be this server's address", error: "invalid_target")
        }
        return nil
    }

    /// Under which applications may name this server.
    /// What `aud`, `resource` and `locations` may say.
    var addresses: [String] { [policy.publicURL, policy.publicURL + "/fhir/r4"] }

    // Grant Management for OAuth 2.0, §3: `merge` and `replace` name a grant of this application that is in force.
    private func namedGrant(
        _ asked: AuthorizationRequest, of application: ApplicationRow
    ) async throws(Declined) -> Result<GrantID?, AuthorizationFault> {
        switch (asked.grantManagementAction, asked.grantID) {
        case (nil, nil), ("create", nil): return .success(nil)
        case ("merge", let text?), ("replace", let text?):
            let unknown = AuthorizationFault(
                .invalidRequest, "the grant is not one that is in force", error: "invalid_grant_id")
            guard let id = GrantID(text) else { return .failure(unknown) }
            let now = world.now()
            let row = try await read { tx in try GrantTable.find(id, in: tx) }
            guard let row, row.application == application.id, row.state(at: now) == .active else {
                return .failure(unknown)
            }
            return .success(id)
        case ("merge", nil), ("replace", nil):
            return .failure(AuthorizationFault(.invalidRequest, "merge and replace need grant_id"))
        case ("create", _?):
            return .failure(AuthorizationFault(.invalidRequest, "create takes no grant_id"))
        case (nil, _?):
            return .failure(AuthorizationFault(.invalidRequest, "grant_id needs grant_management_action"))
        case (_?, _):
            return .failure(
                AuthorizationFault(.invalidRequest, "grant_management_action must be create, replace or merge"))
        }
    }

    private static var unknownClient: Declined { Declined(.invalidRequest, "client_id is not known here.") }
}

extension ScopeRequest.Fault {
    /// For `error_description`: only what the application itself spelled.
    var sentence: String {
        switch self {
        case .unknown: "a scope is not covered by the application's rules"
        case .repeated: "a scope is repeated"
        case .nothingAsked: "nothing is asked for"
        case .noOfflineRule: "offline_access needs an offline rule"
        case .detail(let place, let member, let why): "authorization_details[\(place)].\(member) \(why)"
        }
    }

    var problem: Problem { if case .detail = self { .invalidAuthorizationDetails } else { .invalidScope } }
}
