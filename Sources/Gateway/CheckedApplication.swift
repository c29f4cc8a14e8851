// An application's description once it has been checked, every fault by its field.

import Domain

struct CheckedApplication: Sendable {
    let name: String
    let description: String
    let webhook: WebhookAddress?
    let notice: WebhookAddress?
    let life: GrantLife
    let interaction: InteractionModel
    let countries: Set<String>
    let rules: RuleSet
    let client: ClientTraits

    init(_ draft: ApplicationDraft, in environment: Environment, keySets: RemoteKeySets) throws(Declined) {
        var faults: [FieldFault] = []
        name = draft.name.trimmedOfSpaces
        description = draft.description.trimmedOfSpaces
        if !(1...100).contains(name.count) || name.holdsControlCharacters {
            faults.append(FieldFault("name", "1 to 100 characters"))
        }
        if description.count > 1_000 || description.unicodeScalars.contains("\0") {
            faults.append(FieldFault("description", "at most 1000 characters"))
        }
        let client = CheckedClient(draft.client, in: environment, keySets: keySets)
        self.client = client.traits
        faults += Self.faults(of: draft.redirectURIs, in: environment, native: client.traits.isNative)
        webhook = Self.address(draft.webhookURL, "webhook_url", in: environment, &faults)
        notice = Self.address(draft.noticeURL, "notice_url", in: environment, &faults)
        let life = draft.grantDays.map { GrantLife(days: $0) } ?? GrantLife.standard
        if life == nil { faults.append(FieldFault("grant_days", "1 to 365")) }
        let model = draft.interaction.map { InteractionModel(rawValue: $0) } ?? InteractionModel.singleRecord
        if model == nil { faults.append(FieldFault("interaction", "single_record, multi_record or offline")) }
        faults += client.faults
        if let model { faults += CheckedClient.faults(of: client.traits, interaction: model) }
        var countries: Set<String> = []
        for (place, text) in draft.countries.enumerated() {
            if let code = Gateway.country(text, &faults, field: "countries[\(place)]") { countries.insert(code) }
        }
        self.countries = countries
        var rules = RuleSet.empty
        do { rules = try RuleSet.validate(draft.rules, version: 1) } catch { faults.append(contentsOf: error.faults) }
        if model == .offline { faults += Self.faultsOffline(rules) }
        self.rules = rules
        guard faults.isEmpty, let life, let model else { throw Declined(.invalidFields, faults: faults) }
        self.life = life
        interaction = model
    }

    static func faults(of uris: [String], in environment: Environment, native: Bool) -> [FieldFault] {
        var faults: [FieldFault] = []
        if uris.isEmpty { faults.append(FieldFault("redirect_uris", "at least one is needed")) }
        if uris.count > 20 { faults.append(FieldFault("redirect_uris", "at most 20")) }
        for (place, uri) in uris.enumerated() {
            if let fault = RedirectURI.fault(of: uri, in: environment, native: native) {
                faults.append(FieldFault("redirect_uris[\(place)]", fault))
            }
            if uris[..<place].contains(uri) {
                faults.append(FieldFault("redirect_uris[\(place)]", "this one is there already"))
            }
        }
        return faults
    }

    /// An offline application never meets the person again: an online rule of its could never be used.
    static func faultsOffline(_ rules: RuleSet) -> [FieldFault] {
        rules.rules.enumerated().filter { $0.element.mode == .online }.map {
            FieldFault("rules[\($0.offset)].mode", "an offline application has offline rules only")
        }
    }

    private static func address(
        _ url: String?, _ field: String, in environment: Environment, _ faults: inout [FieldFault]
    ) -> WebhookAddress? {
        guard let url else { return nil }
        switch WebhookAddress.parse(url, in: environment) {
        case .success(let address): return address
        case .failure(let fault):
            faults.append(FieldFault(field, fault.sentence))
            return nil
        }
    }
}
