// Makes a grant's row into what people are shown. A list of many grants asks once for each application, record and rule set.

import Domain
import Vault

struct GrantDesk {
    let now: Moment
    private var applications: [ApplicationID: (row: ApplicationRow, view: ApplicationView, rules: RuleSet)] = [:]
    private var holdings: [Holder: HoldingRow?] = [:]
    private var ruleSets: [ApplicationID: [Int: RuleSet]] = [:]

    private struct Holder: Hashable {
        let person: PersonID
        let record: RecordID
    }

    init(now: Moment) { self.now = now }

    mutating func view(
        _ row: Vault.GrantRow, withHistory: Bool = false, in tx: borrowing Transaction
    ) throws(StorageError) -> GrantView {
        let (application, view, current) = try application(row.application, in: tx)
        let holding = try holding(of: row.person, in: row.record, tx)
        let own = holding?.reach(at: now)
        let state = row.state(at: now)
        let status = current.status(
            of: RecordStanding(
                grant: state == .active ? row.terms : nil, own: own, isSuspended: holding?.record.isSuspended ?? false,
                country: holding?.record.country), countries: application.countries
        ).status
        let effective =
            state == .active && holding?.record.isSuspended != true
            ? EffectiveAccess(grant: row.permissions, own: own, rules: current.coverage).permissions : .none
        let rules = try definitions(row.terms, of: row.application, in: tx)
        return GrantView(
            id: row.id, application: view, permissions: row.permissions, scopes: row.terms.scopeTokens,
            refusedScopes: row.terms.refusedTokens, rules: rules, dates: row.terms.dated(rules),
            periods: row.terms.readable, createdAt: row.createdAt, expiresAt: row.expiresAt, revokedAt: row.revokedAt,
            state: state,
            itemsDelivered: row.itemsDelivered,
            itemsWaiting: state == .active ? try ParcelTable.waitingCount(ofGrant: row.id, in: tx) : 0,
            record: row.record, recordName: holding?.displayName ?? "A record", effective: effective, status: status,
            version: row.version, history: withHistory ? try history(row, in: tx) : [])
    }

    /// Oldest first.
    mutating func history(
        _ row: Vault.GrantRow, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantChangeView] {
        var views: [GrantChangeView] = []
        for change in try GrantTable.changes(of: row.id, in: tx) {
            let terms = change.terms
            let dates =
                terms.hasDates ? terms.dated(try definitions(terms, of: row.application, in: tx)) : []
            views.append(
                GrantChangeView(
                    version: change.version, at: change.at, event: change.event.rawValue, actor: change.actor.rawValue,
                    method: change.method, types: change.permissions.types,
                    ruleCount: change.rules.count, dates: dates,
                    expiresAt: change.expiresAt))
        }
        return views
    }

    // As each rule read when it was agreed to.
    private mutating func definitions(
        _ terms: GrantTerms, of id: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> [AuthorizationRule] {
        var found: [AuthorizationRule] = []
        for granted in terms.rules {
            if ruleSets[id]?[granted.version] == nil {
                ruleSets[id, default: [:]][granted.version] = try ApplicationTable.rules(
                    of: id, version: granted.version, in: tx)
            }
            if let rule = ruleSets[id]?[granted.version]?.rule(named: granted.name) { found.append(rule) }
        }
        return found
    }

    private mutating func application(
        _ id: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> (ApplicationRow, ApplicationView, RuleSet) {
        if let known = applications[id] { return known }
        guard let row = try ApplicationTable.find(id, in: tx) else {
            throw StorageError(.corrupt, "a grant's application is missing")
        }
        let view = ApplicationView(row, uris: try ApplicationTable.redirectURIs(of: id, in: tx))
        let rules = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx) ?? .empty
        applications[id] = (row, view, rules)
        return (row, view, rules)
    }

    private mutating func holding(
        of person: PersonID, in record: RecordID, _ tx: borrowing Transaction
    ) throws(StorageError) -> HoldingRow? {
        let holder = Holder(person: person, record: record)
        if let known = holdings[holder] { return known }
        let found = try RecordTable.holding(of: person, in: record, tx: tx)
        holdings[holder] = .some(found)
        return found
    }
}
