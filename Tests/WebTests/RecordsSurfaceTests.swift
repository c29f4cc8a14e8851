// A person's records over the API: their own, a child's, shared with somebody else and taken back again.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Records over the API")
struct RecordsSurfaceTests {
    private static let child = #"{"name":"Bo","relationship":"child","country":"de","ends_on":"2040-05-01"}"#

    @Test("a person has a record of their own, makes a child's, and both are listed with what they may do there")
    func makesRecords() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let made = try await house.postJSON("/partner/records", app, Self.child)
            #expect(made.status == 201)
            let id = try made.member("record_id")
            #expect(RecordID(id) != nil)
            let list = try await house.ask(.get, "/partner/records", app)
            #expect(try list.value("records.0.relationship") == "own")
            #expect(try list.value("records.0.expires_at") == "null")
            #expect(try list.value("records.1.record_id") == id)
            #expect(try list.value("records.1.name") == "Bo")
            #expect(try list.value("records.1.relationship") == "child")
            #expect(try list.value("records.1.custodian") == "true")
            #expect(try list.value("records.1.expires_at") == "2040-05-01T00:00:00Z")
            #expect(try list.value("records.1.country") == "DE")
            #expect(try list.value("records.1.suspended") == "false")
            #expect(try list.value("records.1.in_force") == "true")
            #expect(try list.value("records.1.permissions.0.data_type") == "steps")
            #expect(
                try list.value("records.1.permissions.0.accesses") == #"["create","read","update","delete"]"#)
        }
    }

    @Test("a record is described, suspended and resumed, and faults come back by the names that were sent")
    func changesRecords() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let path =
                "/partner/records/\(try await house.postJSON("/partner/records", app, Self.child).member("record_id"))"
            #expect(try await house.putJSON(path, app, #"{"name":"Bo B.","country":"ch"}"#).status == 204)
            #expect(try await house.ask(.post, path + "/suspension", app).status == 204)
            let paused = try await house.ask(.get, path, app)
            #expect(try paused.value("name") == "Bo B.")
            #expect(try paused.value("country") == "CH")
            #expect(try paused.value("suspended") == "true")
            #expect(try await house.ask(.delete, path + "/suspension", app).status == 204)
            #expect(try await house.ask(.get, path, app).value("suspended") == "false")
            let bad = try await house.putJSON(path, app, #"{"name":" ","country":"Schweiz","flag":1}"#)
            #expect(bad.status == 422)
            #expect(try bad.value("errors.0.field") == "flag")
            let worse = try await house.postJSON(
                "/partner/records", app, #"{"name":"","relationship":"aunt","country":"xyz","ends_on":"2001-02-29"}"#)
            #expect(
                try ["errors.0.field", "errors.1.field", "errors.2.field", "errors.3.field"].map { try worse.value($0) }
                    == ["name", "country", "relationship", "ends_on"])
        }
    }

    @Test("somebody is invited, accepts, is narrowed and removed; only a custodian may do that to them")
    func sharesRecords() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let bob = try await house.somebody("bob")
            let record = try await house.postJSON("/partner/records", app, Self.child).member("record_id")
            let path = "/partner/records/\(record)"
            let invited = try await house.postJSON(
                path + "/invitations", app,
                #"{"relationship":"child","data_types":["heart"],"accesses":["read"],"ends_on":"2030-01-01"}"#)
            #expect(invited.status == 201)
            let token = try invited.member("invitation")
            #expect(try invited.member("page") == "http://127.0.0.1:8080/record-invitations")
            let open = try await house.ask(.get, path, app)
            #expect(try open.value("invitations.0.invitation_id") == invited.member("invitation_id"))
            #expect(try open.value("invitations.0.state") == "invited")
            #expect(!open.text.contains(token))

            #expect(try await house.ask(.get, path, bob.app).status == 404)
            let accepted = try await house.postJSON(
                "/partner/invitations/accept", bob.app, "{\"invitation\":\"\(token)\"}")
            #expect(accepted.status == 200)
            #expect(try accepted.member("record_id") == record)
            let again = try await house.postJSON(
                "/partner/invitations/accept", bob.app, "{\"invitation\":\"\(token)\"}")
            #expect(again.status == 422)

            let theirs = try await house.ask(.get, path, bob.app)
            #expect(try theirs.value("custodian") == "false")
            #expect(try theirs.value("people") == "[]")
            #expect(try theirs.value("permissions.0.accesses") == #"["read"]"#)
            #expect(try await house.putJSON(path, bob.app, #"{"name":"Mine"}"#).status == 403)

            let person = "\(path)/people/\(bob.person.text)"
            let narrowed = try await house.putJSON(
                person, app, #"{"data_types":["heart_rate"],"accesses":["read"],"ends_on":"2029-01-01"}"#)
            #expect(narrowed.status == 204)
            let mine = try await house.ask(.get, path, bob.app)
            #expect(try mine.value("permissions") == #"[{"data_type":"heart_rate","accesses":["read"]}]"#)
            #expect(try mine.value("expires_at") == "2029-01-01T00:00:00Z")
            let people = try await house.ask(.get, path, app)
            let holder = "\"person_id\":\"\(bob.person.text)\",\"name\":\"Somebody bob\",\"you\":false"
            #expect(people.text.contains(holder))

            #expect(try await house.ask(.delete, person, bob.app).status == 403)
            #expect(try await house.ask(.delete, person, app).status == 204)
            #expect(try await house.ask(.get, path, bob.app).status == 404)
        }
    }

    @Test("an invitation can be declined or taken back, and the last custodian cannot leave")
    func endsInvitations() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let bob = try await house.somebody("bob")
            let record = try await house.postJSON("/partner/records", app, Self.child).member("record_id")
            let path = "/partner/records/\(record)"
            func invite() async throws -> HouseUnderTest.Reply {
                try await house.postJSON(path + "/invitations", app, #"{"relationship":"other","custodian":true}"#)
            }
            let first = try await invite()
            let declined = try await house.postJSON(
                "/partner/invitations/decline", bob.app, "{\"invitation\":\"\(try first.member("invitation"))\"}")
            #expect(declined.status == 204)
            let second = try await invite()
            let invitation = "/partner/invitations/\(try second.member("invitation_id"))"
            #expect(try await house.ask(.delete, invitation, bob.app).status == 404)
            #expect(try await house.ask(.delete, invitation, app).status == 204)
            let late = try await house.postJSON(
                "/partner/invitations/accept", bob.app, "{\"invitation\":\"\(try second.member("invitation"))\"}")
            #expect(late.status == 422)

            let alone = try await house.ask(.post, path + "/leave", app)
            #expect(alone.status == 409)
            #expect(try alone.member("code") == "LAST_CUSTODIAN")
            let third = try await invite().member("invitation")
            _ = try await house.postJSON("/partner/invitations/accept", bob.app, "{\"invitation\":\"\(third)\"}")
            #expect(try await house.ask(.post, path + "/leave", app).status == 204)
            #expect(try await house.ask(.get, path, app).status == 404)
            #expect(try await house.ask(.get, path, bob.app).value("custodian") == "true")
        }
    }
}
