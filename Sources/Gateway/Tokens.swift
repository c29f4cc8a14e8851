// From a code, or from the application's own credentials, to an access token (RFC 6749 §4.1.3, §4.4). Tokens are opaque and
// carry no rights: they point to a grant, and no token outlives it.

public import Domain
import Vault

extension Gateway {
    public func exchange(
        code: String, redirectURI: String?, verifier: String?, client: ClientCredentials, request: RequestID?
    ) async throws(Declined) -> TokenAnswer {
        let application = try await authenticate(client)
        guard let verifier, PKCE.isVerifier(verifier) else {
            throw Declined(.invalidRequest, "code_verifier must be 43 to 128 unreserved characters.")
        }
        let codeHash = hashSecret(code)
        let token = world.secret(.accessToken)
        let stamp = stamp(.tokenIssued, request)
        let life = policy.accessTokenLife
        let result = try await write { tx -> Result<TokenAnswer, Declined> in
            let refused = Result<TokenAnswer, Declined>.failure(Declined(.invalidGrant))
            guard let row = try TokenTable.findCode(codeHash, in: tx), row.application == application.id else {
                return refused
            }
            guard try TokenTable.useCode(codeHash, at: stamp.at, in: tx) else {
                // A second use: whoever has the code also may have the tokens it bought.
                if try TokenTable.endAll(fromCode: codeHash, at: stamp.at, in: tx) > 0 {
                    try AuditTable.append(
                        stamp.entry(.failed(.invalidGrant), application: application.id, grant: row.grant), in: tx)
                }
                return refused
            }
            guard stamp.at < row.expiresAt, redirectURI == row.redirectURI,
                PKCE.verify(verifier, against: row.codeChallenge),
                let grant = try GrantTable.find(row.grant, in: tx), grant.state(at: stamp.at) == .active,
                let known = try FactsTable.byGrant(row.grant, in: tx),
                let end = try Self.authorizedUntil(grant, isMultiRecord: row.person != nil, at: stamp.at, in: tx)
            else { return refused }
            let mode: Mode = application.interaction == .offline || row.isOffline ? .offline : .online
            // What was agreed to once is not part of every answer: this authorization has to have asked for it.
            let scope = grant.terms.scopeTokens.filter { row.isOffline || $0 != Scope.offlineAccess.text }
                .joined(separator: " ")
            let until = min(stamp.at + life, end)
            try TokenTable.insert(
                hash: hashSecret(token), application: application.id, grant: row.person == nil ? grant.id : nil,
                person: row.person, code: codeHash, mode: mode, scope: scope, at: stamp.at, until: until, in: tx)
            try AuditTable.append(
                stamp.entry(
                    application: application.id, person: known.person, record: known.record, grant: grant.id,
                    mode: mode, types: grant.permissions.types), in: tx)
            return .success(
                TokenAnswer(
                    accessToken: token, expiresIn: (until - stamp.at).seconds, scope: scope,
                    authorizationExpiresIn: (grant.expiresAt - stamp.at).seconds, record: grant.recordPseudonym,
                    person: grant.personPseudonym, grant: grant.id))
        }
        return try result.get()
    }

    // B1, B7, B8: before a token is returned, every current required rule must be authorized: for the chosen record, or for a
    // multi-record application for any. Nil when it is not; otherwise when the last of what the token reaches ends.
    private static func authorizedUntil(
        _ grant: Vault.GrantRow, isMultiRecord: Bool, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Moment? {
        guard let application = try ApplicationTable.find(grant.application, in: tx),
            let rules = try ApplicationTable.rules(of: application.id, version: application.ruleVersion, in: tx)
        else { return nil }
        let standing = try PersonStanding(of: grant.person, with: application.id, at: now, in: tx)
        let candidates = isMultiRecord ? standing.grants.filter { $0.state(at: now) == .active } : [grant]
        let isAuthorized = candidates.contains { candidate in
            let status = standing.status(of: candidate.record, rules: rules, countries: application.countries).0
            return status == .noActionRequired
        }
        return isAuthorized ? candidates.map(\.expiresAt).max() : nil
    }

    /// The application acting alone (offline mode). The token stands on no one grant: each request names its record.
    public func clientCredentials(
        client: ClientCredentials, scope: String, request: RequestID?
    ) async throws(Declined) -> TokenAnswer {
        guard let id = ApplicationID(client.id) else { throw Declined(.invalidClient) }
        let given = hashSecret(client.secret)
        let token = world.secret(.accessToken)
        let stamp = stamp(.tokenIssued, request)
        let until = stamp.at + policy.accessTokenLife
        let rules = ruleMemo
        let result = try await write { tx -> Result<TokenAnswer, Declined> in
            let row = try TokenTable.client(id, in: tx)
            let isRight = isSecret(
                given, row?.secretHash, former: row?.previousSecretHash, until: row?.previousSecretUntil, at: stamp.at)
            guard let row, isRight, row.isActive else { return .failure(Declined(.invalidClient)) }
            guard let offline = try rules.offlineScope(id, version: row.ruleVersion, asked: scope, in: tx) else {
                return .failure(Declined(.invalidScope))
            }
            try TokenTable.insert(
                hash: hashSecret(token), application: id, grant: nil, code: nil, mode: .offline, scope: offline,
                at: stamp.at, until: until, in: tx)
            try AuditTable.append(stamp.entry(application: id, mode: .offline), in: tx)
            return .success(
                TokenAnswer(
                    accessToken: token, expiresIn: (until - stamp.at).seconds, scope: offline,
                    authorizationExpiresIn: nil, record: nil, person: nil, grant: nil))
        }
        return try result.get()
    }
}
