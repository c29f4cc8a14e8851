// Dresses a problem as the surface it happened on speaks: problem+json, an OAuth error, or a page. Nothing else decides what
// the outside learns of a failure.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

enum ProblemResponse {
    /// RFC 9457. `challenge` is for the surfaces that take bearer tokens (RFC 6750 §3).
    static func json(_ declined: Declined, id: RequestID, publicURL: String, challenge: Challenge) -> Response {
        let problem = declined.problem
        let body = JSONValue.object([
            "type": .string("\(publicURL)/problems#\(problem.rawValue)"),
            "title": .string(problem.title),
            "status": .count(problem.status),
            "code": .string(problem.rawValue),
            "detail": declined.detail.map { .string($0) },
            "errors": declined.faults.isEmpty ? nil : .array(declined.faults.map(fault)),
            "missing": declined.missing.isEmpty ? nil : .texts(declined.missing),
            "authorize_url": declined.repairURL.map { .string($0) },
            "request_id": .string(id.text),
        ])
        var response = Answer.json(body, status: status(problem), contentType: "application/problem+json")
        response.headers[.wwwAuthenticate] = challenge.field(for: problem)
        addRetry(declined, to: &response)
        return response
    }

    /// RFC 6749 §5.2.
    static func oauth(_ declined: Declined, id: RequestID) -> Response {
        let problem = declined.problem
        let body = JSONValue.object([
            "error": .string(problem.oauthError),
            "error_description": .string(descriptionText(declined.detail ?? problem.title)),
            "code": .string(problem.rawValue),
            "request_id": .string(id.text),
        ])
        var response = Answer.json(body, status: status(problem))
        if problem.status == 401 { response.headers[.wwwAuthenticate] = "Basic realm=\"licet\"" }
        addRetry(declined, to: &response)
        return response
    }

    static func addRetry(_ declined: Declined, to response: inout Response) {
        switch declined.problem {
        case .busy, .storageUnavailable, .tooManyRequests, .accessNotRecorded:
            response.headers[.retryAfter] = "\(max(1, declined.retryAfter?.wholeSecondsUp ?? 2))"
        default: break
        }
    }

    static func status(_ problem: Problem) -> HTTPResponse.Status { HTTPResponse.Status(code: problem.status) }

    private static func fault(_ fault: FieldFault) -> JSONValue {
        .object(["field": .string(fault.field), "message": .string(fault.message)])
    }

    // RFC 6749 §5.2 allows printable ASCII without '"' and '\'.
    private static func descriptionText(_ text: String) -> String {
        String(decoding: text.utf8.map { allowed($0) ? $0 : UInt8(ascii: "'") }, as: UTF8.self)
    }

    private static func allowed(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

/// What a 401 or a 403 says about the credentials it would take.
enum Challenge {
    /// The surface takes no credential.
    case none
    /// It takes a bearer token; whether one was presented makes the difference (RFC 6750 §3.1).
    case bearer(presented: Bool)

    func field(for problem: Problem) -> String? {
        guard case .bearer(let presented) = self else { return problem.status == 401 ? "Bearer" : nil }
        switch problem {
        case .tokenExpired, .notAuthenticated: return presented ? "Bearer error=\"invalid_token\"" : "Bearer"
        case .consentRequired, .accessDenied: return "Bearer error=\"insufficient_scope\""
        default: return problem.status == 401 ? "Bearer" : nil
        }
    }
}
