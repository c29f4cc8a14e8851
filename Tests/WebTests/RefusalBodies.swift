// The part of the refusal matrix that is about what is sent, by somebody who may come: too much, of another type, broken, or
// asking what nobody knows.

import Domain
import Gateway
import HTTPTypes

@testable import Web

extension RefusalScene {
    private enum Reads { case nothing, form, json, file }

    private func reads(_ route: Route) -> Reads {
        switch route.admission {
        case .visitorForm, .personForm, .approvalForm, .application, .applicationOrBrowser: .form
        case .personUpload: .file
        case .anyone, .sentBrowser, .session, .token:
            if route.name == .startImport || route.name == .putImport {
                .file
            } else {
                route.problems.contains(.bodyTooLarge) ? .json : .nothing
            }
        case .visitor, .person, .monitor: .nothing
        }
    }

    /// What goes to the route when nothing is wrong with it; empty where nothing does.
    func fittingType(_ route: Route) -> String? {
        switch reads(route) {
        case .nothing, .file: nil
        case .form: "application/x-www-form-urlencoded"
        case .json: "application/json"
        }
    }

    func bodies(_ route: Route) -> [Attempt] {
        let headers = good(route)
        func attempt(_ what: String, _ type: String?, _ body: String, _ problem: Problem) -> Attempt {
            Attempt(
                what: what, headers: headers, answer: .problem(problem), type: type, body: body, isOwn: true)
        }
        let large = String(repeating: "a", count: Incoming.mostBodyBytes + 1)
        switch reads(route) {
        case .nothing: return []
        case .form:
            let type = "application/x-www-form-urlencoded"
            return [
                attempt("of another content type", "application/json", "{}", .unsupportedMediaType),
                attempt("of no content type", "", "a=b", .unsupportedMediaType),
                attempt("with a broken escape", type, "a=%zz", .invalidRequest),
                attempt("with bytes that are no UTF-8", type, "a=%ff%fe", .invalidRequest),
                attempt("too large", type, "a=\(large)", .bodyTooLarge),
            ]
        case .json:
            return [
                attempt("of another content type", "text/plain", "{}", .unsupportedMediaType),
                attempt("as a form", "application/x-www-form-urlencoded", "a=b", .unsupportedMediaType),
                attempt("of no content type", "", "{}", .unsupportedMediaType),
                attempt("broken off", "application/json", "{\"a\":", .invalidRequest),
                attempt("with a member given twice", "application/json", "{\"a\":1,\"a\":2}", .invalidRequest),
                attempt("with a member nobody knows", "application/json", "{\"nobody_asked\":1}", .invalidFields),
                attempt("that is no object", "application/json", "[]", .invalidFields),
                attempt("too large", "application/json", "\"\(large)\"", .bodyTooLarge),
            ]
        case .file:
            return [attempt("of another content type", "application/json", "{}", .unsupportedMediaType)]
        }
    }

    /// Routes of the interfaces refuse what nobody reads; OAuth and pages pass over it (RFC 6749 §3.1).
    func queries(_ route: Route) -> [Attempt] {
        let isInterface = ["/api/", "/partner/", "/developer/"].contains { route.path.hasPrefix($0) }
        guard isInterface || route.name == .fhirObservations else { return [] }
        return [
            Attempt(
                what: "with a parameter nobody knows", headers: good(route), answer: .problem(.invalidFields),
                query: "nobody_asked=1")
        ]
    }
}
