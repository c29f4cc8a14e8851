// Organizations, their owners, and the applications they register.

public import Domain
import Vault

extension Gateway {
    /// Makes an organization and a one-time invitation, good for seven days, for its first owner.
    public func createOrganization(
        name: String, environment: Environment, responsible: String, request: RequestID?
    ) async throws(Declined) -> (organization: OrganizationID, invitation: String) {
        let name = name.trimmedOfSpaces
        let responsible = responsible.trimmedOfSpaces
        var faults: [FieldFault] = []
        if !(1...200).contains(name.count) || name.holdsControlCharacters {
            faults.append(FieldFault("name", "1 to 200 characters"))
        }
        if !(3...500).contains(responsible.count) || responsible.unicodeScalars.contains("\0") {
            faults.append(
                FieldFault("responsible", "who answers for the data and how to reach them, 3 to 500 characters"))
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }

        let id: OrganizationID = world.identify()
        let wrapped: [UInt8]
        do { wrapped = try keyring.wrapNew(world.roll(32), for: id) } catch { throw Declined(.unexpected) }
        let row = OrganizationRow(
            id: id, name: name, environment: environment, responsible: responsible, wrappedDataKey: wrapped)
        let invitation = world.secret(.invitation)
        let stamp = stamp(.organizationCreated, request)
        try await write { tx in
            try OrganizationTable.insert(row, at: stamp.at, in: tx)
            try OrganizationTable.invite(
                to: id, tokenHash: hashSecret(invitation), at: stamp.at, until: stamp.at + .days(7), in: tx)
            try AuditTable.append(stamp.entry(), in: tx)
        }
        return (id, invitation)
    }

    public func organization(named name: String) async throws(Declined) -> OrganizationID? {
        try await read { tx in try OrganizationTable.find(named: name, in: tx) }
    }

    /// The person becomes an owner. Used, expired and unknown invitations look alike.
    public func acceptInvitation(
        _ token: String, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> OrganizationID {
        let stamp = stamp(.invitationUsed, request)
        let organization = try await write { tx -> OrganizationID? in
            guard let who = try PersonTable.find(person, in: tx),
                let organization = try OrganizationTable.useInvitation(
                    hashSecret(token), by: person, at: stamp.at, in: tx)
            else { return nil }
            try OrganizationTable.addOwner(person, to: organization, at: stamp.at, in: tx)
            try AuditTable.append(stamp.entry(person: who.auditName), in: tx)
            return organization
        }
        guard let organization else {
            throw Declined(
                .invalidFields, faults: [FieldFault("invitation", "not known here, used already, or expired")])
        }
        return organization
    }

    /// `person` nil is the operator's command; `organization` nil is the person's only one.
    public func registerApplication(
        _ draft: ApplicationDraft, in organization: OrganizationID?, by person: PersonID?, request: RequestID?
    ) async throws(Declined) -> RegisteredApplication {
        let owner = try await ownedOrganization(organization, by: person)
        let checked = try CheckedApplication(draft, in: owner.environment, keySets: keySets)
        let id: ApplicationID = world.identify()
        // Who has no secret is given the hash of one that nobody is told.
        let secret = world.secret(.clientSecret)
        let webhookSecret =
            checked.webhook == nil && checked.notice == nil ? nil : "whsec_" + Base64.encode(world.roll(32))
        var sealed: [UInt8]?
        if let webhookSecret {
            let key = try await dataKey(of: owner.id)
            do { sealed = try key.seal(webhookSecret, webhookOf: id) } catch { throw Declined(.unexpected) }
        }
        let new = NewApplication(
            id: id, organization: owner.id, name: checked.name, description: checked.description,
            secretHash: hashSecret(secret), webhookURL: checked.webhook?.url, noticeURL: checked.notice?.url,
            sealedWebhookSecret: sealed, grantLife: checked.life, interaction: checked.interaction,
            countries: checked.countries, redirectURIs: draft.redirectURIs, rules: checked.rules,
            traits: checked.client)
        let stamp = stamp(.applicationRegistered, request)
        let published = AuditStamp(id: world.identify(), at: stamp.at, action: .rulesPublished, request: request)
        try await write { tx in
            let author = try person.map { person throws(StorageError) in try PersonTable.find(person, in: tx) } ?? nil
            try ApplicationTable.insert(new, author: author?.id, at: stamp.at, in: tx)
            try AuditTable.append(stamp.entry(application: id, person: author?.auditName), in: tx)
            try AuditTable.append(
                published.entry(application: id, person: author?.auditName, types: checked.rules.coverage.types),
                in: tx)
        }
        return RegisteredApplication(
            id: id, secret: checked.client.authentication == .clientSecret ? secret : nil, webhookSecret: webhookSecret)
    }

    /// Of every organization the person owns.
    public func applications(of person: PersonID) async throws(Declined) -> [ApplicationView] {
        try await read { tx in
            var views: [ApplicationView] = []
            for organization in try OrganizationTable.owned(by: person, in: tx) {
                for row in try ApplicationTable.of(organization: organization, in: tx) {
                    views.append(ApplicationView(row, uris: try ApplicationTable.redirectURIs(of: row.id, in: tx)))
                }
            }
            return views
        }
    }

    private func ownedOrganization(
        _ wanted: OrganizationID?, by person: PersonID?
    ) async throws(Declined) -> OrganizationRow {
        let (owned, row) = try await read { tx -> ([OrganizationID]?, OrganizationRow?) in
            let owned = try person.map { person throws(StorageError) in
                try OrganizationTable.owned(by: person, in: tx)
            }
            let id = wanted ?? (owned?.count == 1 ? owned?.first : nil)
            return (owned, try id.map { id throws(StorageError) in try OrganizationTable.find(id, in: tx) } ?? nil)
        }
        if let owned {
            if owned.isEmpty { throw Declined(.notPermitted, "You own no organization here.") }
            if let wanted, !owned.contains(wanted) { throw Declined(.notPermitted) }
            if wanted == nil, owned.count > 1 {
                throw Declined(
                    .invalidFields, faults: [FieldFault("organization_id", "you own several: say which")])
            }
        }
        guard let row else {
            throw Declined(.invalidFields, faults: [FieldFault("organization_id", "not known here")])
        }
        return row
    }
}

extension ApplicationView {
    init(_ row: ApplicationRow, uris: [String]) {
        var seen: Set<String> = []
        self.init(
            id: row.id, name: row.name, description: row.description, organization: row.organizationName,
            environment: row.environment, responsible: row.responsible,
            hosts: uris.compactMap(RedirectURI.host(of:)).filter { seen.insert($0).inserted })
    }
}
