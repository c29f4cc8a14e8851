// Gathers how a person stands with an application: their records, their grants, what they decided before.

import Domain
import Vault

/// Everything that an approval, a status or a preview is worked out from, read in one transaction.
struct PersonStanding: Sendable {
    let holdings: [HoldingRow]
    /// What this person gave this application, newest first, ended ones too.
    let grants: [GrantRow]
    let selected: RecordID?
    let now: Moment

    init(
        of person: PersonID, with application: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        holdings = try RecordTable.of(person: person, in: tx)
        grants = try GrantTable.of(person: person, application: application, record: nil, in: tx)
        selected = try RecordTable.selected(by: person, for: application, in: tx)
        self.now = now
    }

    /// Records that the person can decide about.
    var inForce: [HoldingRow] { holdings.filter { $0.reach(at: now) != nil } }

    func activeGrant(for record: RecordID) -> GrantRow? {
        grants.first { $0.record == record && $0.state(at: now) == .active }
    }

    func holding(in record: RecordID) -> HoldingRow? { holdings.first { $0.record.id == record } }

    /// The record that is meant: the first of the wishes that the person holds, else the one last used, else their own.
    func choose(_ wishes: [RecordID?]) -> HoldingRow? {
        for wish in wishes + [selected] {
            if let wish, let found = inForce.first(where: { $0.record.id == wish }) { return found }
        }
        return inForce.first
    }

    func standing(
        for record: RecordID, rules: RuleSet, in tx: borrowing Transaction
    ) throws(StorageError) -> Standing {
        let active = activeGrant(for: record)
        let last = grants.first { $0.record == record } ?? grants.first
        return Standing(
            isFirstTime: grants.isEmpty, grant: active?.terms,
            decidedBefore: last.map { Self.decisions(in: $0.terms, rules) } ?? [:],
            own: holding(in: record)?.reach(at: now),
            agreed: try active.map { active throws(StorageError) in
                try RuleTable.definitions(of: active.terms, application: active.application, in: tx)
            } ?? [])
    }

    func status(of record: RecordID, rules: RuleSet, countries: Set<String>) -> (RecordStatus, [Shortfall]) {
        let holding = holding(in: record)
        let found = rules.status(
            of: RecordStanding(
                grant: activeGrant(for: record)?.terms, own: holding?.reach(at: now),
                isSuspended: holding?.record.isSuspended ?? false, country: holding?.record.country),
            countries: countries)
        return (found.status, found.shortfalls)
    }

    private static func decisions(in terms: GrantTerms, _ rules: RuleSet) -> [RuleName: Bool] {
        var decided: [RuleName: Bool] = [:]
        for token in terms.refusedTokens {
            switch Scope(token) {
            case .rule(let name): decided[name] = false
            case .data(let access, let target):
                for rule in rules.rules where rule.accesses.isSuperset(of: access.accesses) {
                    if !rule.types.intersection(target.types).isEmpty { decided[rule.name] = false }
                }
            case .smart(let smart):
                for rule in rules.rules where smart.reaches(rule) { decided[rule.name] = false }
            case .offlineAccess, .launchPatient, nil: break
            }
        }
        for rule in terms.rules { decided[rule.name] = true }
        return decided
    }
}

extension HoldingRow {
    /// What people call the record; a record that was never named has a name all the same.
    var displayName: String {
        if !record.name.isEmpty { return record.name }
        switch holding.relationship {
        case .own: return "Your own record"
        case .child: return "Your child's record"
        case .parent: return "Your parent's record"
        case .other: return "A record you hold access to"
        }
    }
}
