// Authorization requests pushed ahead (RFC 9126): checked where the client authenticates, taken once by the browser.

public import Domain
import Vault

public struct PushedRequest: Sendable, Equatable {
    public let requestURI: String
    /// Seconds.
    public let expiresIn: Int64
}

extension Gateway {
    private static let urn = "urn:ietf:params:oauth:request_uri:"
    private static let pushedLife = Span.seconds(90)

    /// `key` is the thumbprint that a DPoP proof with the request proved (RFC 9449 §10.1).
    public func push(
        _ asked: AuthorizationRequest, client: ClientCredentials, key: String?, request: RequestID?
    ) async throws(Declined) -> PushedRequest {
        guard client.id == asked.clientID else {
            throw Declined(.invalidRequest, "client_id is not the authenticated client's.")
        }
        let application = try await authenticate(client, request: request)
        guard asked.requestURI == nil else {
            throw Declined(.invalidRequest, "request_uri cannot be pushed (RFC 9126, section 2.1).")
        }
        if let key, let said = asked.keyThumbprint, said != key {
            throw Declined(.invalidDPoPProof, "dpop_jkt is not the proof's key.")
        }
        if application.traits.mustBind, key == nil, asked.keyThumbprint == nil {
            throw Declined(.invalidDPoPProof, "This client needs a DPoP proof or dpop_jkt.")
        }
        // FAPI 2.0 Security Profile, §5.3.2.2.
        if application.traits.profile == .fapi2, asked.redirectURI == nil {
            throw Declined(.invalidRequest, "redirect_uri is missing; the profile fapi2 needs it.")
        }
        var asked = asked
        asked.keyThumbprint = asked.keyThumbprint ?? key
        switch try await check(asked) {
        case .failure(let fault): throw Declined(fault.problem, fault.sentence)
        case .success: break
        }
        let secret = world.secret(.pushedRequest)
        let until = world.now() + Self.pushedLife
        guard let parameters = asked.stored else { throw Declined(.unexpected) }
        try await write { tx in
            try PushedRequestTable.insert(
                uriHash: hashSecret(secret), application: application.id, parameters: parameters, until: until, in: tx)
        }
        return PushedRequest(requestURI: Self.urn + secret, expiresIn: Self.pushedLife.seconds)
    }

    /// What was pushed, in place of the address that stands for it. Parameters beside it count for nothing (RFC 9126 §4).
    func unpushed(_ asked: AuthorizationRequest) async throws(Declined) -> AuthorizationRequest {
        guard let uri = asked.requestURI else { return asked }
        let gone = Declined(.invalidRequest, "request_uri is not known here, used already, or expired.")
        guard uri.hasPrefix(Self.urn), let id = ApplicationID(asked.clientID) else { throw gone }
        let hash = hashSecret(String(uri.dropFirst(Self.urn.count)))
        let now = world.now()
        let stored = try await write { tx in
            try PushedRequestTable.take(uriHash: hash, application: id, at: now, in: tx)
        }
        guard let stored, var request = AuthorizationRequest(stored: stored) else { throw gone }
        request.wasPushed = true
        return request
    }
}
