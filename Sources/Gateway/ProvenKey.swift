// The key that a client proves to hold with a request (RFC 9449). A proof counts once, for one method, address and token.

import Domain
import Logging
import Vault

/// A DPoP proof as it came, and the request that it came with.
public struct PresentedProof: Sendable, Equatable {
    public let text: String
    public let method: String
    /// Our own address of the endpoint, without query.
    public let url: String

    public init(text: String, method: String, url: String) {
        self.text = text
        self.method = method
        self.url = url
    }
}

extension Gateway {
    /// The thumbprint of the key (RFC 7638). `accessToken` is the one that came with the proof; nil where there is none. Where it
    /// is to open health data (`isAccess`), a store that takes no proof would take no entry either: `ACCESS_NOT_RECORDED` (D3).
    public func prove(
        _ proof: PresentedProof, accessToken: String?, isAccess: Bool = false
    ) async throws(Declined) -> String {
        let accepted: DPoPProof.Accepted
        do throws(DPoPProof.Fault) {
            accepted = try await DPoPProof.check(
                proof.text, method: proof.method, url: proof.url, accessToken: accessToken,
                nonceKey: keyring.nonceKey, at: world.now())
        } catch .useNonce {
            throw Declined(.useDPoPNonce)
        } catch {
            logger.info("a DPoP proof is not good", metadata: ["why": "\(error)"])
            throw Declined(.invalidDPoPProof)
        }
        let isFirst: Bool
        do {
            isFirst = try await engine.write { tx in
                try ProofTable.use(accepted.proofHash, until: accepted.until, in: tx)
            }
        } catch { throw isAccess ? notRecorded(error) : unavailable(error, .storageUnavailable) }
        guard isFirst else { throw Declined(.invalidDPoPProof) }
        return accepted.thumbprint
    }

    /// What the next proof must carry (RFC 9449 §8).
    public func proofNonce() -> String { DPoPNonce.make(key: keyring.nonceKey, at: world.now()) }
}
