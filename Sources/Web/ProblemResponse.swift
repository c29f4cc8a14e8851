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
            "status": .count(statusOfResource(problem)),
            "code": .string(problem.rawValue),
            "detail": declined.detail.map { .string($0) },
            "errors": declined.faults.isEmpty ? nil : .array(declined.faults.map(fault)),
            "missing": declined.missing.isEmpty ? nil : .texts(declined.missing),
            "authorize_url": declined.repairURL.map { .string($0) },
            "request_id": .string(id.text),
        ])
        let status = HTTPResponse.Status(code: statusOfResource(problem))
        var response = Answer.json(body, status: status, contentType: "application/problem+json")
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
        case .busy, .storageUnavailable, .tooManyRequests, .accessNotRecorded, .auditNotSealedYet:
            response.headers[.retryAfter] = "\(max(1, declined.retryAfter?.wholeSecondsUp ?? 2))"
        default: break
        }
    }

    /// A proof that is no good is a bad credential where a token is presented (RFC 9449 §7.1), and a bad request elsewhere.
    static func statusOfResource(_ problem: Problem) -> Int {
        problem == .invalidDPoPProof || problem == .useDPoPNonce ? 401 : problem.status
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
