// The account on pages: another password, a recovery code and its use, and closing.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The pages of the account")
struct AccountPageTests {
    @Test("the password changes, this session stays and the others end")
    func changesThePassword() async throws {
        try await HouseUnderTest.trying { house in
            let here = try await house.browser()
            let elsewhere = try await house.browser()
            let page = try await house.ask(.get, "/account", here)
            #expect(PageSoundness.faults(page.text) == [])
            let token = page.formToken
            let wrong = try await house.postForm(
                "/account", here, "form_token=\(token)&do=password&current_password=nonsense&new_password=a+longer+one")
            #expect(wrong.status == 422)
            #expect(
                wrong.text.contains("This is not your password.") && wrong.text.contains("href=\"#current-password\""))
            let short = try await house.postForm(
                "/account", here,
                "form_token=\(token)&do=password&current_password=correct+horse+battery&new_password=short")
            #expect(short.text.contains("id=\"new-password-fault\""))
            #expect(PageSoundness.faults(short.text) == [])
            let done = try await house.postForm(
                "/account", here,
                "form_token=\(token)&do=password&current_password=correct+horse+battery&new_password=quite+another+one")
            #expect(done.location == "/account?done=password")
            #expect(try await house.ask(.get, done.location, here).text.contains("Your password is changed."))
            #expect(try await house.ask(.get, "/account", elsewhere).location == "/sign-in")
        }
    }

    @Test("a recovery code is told once and sets a password once; an unknown name and a wrong code look the same")
    func recovers() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            #expect(try await house.ask(.get, "/sign-in").text.contains("href=\"/recover\""))
            let page = try await house.ask(.get, "/account", browser)
            #expect(page.text.contains("You have no recovery code."))
            let asked = "form_token=\(page.formToken)&do=recovery&password="
            let refused = try await house.postForm("/account", browser, asked + "nonsense")
            #expect(refused.status == 422)
            #expect(refused.text.contains("href=\"#recovery-password\"") && !refused.text.contains("<code>"))
            #expect(PageSoundness.faults(refused.text) == [])
            let made = try await house.postForm("/account", browser, asked + "correct+horse+battery")
            #expect(made.status == 201)
            let start = try #require(made.text.firstRange(of: "<code>"))
            let code = made.text[start.upperBound...].prefix { $0 != "<" }
            #expect(try await house.ask(.get, "/account", browser).text.contains("You have a recovery code."))

            let form = try await house.ask(.get, "/recover")
            #expect(PageSoundness.faults(form.text) == [])
            let stranger = try await house.postForm(
                "/recover", [:], "login=nobody&code=\(code)&new_password=quite+another+one")
            let wrong = try await house.postForm("/recover", [:], "login=ada&code=x&new_password=quite+another+one")
            #expect(stranger.status == 401 && wrong.status == 401)
            #expect(
                stranger.text.split(separator: "value=\"nobody\"").joined()
                    == wrong.text.split(separator: "value=\"ada\"").joined())
            let short = try await house.postForm("/recover", [:], "login=ada&code=\(code)&new_password=short")
            #expect(short.text.contains("id=\"new-password-fault\""))
            let done = try await house.postForm(
                "/recover", [:], "login=ada&code=\(code)&new_password=quite+another+one")
            #expect(done.location == "/sign-in?done=recovered")
            #expect(try await house.ask(.get, done.location).text.contains("You have a new password."))
            #expect(try await house.ask(.get, "/account", browser).location == "/sign-in")
            let again = try await house.postForm(
                "/recover", [:], "login=ada&code=\(code)&new_password=yet+another+one")
            #expect(again.status == 401)
            let signedIn = try await house.postForm("/sign-in", [:], "login=ada&password=quite+another+one")
            #expect(signedIn.status == 303)
        }
    }

    @Test("closing says first what goes, needs the password, and ends everything")
    func closes() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.granted()
            let browser = try await house.browser()
            let page = try await house.ask(.get, "/account", browser)
            #expect(page.text.contains("Runner loses your permission."))
            #expect(page.text.contains("is closed. Nobody else holds it."))
            let wrong = try await house.postForm(
                "/account", browser, "form_token=\(page.formToken)&do=close&password=nonsense")
            #expect(wrong.status == 422)
            #expect(wrong.text.contains("id=\"close-fault\"") && wrong.text.contains("href=\"#close\""))
            #expect(PageSoundness.faults(wrong.text) == [])
            let done = try await house.postForm(
                "/account", browser, "form_token=\(page.formToken)&do=close&password=correct+horse+battery")
            #expect(done.status == 200 && done.cookie("licet_session") == "")
            #expect(done.text.contains("Your account is closed") && PageSoundness.faults(done.text) == [])
            // The proof is a JWS: three parts.
            #expect(done.text.contains(/<code>eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+<\/code>/))
            #expect(try await house.ask(.get, "/account", browser).location == "/sign-in")
        }
    }

    @Test("whoever is the only custodian of a record that others hold is told so and cannot close")
    func staysInTheWay() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.sharing(types: ["sleep"], accesses: ["read"])
            let session = try await house.gateway.signIn(
                login: "mum", password: HouseUnderTest.password, kind: .cookie, request: nil)
            let mum: HTTPFields = [.cookie: "licet_session=\(session.token)"]
            let page = try await house.ask(.get, "/account", mum)
            #expect(page.text.contains("You are the only custodian"))
            #expect(!page.text.contains("Close my account"))
            let forced = try await house.postForm(
                "/account", mum, "form_token=\(page.formToken)&do=close&password=correct+horse+battery")
            #expect(forced.status == 409)
            #expect(PageSoundness.faults(forced.text) == [])
        }
    }
}
