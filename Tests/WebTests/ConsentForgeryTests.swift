// §6 check 12: a consent that somebody else wrote. Each way to press the person's button for them is tried, and the approval
// stays as it was.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Consents that are forged")
struct ConsentForgeryTests {
    private static let yes = "&decision=approve&scope=rule:activity"

    @Test("§6 check 12: no page about a consent can be framed, whatever became of it")
    func isNotFramed() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            let wrong = try await house.postForm(place, browser, "\(page.answerFields)\(Self.yes)&days=0")
            let forged = try await house.postForm(place, browser, "decision=approve")
            let done = try await house.postForm(place, browser, "\(page.answerFields)\(Self.yes)")
            #expect(done.status == 303)
            let over = try await house.ask(.get, place, browser)
            let grant = try #require(try await house.gateway.grants(of: house.person).grants.first)
            let sheet = try await house.ask(.get, "/grants/\(grant.id.text)", browser)
            let pages = [page, wrong, forged, over, sheet, try await house.ask(.get, "/sign-in")]
            #expect(pages.map(\.status) == [200, 422, 403, 200, 200, 200])
            for page in pages {
                #expect(page.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
                #expect(page.headers[.xFrameOptions] == "DENY")
            }
        }
    }

    @Test("§6 check 12: a decision that another site posts is refused, with the right token and every cookie")
    func refusesOtherSites() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            let foreign: [HTTPFields] = [
                [.origin: "https://evil.example"], [.origin: "null"], [.origin: "http://127.0.0.1:8081"],
                [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
                // The browser's own word about the site counts before the origin.
                [.secFetchSite: "cross-site", .origin: "http://127.0.0.1:8080"],
            ]
            for headers in foreign {
                var sent = browser
                for field in headers { sent.append(field) }
                for decision in [Self.yes, "&decision=deny"] {
                    let refused = try await house.postForm(place, sent, page.answerFields + decision)
                    #expect(refused.status == 403 && refused.text.contains("FORM_TAMPERED"), "\(headers)")
                }
            }
            try await house.expectPending(place, browser)
        }
    }

    @Test("§6 check 12: a decision that is posted again decides nothing more, and the first stands")
    func takesNoReplay() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            let posted = page.answerFields + Self.yes
            let first = try await house.postForm(place, browser, posted)
            let code = HouseUnderTest.parameter("code", of: first.location)
            #expect(!code.isEmpty)
            let kept = try await house.contents(without: ["audit_inbox"])
            for again in [posted, page.answerFields + "&decision=deny"] {
                let replayed = try await house.postForm(place, browser, again)
                #expect(replayed.status == 409)
                #expect(replayed.location.isEmpty)
            }
            #expect(changedTables(kept, try await house.contents(without: ["audit_inbox"])) == [])
            #expect(try await house.exchange(code).status == 200)
        }
    }

    @Test(
        "§6 check 12: what the form says beside the ticks changes nothing: the client, its address and its state are the request's"
    )
    func readsOnlyTheTicks() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            let decided = try await house.postForm(
                place, browser,
                "\(page.answerFields)\(Self.yes)&client_id=app_00000000000000000000000000&state=forged"
                    + "&redirect_uri=https://evil.example/&code_challenge=x&scope=rule:nobody&scope=read:body_weight")
            // A scope that was not asked for is no tick of this form.
            if decided.status == 303 {
                #expect(decided.location.hasPrefix(HouseUnderTest.redirectURI + "?"))
                #expect(HouseUnderTest.parameter("state", of: decided.location) == "s 1")
                let grant = try #require(try await house.gateway.grants(of: house.person).grants.first)
                #expect(grant.application.id == house.application.id)
                #expect(grant.permissions.types == [.steps, .heartRate])
            } else {
                #expect(decided.status == 422)
                try await house.expectPending(place, browser)
            }
        }
    }

    @Test("§6 check 12: another approval's place, another person's record and rules that were not shown are refused")
    func refusesWhatWasNotShown() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            let other = try await house.opened()
            let mums = try #require(try await house.gateway.records(of: try await house.somebody("mum").person).first)
            let own = "form_token=\(page.formToken)"
            let tries: [(place: String, form: String, status: Int)] = [
                (other.place, page.answerFields + Self.yes, 403),
                ("/approvals/apr_00000000000000000000000000", page.answerFields + Self.yes, 403),
                ("/approvals/apr_nonsense", page.answerFields + Self.yes, 404),
                (place, "\(own)&rules=7\(Self.yes)", 409),
                (place, "\(page.answerFields)\(Self.yes)&standing=forged", 409),
                (place, "\(page.answerFields)\(Self.yes)&record=\(mums.record.text)", 422),
                (place, "\(page.answerFields)&decision=approve&decision=deny&scope=rule:activity", 422),
            ]
            for (place, form, status) in tries {
                let refused = try await house.postForm(place, browser, form)
                #expect(refused.status == status, "\(place) \(form)")
                #expect(refused.location.isEmpty)
            }
            try await house.expectPending(place, browser)
            try await house.expectPending(other.place, other.browser)
        }
    }

    @Test("§6 check 12: another person's cookie decides nothing, with their own token, the first person's, or none")
    func refusesOtherPeople() async throws {
        try await HouseUnderTest.trying { house in
            let (place, browser, page) = try await house.opened()
            _ = try await house.somebody("eve")
            let session = try await house.gateway.signIn(
                login: "eve", password: HouseUnderTest.password, kind: .cookie, request: nil)
            // Even with the first browser's cookie of the approval.
            let flow = try #require(browser[.cookie]?.split(separator: "; ").last)
            let eve: HTTPFields = [.cookie: "licet_session=\(session.token); \(flow)"]
            #expect(try await house.ask(.get, place, eve).status == 404)
            let hers = try await house.ask(.get, "/", eve).formToken
            for token in ["form_token=\(hers)", page.answerFields, ""] {
                #expect(try await house.postForm(place, eve, token + Self.yes).status == 403)
            }
            try await house.expectPending(place, browser)
            // Without a session it is led to sign in, and decides nothing either.
            let nobody = try await house.postForm(place, [.cookie: "\(flow)"], page.answerFields + Self.yes)
            #expect(nobody.status == 303 && nobody.location.hasPrefix("/sign-in"))
            try await house.expectPending(place, browser)
        }
    }

    @Test(
        "§6 check 12: no GET changes anything, whoever asks; only the start of an authorization makes one more of them")
    func getsChangeNothing() async throws {
        try await HouseUnderTest.trying { house in
            let scene = try await RefusalScene(house)
            // Each has been seen before: the first look remembers what was shown.
            let askers = [scene.browser, scene.app, scene.token, scene.basic, [:]]
            let routes = RouteTable.all.filter { $0.method == .get }
            for route in routes where route.admission == .session || route.admission == .visitor {
                _ = try await house.ask(
                    .get, scene.path(route), route.admission == .session ? scene.app : scene.browser)
            }
            let before = try await house.contents(without: ["audit_inbox"])
            var answered = 0
            for route in routes {
                for headers in askers {
                    let reply = try await house.ask(.get, scene.path(route), headers)
                    if reply.status == 200 { answered += 1 }
                }
            }
            #expect(answered > routes.count)
            #expect(changedTables(before, try await house.contents(without: ["audit_inbox"])) == [])
            _ = try await house.ask(.get, house.authorizePath, scene.browser)
            #expect(changedTables(before, try await house.contents(without: ["audit_inbox"])) == ["approval"])
        }
    }
}

extension HouseUnderTest {
    fileprivate func expectPending(
        _ place: String, _ browser: HTTPFields, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let page = try await ask(.get, place, browser)
        #expect(
            page.status == 200 && page.text.contains("action=\"\(place)\""), sourceLocation: sourceLocation)
        #expect(try await gateway.grants(of: person).grants.isEmpty, sourceLocation: sourceLocation)
    }
}
