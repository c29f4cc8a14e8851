// How an application behaves as an OAuth client: how it proves who it is, and how much more than the standard it binds itself to.

/// RFC 6749 §2.3, RFC 7523 §2.2.
public enum ClientAuthentication: String, CaseIterable, Sendable, Hashable {
    /// By HTTP Basic or in the form, as the client likes.
    case clientSecret = "client_secret"
    /// By a signed assertion; no secret is shared.
    case privateKeyJWT = "private_key_jwt"
    /// A public client: an app on a phone, a page in a browser. PKCE is what binds the code to it.
    case none
}

public enum SecurityProfile: String, CaseIterable, Sendable, Hashable {
    case standard
    /// FAPI 2.0 Security Profile (February 2025).
    case fapi2
}

public struct ClientTraits: Hashable, Sendable {
    public var authentication: ClientAuthentication
    public var profile: SecurityProfile
    /// May redirect to any port of its own machine (RFC 8252 §7.3).
    public var isNative: Bool
    /// RFC 9126 §6: the authorization request must be pushed ahead.
    public var requiresPushedRequests: Bool
    /// RFC 9449 §5.2: its tokens are bound to its key.
    public var bindsTokens: Bool
    /// A JWK Set (RFC 7517 §5) as it was registered.
    public var keySet: String?
    /// Where its JWK Set is fetched from, an allowed host.
    public var keySetURI: String?

    public init(
        authentication: ClientAuthentication = .clientSecret, profile: SecurityProfile = .standard,
        isNative: Bool = false, requiresPushedRequests: Bool = false, bindsTokens: Bool = false, keySet: String? = nil,
        keySetURI: String? = nil
    ) {
        self.authentication = authentication
        self.profile = profile
        self.isNative = isNative
        self.requiresPushedRequests = requiresPushedRequests
        self.bindsTokens = bindsTokens
        self.keySet = keySet
        self.keySetURI = keySetURI
    }

    public static let standard = ClientTraits()

    public var mustPush: Bool { requiresPushedRequests || profile == .fapi2 }
    public var mustBind: Bool { bindsTokens || profile == .fapi2 }
    /// RFC 6749 §4.1.2 recommends ten minutes at most; FAPI 2.0 §5.3.2.1 allows one.
    public var codeLife: Span { profile == .fapi2 ? .seconds(60) : .minutes(10) }
}
