// Ending a token (RFC 7009) and saying what it is worth (RFC 7662). Neither ever touches the grant.

public import Domain
import Metrics
import Vault

/// Nil stands for `active: false` and nothing else.
public struct IntrospectedToken: Sendable, Equatable {
    public let scope: String
    public let client: ApplicationID
    public let person: PersonPseudonym?
    public let record: RecordPseudonym?
    public let grant: GrantID?
    public let issuedAt: Moment
    public let expiresAt: Moment
    public let isRefreshToken: Bool
    /// RFC 9449 §6.1, the key it is bound to.
    public let keyThumbprint: String?
    public let patient: RecordPseudonym?
    /// RFC 9396 §9.1; nil where the application never asked in authorization details.
    public let details: [GrantedDetail]?
}

extension Gateway {
    /// Unknown tokens and those of others are answered alike: with success, and nothing happens (RFC 7009 §2.2).
    public func revoke(
        presented token: String, client: ClientCredentials, request: RequestID?
    ) async throws(Declined) {
        let application = try await authenticate(client, request: request)
        let hash = hashSecret(token)
        let stamp = stamp(.tokenRevoked, request)
        try await write { tx in
            var grant: GrantID?
            if let (family, _) = try FamilyTable.find(token: hash, in: tx), family.application == application.id {
                // A second time there is nothing left to say.
                if family.state.hasEnded { return }
                _ = try FamilyTable.end(family.id, at: stamp.at, in: tx)
                grant = family.grant
            } else if let ended = try TokenTable.end(hash, of: application.id, at: stamp.at, in: tx) {
                grant = ended.grant
            } else {
                return
            }
            let known = try grant.map { grant throws(StorageError) in try FactsTable.byGrant(grant, in: tx) } ?? nil
            try AuditTable.append(
                stamp.entry(
                    application: application.id, person: known?.person, record: known?.record, grant: grant), in: tx)
        }
    }

    /// Asked by a client about its own tokens and those of its organization's other applications: a resource server of theirs
    /// is a client of its own. Nil: not active, whatever the reason.
    public func introspect(
        presented token: String, client: ClientCredentials, request: RequestID?
    ) async throws(Declined) -> IntrospectedToken? {
        guard let id = ApplicationID(client.id), case .secret(let secret) = client.proof else {
            let row = try await authenticate(client, request: request)
            guard row.traits.authentication != .none else { throw Declined(.invalidClient) }
            return try await introspection(of: token, for: row.id)
        }
        // The common case in one look: the client and the token together.
        let now = world.now()
        let given = hashSecret(secret)
        let hash = hashSecret(token)
        let found = try await read { tx -> (Bool, IntrospectedToken?) in
            let row = try TokenTable.client(id, in: tx)
            let isRight = isSecret(
                given, row?.secretHash, former: row?.previousSecretHash, until: row?.previousSecretUntil, at: now)
            guard let row, isRight, row.isActive, row.authentication == .clientSecret else { return (false, nil) }
            return (true, try Self.introspect(hash, for: id, at: now, in: tx))
        }
        guard found.0 else {
            // Says no as every other endpoint does, and leaves the same traces.
            _ = try await authenticate(client, request: request)
            throw Declined(.invalidClient)
        }
        return found.1
    }

    private func introspection(
        of token: String, for client: ApplicationID
    ) async throws(Declined) -> IntrospectedToken? {
        let now = world.now()
        let hash = hashSecret(token)
        return try await read { tx in try Self.introspect(hash, for: client, at: now, in: tx) }
    }

    private static func introspect(
        _ hash: [UInt8], for client: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> IntrospectedToken? {
        guard let found = try IntrospectionTable.find(hash, for: client, at: now, in: tx) else { return nil }
        var details: [GrantedDetail]?
        if found.usesDetails, let grant = found.grant { details = try GrantTable.find(grant, in: tx)?.details(in: tx) }
        let tokens = found.scope.split(separator: " ").map(String.init)
        return IntrospectedToken(
            scope: found.scope, client: found.application, person: found.person, record: found.record,
            grant: found.grant, issuedAt: found.createdAt, expiresAt: found.expiresAt,
            isRefreshToken: found.isRefreshToken, keyThumbprint: found.keyThumbprint,
            patient: tokens.contains(Scope.launchPatient.text) ? found.record : nil, details: details)
    }
}
