// Another description of an application as a client: how it authenticates, its keys, its profile. Tokens and grants go on.

public import Domain
import Vault

public struct ChangedClient: Sendable, Equatable {
    public let application: ApplicationDetail
    /// Fields that are other than before, in the order in which they are listed (RFC 7591 §2).
    public let changed: [String]
    /// Where the client uses a secret from now on: a new one, shown once. What it had before does not come back.
    public let secret: String?
}

extension Gateway {
    static let withoutSecret = Declined(
        .invalidFields,
        faults: [FieldFault("token_endpoint_auth_method", "this application authenticates without a secret")])

    /// Takes the place of the whole description. Ends no token and no grant; from now on the client authenticates as it says.
    public func changeClient(
        of id: ApplicationID, to draft: ClientDraft, by person: PersonID?, request: RequestID?
    ) async throws(Declined) -> ChangedClient {
        let stamp = stamp(.clientChanged, request)
        let secret = world.secret(.clientSecret)
        let keySets = keySets
        return try await asOwner(of: id, person) { row, tx in
            let checked = CheckedClient(draft, in: row.environment, keySets: keySets)
            let next = checked.traits
            var faults = checked.faults + CheckedClient.faults(of: next, interaction: row.interaction)
            let uris = try ApplicationTable.redirectURIs(of: id, in: tx)
            if !CheckedApplication.faults(of: uris, in: row.environment, native: next.isNative).isEmpty {
                faults.append(FieldFault("application_type", "a redirect URI of its is only for native applications"))
            }
            guard faults.isEmpty else { return .failure(Declined(.invalidFields, faults: faults)) }
            try ApplicationTable.describeClient(of: id, as: next, in: tx)
            let changesProof = next.authentication != row.traits.authentication
            // A secret that was laid down stays so: nobody is told the new one unless it counts.
            if changesProof { try ApplicationTable.rotateSecret(of: id, to: hashSecret(secret), former: nil, in: tx) }
            if row.traits.isNative, !next.isNative {
                for place in try ApprovalTable.pendingPlaces(of: id, in: tx)
                where !RedirectURI.isRegistered(place, among: uris, native: false) {
                    try ApprovalTable.expirePending(of: id, to: place, at: stamp.at, in: tx)
                }
            }
            let author = try person.flatMap { person throws(StorageError) in try PersonTable.find(person, in: tx) }
            try AuditTable.append(stamp.entry(application: id, person: author?.auditName), in: tx)
            guard let now = try ApplicationTable.find(id, in: tx) else { return .failure(Declined(.notFound)) }
            return .success(
                ChangedClient(
                    application: try Self.detail(now, at: stamp.at, in: tx), changed: next.changes(from: row.traits),
                    secret: changesProof && next.authentication == .clientSecret ? secret : nil))
        }
    }
}

extension ClientTraits {
    fileprivate func changes(from former: ClientTraits) -> [String] {
        let all: [(String, Bool)] = [
            ("token_endpoint_auth_method", authentication == former.authentication),
            ("application_type", isNative == former.isNative), ("profile", profile == former.profile),
            ("require_pushed_authorization_requests", requiresPushedRequests == former.requiresPushedRequests),
            ("dpop_bound_access_tokens", bindsTokens == former.bindsTokens), ("jwks", keySet == former.keySet),
            ("jwks_uri", keySetURI == former.keySetURI),
        ]
        return all.filter { !$0.1 }.map(\.0)
    }
}
