// The refusal matrix: every route of the table, asked in every wrong way that its kind has. What is answered is printed to
// docs/refusals.md, and after each route the store is as it was.

import Domain
import Gateway
import HTTPTypes
import Synchronization
import TestKit
import Testing

@testable import Web

@Suite("Who is refused where, and how")
struct RefusalMatrixTests {
    /// One line of the document.
    struct Cell: Sendable, Hashable {
        let what: String
        let status: Int
        let word: String
        let challenge: String

        init(_ what: String, _ reply: HouseUnderTest.Reply) {
            self.what = what
            status = reply.status
            word = reply.status == 303 ? "to `\(reply.location)`" : "`\(reply.problemCode)`"
            challenge = reply.challengeWords
        }
    }

    // Failures and proofs are counted; nothing else may come of a refusal. The trail has its own check.
    private static let counted: Set<String> = ["audit_inbox", "spent_budget", "used_proof"]

    @Test(
        "C1, C7, C10, D1: each wrong way to each route is refused as its kind says, changes nothing and tells nothing",
        arguments: Admission.allCases)
    func refuses(_ admission: Admission) async throws {
        let routes = RouteTable.all.filter { $0.admission == admission }
        try await HouseUnderTest.trying { house in
            let scene = try await RefusalScene(house)
            for route in routes {
                let before = try await house.contents(without: Self.counted)
                let lines = try await house.trail()
                for attempt in try scene.attempts(route) {
                    let reply = try await scene.make(attempt, on: route)
                    expect(reply, attempt, route, scene)
                }
                let changed = changedTables(before, try await house.contents(without: Self.counted))
                #expect(changed == [], "\(route.name)")
                let added = try await house.trail().subtracting(lines)
                #expect(added.allSatisfy { $0.items == 0 && $0.outcome != "done" }, "\(route.name): \(added)")
            }
        }
    }

    @Test("C1: docs/refusals.md says what each wrong way to each route is answered with")
    func prints() async throws {
        let matrix = Mutex<[String: [Cell]]>([:])
        for admission in Admission.allCases {
            try await HouseUnderTest.trying { house in
                let scene = try await RefusalScene(house)
                for route in RouteTable.all where route.admission == admission {
                    var cells: [Cell] = []
                    for attempt in try scene.attempts(route) {
                        cells.append(Cell(attempt.what, try await scene.make(attempt, on: route)))
                    }
                    let done = cells
                    matrix.withLock { $0[Self.title(route)] = done }
                }
            }
        }
        let cells = matrix.withLock { $0 }
        #expect(cells.count == RouteTable.all.count && cells.values.allSatisfy { !$0.isEmpty })
        try Golden.expect(Self.printed(cells), at: "docs/refusals.md")
    }

    // MARK: what is promised of every refusal

