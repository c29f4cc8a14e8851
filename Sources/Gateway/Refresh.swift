// A refresh token for new tokens (RFC 6749 §6): rotated each time, and so that a lost answer can be asked for again.

public import Domain
import Vault

extension Gateway {
    /// A used refresh token that comes back within this time ends its family; later it is a stranger's.
    private static let rememberedFor = Span.days(30)

    /// `scope` may not ask for more than was granted. The answer carries the whole grant whatever was asked (RFC 6749 §3.3), for a
    /// token has no rights of its own that could be smaller. `key` is the thumbprint that the request proved.
    public func refresh(
        token: String, scope asked: String?, client: ClientCredentials, key: String? = nil, request: RequestID?
    ) async throws(Declined) -> TokenAnswer {
        let hash = hashSecret(token)
        let draws = TokenDraws(world: world, stamp(.tokenIssued, request))
        let policy = policy
        return try await writeAuthenticated(client, request: request) { application, tx in
            if application.traits.mustBind, key == nil { return .failure(Self.needsProof) }
            let refused = Result<TokenAnswer, Declined>.failure(Declined(.invalidGrant))
            guard let (family, generation) = try FamilyTable.find(token: hash, in: tx),
                family.application == application.id, family.keyThumbprint == nil || family.keyThumbprint == key
            else { return refused }
            let verdict = family.state.present(generation: generation, at: draws.at, window: policy.refreshWindow)
            switch verdict {
            case .rotate, .repeatAnswer: break
            case .late, .reuse:
                // Of a token whose successor was used somebody has a copy: what it carried ends, the grant stays
                // (RFC 9700 §4.14.2).
                if verdict == .reuse { _ = try FamilyTable.end(family.id, at: draws.at, in: tx) }
                try AuditTable.append(
                    draws.stamp.entry(.failed(.invalidGrant), application: application.id, grant: family.grant), in: tx)
                return refused
            case .over:
                return refused
            }
            guard let (grant, end) = try Self.standing(of: family, at: draws.at, in: tx) else { return refused }
            let granted = TokenBasis.scope(of: grant, keepsAccess: true)
            // Before the family moves on: a scope that is refused costs nobody the token.
            guard Self.isWithin(asked, granted) else { return .failure(Declined(.invalidScope)) }
            var next = family.state.generation
            if verdict == .rotate {
                guard try FamilyTable.advance(family.id, from: generation, at: draws.at, in: tx) else {
                    throw StorageError(.busy, "the token family moved on meanwhile")
                }
                next += 1
                try FamilyTable.forgetOldest(
                    of: family.id, generation: next, before: draws.at - Self.rememberedFor, in: tx)
            }
            return .success(
                try draws.issue(
                    TokenBasis(
                        application: application.id, grant: grant, person: family.person, mode: .offline,
                        scope: granted,
                        end: end, code: nil, keyThumbprint: key, family: (family.id, next)),
                    life: policy.accessTokenLife, in: tx))
        }
    }

    /// The grant that a family stands on now, and when the last of what it reaches ends. What was authorized goes on when a
    /// required rule changes (B6), so the rules are not asked here.
    private static func standing(
        of family: FamilyRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (Vault.GrantRow, Moment)? {
        guard let person = family.person else {
            guard let grant = try GrantTable.find(family.grant, in: tx), grant.state(at: now) == .active else {
                return nil
            }
            return (grant, grant.expiresAt)
        }
        let active = try GrantTable.of(person: person, application: family.application, record: nil, in: tx)
            .filter { $0.state(at: now) == .active }
        guard let grant = active.first(where: { $0.id == family.grant }) ?? active.first,
            let end = active.map(\.expiresAt).max()
        else { return nil }
        return (grant, end)
    }

    // RFC 6749 §6: never more than was granted.
    private static func isWithin(_ asked: String?, _ granted: String) -> Bool {
        let had = Set(granted.split(separator: " "))
        return (asked ?? "").split(separator: " ").allSatisfy(had.contains)
    }

    /// RFC 9449 §5.2: a client that bound itself to its key gets nothing without it.
    static var needsProof: Declined { Declined(.invalidDPoPProof, "This client needs a DPoP proof.") }
}
