// Who gets something of a record, whoever permitted it: said before an import, and to a custodian at any time.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Who may see a record")
struct ReceiverTests {
    @Test("F8: the import page names the record and who gets what of it by whose permission, and no grant on another")
    func beforeAnImport() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let before = try await house.ask(.get, "/import", browser)
            #expect(before.text.contains("Ada &lt;b&gt;</strong>"))
            #expect(before.text.contains("The readings you import would go nowhere."))
            #expect(PageSoundness.faults(before.text) == [])

            let child = try await house.gateway.createRecord(
                name: "Cleo", relationship: "child", country: nil, endsOn: nil, by: house.person, request: nil)
            _ = try await house.permit(house.person, for: child)
            // Nothing of a child's record is in Ada's file.
            let other = try await house.ask(.get, "/import", browser)
            #expect(!other.text.contains("Runner") && other.text.contains("would go nowhere"))

            let own = try #require(try await house.gateway.records(of: house.person).first).record
            let bob = try await house.holder(of: own, "bob")
            _ = try await house.permit(bob.person, for: own)
            try await house.lessen(bob.person, in: own)
            let shared = try await house.ask(.get, "/import", browser)
            #expect(shared.text.contains("<h3>Runner</h3>") && shared.text.contains("Permitted by Somebody bob"))
            // As far as Bob's own access reaches, and no further.
            #expect(shared.text.contains("<li>Steps</li>") && !shared.text.contains("<li>Heart rate</li>"))
            #expect(PageSoundness.faults(shared.text) == [])

            let mine = try await house.permit(house.person, for: own)
            let both = try await house.ask(.get, "/import", browser)
            #expect(both.text.contains("<a href=\"/grants/\(mine.text)\">Runner</a>"))
            #expect(both.text.contains("Permitted by you") && both.text.contains("<li>Heart rate</li>"))
        }
    }

    @Test("a custodian sees all grants in force on the record: who permitted which application what until when")
    func onTheRecord() async throws {
        try await HouseUnderTest.trying { house in
            let own = try #require(try await house.gateway.records(of: house.person).first).record
            let bob = try await house.holder(of: own, "bob")
            let theirs = try await house.permit(bob.person, for: own)
            try await house.lessen(bob.person, in: own)
            house.time.pass(.seconds(1))
            let mine = try await house.permit(house.person, for: own)

            let browser = try await house.browser()
            let page = try await house.ask(.get, "/records/\(own.text)", browser)
            #expect(page.text.contains("Permitted by Somebody bob") && page.text.contains("Permitted by you"))
            #expect(page.text.contains("href=\"/grants/\(mine.text)\""))
            #expect(!page.text.contains("/grants/\(theirs.text)"))
            #expect(PageSoundness.faults(page.text) == [])

            let path = "/partner/records/\(own.text)"
            let told = try await house.ask(.get, path, try await house.app())
            #expect(try told.value("grants.0.grant_id") == mine.text)
            #expect(try told.value("grants.0.you") == "true")
            #expect(try told.value("grants.0.data_types") == #"["steps","heart_rate"]"#)
            #expect(try told.value("grants.1.grant_id") == theirs.text)
            #expect(try told.value("grants.1.clientId") == house.application.id.text)
            #expect(try told.value("grants.1.application.name") == "Runner")
            #expect(try told.value("grants.1.person_id") == bob.person.text)
            #expect(try told.value("grants.1.given_by") == "Somebody bob")
            #expect(try told.value("grants.1.data_types") == #"["steps"]"#)
            #expect(try told.value("grants.1.expires_at")?.hasPrefix("2027-") == true)
            #expect(try await house.ask(.get, path, bob.app).value("grants") == "[]")

            try await house.gateway.suspendRecord(own, true, by: house.person, request: nil)
            let still = try await house.ask(.get, path, try await house.app())
            #expect(try still.value("grants.0.data_types") == "[]" && still.value("grants.1.data_types") == "[]")
            _ = try await house.gateway.revoke(theirs, by: bob.person, through: .api, request: nil)
            let left = try await house.ask(.get, "/records/\(own.text)", browser)
            #expect(!left.text.contains("Permitted by Somebody bob") && left.text.contains("Nothing at the moment"))
            #expect(PageSoundness.faults(left.text) == [])
        }
    }
}

extension HouseUnderTest {
    /// Somebody who may see as much of a record as the application asks for.
    fileprivate func holder(
        of record: RecordID, _ login: String
    ) async throws -> (person: PersonID, app: HTTPFields) {
        let (holder, app) = try await somebody(login)
        let made = try await gateway.invite(
            to: record,
            HoldingDraft(
                relationship: "other", isCustodian: false, types: ["steps", "heart_rate"], accesses: ["read"],
                endsOn: nil),
            by: person, request: nil)
        _ = try await gateway.acceptRecordInvitation(made.token, by: holder, request: nil)
        return (holder, app)
    }

    /// Leaves them the steps.
    fileprivate func lessen(_ holder: PersonID, in record: RecordID) async throws {
        try await gateway.narrowHolding(
            of: holder, in: record,
            HoldingDraft(relationship: "other", isCustodian: false, types: ["steps"], accesses: ["read"], endsOn: nil),
            by: person, request: nil)
    }

    /// A person's yes to what the application needs, for one record.
    fileprivate func permit(_ person: PersonID, for record: RecordID) async throws -> GrantID {
        let id = try #require(ApprovalID(try await startFromServer()))
        _ = try await gateway.approval(id, for: person, flow: nil, record: record)
        let answer = try await gateway.decide(
            id, by: person, flow: nil, approved: ["rule:activity"], record: record, days: nil, rules: nil,
            through: .api, request: nil)
        return try #require(answer.grant)
    }
}
