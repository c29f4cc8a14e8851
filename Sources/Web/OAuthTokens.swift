// The endpoints that an application's server calls: token, revocation, introspection, pushed requests, and grants.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    /// RFC 6749 §4.1.3, §4.4.2 and §6.
    func exchange(_ incoming: Incoming, form: Form, client: ClientCredentials) async throws(Declined) -> Response {
        let key = try await provenKey(incoming, accessToken: nil)
        // RFC 9396 §6 lets a token be asked for with less than was granted. A token here has no rights of its own to be less.
        if form.parameter("authorization_details") != nil {
            throw Declined(
                .invalidAuthorizationDetails, "A token gives what its grant gives: ask in the authorization request.")
        }
        switch form.parameter("grant_type") {
        case "authorization_code":
            guard let code = form.parameter("code") else { throw Declined(.invalidRequest, "code is missing.") }
            return token(
                try await gateway.exchange(
                    code: code, redirectURI: form.parameter("redirect_uri"), verifier: form.parameter("code_verifier"),
                    client: client, key: key, request: incoming.id))
        case "refresh_token":
            guard let refresh = form.parameter("refresh_token") else {
                throw Declined(.invalidRequest, "refresh_token is missing.")
            }
            return token(
                try await gateway.refresh(
                    token: refresh, scope: form.parameter("scope"), client: client, key: key, request: incoming.id))
        case "client_credentials":
            return token(
                try await gateway.clientCredentials(
                    client: client, scope: form.parameter("scope") ?? "", key: key, request: incoming.id))
        case nil:
            throw Declined(.invalidRequest, "grant_type is missing.")
        default:
            throw Declined(.unsupportedGrantType)
        }
    }

    /// RFC 6749 §5.1, written straight into the buffer.
    private func token(_ answer: TokenAnswer) -> Response {
        var body = ByteBuffer()
        body.reserveCapacity(256 + answer.scope.utf8.count)
        func write(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            body.writeStaticString(",\"")
            body.writeStaticString(name)
            body.writeStaticString("\":")
            body.writeJSONString(text)
        }
        body.writeStaticString("{\"access_token\":")
        body.writeJSONString(answer.accessToken)
        body.writeStaticString(answer.isBound ? ",\"token_type\":\"DPoP\"" : ",\"token_type\":\"Bearer\"")
        body.writeStaticString(",\"expires_in\":")
        body.writeString(String(answer.expiresIn))
        write("scope", answer.scope)
        write("refresh_token", answer.refreshToken)
        if let seconds = answer.authorizationExpiresIn {
            body.writeStaticString(",\"authorization_expires_in\":")
            body.writeString(String(seconds))
        }
        write("grant_id", answer.grant?.text)
        write("record", answer.record?.text)
        write("person", answer.person?.text)
        write("patient", answer.patient?.fhirText)
        if let details = answer.details {
            body.writeStaticString(",\"authorization_details\":")
            var written = JSONValue.details(details).buffer
            body.writeBuffer(&written)
        }
        body.writeStaticString("}")
        var response = Answer.bytes(body, contentType: "application/json")
        response.headers.append(HTTPField(name: .pragma, value: "no-cache"))
        return response
    }

    /// RFC 9126 §2.
    func push(_ incoming: Incoming, form: Form, client: ClientCredentials) async throws(Declined) -> Response {
        let key = try await provenKey(incoming, accessToken: nil)
        let pushed = try await gateway.push(
            try authorizationRequest(form, clientID: client.id), client: client, key: key, request: incoming.id)
        return Answer.json(
            .object([
                "request_uri": .string(pushed.requestURI), "expires_in": .count(pushed.expiresIn),
            ]), status: .created)
    }

    /// RFC 7009 §2: unknown tokens and those of others are answered with success as well.
    func revokeToken(_ incoming: Incoming, form: Form, client: ClientCredentials) async throws(Declined) -> Response {
        guard let token = form.parameter("token") else { throw Declined(.invalidRequest, "token is missing.") }
        try await gateway.revoke(presented: token, client: client, request: incoming.id)
        return Answer.json(.object([:]))
    }

    /// RFC 7662 §2.
    func introspect(_ incoming: Incoming, form: Form, client: ClientCredentials) async throws(Declined) -> Response {
        guard let token = form.parameter("token") else { throw Declined(.invalidRequest, "token is missing.") }
        let found = try await gateway.introspect(presented: token, client: client, request: incoming.id)
        guard let found else { return Answer.json(.object(["active": .bool(false)])) }
        return Answer.json(
            .object([
                "active": .bool(true), "scope": .string(found.scope), "client_id": .string(found.client.text),
                "token_type": found.isRefreshToken ? nil : .string(found.keyThumbprint == nil ? "Bearer" : "DPoP"),
                "exp": .count(found.expiresAt.seconds), "iat": .count(found.issuedAt.seconds),
                // No `aud`: the organization's own resource servers, elsewhere, are meant too.
                "iss": .string(settings.publicURL),
                "sub": .string(found.person?.text ?? found.client.text),
                "grant_id": found.grant.map { .string($0.text) }, "record": found.record.map { .string($0.text) },
                "patient": found.patient.map { .string($0.fhirText) },
                "authorization_details": found.details.map { .details($0) },
                "cnf": found.keyThumbprint.map { .object(["jkt": .string($0)]) },
            ]))
    }

    /// Grant Management for OAuth 2.0, §6.3.
    func tellManagedGrant(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let grant = try await gateway.managedGrant(
            try incoming.identifier(), token: token.text, key: token.key, request: incoming.id)
        return Answer.json(
            .object([
                "scopes": .array([.object(["scope": .string(grant.scope)])]),
                "authorization_details": grant.details.map { .details($0) }, "status": .string(grant.state.rawValue),
                "created_at": .moment(grant.createdAt), "expires_at": .moment(grant.expiresAt),
            ]))
    }

    /// §6.4.
    func endManagedGrant(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        try await gateway.endManagedGrant(
            try incoming.identifier(), token: token.text, key: token.key, request: incoming.id)
        return Answer.noContent()
    }
}
