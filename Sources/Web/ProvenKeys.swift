// DPoP at the edge (RFC 9449): the proof that came with a request, checked once, and the nonce for the next one.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

/// An access token as it came, and the key that came with it proved.
struct PresentedToken: Sendable {
    let text: String
    /// The thumbprint; nil for a bearer token.
    let key: String?
}

extension HTTPField.Name {
    static let dpop = named("DPoP")
    static let dpopNonce = named("DPoP-Nonce")
}

extension Server {
    /// Nil where no proof came. Two proofs are one too many (RFC 9449 §4.3).
    func provenKey(
        _ incoming: Incoming, accessToken: String?, isAccess: Bool = false
    ) async throws(Declined) -> String? {
        let proofs = incoming.headers[values: .dpop]
        guard let proof = proofs.first else { return nil }
        guard proofs.count == 1 else { throw Declined(.invalidDPoPProof, "One DPoP header, not several.") }
        return try await gateway.prove(
            PresentedProof(
                text: proof, method: incoming.request.method.rawValue,
                url: settings.publicURL + incoming.request.uri.path),
            accessToken: accessToken, isAccess: isAccess)
    }

    /// The token under either scheme; whether it is bound to the key, the gateway says. `isAccess`: it is to open health data.
    func presentedToken(_ incoming: Incoming, isAccess: Bool) async throws(Declined) -> PresentedToken {
        switch Caller.token(incoming.headers) {
        case nil: throw Declined(.notAuthenticated)
        case .bearer(let text)?: return PresentedToken(text: text, key: nil)
        case .bound(let text)?:
            guard let key = try await provenKey(incoming, accessToken: text, isAccess: isAccess) else {
                throw Declined(.invalidDPoPProof, "A DPoP token needs a DPoP header.")
            }
            return PresentedToken(text: text, key: key)
        }
    }

    /// Who sent a proof learns what the next one must carry.
    func addProofNonce(_ response: inout Response, for incoming: Incoming) {
        guard incoming.headers.contains(.dpop) else { return }
        response.headers[.dpopNonce] = gateway.proofNonce()
    }
}
