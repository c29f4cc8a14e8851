// From a code, or from the application's own credentials, to an access token (RFC 6749 §4.1.3, §4.4). Tokens are opaque and
// carry no rights: they point to a grant, and no token outlives it.

public import Domain
import Vault

extension Gateway {
    /// `key` is the thumbprint that a DPoP proof with the request proved.
    public func exchange(
        code: String, redirectURI: String?, verifier: String?, client: ClientCredentials, key: String? = nil,
        request: RequestID?
    ) async throws(Declined) -> TokenAnswer {
        let codeHash = hashSecret(code)
        let draws = TokenDraws(world: world, stamp(.tokenIssued, request))
        let life = policy.accessTokenLife
        return try await writeAuthenticated(client, request: request) { application, tx in
            let refused = Result<TokenAnswer, Declined>.failure(Declined(.invalidGrant))
            if application.traits.mustBind, key == nil { return .failure(Self.needsProof) }
            guard let verifier, PKCE.isVerifier(verifier) else {
                return .failure(
                    Declined(.invalidRequest, "code_verifier must be 43 to 128 unreserved characters."))
            }
            guard let row = try TokenTable.findCode(codeHash, in: tx), row.application == application.id else {
                return refused
            }
            guard try TokenTable.useCode(codeHash, at: draws.at, in: tx) else {
                // A second use: whoever has the code also may have the tokens it bought.
                if try TokenTable.endAll(fromCode: codeHash, at: draws.at, in: tx) > 0 {
                    try AuditTable.append(
                        draws.stamp.entry(.failed(.invalidGrant), application: application.id, grant: row.grant),
                        in: tx)
                }
                return refused
            }
            guard draws.at < row.expiresAt, Self.isWayBack(redirectURI, of: row),
                row.keyThumbprint == nil || row.keyThumbprint == key,
                PKCE.verify(verifier, against: row.codeChallenge),
                let grant = try GrantTable.find(row.grant, in: tx), grant.state(at: draws.at) == .active,
                let reach = try Self.reach(
                    of: grant, application, isMultiRecord: row.person != nil, at: draws.at, in: tx)
            else { return refused }
            if row.isOffline {
                // A public client has nothing else to be recognised by (RFC 9449 §5).
                let bound = application.traits.authentication == ClientAuthentication.none ? key : nil
                try FamilyTable.insert(
                    FamilyRow(
                        id: draws.family, application: application.id, grant: grant.id, person: row.person,
                        keyThumbprint: bound,
                        state: TokenFamily(generation: 1, advancedAt: draws.at, expiresAt: reach.end)),
                    code: codeHash, at: draws.at, in: tx)
            }
            return .success(
                try draws.issue(
                    TokenBasis(
                        application: application.id, grant: grant, person: row.person,
                        mode: application.interaction == .offline || row.isOffline ? .offline : .online,
                        scope: TokenBasis.scope(of: grant, keepsAccess: row.isOffline), end: reach.end, code: codeHash,
                        keyThumbprint: key, family: row.isOffline ? (draws.family, 1) : nil),
                    life: life, names: reach.names, in: tx))
        }
    }

    // RFC 6749 §4.1.3: required, and the same, where the request had one; what is given must be right in any case.
    private static func isWayBack(_ presented: String?, of code: CodeRow) -> Bool {
        guard let presented else { return code.omitsRedirect }
        return presented == code.redirectURI
    }