    private func expect(
        _ reply: HouseUnderTest.Reply, _ attempt: Attempt, _ route: Route, _ scene: RefusalScene
    ) {
        let place = "\(route.name), \(attempt.what): \(reply.status) \(reply.text.prefix(300))"
        #expect(reply.headers[.audit] == nil && reply.headers[.setCookie] == nil, "\(place)")
        switch attempt.answer {
        case .signIn:
            #expect(reply.status == 303 && reply.location == route.signIn && reply.text.isEmpty, "\(place)")
        case .problem(let problem):
            let isResource = route.dress == .json || route.dress == .fhir
            #expect(
                reply.status == (isResource ? ProblemResponse.statusOfResource(problem) : problem.status), "\(place)")
            #expect(reply.problemCode == problem.rawValue, "\(place)")
            #expect((route.problems + RouteTable.everywhere).contains(problem), "\(place): not in the table")
            expectChallenge(reply, problem, route, place)
            if problem == .methodNotAllowed { #expect(reply.headers[.allow]?.isEmpty == false, "\(place)") }
        }
        guard !attempt.isOwn else { return }
        for secret in scene.secrets { #expect(!reply.text.contains(secret), "\(secret) in \(place)") }
        if reply.headers[.contentType]?.contains("json") == true {
            #expect(reply.members.isSubset(of: Self.tellable), "\(place)")
        }
    }

    private func expectChallenge(
        _ reply: HouseUnderTest.Reply, _ problem: Problem, _ route: Route, _ place: String
    ) {
        let challenge = reply.headers[.wwwAuthenticate]
        if reply.status == 401 { #expect(challenge != nil, "\(place)") }
        guard problem != .methodNotAllowed else { return }
        switch (route.admission, reply.status) {
        case (.token, 401), (.token, 403):
            if problem == .notPermitted { break }
            #expect(challenge?.contains("resource_metadata=\"") == true, "\(place)")
            let isProof = problem == .invalidDPoPProof || problem == .useDPoPNonce
            if isProof { #expect(challenge?.hasPrefix("DPoP error=\"\(problem.oauthError)\"") == true, "\(place)") }
            if reply.status == 403 { #expect(challenge?.contains("insufficient_scope") == true, "\(place)") }
        case (.session, 401), (.monitor, 401): #expect(challenge?.hasPrefix("Bearer") == true, "\(place)")
        case (.application, 401), (.applicationOrBrowser, 401):
            #expect(challenge?.hasPrefix("Basic") == true, "\(place)")
        default: #expect(challenge == nil, "\(place)")
        }
    }

    /// Every member that a problem may have, as problem+json, OAuth error or OperationOutcome.
    private static let tellable: Set<String> = [
        "type", "title", "status", "code", "detail", "errors", "field", "message", "authorize_url", "request_id",
        "error", "error_description", "resourceType", "id", "issue", "severity", "details", "coding", "system",
        "display", "text", "diagnostics", "location",
    ]

    // MARK: the document

    private static func title(_ route: Route) -> String { "`\(route.method.rawValue) \(route.path)`" }

    private static func printed(_ cells: [String: [Cell]]) -> String {
        var order: [[Cell]] = []
        var places: [[Cell]: [String]] = [:]
        for route in RouteTable.all {
            guard let rows = cells[title(route)] else { continue }
            if places[rows] == nil { order.append(rows) }
            places[rows, default: []].append(title(route))
        }
        let total = cells.values.reduce(0) { $0 + $1.count }
        var lines = [
            "# What is refused where, and how", "",
            "A test prints this page by asking every route of the table (`Sources/Web/RouteTable.swift`) in every wrong way that",
            "its kind has: \(total) questions to \(cells.count) routes. It fails when an answer differs from this page. After each",
            "route it looks that nothing in the store has changed, that the audit trail only tells of refusals, and that no answer",
            "holds a token, a name or a value. Routes that answer alike stand together. *Challenge* is `WWW-Authenticate`, without",
            "the addresses and algorithms that stand in it.", "",
        ]
        for rows in order {
            lines += ["## " + (places[rows]?.first ?? ""), ""]
            let others = places[rows]?.dropFirst() ?? []
            if !others.isEmpty { lines += ["The same: " + others.joined(separator: ", ") + ".", ""] }
            lines += ["| what comes | status | code | challenge |", "|---|---|---|---|"]
            lines += rows.map { "| \($0.what) | \($0.status) | \($0.word) | \($0.challenge) |" }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }
}

extension RefusalScene {
    func make(_ attempt: Attempt, on route: Route) async throws -> HouseUnderTest.Reply {
        // Long enough that no budget of failures is spent.
        if route.admission == .application || route.admission == .applicationOrBrowser { house.time.pass(.minutes(1)) }
        let query = [query(route), attempt.query ?? ""].filter { !$0.isEmpty }.joined(separator: "&")
        let type = attempt.type ?? fittingType(route)
        return try await house.ask(
            attempt.method ?? route.method, path(route) + (query.isEmpty ? "" : "?\(query)"), attempt.headers,
            type: type?.isEmpty == false ? type : nil, body: attempt.body ?? fittingBody(route))
    }
}

extension HouseUnderTest.Reply {
    /// The stable code, from wherever the dress has it; empty when there is none.
    fileprivate var problemCode: String {
        if headers[.contentType]?.contains("json") == true {
            let plain = (try? value("code")) ?? nil
            return plain ?? (try? value("issue.0.details.coding.0.code")) ?? ""
        }
        return text.firstMatch(of: /<code>([A-Z_]+)<\/code><\/a>/).map { String($0.output.1) } ?? ""
    }

    /// Every member's name, however deep.
    fileprivate var members: Set<String> {
        func names(_ value: JSONValue) -> Set<String> {
            switch value {
            case .object(let members): members.reduce(into: []) { $0.formUnion(names($1.value).union([$1.name])) }
            case .array(let elements): elements.reduce(into: []) { $0.formUnion(names($1)) }
            default: []
            }
        }
        return (try? json).map(names) ?? []
    }

    fileprivate var challengeWords: String {
        guard let challenge = headers[.wwwAuthenticate] else { return "–" }
        let error = challenge.firstMatch(of: /error="[a-z_]+"/).map { " \($0.output)" } ?? ""
        return "`\(challenge.prefix { $0 != " " })\(error)`"
    }
}
