// What somebody came for is not lost over signing in, making an account or setting a new password; and nobody is led elsewhere.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The way on after signing in")
struct OnwardTests {
    @Test("whoever brings an invitation is led to where it is brought, after signing in as after making an account")
    func keepsTheInvitation() async throws {
        try await HouseUnderTest.trying { house in
            let start = try await house.ask(.get, "/record-invitations")
            #expect(start.location == "/sign-in?next=record-invitation")
            let form = try await house.ask(.get, start.location)
            #expect(form.text.contains("name=\"next\" value=\"record-invitation\""))
            #expect(form.text.contains("href=\"/sign-up?next=record-invitation\""))
            #expect(form.text.contains("href=\"/recover?next=record-invitation\""))
            #expect(form.text.contains("You can bring your invitation"))
            #expect(PageSoundness.faults(form.text) == [])
            let wrong = try await house.postForm("/sign-in", [:], "login=ada&password=x&next=record-invitation")
            #expect(wrong.text.contains("name=\"next\" value=\"record-invitation\""))
            let right = try await house.postForm(
                "/sign-in", [:], "login=ada&password=correct+horse+battery&next=record-invitation")
            #expect(right.location == "/record-invitations")

            let new = try await house.ask(.get, "/sign-up?next=record-invitation")
            #expect(new.text.contains("People you share a record with see it. Applications do not."))
            #expect(new.text.contains("href=\"/sign-in?next=record-invitation\""))
            #expect(PageSoundness.faults(new.text) == [])
            let refused = try await house.postForm(
                "/sign-up", [:], "login=eve&name=Eve&password=x&next=record-invitation")
            #expect(refused.text.contains("name=\"next\" value=\"record-invitation\""))
            let made = try await house.postForm(
                "/sign-up", [:], "login=eve&name=Eve&password=correct+horse+battery&next=record-invitation")
            #expect(made.location == "/record-invitations")
            let signedIn = try await house.browser()
            #expect(try await house.ask(.get, start.location, signedIn).location == "/record-invitations")
        }
    }

    @Test("the invitation's page is linked from Home and from the records")
    func isLinked() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            for path in ["/", "/records"] {
                let page = try await house.ask(.get, path, browser)
                #expect(page.text.contains("href=\"/record-invitations\""), "\(path)")
                #expect(PageSoundness.faults(page.text) == [])
            }
        }
    }

    @Test("a waiting request is found again by whoever forgot the password meanwhile")
    func keepsTheApproval() async throws {
        try await HouseUnderTest.trying { house in
            let id = try await house.startFromServer()
            let code = try await house.recoveryCode()
            let lost = try await house.ask(.get, "/sign-in?approval=\(id)")
            #expect(lost.text.contains("href=\"/recover?approval=\(id)\""))
            let form = try await house.ask(.get, "/recover?approval=\(id)")
            #expect(form.text.contains("name=\"approval\" value=\"\(id)\""))
            #expect(form.text.contains("An application is waiting for your answer."))
            #expect(form.text.contains("href=\"/sign-in?approval=\(id)\""))
            #expect(PageSoundness.faults(form.text) == [])
            let wrong = try await house.postForm(
                "/recover", [:], "login=ada&code=x&new_password=quite+another+one&approval=\(id)")
            #expect(wrong.text.contains("name=\"approval\" value=\"\(id)\""))
            let done = try await house.postForm(
                "/recover", [:], "login=ada&code=\(code)&new_password=quite+another+one&approval=\(id)")
            #expect(done.location == "/sign-in?done=recovered&approval=\(id)")
            let again = try await house.ask(.get, done.location)
            #expect(again.text.contains("You have a new password.") && again.text.contains("value=\"\(id)\""))
            let signedIn = try await house.postForm(
                "/sign-in", [:], "login=ada&password=quite+another+one&approval=\(id)")
            #expect(signedIn.location == "/approvals/\(id)")
        }
    }

    @Test(
        "an address is no way on, nor is any other word",
        arguments: [
            "next=https://evil.example", "next=//evil.example", "next=/records", "next=record-invitation%0d%0aX:1",
            "next=Record-Invitation", "approval=//evil.example", "approval=https://evil.example", "next=",
        ])
    func leadsNowhereElse(_ field: String) async throws {
        try await HouseUnderTest.trying { house in
            let form = try await house.ask(.get, "/sign-in?\(field)")
            #expect(!form.text.contains("evil") && !form.text.contains("name=\"next\""))
            let done = try await house.postForm("/sign-in", [:], "login=ada&password=correct+horse+battery&\(field)")
            #expect(done.location == "/")
        }
    }
}

extension HouseUnderTest {
    fileprivate func recoveryCode() async throws -> String {
        try await gateway.makeRecoveryCode(for: person, password: Self.password, request: nil)
    }
}
