// From when to when the data of one rule of a form may be: what is asked, what stands, and what holds after a yes. A yes joins
// what stands and never widens it to the days between (decision 0011).

public struct RuleDates: Hashable, Sendable {
    /// What a yes is said to; of a settled rule, what stands.
    public let asked: DataPeriods
    /// What the person agreed to for this rule before; empty where they did not, or without a limit.
    public let stood: DataPeriods
    /// What holds for the rule after a yes.
    public let after: DataPeriods

    init(_ rule: AuthorizationRule, isSettled: Bool, asked wanted: DatePeriods?, _ standing: Standing) {
        let limits = (standing.grant?.limits ?? .none).only(rule.types)
        let held = standing.grant?.permissions.types ?? .none
        let isGranted = standing.grant?.version(of: rule.name) != nil
        stood = isGranted ? limits : .none
        if isSettled {
            asked = limits
            after = limits
            return
        }
        // Where nothing was said about dates, a rule that is asked again keeps those it has.
        let asked = wanted.map { DataPeriods($0, of: rule.types) } ?? stood
        self.asked = asked
        var after = asked
        for type in rule.types where isGranted && held.contains(type) { after[type] = asked[type].union(limits[type]) }
        self.after = after
    }
}

extension ApprovalForm {
    /// The dates of the grant after these lines were chosen, `kept` being the types that stay of what stands. Nil while no
    /// request ever said anything in details.
    func periods(_ types: DataTypeSet, kept: DataTypeSet, chosen: [Line], before: GrantTerms?) -> DataPeriods? {
        guard usesDetails || before?.periods != nil else { return nil }
        var result = DataPeriods.none
        for type in types {
            var days = kept.contains(type) ? before?.limits[type] ?? .always : .never
            for line in chosen where line.rule.types.contains(type) { days = days.union(line.dates.asked[type]) }
            result[type] = days
        }
        return result
    }
}
