// What tests say of a client's key: its thumbprint, and the set that it is registered in.

import Domain
import TestKit
import Testing

@testable import Gateway

/// RFC 7638.
func thumbprint(of key: ProofKey) throws -> String {
    try PublicKey(jwk: try JSONParser.parse(Array(try key.members().json.utf8))).thumbprint
}

/// A JWK Set of one key.
func keySet(_ key: ProofKey, kid: String = "one") throws -> String {
    var members = try key.members()
    members["kid"] = "\"\(kid)\""
    return "{\"keys\":[\(members.json)]}"
}

extension Stage {
    /// A signed assertion of the application; `change` spoils it.
    func assertion(
        _ application: TestApplication, _ key: ProofKey, jti: String, algorithm: String = "ES256",
        _ change: (inout ProofDraft) throws -> Void = { _ in }
    ) throws -> ClientCredentials {
        var draft = ProofDraft.ofAssertion(
            application.id, issuer: policy.publicURL, at: clock.now, key: key, algorithm: algorithm)
        draft.claims["jti"] = "\"\(jti)\""
        try change(&draft)
        return ClientCredentials(id: application.id.text, proof: .assertion(try draft.make()))
    }
}
