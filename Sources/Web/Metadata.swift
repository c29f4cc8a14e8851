// What a client can find out without being told (RFC 8414, RFC 9728). Nothing is listed that does not work, and nothing works that is
// not listed.

import Domain
import Gateway
import Hummingbird

extension Server {
    /// RFC 8414.
    func describeAuthorizationServer(_ incoming: Incoming) async throws(Declined) -> Response {
        let base = settings.publicURL
        let offered = OfferedToClients.today
        let algorithms = JSONValue.texts(offered.signingAlgorithms)
        let methods = JSONValue.texts(offered.clientAuthentication)
        let confidential = JSONValue.texts(offered.clientAuthentication.filter { $0 != "none" })
        return Answer.json(
            .object([
                "issuer": .string(base),
                "authorization_endpoint": .string(base + "/oauth/authorize"),
                "token_endpoint": .string(base + "/oauth/token"),
                "pushed_authorization_request_endpoint": .string(base + "/oauth/par"),
                "require_pushed_authorization_requests": .bool(false),
                "revocation_endpoint": .string(base + "/oauth/revoke"),
                "introspection_endpoint": .string(base + "/oauth/introspect"),
                "grant_management_endpoint": .string(base + "/oauth/grants"),
                "jwks_uri": .string(base + "/oauth/jwks"),
                "response_types_supported": .texts(["code"]),
                "response_modes_supported": .texts(["query"]),
                "grant_types_supported": .texts(offered.grantTypes),
                "code_challenge_methods_supported": .texts(["S256"]),
                "token_endpoint_auth_methods_supported": methods,
                "token_endpoint_auth_signing_alg_values_supported": algorithms,
                "revocation_endpoint_auth_methods_supported": methods,
                "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
                "introspection_endpoint_auth_methods_supported": confidential,
                "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
                "dpop_signing_alg_values_supported": algorithms,
                "scopes_supported": .texts(Self.scopes),
                "authorization_details_types_supported": .texts([DataDetail.type]),
                "authorization_response_iss_parameter_supported": .bool(true),
                "grant_management_actions_supported": .texts(["create", "merge", "replace", "query", "revoke"]),
                "grant_management_action_required": .bool(false),
                "protected_resources": .texts([base]),
            ]))
    }

    /// RFC 9728.
    func describeProtectedResource(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.json(
            .object([
                "resource": .string(settings.publicURL),
                "authorization_servers": .texts([settings.publicURL]),
                "scopes_supported": .texts(Self.scopes),
                "bearer_methods_supported": .texts(["header"]),
                "dpop_signing_alg_values_supported": .texts(OfferedToClients.today.signingAlgorithms),
            ]))
    }

    private static let scopes: [String] =
        DataType.allCases.map { Scope.data(.read, .type($0)).text }
        + Category.allCases.map { Scope.data(.read, .category($0)).text } + SmartScope.supported
        + [Scope.launchPatient.text, Scope.offlineAccess.text] + GrantManagementScope.allCases.map(\.rawValue)
}
