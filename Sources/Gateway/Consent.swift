// The person's decision: what is shown, deciding on it, and what comes of it (C2–C6, B1–B5).

public import Domain
import Vault

extension Gateway {
    /// Not found for everybody but the browser that began it and the first person who opened it. `record` is the one that the
    /// person picked in the chooser.
    public func approval(
        _ id: ApprovalID, for person: PersonID?, flow: String?, record: RecordID? = nil
    ) async throws(Declined) -> ApprovalView {
        let now = world.now()
        let flowHash = flow.map(hashSecret)
        let found = try await write { tx -> Result<ApprovalView, Declined> in
            guard let row = try ApprovalTable.find(id, in: tx), Self.mayOpen(row, person, flowHash) else {
                return .failure(Declined(.notFound))
            }
            // The first signed-in person who opens it keeps it.
            if let person, row.person == nil, !(try ApprovalTable.bind(id, to: person, in: tx)) {
                return .failure(Declined(.notFound))
            }
            guard let scene = try ApprovalScene(row, of: person, wish: record, at: now, self.policy, in: tx) else {
                return .failure(Declined(.invalidScope))
            }
            try scene.remember(in: tx)
            return .success(scene.view)
        }
        return try found.get()
    }

    /// For a page, which carries what it shows in its own fields: there is nothing to write down for who has opened it before.
    /// Beside it where the person is led back to without an answer, for the browser that began it.
    public func approvalPage(
        _ id: ApprovalID, for person: PersonID, flow: String?, record: RecordID? = nil
    ) async throws(Declined) -> (view: ApprovalView, wayBack: String?) {
        let now = world.now()
        let flowHash = flow.map(hashSecret)
        let known = try await read { tx -> Result<(view: ApprovalView, wayBack: String?), Declined>? in
            guard let row = try ApprovalTable.find(id, in: tx), row.person == person else { return nil }
            guard let scene = try ApprovalScene(row, of: person, wish: record, at: now, self.policy, in: tx) else {
                return .failure(Declined(.invalidScope))
            }
            return .success((scene.view, try self.wayBack(row, scene.application, flowHash, in: tx)))
        }
        if let known { return try known.get() }
        let view = try await approval(id, for: person, flow: flow, record: record)
        return (view, try await wayBack(from: id, flow: flow))
    }

    public func pendingApprovals(of person: PersonID) async throws(Declined) -> [ApprovalView] {
        let now = world.now()
        return try await write { tx in
            var views: [ApprovalView] = []
            for row in try ApprovalTable.pending(of: person, at: now, in: tx) {
                if let scene = try ApprovalScene(row, of: person, wish: nil, at: now, self.policy, in: tx) {
                    try scene.remember(in: tx)
                    views.append(scene.view)
                }
            }
            return views
        }
    }

