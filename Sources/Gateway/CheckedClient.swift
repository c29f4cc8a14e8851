// An application's description of itself as an OAuth client once it has been checked, every fault by its field (RFC 7591 §2).

public import Domain

/// How an application wants to behave as a client: words that have not been checked. What is nil is as usual.
public struct ClientDraft: Sendable, Equatable {
    /// `client_secret_basic` unless said otherwise; `client_secret_post` is the same; `private_key_jwt`, `none`.
    public var authentication: String?
    /// `web` unless said otherwise; `native`.
    public var applicationType: String?
    /// `standard` unless said otherwise; `fapi2`.
    public var profile: String?
    /// Nil: as the profile has it.
    public var requiresPushedRequests: Bool?
    /// Nil: as the profile has it.
    public var bindsTokens: Bool?
    /// A JWK Set as JSON text.
    public var keySet: String?
    public var keySetURI: String?

    public init(
        authentication: String? = nil, applicationType: String? = nil, profile: String? = nil,
        requiresPushedRequests: Bool? = nil, bindsTokens: Bool? = nil, keySet: String? = nil, keySetURI: String? = nil
    ) {
        self.authentication = authentication
        self.applicationType = applicationType
        self.profile = profile
        self.requiresPushedRequests = requiresPushedRequests
        self.bindsTokens = bindsTokens
        self.keySet = keySet
        self.keySetURI = keySetURI
    }

    public static let standard = ClientDraft()
}

extension ClientAuthentication {
    /// RFC 7591 §2. A shared secret may come either way; it is told as `client_secret_basic`.
    public static let names: KeyValuePairs<String, ClientAuthentication> = [
        "client_secret_basic": .clientSecret, "client_secret_post": .clientSecret, "private_key_jwt": .privateKeyJWT,
        "none": .none,
    ]

    public var name: String { Self.names.first { $0.value == self }?.key ?? rawValue }

    init?(name: String) {
        guard let known = Self.names.first(where: { $0.key == name }) else { return nil }
        self = known.value
    }
}

struct CheckedClient: Sendable {
    /// Good only where there are no faults.
    let traits: ClientTraits
    let faults: [FieldFault]

    private static let mostKeySetBytes = 64 << 10
    private static let types = ["web", "native"]

    init(_ draft: ClientDraft, in environment: Environment, keySets: RemoteKeySets) {
        var faults: [FieldFault] = []
        let authentication =
            draft.authentication.map { ClientAuthentication(name: $0) } ?? ClientAuthentication.clientSecret
        if authentication == nil {
            let names = ClientAuthentication.names.map(\.key).joined(separator: ", ")
            faults.append(FieldFault("token_endpoint_auth_method", "one of \(names)"))
        }
        let type = draft.applicationType ?? "web"
        if !Self.types.contains(type) { faults.append(FieldFault("application_type", "web or native")) }
        let profile = draft.profile.map { SecurityProfile(rawValue: $0) } ?? SecurityProfile.standard
        if profile == nil { faults.append(FieldFault("profile", "standard or fapi2")) }
        let isStrict = profile == .fapi2
        if isStrict {
            // FAPI 2.0 Security Profile §5.3.2: what makes the profile is not to be had without it.
            if let authentication, authentication != .privateKeyJWT {
                faults.append(FieldFault("profile", "fapi2 needs token_endpoint_auth_method private_key_jwt"))
            }
            if draft.requiresPushedRequests == false {
                faults.append(FieldFault("require_pushed_authorization_requests", "always true with fapi2"))
            }
            if draft.bindsTokens == false {
                faults.append(FieldFault("dpop_bound_access_tokens", "always true with fapi2"))
            }
        }
        if let authentication {
            faults += Self.faultsOfKeys(draft, of: authentication, in: environment, keySets: keySets)
        }
        self.faults = faults
        traits = ClientTraits(
            authentication: authentication ?? .clientSecret, profile: profile ?? .standard, isNative: type == "native",
            requiresPushedRequests: draft.requiresPushedRequests ?? isStrict,
            bindsTokens: draft.bindsTokens ?? isStrict, keySet: draft.keySet, keySetURI: draft.keySetURI)
    }

    private static func faultsOfKeys(
        _ draft: ClientDraft, of authentication: ClientAuthentication, in environment: Environment,
        keySets: RemoteKeySets
    ) -> [FieldFault] {
        guard authentication == .privateKeyJWT else {
            let unused = "only with token_endpoint_auth_method private_key_jwt"
            return [("jwks", draft.keySet), ("jwks_uri", draft.keySetURI)].filter { $0.1 != nil }
                .map { FieldFault($0.0, unused) }
        }
        switch (draft.keySet, draft.keySetURI) {
        case (nil, nil): return [FieldFault("jwks", "private_key_jwt needs jwks or jwks_uri")]
        case (.some, .some): return [FieldFault("jwks_uri", "jwks or jwks_uri, not both")]
        case (let json?, nil):
            guard json.utf8.count <= mostKeySetBytes else { return [FieldFault("jwks", "at most 64 KiB")] }
            do throws(KeySet.Fault) { _ = try KeySet.parse(json) } catch { return [FieldFault("jwks", error.sentence)] }
            return []
        case (nil, let uri?):
            return keySets.faultOfAddress(uri, in: environment).map { [FieldFault("jwks_uri", $0)] } ?? []
        }
    }

    /// An offline application acts alone, and so by client credentials, which are not for a public client (RFC 6749 §4.4).
    static func faults(of traits: ClientTraits, interaction: InteractionModel) -> [FieldFault] {
        guard interaction == .offline, traits.authentication == ClientAuthentication.none else { return [] }
        return [FieldFault("token_endpoint_auth_method", "an offline application must authenticate")]
    }
}
