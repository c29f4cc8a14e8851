// The start of the authorization-code flow (C2; RFC 6749 §4.1.1, RFC 7636, RFC 9207): the client and its redirect URI are
// checked before anything else, because until both are good there is nowhere an error could safely go.

public import Domain
import Vault

extension Gateway {
    /// With client credentials the application's server starts it; without, a browser does and the approval is bound to it.
    public func startAuthorization(
        _ asked: AuthorizationRequest, client: ClientCredentials?, request: RequestID?
    ) async throws(Declined) -> AuthorizationStart {
        if let client {
            guard client.id == asked.clientID else {
                throw Declined(.invalidRequest, "client_id is not the authenticated client's.")
            }
            _ = try await authenticate(client)
        }
        guard let id = ApplicationID(asked.clientID) else { throw Self.unknownClient }
        let found = try await read { tx -> (ApplicationRow, [String], RuleSet)? in
            guard let row = try ApplicationTable.find(id, in: tx), row.isActive,
                let rules = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx)
            else { return nil }
            return (row, try ApplicationTable.redirectURIs(of: id, in: tx), rules)
        }
        guard let (application, uris, rules) = found else { throw Self.unknownClient }
        guard let redirectURI = asked.redirectURI ?? (uris.count == 1 ? uris.first : nil), uris.contains(redirectURI)
        else { throw Declined(.invalidRequest, "redirect_uri is not one of those registered, byte by byte.") }

        func sendBack(_ problem: Problem, _ description: String) -> AuthorizationStart {
            .sendBack(
                RedirectURI.adding(
                    [
                        ("error", problem.oauthError), ("error_description", description), ("state", asked.state),
                        ("iss", policy.publicURL),
                    ], to: redirectURI))
        }
        guard asked.responseType == "code" else {
            return sendBack(.unsupportedResponseType, "response_type must be code")
        }
        guard asked.codeChallengeMethod == "S256" else {
            return sendBack(.invalidRequest, "code_challenge_method must be S256")
        }
        guard let challenge = asked.codeChallenge, PKCE.isChallenge(challenge) else {
            return sendBack(.invalidRequest, "code_challenge must be 43 characters of base64url")
        }
        guard (asked.state?.utf8.count ?? 0) <= 1_000 else { return sendBack(.invalidRequest, "state is too long") }
        guard asked.state.map(\.holdsControlCharacters) != true else {
            return sendBack(.invalidRequest, "state holds a control character")
        }
        do {
            _ = try ScopeRequest.resolve(asked.scope, against: rules)
        } catch {
            return sendBack(.invalidScope, error.sentence)
        }

        let merging: GrantID?
        switch try await grantToMerge(asked, of: application) {
        case .success(let grant): merging = grant
        case .failure(let fault):
            return .sendBack(
                RedirectURI.adding(
                    [
                        ("error", fault.error), ("error_description", fault.sentence), ("state", asked.state),
                        ("iss", policy.publicURL),
                    ], to: redirectURI))
        }
        let flow = client == nil ? world.secret(.flow) : nil
        let stamp = stamp(.approvalStarted, request)
        let row = ApprovalRow(
            id: world.identify(), application: application.id, ruleVersion: rules.version, redirectURI: redirectURI,
            clientState: asked.state, codeChallenge: challenge, requestedScope: asked.scope,
            flowHash: flow.map(hashSecret), person: nil, state: .pending, createdAt: stamp.at,
            expiresAt: stamp.at + policy.approvalWindow.span, grant: merging)
        try await write { tx in
            try ApprovalTable.insert(row, in: tx)
            try AuditTable.append(stamp.entry(application: application.id), in: tx)
        }
        return .pending(row.id, expiresAt: row.expiresAt, flow: flow)
    }

    private struct GrantFault: Error {
        let error: String
        let sentence: String
    }

    // Grant Management for OAuth 2.0, §3: `merge` names a grant of this application that is in force.
    private func grantToMerge(
        _ asked: AuthorizationRequest, of application: ApplicationRow
    ) async throws(Declined) -> Result<GrantID?, GrantFault> {
        switch (asked.grantManagementAction, asked.grantID) {
        case (nil, nil): return .success(nil)
        case ("merge", let text?):
            let unknown = GrantFault(error: "invalid_grant_id", sentence: "the grant is not one that is in force")
            guard let id = GrantID(text) else { return .failure(unknown) }
            let now = world.now()
            let row = try await read { tx in try GrantTable.find(id, in: tx) }
            guard let row, row.application == application.id, row.state(at: now) == .active else {
                return .failure(unknown)
            }
            return .success(id)
        case ("merge", nil):
            return .failure(GrantFault(error: "invalid_request", sentence: "merge needs grant_id"))
        case (nil, _?):
            return .failure(GrantFault(error: "invalid_request", sentence: "grant_id needs grant_management_action"))
        case (_?, _):
            return .failure(GrantFault(error: "invalid_request", sentence: "grant_management_action must be merge"))
        }
    }

    /// One error for an unknown client and a wrong secret; both cost the same look-up and the same hash.
    func authenticate(_ client: ClientCredentials) async throws(Declined) -> ApplicationRow {
        let given = hashSecret(client.secret)
        let row: ApplicationRow?
        if let id = ApplicationID(client.id) {
            row = try await read { tx in try ApplicationTable.find(id, in: tx) }
        } else {
            row = nil
        }
        let isRight = isSecret(
            given, row?.secretHash, former: row?.previousSecretHash, until: row?.previousSecretUntil, at: world.now())
        guard let row, isRight, row.isActive else { throw Declined(.invalidClient) }
        return row
    }

    private static var unknownClient: Declined { Declined(.invalidRequest, "client_id is not known here.") }
}

/// The secret that stands, or the one before it while its time lasts. Both are always compared.
func isSecret(
    _ given: [UInt8], _ current: [UInt8]?, former: [UInt8]?, until: Moment?, at now: Moment
) -> Bool {
    let nobody = [UInt8](repeating: 0, count: 32)
    let isCurrent = equalInConstantTime(given, current ?? nobody)
    let isFormer = equalInConstantTime(given, former ?? nobody)
    return isCurrent || (isFormer && until.map { now < $0 } ?? false)
}

func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for place in left.indices { difference |= left[place] ^ right[place] }
    return difference == 0
}

extension ScopeRequest.Fault {
    /// For `error_description`: only what the application itself spelled.
    var sentence: String {
        switch self {
        case .unknown: "a scope is not covered by the application's rules"
        case .repeated: "a scope is repeated"
        case .nothingAsked: "nothing is asked for"
        case .noOfflineRule: "offline_access needs an offline rule"
        }
    }
}
