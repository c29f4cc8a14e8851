// The API for those who look after an organization: taking up an invitation, registering applications with their rules (A1).

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func acceptInvitation(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let invitation = fields.text("invitation")
        try fields.finish()
        let organization = try await gateway.acceptInvitation(invitation, by: person.person, request: incoming.id)
        return Answer.json(.object(["organization_id": .string(organization.text)]))
    }

    func listApplications(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let applications = try await gateway.applications(of: person.person)
        return Answer.json(
            .object([
                "applications": .array(
                    applications.map {
                        .object([
                            "client_id": .string($0.id.text), "name": .string($0.name),
                            "description": .string($0.description), "organization": .string($0.organization),
                            "environment": .string($0.environment.rawValue), "responsible": .string($0.responsible),
                            "redirect_hosts": .texts($0.hosts),
                        ])
                    })
            ]))
    }

    func registerApplication(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let (draft, organization) = try Self.readApplication(try await incoming.json())
        let registered = try await gateway.registerApplication(
            draft, in: organization, by: person.person, request: incoming.id)
        return Answer.json(
            .object([
                "client_id": .string(registered.id.text), "client_secret": .string(registered.secret),
                "webhook_secret": registered.webhookSecret.map { .string($0) },
            ]),
            status: .created)
    }

    static func readApplication(_ body: JSONValue) throws(Declined) -> (ApplicationDraft, OrganizationID?) {
        var fields = FieldReader(body)
        let organizationText = fields.optionalText("organization_id")
        let organization = organizationText.flatMap { OrganizationID($0) }
        if organizationText != nil, organization == nil {
            fields.fault("organization_id", "an organization's id was expected")
        }
        let draft = ApplicationDraft(
            name: fields.text("name"), description: fields.optionalText("description") ?? "",
            redirectURIs: fields.texts("redirect_uris"), webhookURL: fields.optionalText("webhook_url"),
            rules: fields.objects("rules", readRule), grantDays: fields.optionalCount("grant_days"))
        try fields.finish()
        return (draft, organization)
    }

    private static func readRule(_ fields: inout FieldReader) -> RuleDraft {
        RuleDraft(
            name: fields.text("name"), mode: fields.text("mode"), required: fields.neededFlag("required"),
            accesses: fields.texts("accesses"), types: fields.texts("data_types"), why: fields.text("why"),
            displayFirstTime: fields.flag("display_first_time", otherwise: true),
            checkedFirstTime: fields.flag("checked_first_time", otherwise: false),
            checkedByDefault: fields.flag("checked_by_default", otherwise: false))
    }
}
