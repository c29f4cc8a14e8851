// What an authorization request brings (RFC 6749 §4.1.1, RFC 7636 §4.3), from a browser, from a server, or pushed ahead.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

public struct AuthorizationRequest: Sendable, Equatable {
    public var responseType: String
    public var clientID: String
    public var redirectURI: String?
    public var scope: String
    public var state: String?
    public var codeChallenge: String?
    public var codeChallengeMethod: String?
    /// `create`, `merge` or `replace` (Grant Management for OAuth 2.0, §3).
    public var grantManagementAction: String?
    public var grantID: String?
    public var responseMode: String?
    /// `dpop_jkt` (RFC 9449 §10).
    public var keyThumbprint: String?
    /// `aud` (SMART App Launch §2.0) and `resource` (RFC 8707), in any number.
    public var audience: [String]
    /// `request_uri`: stands for everything else (RFC 9126 §4).
    public var requestURI: String?
    /// A `request` parameter (RFC 9101) came along.
    public var holdsRequestObject: Bool
    /// `authorization_details` (RFC 9396), as JSON text that nobody has read yet.
    public var details: String?
    /// It was pushed by the authenticated client.
    public internal(set) var wasPushed = false

    public init(
        responseType: String, clientID: String, redirectURI: String?, scope: String, state: String?,
        codeChallenge: String?, codeChallengeMethod: String?, grantManagementAction: String? = nil,
        grantID: String? = nil, responseMode: String? = nil, keyThumbprint: String? = nil, audience: [String] = [],
        requestURI: String? = nil, holdsRequestObject: Bool = false, details: String? = nil
    ) {
        self.responseType = responseType
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.scope = scope
        self.state = state
        self.codeChallenge = codeChallenge
        self.codeChallengeMethod = codeChallengeMethod
        self.grantManagementAction = grantManagementAction
        self.grantID = grantID
        self.responseMode = responseMode
        self.keyThumbprint = keyThumbprint
        self.audience = audience
        self.requestURI = requestURI
        self.holdsRequestObject = holdsRequestObject
        self.details = details
    }
}

extension AuthorizationRequest {
    private static var names: [(String, WritableKeyPath<AuthorizationRequest, String?>)] {
        [
            ("redirect_uri", \.redirectURI), ("state", \.state), ("code_challenge", \.codeChallenge),
            ("code_challenge_method", \.codeChallengeMethod), ("grant_management_action", \.grantManagementAction),
            ("grant_id", \.grantID), ("response_mode", \.responseMode), ("dpop_jkt", \.keyThumbprint),
            ("authorization_details", \.details),
        ]
    }

    /// As it is kept until the browser comes: a JSON object of what was given.
    var stored: String? {
        var members = ["response_type": responseType, "client_id": clientID, "scope": scope]
        for (name, path) in Self.names { members[name] = self[keyPath: path] }
        return (try? JSONEncoder().encode(members)).map { String(decoding: $0, as: UTF8.self) }
    }

    init?(stored: String) {
        guard let members = try? JSONDecoder().decode([String: String].self, from: Data(stored.utf8)),
            let responseType = members["response_type"], let clientID = members["client_id"],
            let scope = members["scope"]
        else { return nil }
        self.init(
            responseType: responseType, clientID: clientID, redirectURI: nil, scope: scope, state: nil,
            codeChallenge: nil, codeChallengeMethod: nil)
        for (name, path) in Self.names { self[keyPath: path] = members[name] }
    }
}
