// The table is the interface: every route is in it once, says who may come, and nothing answers beside it.

import Domain
import HTTPTypes
import TestKit
import Testing

@testable import Web

@Suite("The route table")
struct RouteTableTests {
    @Test("every route name is in the table exactly once, and no two routes share method and path")
    func isComplete() {
        #expect(RouteTable.all.map(\.name.rawValue).sorted() == RouteName.allCases.map(\.rawValue).sorted())
        let places = RouteTable.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(places).count == places.count)
    }

    @Test("C1: the partner API takes the person's bearer session, OAuth takes the application, data takes a token")
    func admitsByArea() {
        for route in RouteTable.all {
            if route.path.hasPrefix("/partner/") {
                // Who signs in, and who has forgotten the password, has no session yet.
                let isBefore = route.name == .openSession || route.name == .recoverAccount
                #expect(route.admission == (isBefore ? .anyone : .session), "\(route.name)")
            }
            if route.path.hasPrefix("/developer/") { #expect(route.admission == .session) }
            if route.path.hasPrefix("/api/") { #expect(route.admission == .token) }
            if route.path == "/oauth/token" { #expect(route.admission == .application) }
        }
    }

    @Test("every form of a signed-in person is checked for its token")
    func checksForms() {
        for route in RouteTable.all where route.dress == .page && route.method == .post {
            #expect(
                [.personForm, .approvalForm, .personUpload, .visitorForm].contains(route.admission), "\(route.name)")
            #expect(route.problems.contains(.formTampered), "\(route.name)")
        }
    }

    @Test("who needs a credential is told of its problem, and every summary is one sentence")
    func tellsProblems() {
        for route in RouteTable.all {
            switch route.admission {
            case .session, .token, .monitor: #expect(route.problems.contains(.notAuthenticated), "\(route.name)")
            case .application, .applicationOrBrowser: #expect(route.problems.contains(.invalidClient), "\(route.name)")
            case .anyone, .visitor, .sentBrowser, .visitorForm, .person, .personForm, .approvalForm, .personUpload:
                break
            }
            #expect(route.summary.hasSuffix(".") && route.summary.count > 10, "\(route.name)")
            #expect(Set(route.problems).count == route.problems.count, "\(route.name)")
        }
    }

    @Test("an unknown method at a known path is answered with the methods that would do")
    func knowsMethods() {
        #expect(UnmatchedRoutes.methods(at: "/oauth/authorize") == ["GET", "HEAD", "POST"])
        #expect(UnmatchedRoutes.methods(at: "/grants/grt_1/revoke") == ["POST"])
        #expect(UnmatchedRoutes.methods(at: "/") == ["GET", "HEAD"])
        #expect(UnmatchedRoutes.methods(at: "/partner/records/rec_1") == ["GET", "HEAD", "PUT"])
        #expect(UnmatchedRoutes.methods(at: "/partner/records/rec_1/people/per_1") == ["PUT", "DELETE"])
        #expect(UnmatchedRoutes.methods(at: "/api/v1/records/r_1/authorization") == ["DELETE"])
        #expect(UnmatchedRoutes.methods(at: "/grants").isEmpty)
        #expect(UnmatchedRoutes.methods(at: "/grants/a/b/c").isEmpty)
    }

    @Test("docs/api.md says something of every route")
    func isDocumented() throws {
        let text = try Repository.text(of: "docs/api.md")
        for route in RouteTable.all { #expect(text.contains(route.path), "\(route.name): \(route.path)") }
    }
}
