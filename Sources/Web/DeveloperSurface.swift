// The API for those who look after an organization: taking up an invitation, registering applications, and looking after their
// addresses, secrets and rules (A1, A4).

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
        return Answer.json(.object(["applications": .array(applications.map { .ownedApplication($0) })]))
    }

    func registerApplication(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let form = try ApplicationForm(try await incoming.json())
        let registered: RegisteredApplication
        do throws(Declined) {
            registered = try await gateway.registerApplication(
                form.draft, in: form.organization, by: person.person, request: incoming.id)
        } catch {
            throw Declined(error.problem, error.detail, faults: error.faults.map { form.asSent($0) })
        }
        return Answer.json(
            .object([
                "client_id": .string(registered.id.text),
                "client_secret": registered.secret.map { .string($0) },
                "webhook_secret": registered.webhookSecret.map { .string($0) },
            ]),
            status: .created)
    }

    func tellApplication(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        Answer.json(.applicationDetail(try await gateway.application(try incoming.identifier(), of: person.person)))
    }

    func replaceRedirectURIs(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let addresses = fields.texts("redirect_uris")
        try fields.finish()
        let detail = try await gateway.replaceRedirectURIs(
            of: id, with: addresses, by: person.person, request: incoming.id)
        return Answer.json(.applicationDetail(detail))
    }

    func replaceClient(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let draft = ClientDraft(&fields)
        try fields.finish()
        let changed = try await gateway.changeClient(of: id, to: draft, by: person.person, request: incoming.id)
        return Answer.json(
            .object([
                "changed": .texts(changed.changed), "client_secret": changed.secret.map { .string($0) },
                "application": .applicationDetail(changed.application),
            ]))
    }

    func rotateSecret(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let hours = fields.count("overlap_hours")
        try fields.finish()
        let rotated = try await gateway.rotateSecret(
            of: id, overlapHours: hours, by: person.person, request: incoming.id)
        return Answer.json(
            .object([
                "client_secret": .string(rotated.secret), "former_until": .optionalMoment(rotated.formerUntil),
            ]),
            status: .created)
    }

    func listRules(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let versions = try await gateway.ruleVersions(of: try incoming.identifier(), by: person.person)
        return Answer.json(.object(["versions": .array(versions.map { .ruleVersion($0) })]))
    }

    func publishRules(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let version = fields.optionalCount("version")
        let drafts = fields.objects("rules") { RuleDraft(&$0) }
        try fields.finish()
        let published = try await gateway.publishRules(
            drafts, of: id, over: version, by: person.person, request: incoming.id)
        return Answer.json(.ruleVersion(published))
    }

    func checkRules(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let drafts = fields.objects("rules") { RuleDraft(&$0) }
        try fields.finish()
        let view = try await gateway.impact(of: drafts, on: id, by: person.person)
        return Answer.json(.object(["changes": .diff(view.diff), "impact": .impact(view.impact)]))
    }
}
