// The public keys of what is signed here, as a JWK Set (RFC 7517 §5).

import Gateway
import Hummingbird

extension Server {
    func givePublishedKeys(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.json(try await gateway.publishedKeys(), contentType: "application/jwk-set+json")
    }
}
