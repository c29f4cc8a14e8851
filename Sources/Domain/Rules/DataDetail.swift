// What an application asks by `authorization_details` (RFC 9396), and what is told of it again. An element chooses rules as
// scopes do; only its dates are its own.

/// One element of the type `health_data`, as it was asked.
public struct DataDetail: Hashable, Sendable {
    public static let type = "health_data"

    /// The name of a published rule.
    public let purpose: RuleName?
    /// Data types and categories; empty only where a purpose is named.
    public let targets: [ScopeTarget]
    /// Empty where nothing was said; then reading is meant, or with a purpose whatever its rule says.
    public let actions: [ScopeAccess]
    public let period: DatePeriod

    public init(purpose: RuleName?, targets: [ScopeTarget], actions: [ScopeAccess], period: DatePeriod) {
        self.purpose = purpose
        self.targets = targets
        self.actions = actions
        self.period = period
    }

    /// The rules that it leads to, each with the scopes that would have led there too. `place` counts the elements from 0.
    func leads(in rules: RuleSet, at place: Int) throws(ScopeRequest.Fault) -> [(AuthorizationRule, Scope)] {
        guard let purpose else {
            var found: [(AuthorizationRule, Scope)] = []
            for target in targets {
                for action in actions.isEmpty ? [.read] : actions {
                    guard let covering = rules.covering(action, target) else {
                        throw .detail(place, "datatypes", "are not covered by the application's rules")
                    }
                    found += covering.map { ($0, .data(action, target)) }
                }
            }
            return found
        }
        guard let rule = rules.rule(named: purpose) else {
            throw .detail(place, "purpose", "is not the name of a published rule")
        }
        let types = targets.reduce(DataTypeSet.none) { $0.union($1.types) }
        guard types.isSubset(of: rule.types) else { throw .detail(place, "datatypes", "are beyond the purpose's rule") }
        guard rule.accesses.isSuperset(of: actions.flatMap(\.accesses)) else {
            throw .detail(place, "actions", "are beyond the purpose's rule")
        }
        return [(rule, .rule(purpose))]
    }
}

extension RuleSet {
    /// The rules that a plain scope leads to; nil when they do not cover all that it names.
    func covering(_ access: ScopeAccess, _ target: ScopeTarget) -> [AuthorizationRule]? {
        let covering = rules.filter { rule in
            rule.accesses.isSuperset(of: access.accesses) && !rule.types.intersection(target.types).isEmpty
        }
        let covered = covering.reduce(DataTypeSet.none) { $0.union($1.types) }
        return target.types.isSubset(of: covered) ? covering : nil
    }
}

/// One element of what was granted, as it is told: a rule, or that part of it that has these dates.
public struct GrantedDetail: Hashable, Sendable {
    public let purpose: RuleName
    public let types: DataTypeSet
    public let actions: [Access]
    /// Nil where there is no limit.
    public let period: DatePeriod?
}

extension GrantTerms {
    /// Every granted rule in full, with its own dates: one element, or several where it has several periods. `definitions` are the rules as
    /// they read when they were granted.
    public func details(_ definitions: [AuthorizationRule]) -> [GrantedDetail] {
        definitions.flatMap { rule -> [GrantedDetail] in
            let types = held(of: rule)
            guard !types.isEmpty, let dates = granted(rule.name)?.dates else { return [] }
            let actions = Access.allCases.filter(rule.accesses.contains)
            return dates.ranges.map { period in
                GrantedDetail(
                    purpose: rule.name, types: types, actions: actions, period: period == .always ? nil : period)
            }
        }
    }
}
