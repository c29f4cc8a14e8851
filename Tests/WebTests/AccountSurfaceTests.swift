// The person's account over the API: the password, the way back to a lost one, and the end.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The account over the API")
struct AccountSurfaceTests {
    private func signIn(_ house: HouseUnderTest, _ password: String) async throws -> Int {
        try await house.postJSON("/partner/session", [:], "{\"login\":\"ada\",\"password\":\"\(password)\"}").status
    }

    @Test("a new password ends every other session and keeps the one that changed it")
    func changesPassword() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let other = try await house.app()
            let browser = try await house.browser()
            let path = "/partner/account/password"
            let wrong = try await house.putJSON(
                path, app, #"{"current_password":"no","new_password":"another long one"}"#)
            #expect(try wrong.value("errors.0.field") == "current_password")
            let current = HouseUnderTest.password
            let short = try await house.putJSON(
                path, app, "{\"current_password\":\"\(current)\",\"new_password\":\"x\"}")
            #expect(try short.value("errors.0.field") == "new_password")
            let changed = try await house.putJSON(
                path, app, "{\"current_password\":\"\(current)\",\"new_password\":\"another long one\"}")
            #expect(changed.status == 204)
            #expect(try await house.ask(.get, "/partner/records", app).status == 200)
            #expect(try await house.ask(.get, "/partner/records", other).status == 401)
            #expect(try await house.ask(.get, "/import", browser).location == "/sign-in")
            #expect(try await signIn(house, current) == 401)
            #expect(try await signIn(house, "another long one") == 201)
        }
    }

    @Test("a recovery code sets a new password once; a wrong code and an unknown name look alike")
    func recovers() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let path = "/partner/account/recovery-code"
            let wrong = try await house.postJSON(path, app, #"{"password":"no"}"#)
            #expect(wrong.status == 422)
            #expect(try wrong.value("errors.0.field") == "password")
            let made = try await house.postJSON(path, app, "{\"password\":\"\(HouseUnderTest.password)\"}")
            #expect(made.status == 201)
            let code = try made.member("recovery_code")
            func recover(_ login: String, _ code: String) async throws -> HouseUnderTest.Reply {
                try await house.postJSON(
                    "/partner/account/recovery", [:],
                    "{\"login\":\"\(login)\",\"code\":\"\(code)\",\"new_password\":\"another long one\"}")
            }
            for (login, code) in [("ada", "wrong"), ("nobody", code)] {
                let refused = try await recover(login, code)
                #expect(refused.status == 401)
                #expect(try refused.member("code") == "SIGN_IN_FAILED")
            }
            #expect(try await recover("ada", code).status == 204)
            #expect(try await recover("ada", code).status == 401)
            #expect(try await house.ask(.get, "/partner/records", app).status == 401)
            #expect(try await signIn(house, "another long one") == 201)
        }
    }

    @Test("what closing the account would end is said before it is done, and it needs the password")
    func closes() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            _ = try await house.granted()
            let closing = try await house.ask(.get, "/partner/account/closing", app)
            #expect(try closing.value("grants_ended") == #"["Runner"]"#)
            #expect(try closing.value("records_in_the_way") == "[]")
            #expect(try closing.value("records_closed.0") != nil)
            #expect(try closing.value("records_left") == "[]")
            let wrong = try await house.postJSON("/partner/account/close", app, #"{"password":"no"}"#)
            #expect(try wrong.value("errors.0.field") == "password")
            let closed = try await house.postJSON(
                "/partner/account/close", app, "{\"password\":\"\(HouseUnderTest.password)\"}")
            #expect(closed.status == 200)
            #expect(try closed.member("erasure_proof").split(separator: ".").count == 3)
            #expect(try closed.member("audit_entry").hasPrefix("aud_"))
            #expect(try await house.ask(.get, "/partner/records", app).status == 401)
            #expect(try await signIn(house, HouseUnderTest.password) == 401)
        }
    }

    @Test("an account cannot be closed while somebody's record would be left without a custodian")
    func keepsCustodians() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let bob = try await house.somebody("bob")
            let record = try await house.postJSON("/partner/records", app, #"{"name":"Bo","relationship":"child"}"#)
                .member("record_id")
            let token = try await house.postJSON(
                "/partner/records/\(record)/invitations", app, #"{"relationship":"child"}"#
            ).member("invitation")
            _ = try await house.postJSON("/partner/invitations/accept", bob.app, "{\"invitation\":\"\(token)\"}")
            #expect(
                try await house.ask(.get, "/partner/account/closing", app).value("records_in_the_way") == #"["Bo"]"#)
            let refused = try await house.postJSON(
                "/partner/account/close", app, "{\"password\":\"\(HouseUnderTest.password)\"}")
            #expect(refused.status == 409)
            #expect(try refused.member("code") == "LAST_CUSTODIAN")
        }
    }
}
