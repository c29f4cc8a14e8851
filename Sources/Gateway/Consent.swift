// The person's decision: what is shown, deciding on it, and what comes of it (C2–C6).

public import Domain
import Vault

extension Gateway {
    /// Not found for everybody but the browser that began it and the first person who opened it.
    public func approval(
        _ id: ApprovalID, for person: PersonID?, flow: String?
    ) async throws(Declined) -> ApprovalView {
        let now = world.now()
        let flowHash = flow.map(hashSecret)
        let view = try await write { tx -> ApprovalView? in
            guard let row = try ApprovalTable.find(id, in: tx), Self.mayOpen(row, person, flowHash) else { return nil }
            // The first signed-in person who opens it keeps it.
            if let person, row.person == nil, !(try ApprovalTable.bind(id, to: person, in: tx)) { return nil }
            return try self.view(row, at: now, in: tx)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    public func pendingApprovals(of person: PersonID) async throws(Declined) -> [ApprovalView] {
        let now = world.now()
        return try await read { tx in
            var views: [ApprovalView] = []
            for row in try ApprovalTable.pending(of: person, at: now, in: tx) {
                if let view = try self.view(row, at: now, in: tx) { views.append(view) }
            }
            return views
        }
    }

    /// `approved` holds the ticked scope tokens; none is a denial (C5).
    public func decide(
        _ id: ApprovalID, by person: PersonID, flow: String?, approved: [String], through surface: Surface,
        request: RequestID?
    ) async throws(Declined) -> DecisionAnswer {
        let draws = DecisionDraws(world: world, surface: surface, request: request)
        let flowHash = flow.map(hashSecret)
        let result = try await write { tx -> Result<DecisionAnswer, Declined> in
            guard let row = try ApprovalTable.find(id, in: tx), Self.mayOpen(row, person, flowHash),
                try ApprovalTable.bind(id, to: person, in: tx), let who = try PersonTable.find(person, in: tx)
            else { return .failure(Declined(.notFound)) }
            switch row.state.effective(expiresAt: row.expiresAt, at: draws.now) {
            case .pending: break
            case .expired: return .failure(Declined(.approvalExpired))
            case .approved, .denied: return .failure(Declined(.approvalAlreadyDecided))
            }
            guard let application = try ApplicationTable.find(row.application, in: tx),
                let rules = try ApplicationTable.rules(of: row.application, version: row.ruleVersion, in: tx),
                let asked = try? ScopeRequest.resolve(row.requestedScope, against: rules)
            else { return .failure(Declined(.unexpected)) }
            switch ApprovalForm(asked, mayPreCheck: self.policy.mayPreCheck).decide(approved: approved) {
            case .incomplete(let missing): return .failure(Declined(.requiredScopeMissing, missing: missing))
            case .notAsked(let scopes):
                return .failure(
                    Declined(
                        .invalidFields, faults: scopes.map { _ in FieldFault("approvedScopes", "was not asked for") }))
            case .denied:
                return try self.deny(row, application, who, draws, in: tx)
            case .approved(let approved):
                return try self.approve(row, application, who, approved, draws, in: tx)
            }
        }
        return try result.get()
    }

    /// Where an approval that is over leads back to: the application, told that access was denied.
    public func wayBack(from id: ApprovalID, flow: String?) async throws(Declined) -> String? {
        let flowHash = flow.map(hashSecret)
        let row = try await read { tx in try ApprovalTable.find(id, in: tx) }
        guard let row, let hash = row.flowHash, let flowHash, equalInConstantTime(hash, flowHash) else { return nil }
        return denial(row)
    }

    private func deny(
        _ row: ApprovalRow, _ application: ApplicationRow, _ who: PersonRow, _ draws: DecisionDraws,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Result<DecisionAnswer, Declined> {
        var state = row.state
        guard (try? state.apply(.deny)) != nil, try ApprovalTable.end(row.id, as: state, at: draws.now, in: tx) else {
            return .failure(Declined(.approvalAlreadyDecided))
        }
        try AuditTable.append(
            draws.stamp(.approvalDenied).entry(application: application.id, person: who.auditName), in: tx)
        return .success(DecisionAnswer(redirectTo: denial(row), grant: nil))
    }

    private func approve(
        _ row: ApprovalRow, _ application: ApplicationRow, _ who: PersonRow, _ approved: ApprovalForm.Approved,
        _ draws: DecisionDraws, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<DecisionAnswer, Declined> {
        // Before the approval ends: what is returned as a failure is committed too.
        guard let record = try RecordTable.own(of: who.id, in: tx) else { return .failure(Declined(.accessDenied)) }
        var state = row.state
        guard let effects = try? state.apply(.approve),
            try ApprovalTable.end(row.id, as: state, at: draws.now, in: tx)
        else { return .failure(Declined(.approvalAlreadyDecided)) }
        for effect in effects {
            switch effect {
            case .makeGrant:
                let grant = GrantRow(
                    id: draws.grant, application: application.id, person: who.id, record: record,
                    recordPseudonym: try PseudonymTable.record(
                        record, for: application.id, fresh: draws.recordPseudonym, in: tx),
                    personPseudonym: try PseudonymTable.person(
                        who.id, for: application.id, fresh: draws.personPseudonym, in: tx),
                    ruleVersion: row.ruleVersion, rules: approved.rules, permissions: approved.permissions,
                    scope: approved.scope, refusedScope: approved.refused.joined(separator: " "), state: .active,
                    itemsDelivered: 0, createdAt: draws.now, expiresAt: draws.now + application.grantLife.span,
                    revokedAt: nil)
                try GrantTable.insert(grant, in: tx)
                try GrantTable.record(
                    "given", of: grant.id, actor: "person", method: draws.surface.rawValue, at: draws.now, in: tx)
                try AuditTable.append(
                    draws.stamp(.approvalApproved).entry(
                        application: application.id, person: who.auditName,
                        record: try RecordTable.auditName(of: record, in: tx), grant: grant.id,
                        types: approved.permissions.types),
                    in: tx)
            case .issueCode:
                try TokenTable.insertCode(
                    hash: hashSecret(draws.code), application: application.id, grant: draws.grant,
                    redirectURI: row.redirectURI, codeChallenge: row.codeChallenge, at: draws.now,
                    until: draws.now + .minutes(10), in: tx)
            case .endTokens, .withdrawParcels, .dropPayload: break
            }
        }
        let answer = RedirectURI.adding(
            [("code", draws.code), ("state", row.clientState), ("iss", policy.publicURL)], to: row.redirectURI)
        return .success(DecisionAnswer(redirectTo: answer, grant: draws.grant))
    }

    private func denial(_ row: ApprovalRow) -> String {
        RedirectURI.adding(
            [("error", "access_denied"), ("state", row.clientState), ("iss", policy.publicURL)], to: row.redirectURI)
    }

    // A browser's approval needs that browser's cookie; a server's needs a person. Either way the first person keeps it.
    private static func mayOpen(_ row: ApprovalRow, _ person: PersonID?, _ flowHash: [UInt8]?) -> Bool {
        if let bound = row.person, let person { return bound == person }
        if row.person != nil { return false }
        guard let expected = row.flowHash else { return person != nil }
        return flowHash.map { equalInConstantTime($0, expected) } ?? false
    }

    private func view(
        _ row: ApprovalRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> ApprovalView? {
        guard let application = try ApplicationTable.find(row.application, in: tx),
            let rules = try ApplicationTable.rules(of: row.application, version: row.ruleVersion, in: tx),
            let asked = try? ScopeRequest.resolve(row.requestedScope, against: rules)
        else { return nil }
        return ApprovalView(
            id: row.id, application: ApplicationView(application, uris: [row.redirectURI]),
            form: ApprovalForm(asked, mayPreCheck: policy.mayPreCheck), createdAt: row.createdAt,
            expiresAt: row.expiresAt, life: application.grantLife,
            state: row.state.effective(expiresAt: row.expiresAt, at: now))
    }
}

/// What a decision needs from the clock and the dice, drawn before its transaction.
private struct DecisionDraws: Sendable {
    let now: Moment
    let grant: GrantID
    let code: String
    let recordPseudonym: RecordPseudonym
    let personPseudonym: PersonPseudonym
    let audit: AuditID
    let surface: Surface
    let request: RequestID?

    init(world: World, surface: Surface, request: RequestID?) {
        now = world.now()
        grant = world.identify()
        code = world.secret(.authorizationCode)
        recordPseudonym = world.pseudonym()
        personPseudonym = world.pseudonym()
        audit = world.identify()
        self.surface = surface
        self.request = request
    }

    func stamp(_ action: AuditEntry.Action) -> AuditStamp {
        AuditStamp(id: audit, at: now, action: action, request: request)
    }
}
