// What an owner does with an application after it is registered: its rules, what a change would mean, its secret, its addresses.

public import Domain
import Vault

extension Gateway {
    /// Groups of live grants that a draft is tried against, the largest first.
    private static let mostGroups = 1_000

    public func application(_ id: ApplicationID, of person: PersonID) async throws(Declined) -> ApplicationDetail {
        let now = world.now()
        return try await readAsOwner(of: id, person) { row, tx in
            .success(try Self.detail(row, at: now, in: tx))
        }
    }

    /// Newest first, each with what changed against the one before it (A4).
    public func ruleVersions(of id: ApplicationID, by person: PersonID) async throws(Declined) -> [RuleVersionView] {
        try await readAsOwner(of: id, person) { _, tx in
            let versions = try RuleTable.versions(of: id, limit: 101, in: tx)
            var views: [RuleVersionView] = []
            for (place, version) in versions.prefix(100).enumerated() {
                let before = versions.indices.contains(place + 1) ? versions[place + 1].rules : .empty
                views.append(try Self.view(version, after: before, in: tx))
            }
            return .success(views)
        }
    }

    /// A new version of the whole rule set. `version`, where given, is the one that the author last saw. No grant is widened.
    public func publishRules(
        _ drafts: [RuleDraft], of id: ApplicationID, over version: Int?, by person: PersonID?, request: RequestID?
    ) async throws(Declined) -> RuleVersionView {
        let stamp = stamp(.rulesPublished, request)
        return try await asOwner(of: id, person) { row, tx in
            guard version ?? row.ruleVersion == row.ruleVersion else { return .failure(Declined(.rulesChanged)) }
            let current = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx) ?? .empty
            let next: RuleSet
            switch Self.validate(drafts, after: current, for: row) {
            case .success(let rules): next = rules
            case .failure(let declined): return .failure(declined)
            }
            guard
                try ApplicationTable.publish(
                    next, of: id, over: row.ruleVersion, author: person, at: stamp.at, in: tx)
            else { return .failure(Declined(.rulesChanged)) }
            let author = try person.flatMap { person throws(StorageError) in try PersonTable.find(person, in: tx) }
            try AuditTable.append(
                stamp.entry(application: id, person: author?.auditName, types: next.coverage.types), in: tx)
            return .success(
                RuleVersionView(
                    rules: next, author: author?.name, at: stamp.at, diff: RuleSetDiff(from: current, to: next)))
        }
    }

    /// What would change: for how many live grants, and why, before anything is published.
    public func impact(
        of drafts: [RuleDraft], on id: ApplicationID, by person: PersonID
    ) async throws(Declined) -> RuleImpactView {
        let now = world.now()
        return try await readAsOwner(of: id, person) { row, tx in
            let current = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx) ?? .empty
            switch Self.validate(drafts, after: current, for: row) {
            case .failure(let declined): return .failure(declined)
            case .success(let draft):
                let live = try RuleTable.liveGroups(of: id, at: now, limit: Self.mostGroups, in: tx)
                return .success(
                    RuleImpactView(
                        diff: RuleSetDiff(from: current, to: draft),
                        impact: RuleImpact(
                            from: current, to: draft, over: live.groups, among: live.grants, countries: row.countries)))
            }
        }
    }

    /// `overlapHours`: 0 ends the former secret at once; at most 168.
    public func rotateSecret(
        of id: ApplicationID, overlapHours: Int, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> RotatedSecret {
        guard (0...168).contains(overlapHours) else {
            throw Declined(.invalidFields, faults: [FieldFault("overlap_hours", "0 to 168")])
        }
        let stamp = stamp(.secretRotated, request)
        let secret = world.secret(.clientSecret)
        let until = overlapHours == 0 ? nil : stamp.at + .hours(Int64(overlapHours))
        return try await asOwner(of: id, person) { row, tx in
            guard row.traits.authentication == .clientSecret else { return .failure(Self.withoutSecret) }
            try ApplicationTable.rotateSecret(of: id, to: hashSecret(secret), former: until, in: tx)
            try AuditTable.append(
                stamp.entry(application: id, person: try PersonTable.find(person, in: tx)?.auditName), in: tx)
            return .success(RotatedSecret(secret: secret, formerUntil: until))
        }
    }

    public func replaceRedirectURIs(
        of id: ApplicationID, with uris: [String], by person: PersonID, request: RequestID?
    ) async throws(Declined) -> ApplicationDetail {
        let stamp = stamp(.redirectURIsChanged, request)
        return try await asOwner(of: id, person) { row, tx in
            let faults = CheckedApplication.faults(of: uris, in: row.environment, native: row.traits.isNative)
            guard faults.isEmpty else { return .failure(Declined(.invalidFields, faults: faults)) }
            try ApplicationTable.replaceRedirectURIs(of: id, with: uris, in: tx)
            for place in try ApprovalTable.pendingPlaces(of: id, in: tx)
            where !RedirectURI.isRegistered(place, among: uris, native: row.traits.isNative) {
                try ApprovalTable.expirePending(of: id, to: place, at: stamp.at, in: tx)
            }
            try AuditTable.append(
                stamp.entry(application: id, person: try PersonTable.find(person, in: tx)?.auditName), in: tx)
            return .success(try Self.detail(row, at: stamp.at, in: tx))
        }
    }

    /// The consent page as somebody would see it: of the rules that stand, or of a draft. Nothing is stored. An invalid scope
    /// where nothing is required, displayed or named: there would be no page. `details` are authorization details as JSON.
    public func preview(
        of id: ApplicationID, as previewed: PreviewedPerson, drafts: [RuleDraft]?, named: [String],
        details: String? = nil,
        by person: PersonID
    ) async throws(Declined) -> ApprovalView {
        let now = world.now()
        let approval: ApprovalID = world.identify()
        let policy = policy
        return try await readAsOwner(of: id, person) { row, tx in
            let current = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx) ?? .empty
            var rules = current
            if let drafts {
                switch Self.validate(drafts, after: current, for: row) {
                case .success(let draft): rules = draft
                case .failure(let declined): return .failure(declined)
                }
            }
            let scope = named.map { "rule:\($0)" }.joined(separator: " ")
            let asked: ScopeRequest
            var read: [DataDetail] = []
            do throws(DetailsFault) {
                if let details { read = try DetailsReader.read(details, addresses: addresses) }
            } catch {
                return .failure(Declined(.invalidFields, faults: [FieldFault("details", error.sentence)]))
            }
            do throws(ScopeRequest.Fault) {
                asked = try ScopeRequest.resolve(scope, details: read, against: rules, addsToFlags: details == nil)
            } catch {
                if error == .nothingAsked { return .failure(Declined(.invalidScope, error.sentence)) }
                let field = error.problem == .invalidScope ? "named" : "details"
                return .failure(Declined(.invalidFields, faults: [FieldFault(field, error.sentence)]))
            }
            // A returning person has agreed to what was required so far.
            let held = current.required
            let standing =
                previewed == .firstTime
                ? Standing.firstTime
                : Standing(
                    isFirstTime: false,
                    grant: GrantTerms(
                        rules: held.map { GrantedRule($0.name, version: current.version) },
                        permissions: held.reduce(.none) { $0.union($1.permissions) },
                        scope: held.map(\.scope.text).joined(separator: " "), refusedScope: "",
                        expiresAt: now + row.grantLife.span), agreed: held)
            return .success(
                ApprovalView(
                    id: approval,
                    application: ApplicationView(row, uris: try ApplicationTable.redirectURIs(of: id, in: tx)),
                    form: ApprovalForm(asked, of: rules, standing: standing, mayPreCheck: policy.mayPreCheck),
                    createdAt: now, expiresAt: now + policy.approvalWindow.span, life: row.grantLife, state: .pending,
                    ruleVersion: rules.version, records: [], standingUntil: standing.grant?.expiresAt, isShell: false,
                    obstacle: nil, standingMark: "none"))
        }
    }

    /// The operator's word: nothing leaves for a suspended application; its grants and tokens stay as they are.
    public func setStanding(
        of id: ApplicationID, _ event: ApplicationState.Event, request: RequestID?
    ) async throws(Declined) -> ApplicationState {
        let stamp = stamp(event == .suspend ? .applicationSuspended : .applicationResumed, request)
        return try await asOwner(of: id, nil) { row, tx in
            var state = row.state
            guard (try? state.apply(event)) != nil else { return .success(row.state) }
            try ApplicationTable.move(id, to: state, at: stamp.at, in: tx)
            try AuditTable.append(stamp.entry(application: id), in: tx)
            return .success(state)
        }
    }

    /// `person` nil is the operator's command. Somebody else's application is not found.
    func asOwner<Answer: Sendable>(
        of id: ApplicationID, _ person: PersonID?,
        _ body: @escaping @Sendable (ApplicationRow, borrowing Transaction) throws -> Result<Answer, Declined>
    ) async throws(Declined) -> Answer {
        try await write { tx in try Self.answer(of: id, person, body, in: tx) }.get()
    }

    /// The same, for a question that changes nothing.
    private func readAsOwner<Answer: Sendable>(
        of id: ApplicationID, _ person: PersonID,
        _ body: @escaping @Sendable (ApplicationRow, borrowing Transaction) throws -> Result<Answer, Declined>
    ) async throws(Declined) -> Answer {
        try await read { tx in try Self.answer(of: id, person, body, in: tx) }.get()
    }

    private static func answer<Answer: Sendable>(
        of id: ApplicationID, _ person: PersonID?,
        _ body: (ApplicationRow, borrowing Transaction) throws -> Result<Answer, Declined>,
        in tx: borrowing Transaction
    ) throws -> Result<Answer, Declined> {
        guard let row = try ApplicationTable.find(id, in: tx) else { return .failure(Declined(.notFound)) }
        if let person, !(try OrganizationTable.owned(by: person, in: tx).contains(row.organization)) {
            return .failure(Declined(.notFound))
        }
        return try body(row, tx)
    }

    private static func validate(
        _ drafts: [RuleDraft], after current: RuleSet, for row: ApplicationRow
    ) -> Result<RuleSet, Declined> {
        do {
            let rules = try RuleSet.validate(drafts, version: row.ruleVersion + 1, after: current)
            let faults = row.interaction == .offline ? CheckedApplication.faultsOffline(rules) : []
            return faults.isEmpty ? .success(rules) : .failure(Declined(.invalidFields, faults: faults))
        } catch {
            return .failure(Declined(.invalidFields, faults: error.faults))
        }
    }

    static func detail(
        _ row: ApplicationRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> ApplicationDetail {
        let uris = try ApplicationTable.redirectURIs(of: row.id, in: tx)
        return ApplicationDetail(
            application: ApplicationView(row, uris: uris), state: row.state, redirectURIs: uris,
            webhookURL: row.webhookURL, noticeURL: row.noticeURL, interaction: row.interaction,
            countries: row.countries.sorted(), life: row.grantLife, client: row.traits,
            rules: try ApplicationTable.rules(of: row.id, version: row.ruleVersion, in: tx) ?? .empty,
            formerSecretUntil: row.previousSecretUntil.flatMap { now < $0 ? $0 : nil })
    }

    private static func view(
        _ version: RuleVersion, after before: RuleSet, in tx: borrowing Transaction
    ) throws(StorageError) -> RuleVersionView {
        RuleVersionView(
            rules: version.rules,
            author: try version.author.flatMap { id throws(StorageError) in try PersonTable.find(id, in: tx)?.name },
            at: version.at, diff: RuleSetDiff(from: before, to: version.rules))
    }
}
