// Dresses a problem as FHIR tells it: an OperationOutcome, with the same headers as everywhere.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension ProblemResponse {
    static let fhirContentType = "application/fhir+json"

    /// FHIR R4 §2.36; our own code stands in `details`, where programs find it, and each field at fault has an issue of its own.
    static func fhir(_ declined: Declined, id: RequestID, publicURL: String, challenge: Challenge) -> Response {
        let problem = declined.problem
        let text = declined.detail ?? declined.repairURL.map { "The person can be asked at \($0)" }
        let details = JSONValue.object([
            "coding": .array([
                .object([
                    "system": .string("\(publicURL)/problems"), "code": .string(problem.rawValue),
                    "display": .string(problem.title),
                ])
            ]),
            "text": text.map { .string($0) },
        ])
        func issue(_ diagnostics: String, location: String? = nil) -> JSONValue {
            .object([
                "severity": .string("error"), "code": .string(issueCode(problem)), "details": details,
                "diagnostics": .string(diagnostics),
                // For a parameter FHIR writes "http." and its name.
                "location": location.map { .texts(["http.\($0)"]) },
            ])
        }
        let issues =
            declined.faults.isEmpty
            ? [issue(problem.title)] : declined.faults.map { issue("\($0.field): \($0.message)", location: $0.field) }
        let outcome = JSONValue.object([
            "resourceType": .string("OperationOutcome"), "id": .string(id.fhirText), "issue": .array(issues),
        ])
        var response = Answer.json(
            outcome, status: HTTPResponse.Status(code: statusOfResource(problem)), contentType: fhirContentType)
        response.headers[.wwwAuthenticate] = challenge.field(for: problem)
        addRetry(declined, to: &response)
        return response
    }

    /// Of the value set `issue-type`.
    static func issueCode(_ problem: Problem) -> String {
        switch problem {
        case .consentRequired, .accessDenied, .notPermitted, .formTampered: "forbidden"
        case .notAuthenticated, .invalidClient, .signInFailed: "login"
        case .tokenExpired: "expired"
        case .notFound: "not-found"
        case .methodNotAllowed, .unsupportedMediaType: "not-supported"
        case .invalidFields, .invalidRequest: "invalid"
        case .bodyTooLarge: "too-long"
        case .tooManyRequests: "throttled"
        case .busy, .storageUnavailable, .accessNotRecorded: "transient"
        case .unexpected: "exception"
        default: "processing"
        }
    }
}
