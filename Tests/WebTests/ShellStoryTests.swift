// The way of a person whom an application sends to the shell for more, and grants that are asked to be merged (A7).

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Asking for more")
struct ShellStoryTests {
    private func shell(_ inner: String) -> String {
        let encoded = inner.replacing("%", with: "%25").replacing("=", with: "%3D").replacing("&", with: "%26")
        return "/shell/redirect?target=APPAUTH&targetqs=\(encoded)"
    }

    @Test("A7: the rules that are named are asked for, and the outcome leads back with what was sent along")
    func asksForMore() async throws {
        try await HouseUnderTest.trying { house in
            let (_, record, grant) = try await house.granted()
            let start = try await house.ask(
                .get,
                shell("appid=\(house.application.id.text)&onopt1=sleep&extrecordid=\(record)&actionqs=page%3D7%26x%3D1")
            )
            #expect(start.status == 303)
            #expect(start.location.hasPrefix("/approvals/apr_"))
            let browser = try await house.browser(flow: start.cookie("licet_flow"))
            let page = try await house.ask(.get, start.location, browser)
            #expect(page.text.contains("For your nights"))
            let decided = try await house.postForm(
                start.location, browser, "form_token=\(page.formToken)&decision=approve&scope=rule:sleep")
            #expect(decided.status == 303)
            #expect(HouseUnderTest.parameter("target", of: decided.location) == "AppAuthSuccess")
            #expect(HouseUnderTest.parameter("actionqs", of: decided.location) == "page=7&x=1")
            #expect(HouseUnderTest.parameter("code", of: decided.location) == "")
            let seen = try await house.ask(.get, "/partner/consent/grants/\(grant)", try await house.app())
            #expect(try seen.value("rules") == #"["activity","sleep"]"#)
            #expect(try seen.value("history.1.event") == "extended")
        }
    }

    @Test("A7: unknown names, wrong numbers and other targets are refused on a page before anything is shown")
    func refuses() async throws {
        try await HouseUnderTest.trying { house in
            let app = "appid=\(house.application.id.text)"
            for (inner, told) in [
                ("\(app)&onopt1=nights", "onopt1"), ("\(app)&offopt1=sleep", "offopt1"),
                ("\(app)&onopt1=activity", "onopt1"), ("\(app)&onopt1=sleep&onopt3=x", "onopt2 is missing"),
                ("appid=app_x&onopt1=sleep", "appid"), ("onopt1=sleep", "appid"),
            ] {
                let page = try await house.ask(.get, shell(inner))
                #expect(page.status == 422, "\(inner)")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.text.contains(told), "\(inner)")
                #expect(page.cookie("licet_flow") == nil)
            }
            for path in ["/shell/redirect", "/shell/redirect?target=CREATERECORD&targetqs=\(app)"] {
                let page = try await house.ask(.get, path)
                #expect(page.status == 400)
                #expect(page.text.contains("APPAUTH is the one target that is known here."))
            }
        }
    }

    @Test("A7: a record that the application does not know leads straight back")
    func sendsBack() async throws {
        try await HouseUnderTest.trying { house in
            let back = try await house.ask(
                .get, shell("appid=\(house.application.id.text)&extrecordid=r_x&actionqs=a%3D1"))
            #expect(back.status == 303)
            #expect(back.location.hasPrefix(HouseUnderTest.redirectURI))
            #expect(HouseUnderTest.parameter("target", of: back.location) == "AppAuthInvalidRecord")
            #expect(HouseUnderTest.parameter("actionqs", of: back.location) == "a=1")
        }
    }

    @Test("an authorization can name the grant it is to join, and the token says which grant it stands on")
    func merges() async throws {
        try await HouseUnderTest.trying { house in
            let (_, _, grant) = try await house.granted()
            let form = house.startForm + "&scope=rule:sleep&grant_management_action=merge&grant_id=\(grant)"
            let start = try await house.postForm("/oauth/authorize", [:], form)
            #expect(start.status == 201)
            let approve = "/partner/consent/pending/\(try start.member("approval_id"))/approve"
            let decided = try await house.postJSON(
                approve, try await house.app(), #"{"approvedScopes":["rule:sleep"]}"#)
            #expect(try decided.member("grant_id") == grant)
            let token = try await house.exchange(
                HouseUnderTest.parameter("code", of: try decided.member("redirect_to")))
            #expect(try token.member("grant_id") == grant)
            let browser = try await house.ask(
                .get, house.authorizePath + "&grant_management_action=query&grant_id=\(grant)")
            #expect(HouseUnderTest.parameter("error", of: browser.location) == "invalid_request")
        }
    }
}
