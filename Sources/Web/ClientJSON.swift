// An application as an OAuth client in JSON, by the names of RFC 7591 §2: as it is sent, and as its owner sees it.

import Domain
import Gateway
import NIOCore

extension ClientDraft {
    /// What is absent is as usual.
    init(_ fields: inout FieldReader) {
        self.init(
            authentication: fields.optionalText("token_endpoint_auth_method"),
            applicationType: fields.optionalText("application_type"), profile: fields.optionalText("profile"),
            requiresPushedRequests: fields.optionalFlag("require_pushed_authorization_requests"),
            bindsTokens: fields.optionalFlag("dpop_bound_access_tokens"),
            keySet: fields.optionalObject("jwks").map { String(buffer: $0.buffer) },
            keySetURI: fields.optionalText("jwks_uri"))
    }
}

extension JSONValue {
    /// As it was registered, and nothing of what the keys or their address led to.
    static func client(_ traits: ClientTraits) -> [Member] {
        let keys = traits.keySet.flatMap { try? JSONParser.parse(Array($0.utf8)) }
        return [
            Member(name: "token_endpoint_auth_method", value: .string(traits.authentication.name)),
            Member(name: "application_type", value: .string(traits.isNative ? "native" : "web")),
            Member(name: "profile", value: .string(traits.profile.rawValue)),
            Member(name: "require_pushed_authorization_requests", value: .bool(traits.requiresPushedRequests)),
            Member(name: "dpop_bound_access_tokens", value: .bool(traits.bindsTokens)),
            Member(name: "jwks", value: keys ?? .null),
            Member(name: "jwks_uri", value: .text(traits.keySetURI)),
        ]
    }
}
