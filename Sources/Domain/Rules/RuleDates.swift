// From when to when the data of one rule of a form may be: what is asked, what stands, and what holds after a yes. A yes joins
// what stands and never widens it to the days between; no other rule's yes touches it (decision 0011).

public struct RuleDates: Hashable, Sendable {
    /// What a yes is said to; of a settled rule, what stands.
    public let asked: DatePeriods
    /// What the person agreed to for this rule before; nil where they did not.
    public let stood: DatePeriods?
    /// What holds for the rule after a yes.
    public let after: DatePeriods

    init(_ name: RuleName, isSettled: Bool, asked wanted: DatePeriods?, _ standing: Standing) {
        stood = standing.grant?.granted(name)?.dates
        if isSettled {
            // Without a yes by its name it is settled only where nothing is limited.
            asked = stood ?? .always
            after = asked
        } else {
            // Where nothing was said about dates, a rule that is asked again keeps those it has.
            asked = wanted ?? stood ?? .always
            after = asked.union(stood ?? .never)
        }
    }
}
