// What a draft of new rules would mean for the people who have agreed to the old ones, before it is published.

/// Live grants that say the same and are held by people of the same reach: one line, however many there are.
public struct GrantGroup: Hashable, Sendable {
    public let terms: GrantTerms
    public let own: Permissions?
    public let isSuspended: Bool
    public let country: String?
    public let count: Int

    public init(terms: GrantTerms, own: Permissions?, isSuspended: Bool, country: String?, count: Int) {
        self.terms = terms
        self.own = own
        self.isSuspended = isSuspended
        self.country = country
        self.count = count
    }
}

public struct RuleImpact: Hashable, Sendable {
    /// Why a status would become worse.
    public struct Reason: Hashable, Sendable {
        public let shortfall: Shortfall
        public var grants: Int
    }

    /// All live grants.
    public let grants: Int
    /// Of these, how many stand in none of the other numbers, because only the largest groups were looked at.
    public let uncounted: Int
    /// Live grants by the status they have now, and the one they would have.
    public let before: [RecordStatus: Int]
    public let after: [RecordStatus: Int]
    /// Grants whose status would become worse.
    public let newlyAffected: Int
    public let reasons: [Reason]
    /// Grants that would give less than they do now, because some rule no longer asks for it.
    public let narrowed: Int

    /// `among` is the number of all live grants, where it is more than the groups hold.
    public init(
        from current: RuleSet, to draft: RuleSet, over groups: [GrantGroup], among all: Int = 0, countries: Set<String>
    ) {
        var before: [RecordStatus: Int] = [:]
        var after: [RecordStatus: Int] = [:]
        var affected = 0
        var narrowed = 0
        var reasons: [Reason] = []
        for group in groups {
            let standing = RecordStanding(
                grant: group.terms, own: group.own, isSuspended: group.isSuspended, country: group.country)
            let now = current.status(of: standing, countries: countries)
            let then = draft.status(of: standing, countries: countries)
            before[now.status, default: 0] += group.count
            after[then.status, default: 0] += group.count
            if then.status.gravity > now.status.gravity {
                affected += group.count
                for shortfall in then.shortfalls {
                    if let place = reasons.firstIndex(where: { $0.shortfall == shortfall }) {
                        reasons[place].grants += group.count
                    } else {
                        reasons.append(Reason(shortfall: shortfall, grants: group.count))
                    }
                }
            }
            let gives = EffectiveAccess(
                grant: group.terms.permissions, own: group.isSuspended ? nil : group.own, rules: current.coverage)
            if !gives.permissions.isSubset(of: draft.coverage) { narrowed += group.count }
        }
        self.before = before
        self.after = after
        self.narrowed = narrowed
        let counted = groups.reduce(0) { $0 + $1.count }
        grants = max(all, counted)
        uncounted = grants - counted
        newlyAffected = affected
        self.reasons = reasons.enumerated().sorted {
            ($1.element.grants, $0.element.shortfall.rule, $0.offset)
                < ($0.element.grants, $1.element.shortfall.rule, $1.offset)
        }.map(\.element)
    }
}

extension RecordStatus {
    // How far a record that the application may use is from being usable again.
    fileprivate var gravity: Int {
        switch self {
        case .noActionRequired: 0
        case .authorizationRequired, .reauthorizationRequired: 1
        case .reauthorizationNotPossible: 2
        case .recordLocationNotSupported: 3
        }
    }
}
