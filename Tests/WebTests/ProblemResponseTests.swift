// One problem, three dresses; the status and the code are the same in each.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite("Problems as responses")
struct ProblemResponseTests {
    private let id = Identifier<RequestNoun>(bytes: Array(repeating: 7, count: 16))

    private func body(_ response: Response) async throws -> String {
        let writer = Gathering()
        try await response.body.write(writer)
        return writer.text
    }

    @Test(
        "every problem of the catalogue keeps its status, its code and a page of its own", arguments: Problem.allCases)
    func everyProblem(problem: Problem) async throws {
        let declined = Declined(problem)
        let json = ProblemResponse.json(
            declined, id: id, publicURL: "https://l.example", challenge: .session(presented: true))
        let status = ProblemResponse.statusOfResource(problem)
        #expect(json.status.code == status)
        #expect(json.headers[.contentType] == "application/problem+json")
        let text = try await body(json)
        #expect(text.contains("\"code\":\"\(problem.rawValue)\""))
        #expect(text.contains("\"type\":\"https://l.example/problems#\(problem.rawValue)\""))
        #expect(text.contains("\"request_id\":\"\(id.text)\""))
        #expect(
            (json.headers[.wwwAuthenticate] != nil)
                == (status == 401 || problem.oauthError == "insufficient_scope"))

        let oauth = ProblemResponse.oauth(declined, id: id)
        #expect(oauth.status.code == problem.status)
        #expect(try await body(oauth).contains("\"error\":\"\(problem.oauthError)\""))

        let page = try PageLibrary().problem(declined, id: id, viewer: nil)
        #expect(page.status.code == problem.status)
        #expect(try await body(page).contains(problem.rawValue))
    }

    @Test("C7: missing consent is 403 with insufficient_scope, and says where to send the person")
    func consentRequired() async throws {
        let declined = Declined(.consentRequired, repairURL: "https://l.example/oauth/authorize?client_id=a")
        let response = ProblemResponse.json(
            declined, id: id, publicURL: "https://l.example", challenge: .session(presented: true))
        #expect(response.status.code == 403)
        #expect(response.headers[.wwwAuthenticate] == "Bearer error=\"insufficient_scope\"")
        #expect(
            try await body(response).contains("\"authorize_url\":\"https://l.example/oauth/authorize?client_id=a\""))
    }

    @Test("a missing token is asked for plainly, a bad one is called invalid (RFC 6750 §3.1)")
    func challenges() {
        #expect(Challenge.session(presented: false).field(for: .notAuthenticated) == "Bearer")
        #expect(Challenge.session(presented: true).field(for: .notAuthenticated) == "Bearer error=\"invalid_token\"")
        #expect(Challenge.session(presented: true).field(for: .tokenExpired) == "Bearer error=\"invalid_token\"")
        #expect(Challenge.session(presented: true).field(for: .invalidFields) == nil)
    }

    @Test("an OAuth description holds printable ASCII without quotes (RFC 6749 §5.2)")
    func plainDescription() async throws {
        let text = try await body(ProblemResponse.oauth(Declined(.invalidRequest, "say \"é\"\n\\"), id: id))
        #expect(text.contains("\"error_description\":\"say ''''''\""))
    }

    @Test("faults and missing scopes are listed only when there are any")
    func listsFaults() async throws {
        let full = Declined(.requiredScopeMissing, faults: [FieldFault("a", "b")], missing: ["rule:x"])
        let text = try await body(
            ProblemResponse.json(full, id: id, publicURL: "https://l.example", challenge: .none))
        #expect(text.contains(#""errors":[{"field":"a","message":"b"}],"missing":["rule:x"]"#))
        let bare = try await body(
            ProblemResponse.json(Declined(.busy), id: id, publicURL: "https://l.example", challenge: .none))
        #expect(!bare.contains("errors") && !bare.contains("missing") && !bare.contains("detail"))
    }
}
