// The only reader of credentials: cookies, the Authorization header and the form's client_secret. It says what was
// presented; whether that is any good, Gateway says.

import Domain
import Gateway
import HTTPTypes

enum Caller {
    static let sessionCookieName = "licet_session"
    static let flowCookieName = "licet_flow"

    /// The browser's session token.
    static func sessionCookie(_ headers: HTTPFields) -> String? { cookie(sessionCookieName, headers) }

    /// What binds an approval to the browser that began it.
    static func flowCookie(_ headers: HTTPFields) -> String? { cookie(flowCookieName, headers) }

    static func presentsAuthorization(_ headers: HTTPFields) -> Bool { headers.contains(.authorization) }

    /// A secret or an assertion; without either a browser asks.
    static func presentsSecret(_ form: Form) -> Bool {
        form.parameter("client_secret") != nil || form.parameter("client_assertion") != nil
    }

    enum Token: Equatable {
        case bearer(String)
        /// Under the scheme DPoP (RFC 9449 §7.1).
        case bound(String)
    }

    static func token(_ headers: HTTPFields) -> Token? {
        if let token = bearer(headers) { return .bearer(token) }
        return token(headers, scheme: "dpop").map { .bound($0) }
    }

    /// RFC 6750 §2.1, the header only: a token in a URL or a form ends up in logs.
    static func bearer(_ headers: HTTPFields) -> String? {
        token(headers, scheme: "bearer")
    }

    private static func token(_ headers: HTTPFields, scheme: String) -> String? {
        guard headers[values: .authorization].count == 1, let credentials = authorization(scheme, headers) else {
            return nil
        }
        let isToken = credentials.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return isToken && (1...512).contains(credentials.utf8.count) ? credentials : nil
    }

    /// HTTP Basic, `client_secret` in the form (RFC 6749 §2.3.1), a signed assertion (RFC 7523 §2.2) or only the name of a public
    /// client; never two of them. Nil when there is nothing at all.
    static func client(_ headers: HTTPFields, form: Form) throws(Declined) -> ClientCredentials? {
        let formID = form.parameter("client_id")
        let formSecret = form.parameter("client_secret")
        let assertion = form.parameter("client_assertion")
        let presented = [presentsAuthorization(headers), formSecret != nil, assertion != nil].count { $0 }
        guard presented <= 1 else {
            throw Declined(.invalidRequest, "Authenticate in one way: the header, client_secret or client_assertion.")
        }
        if let assertion { return try client(assertion: assertion, form: form) }
        guard presentsAuthorization(headers) else {
            guard let formSecret else { return formID.map { ClientCredentials(id: $0, proof: .nothing) } }
            guard let formID else { throw Declined(.invalidRequest, "client_secret needs client_id.") }
            return ClientCredentials(id: formID, secret: formSecret)
        }
        guard let credentials = authorization("basic", headers), let pair = Base64.decode(credentials),
            let colon = pair.firstIndex(of: UInt8(ascii: ":")),
            let id = decodePercent(pair[..<colon], plusIsSpace: true),
            let secret = decodePercent(pair[(colon + 1)...], plusIsSpace: true)
        else { throw Declined(.invalidClient) }
        guard formID == nil || formID == id else {
            throw Declined(.invalidRequest, "client_id differs from the client that authenticated.")
        }
        return ClientCredentials(id: id, secret: secret)
    }

    private static func client(assertion: String, form: Form) throws(Declined) -> ClientCredentials {
        guard form.parameter("client_assertion_type") == ClientCredentials.assertionType else {
            throw Declined(.invalidRequest, "client_assertion_type must be \(ClientCredentials.assertionType).")
        }
        let credentials = ClientCredentials(assertion: assertion)
        guard let formID = form.parameter("client_id") else {
            guard let credentials else { throw Declined(.invalidClient) }
            return credentials
        }
        return ClientCredentials(id: formID, proof: .assertion(assertion))
    }

    private static func authorization(_ scheme: String, _ headers: HTTPFields) -> String? {
        guard let value = headers[.authorization], let space = value.firstIndex(of: " "),
            value[..<space].lowercased() == scheme
        else { return nil }
        return String(value[space...].drop { $0 == " " })
    }

    private static func cookie(_ name: String, _ headers: HTTPFields) -> String? {
        for line in headers[values: .cookie] {
            for pair in line.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " }
                guard trimmed.hasPrefix(name), trimmed.dropFirst(name.count).first == "=" else { continue }
                let value = String(trimmed.dropFirst(name.count + 1))
                let isSound = value.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") }
                return isSound && (1...512).contains(value.utf8.count) ? value : nil
            }
        }
        return nil
    }
}
