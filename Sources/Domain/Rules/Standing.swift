// How a person stands with an application when it asks: what they hold, what they decided before, what they may do themselves.

public struct Standing: Hashable, Sendable {
    /// Has never authorized this application, for any record (A3).
    public var isFirstTime: Bool
    /// The grant that is active for the chosen record.
    public var grant: GrantTerms?
    /// The last decision on each optional rule, also from a grant that has ended.
    public var decidedBefore: [RuleName: Bool]
    /// What the person may do in the record; nil when they have no access to it.
    public var own: Permissions?
    /// The granted rules as they read when they were granted. Where this is empty, the current ones stand in.
    public var agreed: [AuthorizationRule]

    public init(
        isFirstTime: Bool = true, grant: GrantTerms? = nil, decidedBefore: [RuleName: Bool] = [:],
        own: Permissions? = .everything, agreed: [AuthorizationRule] = []
    ) {
        self.isFirstTime = isFirstTime
        self.grant = grant
        self.decidedBefore = decidedBefore
        self.own = own
        self.agreed = agreed
    }

    /// A person who meets the application for the first time, in a record of their own.
    public static let firstTime = Standing()

    /// Whether the person could give this rule at all. Their own access knows no mode: they are present when they use it.
    public func reaches(_ rule: AuthorizationRule) -> Bool {
        rule.permissions.isSubset(of: (own ?? .none).withoutModes)
    }

    /// The rule as the person said yes to it, without what was taken back since.
    func agreedForm(of rule: AuthorizationRule) -> AuthorizationRule {
        guard let grant, let then = agreed.first(where: { $0.name == rule.name }) else { return rule }
        let held = then.accesses.reduce(DataTypeSet.none) { $0.union(grant.permissions[then.mode, $1]) }
        return then.only(then.types.intersection(held))
    }

    /// Whether the grant answers the rule as it reads now: all of its permissions, and a yes not older than its last material
    /// wording. A rule that others cover was never said yes to by its name, so no wording of it can have aged; but others cover
    /// it only where they have no dates, because it has none of its own that could be shown.
    ///
    /// `asked` are the dates that are asked for; nil asks for none in particular, and what stands is enough.
    public func holds(_ rule: AuthorizationRule, for asked: DatePeriods? = nil) -> Bool {
        guard let grant, rule.permissions.isSubset(of: grant.permissions) else { return false }
        guard let granted = grant.granted(rule.name) else {
            return !rule.accesses.contains(.read) || grant.limits[rule.mode].only(rule.types).isEmpty
        }
        if let asked, !granted.dates.isSuperset(of: asked) { return false }
        return granted.version >= rule.materialSince
    }
}
