// An application as JSON: the draft that comes in, and what its owner sees of it. Plain scopes are turned into rules on the way
// in, and what is wrong with them is told by the names that were sent.

import Domain
import Gateway

/// What a registration brings.
struct ApplicationForm: Sendable, Equatable {
    let draft: ApplicationDraft
    let organization: OrganizationID?
    /// How many of the draft's rules were sent as rules; those behind them stand for plain scopes.
    let statedRules: Int

    init(_ body: JSONValue) throws(Declined) {
        var fields = FieldReader(body)
        organization = fields.optionalIdentifier("organization_id", of: "an organization")
        let rules = fields.optionalObjects("rules") { RuleDraft(&$0) }
        let scopes = fields.optionalObjects("requested_scopes") { reader in
            let text = reader.text("scope")
            let rule = RuleDraft(scope: text, why: reader.text("why"))
            if rule == nil, !text.isEmpty { reader.fault("scope", "a scope such as 'read:heart_rate' was expected") }
            return rule
        }
        if rules.isEmpty, scopes.isEmpty { fields.fault("rules", "at least one rule, or requested_scopes, is needed") }
        statedRules = rules.count
        draft = ApplicationDraft(
            name: fields.text("name"), description: fields.optionalText("description") ?? "",
            redirectURIs: fields.texts("redirect_uris"), webhookURL: fields.optionalText("webhook_url"),
            rules: rules + scopes.compactMap(\.self), grantDays: fields.optionalCount("grant_days"),
            noticeURL: fields.optionalText("notice_url"), interaction: fields.optionalText("interaction"),
            countries: fields.optionalTexts("countries"), client: ClientDraft(&fields))
        try fields.finish()
    }

    /// The same fault, by the name under which the field was sent.
    func asSent(_ fault: FieldFault) -> FieldFault {
        guard fault.field.hasPrefix("rules["), let end = fault.field.firstIndex(of: "]"),
            let place = Int(fault.field[..<end].dropFirst("rules[".count)), place >= statedRules
        else { return fault }
        let field = fault.field[fault.field.index(after: end)...]
        let sent = field.hasPrefix(".why") ? "why" : "scope"
        return FieldFault("requested_scopes[\(place - statedRules)].\(sent)", fault.message)
    }
}

extension JSONValue {
    static func ownedApplication(_ view: ApplicationView) -> JSONValue { .object(members(view)) }

    static func applicationDetail(_ view: ApplicationDetail) -> JSONValue {
        .object(
            members(view.application) + client(view.client) + [
                Member(name: "state", value: .string(view.state.rawValue)),
                Member(name: "redirect_uris", value: .texts(view.redirectURIs)),
                Member(name: "webhook_url", value: .text(view.webhookURL)),
                Member(name: "notice_url", value: .text(view.noticeURL)),
                Member(name: "interaction", value: .string(view.interaction.rawValue)),
                Member(name: "countries", value: .texts(view.countries)),
                Member(name: "grant_days", value: .count(view.life.days)),
                Member(name: "former_secret_until", value: .optionalMoment(view.formerSecretUntil)),
                Member(name: "rule_version", value: .count(view.rules.version)),
                Member(name: "rules", value: .array(view.rules.rules.map { .rule($0) })),
            ])
    }

    private static func members(_ view: ApplicationView) -> [Member] {
        [
            Member(name: "client_id", value: .string(view.id.text)), Member(name: "name", value: .string(view.name)),
            Member(name: "description", value: .string(view.description)),
            Member(name: "organization", value: .string(view.organization)),
            Member(name: "environment", value: .string(view.environment.rawValue)),
            Member(name: "responsible", value: .string(view.responsible)),
            Member(name: "redirect_hosts", value: .texts(view.hosts)),
        ]
    }
}
