// Grant management for the application (Grant Management for OAuth 2.0, §6): asking what a grant says, and giving it up.

public import Domain
import Vault

/// The words that a client-credentials token must carry for it.
public enum GrantManagementScope: String, CaseIterable, Sendable {
    case query = "grant_management_query"
    case revoke = "grant_management_revoke"

    /// These words, and the rest of the scope.
    static func split(_ scope: String) -> (management: [String], data: String) {
        let words = scope.split(separator: " ").map(String.init)
        let own = Set(allCases.map(\.rawValue))
        return (words.filter(own.contains), words.filter { !own.contains($0) }.joined(separator: " "))
    }
}

public struct ManagedGrant: Sendable, Equatable {
    public let id: GrantID
    public let scope: String
    public let state: GrantState
    public let createdAt: Moment
    public let expiresAt: Moment
    /// Nil where the application never asked in authorization details.
    public let details: [GrantedDetail]?
}

extension Gateway {
    /// Only the application's own; others are not found (§6.3).
    public func managedGrant(
        _ id: GrantID, token: String, key: String?, request: RequestID?
    ) async throws(Declined) -> ManagedGrant {
        let now = world.now()
        let hash = hashSecret(token)
        let result = try await read { tx -> Result<ManagedGrant, Declined> in
            switch try Self.own(id, .query, hash, key, at: now, in: tx) {
            case .failure(let declined): .failure(declined)
            case .success(let row):
                .success(
                    ManagedGrant(
                        id: row.id, scope: row.scope, state: row.state(at: now), createdAt: row.createdAt,
                        expiresAt: row.expiresAt, details: try row.details(in: tx)))
            }
        }
        return try result.get()
    }

    /// As final as the person's own word (B11). Ending it twice changes nothing.
    public func endManagedGrant(
        _ id: GrantID, token: String, key: String?, request: RequestID?
    ) async throws(Declined) {
        let stamp = GrantStamp(world: world, actor: .application, method: Surface.api.rawValue, request: request)
        let hash = hashSecret(token)
        let result = try await write { tx -> Result<Void, Declined> in
            switch try Self.own(id, .revoke, hash, key, at: stamp.at, in: tx) {
            case .failure(let declined): return .failure(declined)
            case .success(let row):
                _ = try stamp.end(row, by: .revoke, try GrantParties(row, in: tx), in: tx)
                return .success(())
            }
        }
        try result.get()
    }

    private static func own(
        _ id: GrantID, _ needed: GrantManagementScope, _ hash: [UInt8], _ key: String?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Result<Vault.GrantRow, Declined> {
        guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
        if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
        guard token.scope.split(separator: " ").contains(Substring(needed.rawValue)) else {
            return .failure(Declined(.notPermitted, "The token does not carry \(needed.rawValue)."))
        }
        guard let row = try GrantTable.find(id, in: tx), row.application == token.application else {
            return .failure(Declined(.notFound))
        }
        return .success(row)
    }
}
