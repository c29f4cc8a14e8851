// Who an application is when it calls by itself: a shared secret, a signed assertion, or only its name. One error for everything
// that is wrong, in one time.

import Domain
import Logging
import Metrics
import Vault

/// What came with the request (RFC 6749 §2.3, RFC 7523 §2.2). Whether it is any good, the gateway says.
public struct ClientCredentials: Sendable, Equatable {
    public enum Proof: Sendable, Equatable {
        case secret(String)
        /// A JWT, as it came.
        case assertion(String)
        /// Nothing but the name: a public client.
        case nothing
    }

    public let id: String
    public let proof: Proof
    /// Where the request came from, as far as that is known; failures are counted there, too. Not part of who it is.
    public var address: String?

    public static func == (left: Self, right: Self) -> Bool { left.id == right.id && left.proof == right.proof }

    public init(id: String, proof: Proof) {
        self.id = id
        self.proof = proof
    }

    /// Of assertions and DPoP proofs.
    public static let signingAlgorithms = SignatureAlgorithm.names
    /// RFC 7523 §2.2.
    public static let assertionType = ClientAssertion.type

    /// Of whom the assertion says it is; nil when it cannot be read.
    public init?(assertion: String) {
        guard let client = (try? ClientAssertion(assertion))?.claimedClient else { return nil }
        self.init(id: client.text, proof: .assertion(assertion))
    }

    public init(id: String, secret: String) { self.init(id: id, proof: .secret(secret)) }

    /// What a client that does not use a secret is compared by: the same work for everybody.
    var secret: String {
        guard case .secret(let secret) = proof else { return "" }
        return secret
    }
}

extension Gateway {
    /// One error for an unknown client and a wrong proof; both cost the same look-up, the same hash and the same write.
    func authenticate(_ client: ClientCredentials, request: RequestID? = nil) async throws(Declined) -> ApplicationRow {
        let now = world.now()
        let given = hashSecret(client.secret)
        let row: ApplicationRow?
        if let id = ApplicationID(client.id) {
            row = try await read { tx in try ApplicationTable.find(id, in: tx) }
        } else {
            row = nil
        }
        let holdsSecret = isSecret(
            given, row?.secretHash, former: row?.previousSecretHash, until: row?.previousSecretUntil, at: now)
        let isRight: Bool
        switch client.proof {
        case .secret: isRight = holdsSecret && row?.traits.authentication == ClientAuthentication.clientSecret
        case .nothing: isRight = row?.traits.authentication == ClientAuthentication.none
        case .assertion(let text): isRight = try await accepts(text, from: row, at: now)
        }
        guard let row, isRight, row.isActive else {
            try await noteFailure(of: client, row, request)
            throw Declined(.invalidClient)
        }
        return row
    }

    /// Runs a body for an authenticated client. One that holds a secret is looked at where the body writes, in one
    /// transaction; whoever is refused there is refused as everywhere else, and leaves the same traces.
    func writeAuthenticated<Value: Sendable>(
        _ client: ClientCredentials, request: RequestID?,
        _ body: @escaping @Sendable (ApplicationRow, borrowing Transaction) throws -> Result<Value, Declined>
    ) async throws(Declined) -> Value {
        guard case .secret(let secret) = client.proof, let id = ApplicationID(client.id) else {
            let application = try await authenticate(client, request: request).id
            // As it stands now: looking at an assertion may have taken a while.
            return try await write { tx -> Result<Value, Declined> in
                guard let row = try ApplicationTable.find(application, in: tx), row.isActive else {
                    return .failure(Declined(.invalidClient))
                }
                return try body(row, tx)
            }.get()
        }
        let given = hashSecret(secret)
        let now = world.now()
        let result = try await write { tx -> Result<Value, Declined>? in
            guard let row = try ApplicationTable.find(id, in: tx),
                isSecret(
                    given, row.secretHash, former: row.previousSecretHash, until: row.previousSecretUntil, at: now),
                row.traits.authentication == ClientAuthentication.clientSecret, row.isActive
            else { return nil }
            return try body(row, tx)
        }
        if let result { return try result.get() }
        _ = try await authenticate(client, request: request)
        throw Declined(.invalidClient)
    }

    // An assertion counts once: the write decides who was first (RFC 7523 §3, `jti`).
    private func accepts(_ text: String, from row: ApplicationRow?, at now: Moment) async throws(Declined) -> Bool {
        guard let row, row.traits.authentication == .privateKeyJWT else { return false }
        let accepted: ClientAssertion.Accepted
        do {
            let assertion = try ClientAssertion(text)
            let keys = try await keySets.keys(for: row.traits, kid: assertion.kid, in: row.environment, at: now)
            accepted = try await assertion.check(for: row.id, issuer: policy.publicURL, keys: keys, at: now)
        } catch {
            logger.info("a client assertion is not good", metadata: ["client": "\(row.id)", "why": "\(error)"])
            return false
        }
        return try await write { tx in try ProofTable.use(accepted.proofHash, until: accepted.until, in: tx) }
    }

    // Known clients are told about in the trail, unknown ones only counted: nobody fills the trail with invented names. Both
    // spend a try of the name and of the address (ASVS 6.3); who has none left is told to wait, and the trail has enough.
    private func noteFailure(
        of client: ClientCredentials, _ row: ApplicationRow?, _ request: RequestID?
    ) async throws(Declined) {
        Counter(
            label: "licet_client_refusals", dimensions: [("client", row == nil ? "unknown" : "known")]
        ).increment()
        let stamp = stamp(.tokenIssued, request)
        let known = row?.id
        let names = [BudgetName.client(client.id)] + Self.places(client.address)
        try await admit(names, at: stamp.at) { tx throws(StorageError) in
            guard let known else { return }
            try AuditTable.append(stamp.entry(.failed(.invalidClient), application: known), in: tx)
        }
    }
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

/// True when both are the same; takes as long for a near miss as for a far one.
public func isSameSecret(_ left: String, _ right: String) -> Bool {
    equalInConstantTime(Array(left.utf8), Array(right.utf8))
}

func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for place in left.indices { difference |= left[place] ^ right[place] }
    return difference == 0
}