    /// `approved` holds the ticked scope tokens; none is a denial (C5). `days` is a shorter life than the application's;
    /// `rules` is the version of the rules that the answer was given to, `standing` the mark of the grant shown beside them.
    public func decide(
        _ id: ApprovalID, by person: PersonID, flow: String?, approved: [String], record: RecordID? = nil,
        days: Int? = nil, rules seen: Int? = nil, standing mark: String? = nil, through surface: Surface,
        request: RequestID?
    ) async throws(Declined) -> DecisionAnswer {
        let draws = DecisionDraws(world: world, surface: surface, request: request)
        let flowHash = flow.map(hashSecret)
        let result = try await write { tx -> Result<DecisionAnswer, Declined> in
            guard let row = try ApprovalTable.find(id, in: tx), Self.mayOpen(row, person, flowHash),
                try row.person == person || ApprovalTable.bind(id, to: person, in: tx),
                let who = try PersonTable.find(person, in: tx),
                let application = try ApplicationTable.find(row.application, in: tx)
            else { return .failure(Declined(.notFound)) }
            switch row.state.effective(expiresAt: row.expiresAt, at: draws.grant.at) {
            case .pending: break
            case .expired: return .failure(Declined(.approvalExpired))
            case .approved, .denied: return .failure(Declined(.approvalAlreadyDecided))
            }
            // What was taken away since is no address that anybody is sent to, with a code or without.
            guard try Self.leadsBack(row, application, in: tx) else { return .failure(Declined(.approvalExpired)) }
            // Saying no needs nothing: not even that the application still asks for it.
            if approved.isEmpty { return try self.deny(row, who, draws, in: tx) }
            guard
                let scene = try ApprovalScene(
                    row, asking: application, of: person, wish: record, at: draws.grant.at, self.policy, in: tx)
            else { return .failure(Declined(.invalidScope)) }
            // What began in a browser, and no app has looked at, is answered there or looked at first.
            if surface == .api, row.flowHash != nil, mark == nil, row.shownStanding == nil {
                try scene.remember(in: tx)
                return .failure(Declined(.approvalChanged))
            }
            if let refused = try Self.refusal(scene, record: record, days: days, seen: (seen, mark), in: tx) {
                return .failure(refused)
            }
            switch scene.form.decide(approved: approved) {
            case .incomplete(let missing): return .failure(Declined(.requiredScopeMissing, missing: missing))
            case .notAsked(let scopes):
                return .failure(
                    Declined(
                        .invalidFields, faults: scopes.map { _ in FieldFault("approvedScopes", "was not asked for") }))
            case .outOfReach(let rules):
                return .failure(Declined(.beyondOwnAccess, missing: rules.map { Scope.rule($0).text }))
            case .tooManyDates(let rules):
                let most = "at most \(GrantedRule.mostRanges) separate periods for a rule"
                return .failure(
                    Declined(
                        .invalidFields, faults: rules.map { FieldFault("approvedScopes", "rule:\($0.text): \(most)") }))
            case .denied:
                return try self.deny(row, who, draws, in: tx)
            case .approved(let approved):
                return try self.approve(scene, who, approved, days: days, draws, in: tx)
            }
        }
        return try result.get()
    }

    private static func leadsBack(
        _ row: ApprovalRow, _ application: ApplicationRow, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        let uris = try ApplicationTable.redirectURIs(of: row.application, in: tx)
        return RedirectURI.isRegistered(row.redirectURI, among: uris, native: application.traits.isNative)
    }

    // What has to be right before the form is looked at. The rules that the person saw must be the ones that stand.
    private static func refusal(
        _ scene: ApprovalScene, record: RecordID?, days: Int?, seen: (rules: Int?, standing: String?),
        in tx: borrowing Transaction
    ) throws(StorageError) -> Declined? {
        // Where the answer says what it was given to, that counts: a page in another tab may have shown something newer.
        let mark = scene.view.standingMark
        if (seen.rules ?? scene.row.ruleVersion) != scene.rules.version
            || (seen.standing ?? scene.row.shownStanding ?? mark) != mark
        {
            try scene.remember(in: tx)
            return Declined(.approvalChanged)
        }
        var faults: [FieldFault] = []
        if let record, scene.record?.record.id != record {
            faults.append(FieldFault("record", "not a record that you hold access to"))
        } else if let obstacle = scene.obstacle {
            faults.append(FieldFault("record", obstacle.sentence))
        }
        if let days, !(1...scene.application.grantLife.days).contains(days) {
            faults.append(FieldFault("days", "1 to \(scene.application.grantLife.days)"))
        }
        guard faults.isEmpty else { return Declined(.invalidFields, faults: faults) }
        // A grant that was named to be merged into has to be there still.
        if let named = scene.row.grant, scene.activeGrant?.id != named { return Declined(.grantNotActive) }
        return scene.record == nil ? Declined(.accessDenied) : nil
    }

