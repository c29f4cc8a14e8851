// Makes responses. Every one begins with the headers that keep browsers and caches from guessing.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension HTTPField.Name {
    static let requestID = named("X-Request-Id")
    static let referrerPolicy = named("Referrer-Policy")
    static let xFrameOptions = named("X-Frame-Options")
    static let audit = named("Licet-Audit")
    static let pragma = named("Pragma")
    static let secFetchSite = named("Sec-Fetch-Site")
    static let xForwardedFor = named("X-Forwarded-For")
    static let xForwardedProto = named("X-Forwarded-Proto")

    // The fallback is never reached: a test holds that each name above is a token.
    static func named(_ text: String) -> Self { Self(text) ?? .expect }
}

enum Answer {
    /// On every response.
    static let plainFields: HTTPFields = [
        .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer", .cacheControl: "no-store",
    ]

    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, contentType: String = "application/json"
    ) -> Response {
        bytes(value.buffer, contentType: contentType, status: status)
    }

    static func bytes(
        _ buffer: ByteBuffer, contentType: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        var fields = plainFields
        fields.append(HTTPField(name: .contentType, value: contentType))
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: buffer))
    }

    static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        bytes(ByteBuffer(string: text), contentType: contentType)
    }

    static func noContent() -> Response { Response(status: .noContent, headers: plainFields) }

    /// 303: the browser follows with GET, and going back does not post again.
    static func redirect(to location: String) -> Response {
        var fields = plainFields
        fields.append(HTTPField(name: .location, value: location))
        return Response(status: .seeOther, headers: fields)
    }

    /// HTML. `formTargets` are the sources beside our own to which a form may lead, after its redirect too.
    static func page(_ html: String, status: HTTPResponse.Status = .ok, formTargets: [String] = []) -> Response {
        var response = bytes(ByteBuffer(string: html), contentType: "text/html; charset=utf-8", status: status)
        let targets = (["'self'"] + formTargets).joined(separator: " ")
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action \(targets); base-uri 'none'; "
            + "frame-ancestors 'none'"
        response.headers[.xFrameOptions] = "DENY"
        // With no-referrer browsers post our own forms with the origin `null`, and the check of the origin would be blind.
        response.headers[.referrerPolicy] = "same-origin"
        return response
    }
}

extension Response {
    /// A cookie that no script reads and no other site's form sends along.
    mutating func setCookie(_ name: String, _ value: String, path: String = "/", secure: Bool) {
        appendCookie("\(name)=\(value); Path=\(path); HttpOnly; SameSite=Lax", secure: secure)
    }

    mutating func clearCookie(_ name: String, path: String = "/", secure: Bool) {
        appendCookie("\(name)=; Max-Age=0; Path=\(path); HttpOnly; SameSite=Lax", secure: secure)
    }

    private mutating func appendCookie(_ cookie: String, secure: Bool) {
        headers.append(HTTPField(name: .setCookie, value: secure ? cookie + "; Secure" : cookie))
    }
}
