// The API for the person's own app about records: what they hold, who else does, and how others are let in and out.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func listRecords(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let holdings = try await gateway.records(of: person.person)
        return Answer.json(.object(["records": .array(holdings.map { .holding($0) })]))
    }

    func addRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let name = fields.text("name")
        let relationship = fields.text("relationship")
        let country = fields.optionalText("country")
        let endsOn = fields.optionalText("ends_on")
        try fields.finish()
        let id = try await gateway.createRecord(
            name: name, relationship: relationship, country: country, endsOn: endsOn, by: person.person,
            request: incoming.id)
        return Answer.json(.object(["record_id": .string(id.text)]), status: .created)
    }

    func tellRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        Answer.json(.record(try await gateway.record(try incoming.identifier(), of: person.person)))
    }

    func describeRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let name = fields.text("name")
        let country = fields.optionalText("country")
        try fields.finish()
        try await gateway.describeRecord(id, name: name, country: country, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func suspendRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await suspend(true, incoming, person)
    }

    func resumeRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await suspend(false, incoming, person)
    }

    private func suspend(
        _ isSuspended: Bool, _ incoming: Incoming, _ person: SignedIn
    ) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        try await gateway.suspendRecord(id, isSuspended, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func leaveRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        try await gateway.leaveRecord(id, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func narrowHolder(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        let holder: PersonID = try incoming.identifier("person")
        let draft = try Self.readHolding(try await incoming.json(), isNew: false)
        try await gateway.narrowHolding(of: holder, in: id, draft, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func removeHolder(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        let holder: PersonID = try incoming.identifier("person")
        try await gateway.removeHolder(holder, from: id, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func inviteToRecord(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        let draft = try Self.readHolding(try await incoming.json(), isNew: true)
        let made = try await gateway.invite(to: id, draft, by: person.person, request: incoming.id)
        return Answer.json(
            .object([
                "invitation_id": .string(made.id.text), "invitation": .string(made.token),
                "page": .string("\(settings.publicURL)/record-invitations"),
                "expires_at": .moment(made.expiresAt),
            ]),
            status: .created)
    }

    func cancelRecordInvitation(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: RecordInvitationID = try incoming.identifier()
        try await gateway.cancelRecordInvitation(id, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    func acceptRecordInvitation(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let token = try Self.readInvitation(try await incoming.json())
        let record = try await gateway.acceptRecordInvitation(token, by: person.person, request: incoming.id)
        return Answer.json(.object(["record_id": .string(record.text)]))
    }

    func declineRecordInvitation(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let token = try Self.readInvitation(try await incoming.json())
        try await gateway.declineRecordInvitation(token, by: person.person, request: incoming.id)
        return Answer.noContent()
    }

    private static func readInvitation(_ body: JSONValue) throws(Declined) -> String {
        var fields = FieldReader(body)
        let token = fields.text("invitation")
        try fields.finish()
        return token
    }

    /// Who is invited is told what the record is to them; who is narrowed keeps what it is, whatever stands here.
    static func readHolding(_ body: JSONValue, isNew: Bool) throws(Declined) -> HoldingDraft {
        var fields = FieldReader(body)
        let draft = HoldingDraft(
            relationship: isNew ? fields.text("relationship") : Relationship.other.rawValue,
            isCustodian: fields.flag("custodian", otherwise: false), types: fields.optionalTexts("data_types"),
            accesses: fields.optionalTexts("accesses"), endsOn: fields.optionalText("ends_on"))
        try fields.finish()
        return draft
    }
}

extension JSONValue {
    static func holding(_ view: HoldingView) -> JSONValue { .object(members(view)) }

    static func record(_ view: RecordView) -> JSONValue {
        .object(
            members(view.holding) + [
                Member(name: "people", value: .array(view.holders.map { .holder($0) })),
                Member(name: "invitations", value: .array(view.invitations.map { .recordInvitation($0) })),
                Member(name: "grants", value: .array(view.grants.map { .recordGrant($0) })),
            ])
    }

    private static func members(_ view: HoldingView) -> [Member] {
        [
            Member(name: "record_id", value: .string(view.record.text)),
            Member(name: "name", value: .string(view.name)),
            Member(name: "relationship", value: .string(view.relationship.rawValue)),
            Member(name: "custodian", value: .bool(view.isCustodian)),
            Member(name: "permissions", value: .ownPermissions(view.permissions)),
            Member(name: "expires_at", value: .optionalMoment(view.expiresAt)),
            Member(name: "country", value: .text(view.country)),
            Member(name: "suspended", value: .bool(view.isSuspended)),
            Member(name: "in_force", value: .bool(view.isInForce)),
        ]
    }

    private static func holder(_ view: HolderView) -> JSONValue {
        .object([
            "person_id": .string(view.person.text), "name": .string(view.name), "you": .bool(view.isYou),
            "relationship": .string(view.relationship.rawValue), "custodian": .bool(view.isCustodian),
            "permissions": .ownPermissions(view.permissions), "expires_at": .optionalMoment(view.expiresAt),
            "state": .string(view.state.rawValue),
        ])
    }

    private static func recordGrant(_ view: RecordGrantView) -> JSONValue {
        .object([
            "grant_id": .string(view.grant.text), "clientId": .string(view.application.id.text),
            "application": .application(view.application), "person_id": .string(view.giver.text),
            "given_by": .string(view.giverName), "you": .bool(view.isYours), "data_types": .types(view.types),
            "periods": .periods(view.periods, of: view.types), "expires_at": .moment(view.expiresAt),
        ])
    }

    private static func recordInvitation(_ view: RecordInvitationView) -> JSONValue {
        .object([
            "invitation_id": .string(view.id.text), "invited_by": .string(view.invitedBy),
            "relationship": .string(view.relationship.rawValue), "custodian": .bool(view.isCustodian),
            "permissions": .ownPermissions(view.permissions),
            "access_expires_at": .optionalMoment(view.accessExpiresAt), "expires_at": .moment(view.expiresAt),
            "state": .string(view.state.rawValue),
        ])
    }
}