    /// Where an approval that is over leads back to: the application, told that access was denied.
    public func wayBack(from id: ApprovalID, flow: String?) async throws(Declined) -> String? {
        let flowHash = flow.map(hashSecret)
        return try await read { tx -> String? in
            guard let row = try ApprovalTable.find(id, in: tx),
                let application = try ApplicationTable.find(row.application, in: tx)
            else { return nil }
            return try self.wayBack(row, application, flowHash, in: tx)
        }
    }

    private func wayBack(
        _ row: ApprovalRow, _ application: ApplicationRow, _ flowHash: [UInt8]?, in tx: borrowing Transaction
    ) throws(StorageError) -> String? {
        guard let hash = row.flowHash, let flowHash, equalInConstantTime(hash, flowHash),
            try Self.leadsBack(row, application, in: tx)
        else { return nil }
        return denial(row)
    }

    private func deny(
        _ row: ApprovalRow, _ who: PersonRow, _ draws: DecisionDraws, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<DecisionAnswer, Declined> {
        var state = row.state
        guard (try? state.apply(.deny)) != nil, try ApprovalTable.end(row.id, as: state, at: draws.grant.at, in: tx)
        else { return .failure(Declined(.approvalAlreadyDecided)) }
        try AuditTable.append(
            draws.grant.line(.approvalDenied).entry(application: row.application, person: who.auditName), in: tx)
        let holds = try row.asked.map { asked throws(StorageError) in
            try RecordTable.holding(of: who.id, in: asked, tx: tx)?.reach(at: draws.grant.at) != nil
        }
        return .success(DecisionAnswer(redirectTo: denial(row, holdsAsked: holds ?? true), grant: nil))
    }

    private func approve(
        _ scene: ApprovalScene, _ who: PersonRow, _ approved: ApprovalForm.Approved, days: Int?,
        _ draws: DecisionDraws, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<DecisionAnswer, Declined> {
        guard let record = scene.record?.record else { return .failure(Declined(.accessDenied)) }
        var state = scene.row.state
        guard let effects = try? state.apply(.approve),
            try ApprovalTable.end(scene.row.id, as: state, at: draws.grant.at, in: tx)
        else { return .failure(Declined(.approvalAlreadyDecided)) }
        let application = scene.application
        var grant = draws.id
        for effect in effects {
            switch effect {
            case .makeGrant:
                grant = try settle(scene, who, approved, record: record, days: days, draws, in: tx)
                if scene.selected != record.id {
                    try RecordTable.select(record.id, by: who.id, for: application.id, in: tx)
                }
            case .issueCode:
                guard scene.row.kind == .code else { break }
                try TokenTable.insertCode(
                    hash: hashSecret(draws.code), application: application.id, grant: grant,
                    redirectURI: scene.row.redirectURI, codeChallenge: scene.row.codeChallenge,
                    person: application.interaction == .multiRecord ? who.id : nil,
                    isOffline: scene.form.offlineAccess != nil && approved.keepsAccess,
                    keyThumbprint: scene.row.keyThumbprint, omitsRedirect: scene.row.omitsRedirect, at: draws.grant.at,
                    until: draws.grant.at + application.traits.codeLife, in: tx)
            case .endTokens, .withdrawParcels, .withdrawUncovered, .announce, .dropPayload: break
            }
        }
        return .success(DecisionAnswer(redirectTo: success(scene, code: draws.code), grant: grant))
    }

    // One grant in force for a person, a record and an application: a new yes joins it, and its id and history stay.
    private func settle(
        _ scene: ApprovalScene, _ who: PersonRow, _ approved: ApprovalForm.Approved, record: RecordRow, days: Int?,
        _ draws: DecisionDraws, in tx: borrowing Transaction
    ) throws(StorageError) -> GrantID {
        let application = scene.application
        let parties = GrantParties(application: application, person: who.auditName, record: record.auditName)
        let life = days.flatMap { GrantLife(days: $0) } ?? application.grantLife
        var terms = GrantTerms(
            rules: approved.rules, permissions: approved.permissions, scope: approved.scope,
            refusedScope: approved.refused.joined(separator: " "), expiresAt: draws.grant.at + life.span,
            isDetailed: approved.isDetailed)
        if let standing = scene.activeGrant {
            // A grant that was ever asked for in details is told of in details from then on.
            if standing.terms.isDetailed { terms.isDetailed = true }
            // Going on without having decided anything changes nothing, unless another end was chosen.
            if !approved.changesSomething, days == nil {
                if terms.isDetailed, !standing.terms.isDetailed { try GrantTable.noteDetails(standing.id, in: tx) }
                try AuditTable.append(
                    draws.grant.line(.approvalApproved).entry(
                        application: application.id, person: who.auditName,
                        record: record.auditName, grant: standing.id,
                        types: standing.permissions.types), in: tx)
                return standing.id
            }
            if !approved.changesSomething { terms.refusedScope = standing.terms.refusedScope }
            let changed = try draws.grant.change(
                standing, by: .extend, to: terms, ruleVersion: scene.rules.version, parties, in: tx)
            guard changed != nil else { throw StorageError(.busy, "the grant changed meanwhile") }
            return standing.id
        }
        let row = Vault.GrantRow(
            id: draws.id, application: application.id, person: who.id, record: record.id,
            recordPseudonym: try PseudonymTable.record(
                record.id, for: application.id, fresh: draws.recordPseudonym, in: tx),
            personPseudonym: try PseudonymTable.person(
                who.id, for: application.id, fresh: draws.personPseudonym, in: tx),
            ruleVersion: scene.rules.version, terms: terms, state: .active, itemsDelivered: 0,
            createdAt: draws.grant.at, revokedAt: nil)
        try draws.grant.give(row, parties, in: tx)
        return row.id
    }

    private func success(_ scene: ApprovalScene, code: String) -> String {
        let row = scene.row
        let isAsked = row.asked == nil || row.asked == scene.record?.record.id
        return switch row.kind {
        case .code:
            RedirectURI.adding(
                [("code", code), ("state", row.clientState), ("iss", policy.publicURL)], to: row.redirectURI)
        case .shell:
            RedirectURI.adding(
                [("target", isAsked ? "AppAuthSuccess" : "SelectedRecordChanged"), ("actionqs", row.actionQuery)],
                to: row.redirectURI)
        }
    }

    func denial(_ row: ApprovalRow, holdsAsked: Bool = true) -> String {
        switch row.kind {
        case .code:
            RedirectURI.adding(
                [("error", "access_denied"), ("state", row.clientState), ("iss", policy.publicURL)],
                to: row.redirectURI)
        case .shell:
            RedirectURI.adding(
                [("target", holdsAsked ? "AppAuthReject" : "AppAuthInvalidRecord"), ("actionqs", row.actionQuery)],
                to: row.redirectURI)
        }
    }

    // A browser's approval needs that browser's cookie; a server's needs a person. Either way the first person keeps it.
    private static func mayOpen(_ row: ApprovalRow, _ person: PersonID?, _ flowHash: [UInt8]?) -> Bool {
        if let bound = row.person, let person { return bound == person }
        if row.person != nil { return false }
        guard let expected = row.flowHash else { return person != nil }
        return flowHash.map { equalInConstantTime($0, expected) } ?? false
    }
}

/// What a decision needs from the clock and the dice, drawn before its transaction.
private struct DecisionDraws: Sendable {
    let grant: GrantStamp
    let id: GrantID
    let code: String
    let recordPseudonym: RecordPseudonym
    let personPseudonym: PersonPseudonym

    init(world: World, surface: Surface, request: RequestID?) {
        grant = GrantStamp(world: world, actor: .person, method: surface.rawValue, request: request)
        id = world.identify()
        code = world.secret(.authorizationCode)
        recordPseudonym = world.pseudonym()
        personPseudonym = world.pseudonym()
    }
}
