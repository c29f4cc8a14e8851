// An approval as it looks now: the rules that stand, the record that is decided on, and how the person stands there.

import Domain
import Vault

struct ApprovalScene: Sendable {
    let row: ApprovalRow
    let application: ApplicationRow
    let rules: RuleSet
    let form: ApprovalForm
    /// Nil while nobody is signed in, or when the person holds no record.
    let record: HoldingRow?
    let activeGrant: Vault.GrantRow?
    let obstacle: ApprovalView.Obstacle?
    /// The record that the person last used with the application.
    let selected: RecordID?
    let view: ApprovalView

    /// Nil when the application's current rules do not cover any more what was asked. `known` is the application, where it has
    /// been looked up already.
    init?(
        _ row: ApprovalRow, asking known: ApplicationRow? = nil, of person: PersonID?, wish: RecordID?, at now: Moment,
        _ policy: Policy,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        let looked = known == nil ? try ApplicationTable.find(row.application, in: tx) : known
        guard let application = looked,
            let rules = try ApplicationTable.rules(of: row.application, version: application.ruleVersion, in: tx),
            let details = row.details(),
            let asked = try? ScopeRequest.resolve(
                row.requestedScope, details: details, against: rules, addsToFlags: row.kind == .shell)
        else { return nil }
        var standing = Standing.firstTime
        var found: PersonStanding?
        var chosen: HoldingRow?
        if let person {
            let known = try PersonStanding(of: person, with: row.application, at: now, in: tx)
            let merged = row.grant.flatMap { id in known.grants.first { $0.id == id }?.record }
            chosen = known.choose([merged, wish, row.record, row.asked])
            if let chosen { standing = try known.standing(for: chosen.record.id, rules: rules, in: tx) }
            found = known
            // What stands is decided on anew, and goes where it is not agreed to again (Grant Management for OAuth 2.0, §3).
            if row.grantAction == "replace" {
                standing.grant = nil
                standing.agreed = []
            }
        }
        self.row = row
        self.application = application
        self.rules = rules
        record = chosen
        selected = found?.selected
        let obstacle = Self.obstacle(row, application, chosen, found)
        self.obstacle = obstacle
        activeGrant = chosen.flatMap { found?.activeGrant(for: $0.record.id) }
        form = ApprovalForm(asked, of: rules, standing: standing, mayPreCheck: policy.mayPreCheck)
        let choices = (found?.inForce ?? []).map { holding in
            RecordChoice(
                id: holding.record.id, name: holding.displayName, relationship: holding.holding.relationship,
                isChosen: holding.record.id == chosen?.record.id,
                status: found?.status(of: holding.record.id, rules: rules, countries: application.countries).0
                    ?? .authorizationRequired)
        }
        view = ApprovalView(
            id: row.id, application: ApplicationView(application, uris: [row.redirectURI]), form: form,
            createdAt: row.createdAt, expiresAt: row.expiresAt, life: application.grantLife,
            state: row.state.effective(expiresAt: row.expiresAt, at: now), ruleVersion: rules.version,
            records: choices, standingUntil: activeGrant?.expiresAt, isShell: row.kind == .shell,
            obstacle: obstacle, standingMark: Self.mark(of: activeGrant))
    }

    private static func obstacle(
        _ row: ApprovalRow, _ application: ApplicationRow, _ chosen: HoldingRow?, _ found: PersonStanding?
    ) -> ApprovalView.Obstacle? {
        guard application.isActive else { return .applicationSuspended }
        if let asked = row.asked, let found, !found.inForce.contains(where: { $0.record.id == asked }) {
            return .recordNotHeld
        }
        guard let chosen else { return nil }
        if chosen.record.isSuspended { return .recordSuspended }
        let isServed =
            application.countries.isEmpty || chosen.record.country.map(application.countries.contains) ?? true
        return isServed ? nil : .recordNotServed
    }

    /// Which grant the person saw beside the question, and in which form.
    private static func mark(of grant: Vault.GrantRow?) -> String {
        grant.map { "\($0.id.text).\($0.version)" } ?? "none"
    }

    /// What was shown is what a decision will be held against.
    func remember(in tx: borrowing Transaction) throws(StorageError) {
        let shown = record?.record.id ?? row.record
        guard row.ruleVersion != rules.version || row.record != shown || row.shownStanding != view.standingMark
        else { return }
        try ApprovalTable.show(
            row.id, ruleVersion: rules.version, record: shown, standing: view.standingMark, in: tx)
    }
}
