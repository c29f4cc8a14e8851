// What an application may ask about the records it is connected to (A6, B7–B11).

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The applications' questions")
struct ConnectionSurfaceTests {
    @Test("B9: the person's records come with a status each, spelled as the documents do")
    func personInfo() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, grant) = try await house.granted()
            let info = try await house.ask(.get, "/api/v1/person", token)
            #expect(info.status == 200)
            #expect(try info.member("person").hasPrefix("p_"))
            #expect(try info.value("records.0.record") == record)
            #expect(try info.value("records.0.relationship") == "own")
            #expect(try info.value("records.0.status") == "NoActionRequired")
            #expect(try info.value("records.0.state") == "active")
            #expect(try info.value("records.0.selected") == "true")
            #expect(try info.value("records.0.missing") == "[]")
            #expect(try info.value("records.0.reauthorize_url") == "null")
            #expect(try info.value("records.0.authorization_expires_at") == "2027-02-19T10:07:12Z")
            #expect(try await house.ask(.get, "/api/v1/people/\(try info.member("person"))", token).text == info.text)
            #expect(try await house.ask(.get, "/api/v1/people/p_nobody", token).status == 403)

            let app = try await house.app()
            _ = try await house.ask(.delete, "/partner/consent/grants/\(grant)", app)
            let revoked = try await house.ask(.get, "/api/v1/person", token)
            #expect(revoked.status == 403)
            #expect(try revoked.member("code") == "ACCESS_DENIED")
            #expect(try revoked.member("authorize_url").hasPrefix("http://127.0.0.1:8080/shell/redirect?"))
        }
    }

    @Test("B2, B10: what a required rule newly asks for is named, and the address to send the person to works")
    func reauthorization() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let (token, record, _) = try await house.granted()
            let rules = HouseUnderTest.rule("activity", required: true, types: "\"steps\",\"heart_rate\",\"workout\"")
            _ = try await house.putJSON(
                "/developer/apps/\(house.application.id.text)/rules", owner, "{\"rules\":[\(rules)]}")
            let asked = try await house.ask(.get, "/api/v1/records?ids=\(record),r_another", token)
            #expect(try asked.value("records.0.status") == "ReauthorizationRequired")
            #expect(
                try asked.value("records.0.missing")
                    == #"[{"rule":"activity","reason":"not_granted","data_types":["workout"]}]"#)
            #expect(try asked.value("records.1") == nil)
            let url = try #require(try asked.value("records.0.reauthorize_url"))
            let start = try await house.ask(.get, url.replacing("http://127.0.0.1:8080", with: ""))
            #expect(start.status == 303)
            #expect(start.location.hasPrefix("/approvals/apr_"))
        }
    }

    @Test("B10: only the records asked for are told, and faults are named")
    func authorizedRecords() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            #expect(try await house.ask(.get, "/api/v1/records", token).value("records.0.record") == record)
            #expect(try await house.ask(.get, "/api/v1/records?ids=r_x", token).value("records") == "[]")
            #expect(try await house.ask(.get, "/api/v1/records?person=p_x", token).status == 403)
            for (query, field) in [("ids=", "ids"), ("id=r_x", "id"), ("ids=a&ids=b", "ids")] {
                let refused = try await house.ask(.get, "/api/v1/records?\(query)", token)
                #expect(refused.status == 422, "\(query)")
                #expect(try refused.value("errors.0.field") == field)
            }
        }
    }

    @Test("A6: the masks of each type come in both modes, with what cuts the rest; unknown types are a clear error")
    func permissions() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            let path = "/api/v1/records/\(record)/permissions"
            let answer = try await house.ask(.get, path + "?types=steps,sleep_stage,vo2_max", token)
            #expect(answer.status == 200)
            #expect(try answer.value("record") == record)
            #expect(
                try answer.value("permissions.0")
                    == #"{"data_type":"steps","online":["read"],"offline":[],"withheld":[]}"#)
            #expect(
                try answer.value("permissions.1")
                    == #"{"data_type":"sleep_stage","online":[],"offline":[],"#
                    + #""withheld":[{"mode":"online","access":"read","cut_by":["grant"]}]}"#)
            #expect(try answer.value("permissions.2.withheld") == "[]")
            #expect(try answer.value("reauthorize_url")?.hasSuffix("%26onopt1%3Dsleep") == true)
            let unknown = try await house.ask(.get, path + "?types=steps,shoes", token)
            #expect(unknown.status == 422)
            #expect(try unknown.value("errors.0.field") == "types[1]")
            #expect(try await house.ask(.get, path, token).value("errors.0.field") == "types")
            #expect(try await house.ask(.get, "/api/v1/records/r_x/permissions?types=steps", token).status == 403)
        }
    }

    @Test("B11: an application gives up what it holds, once, and reads nothing more")
    func givesUp() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, grant) = try await house.granted()
            let path = "/api/v1/records/\(record)/authorization"
            #expect(try await house.ask(.delete, "/api/v1/records/r_x/authorization", token).status == 403)
            #expect(try await house.ask(.delete, path, token).status == 204)
            #expect(try await house.ask(.delete, path, token).member("code") == "CONSENT_REQUIRED")
            #expect(try await house.ask(.get, "/api/v1/records/\(record)/items", token).status == 403)
            let seen = try await house.ask(.get, "/partner/consent/grants/\(grant)", try await house.app())
            #expect(try seen.value("status") == "revoked")
            #expect(try seen.value("history.1.actor") == "application")
        }
    }

    @Test("B6: an application that acts alone names the person, by its own name for them")
    func actsAlone() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let made = try await house.postJSON(
                "/developer/apps", owner,
                """
                {"name":"Night","redirect_uris":["\(HouseUnderTest.redirectURI)"],"interaction":"offline",
                "rules":[\(HouseUnderTest.rule("night", mode: "offline", required: true))]}
                """)
            let client = "client_id=\(try made.member("client_id"))&client_secret=\(try made.member("client_secret"))"
            let start = try await house.postForm(
                "/oauth/authorize", [:],
                "response_type=code&\(client)&code_challenge=\(HouseUnderTest.challenge)&code_challenge_method=S256")
            let approve = "/partner/consent/pending/\(try start.member("approval_id"))/approve"
            let decided = try await house.postJSON(approve, owner, #"{"approvedScopes":["rule:night"]}"#)
            let code = try HouseUnderTest.parameter("code", of: decided.member("redirect_to"))
            let first = try await house.postForm(
                "/oauth/token", [:],
                "grant_type=authorization_code&code=\(code)&redirect_uri=\(HouseUnderTest.redirectURI)&\(client)"
                    + "&code_verifier=\(HouseUnderTest.verifier)")
            let alone = try await house.postForm("/oauth/token", [:], "grant_type=client_credentials&\(client)")
            let token: HTTPFields = [.authorization: "Bearer \(try alone.member("access_token"))"]
            #expect(try alone.value("grant_id") == nil)
            let person = try first.member("person")
            let info = try await house.ask(.get, "/api/v1/people/\(person)", token)
            #expect(try info.value("records.0.record") == first.member("record"))
            #expect(
                try await house.ask(.get, "/api/v1/records?person=\(person)", token).value("records.0.status")
                    == "NoActionRequired")
            #expect(try await house.ask(.get, "/api/v1/person", token).status == 403)
            let masks = try await house.ask(
                .get, "/api/v1/records/\(try first.member("record"))/permissions?types=steps", token)
            #expect(try masks.value("permissions.0.offline") == #"["read"]"#)
        }
    }
}