    // B1, B7, B8: before a token is returned, every current required rule must be authorized: for the chosen record, or for a
    // multi-record application for any. Nil when it is not; otherwise when the last of what the token reaches ends.
    private static func reach(
        of grant: Vault.GrantRow, _ application: ApplicationRow, isMultiRecord: Bool, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> (end: Moment, names: AuditNames)? {
        guard let rules = try ApplicationTable.rules(of: application.id, version: application.ruleVersion, in: tx)
        else { return nil }
        let holdings = try RecordTable.of(person: grant.person, in: tx)
        let candidates =
            isMultiRecord
            ? try GrantTable.of(person: grant.person, application: application.id, record: nil, in: tx)
                .filter { $0.state(at: now) == .active } : [grant]
        let isAuthorized = candidates.contains { candidate in
            let holding = holdings.first { $0.record.id == candidate.record }
            let standing = RecordStanding(
                grant: candidate.terms, own: holding?.reach(at: now),
                isSuspended: holding?.record.isSuspended ?? false, country: holding?.record.country)
            return rules.status(of: standing, countries: application.countries).status == .noActionRequired
        }
        guard isAuthorized, let end = candidates.map(\.expiresAt).max() else { return nil }
        let own = holdings.first { $0.record.id == grant.record }
        return (end, AuditNames(person: own?.personAuditName, record: own?.record.auditName))
    }

    /// The application acting alone (offline mode). The token stands on no one grant: each request names its record.
    public func clientCredentials(
        client: ClientCredentials, scope: String, key: String? = nil, request: RequestID?
    ) async throws(Declined) -> TokenAnswer {
        guard case .secret(let secret) = client.proof, let id = ApplicationID(client.id) else {
            let application = try await authenticate(client, request: request)
            guard application.traits.authentication != ClientAuthentication.none else {
                throw Declined(.unauthorizedClient)
            }
            return try await issueAlone(application.id, scope: scope, key: key, request) { _ in true }
        }
        // The common case in one transaction: the secret is looked at where the token is written.
        let given = hashSecret(secret)
        let now = world.now()
        do throws(Declined) {
            return try await issueAlone(id, scope: scope, key: key, request) { row in
                let isRight = isSecret(
                    given, row.secretHash, former: row.previousSecretHash, until: row.previousSecretUntil, at: now)
                return isRight && row.authentication == .clientSecret
            }
        } catch {
            // Says no as every other endpoint does, and leaves the same traces.
            if error.problem == .invalidClient { _ = try await authenticate(client, request: request) }
            throw error
        }
    }

    private func issueAlone(
        _ id: ApplicationID, scope: String, key: String?, _ request: RequestID?,
        isRight: @escaping @Sendable (ClientRow) -> Bool
    ) async throws(Declined) -> TokenAnswer {
        let token = world.secret(.accessToken)
        let stamp = stamp(.tokenIssued, request)
        let until = stamp.at + policy.accessTokenLife
        let rules = ruleMemo
        let (management, data) = GrantManagementScope.split(scope)
        let result = try await write { tx -> Result<TokenAnswer, Declined> in
            guard let row = try TokenTable.client(id, in: tx), isRight(row), row.isActive else {
                return .failure(Declined(.invalidClient))
            }
            if row.mustBind, key == nil {
                return .failure(Self.needsProof)
            }
            var given = management
            // Asked for to manage grants alone it reaches no record, whatever its limit.
            var limit: Permissions?
            if management.isEmpty || !data.isEmpty {
                guard let alone = try rules.alone(id, row, asked: data, in: tx) else {
                    return .failure(Declined(.invalidScope))
                }
                given.append(alone.scope)
                limit = alone.limit
            }
            let scope = given.joined(separator: " ")
            try TokenTable.insert(
                hash: hashSecret(token), application: id, grant: nil, code: nil, keyThumbprint: key, mode: .offline,
                scope: scope, limit: limit, at: stamp.at, until: until, in: tx)
            try AuditTable.append(stamp.entry(application: id, mode: .offline), in: tx)
            return .success(
                TokenAnswer(
                    accessToken: token, expiresIn: (until - stamp.at).seconds, scope: scope,
                    authorizationExpiresIn: nil, record: nil, person: nil, grant: nil, refreshToken: nil,
                    isBound: key != nil, patient: nil, details: nil))
        }
        return try result.get()
    }
}
