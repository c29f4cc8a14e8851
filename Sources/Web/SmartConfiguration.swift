// What `/.well-known/smart-configuration` says (SMART App Launch 2.2, conformance): worked out from what there is, so that nothing
// is listed that does not work.

import Domain
import Gateway

/// Paths under the public URL. Where the route table has none, nothing is told.
struct OAuthEndpoints: Equatable {
    let authorize: String?
    let token: String?
    let revoke: String?
    let introspect: String?

    init(_ routes: [Route]) {
        let paths = Set(routes.map(\.path))
        func path(_ path: String) -> String? { paths.contains(path) ? path : nil }
        authorize = path("/oauth/authorize")
        token = path("/oauth/token")
        revoke = path("/oauth/revoke")
        introspect = path("/oauth/introspect")
    }
}

/// What the authorization server takes, in the words of its metadata (RFC 8414 §2).
struct OfferedToClients: Equatable {
    var grantTypes: [String]
    var clientAuthentication: [String]
    /// Of client assertions; empty where there are none.
    var signingAlgorithms: [String]

    static let today = OfferedToClients(
        grantTypes: ["authorization_code", "client_credentials", "refresh_token"],
        clientAuthentication: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        signingAlgorithms: ClientCredentials.signingAlgorithms)

    /// SMART's names for what follows from that. Sign-in (`sso-openid-connect`) and launches from inside a record system are not
    /// among them.
    var smartCapabilities: [String] {
        var capabilities = ["launch-standalone", "authorize-post"]
        if clientAuthentication.contains("none") { capabilities.append("client-public") }
        if clientAuthentication.contains("client_secret_basic") { capabilities.append("client-confidential-symmetric") }
        if clientAuthentication.contains("private_key_jwt") { capabilities.append("client-confidential-asymmetric") }
        capabilities += ["context-standalone-patient", "permission-patient", "permission-user"]
        if grantTypes.contains("refresh_token") { capabilities.append("permission-offline") }
        return capabilities + ["permission-v1", "permission-v2"]
    }
}

func smartConfiguration(publicURL: String, endpoints: OAuthEndpoints, offered: OfferedToClients) -> JSONValue {
    func url(_ path: String?) -> JSONValue? { path.map { .string(publicURL + $0) } }
    return .object([
        "issuer": .string(publicURL),
        "authorization_endpoint": url(endpoints.authorize),
        "token_endpoint": url(endpoints.token),
        "revocation_endpoint": url(endpoints.revoke),
        "introspection_endpoint": url(endpoints.introspect),
        "token_endpoint_auth_methods_supported": .texts(offered.clientAuthentication),
        "token_endpoint_auth_signing_alg_values_supported": offered.signingAlgorithms.isEmpty
            ? nil : .texts(offered.signingAlgorithms),
        "grant_types_supported": .texts(offered.grantTypes),
        "response_types_supported": .texts(["code"]),
        "code_challenge_methods_supported": .texts(["S256"]),
        "scopes_supported": .texts(SmartScope.supported + [Scope.launchPatient.text, Scope.offlineAccess.text]),
        "capabilities": .texts(offered.smartCapabilities),
    ])
}

extension SmartScope {
    /// Examples of the grammar that every server of its kind lists: wildcards, the resources, and the narrowing that is known.
    static let supported: [String] =
        ["patient/*.rs", "patient/Patient.rs", "patient/Observation.rs", "user/*.rs", "system/*.rs"]
        + ObservationCategory.allCases.map {
            "patient/Observation.rs?category=\(ObservationCategory.system)|\($0.rawValue)"
        }
}
