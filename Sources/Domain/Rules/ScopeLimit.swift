// What a scope says at most, where a token is to do no more than that: for an application that acts alone, whose token stands on
// no one grant.

extension RuleSet {
    /// Every cell that the words name, in both modes; a rule's name stands for what the rule asks for. Words that name no data
    /// give none.
    public func limit(of scope: String) -> Permissions {
        scope.split(separator: " ").reduce(.none) { limit, word in
            switch Scope(word) {
            case .data(let access, let target):
                limit.union(Permissions(access.accesses, to: target.types, in: Mode.allCases))
            case .rule(let name): limit.union((rule(named: name)?.permissions ?? .none).withoutModes)
            case .smart(let smart): limit.union(smart.permissions)
            case .offlineAccess, .launchPatient, nil: limit
            }
        }
    }
}

extension Facts {
    /// The same, where the asker's token says less than the grant gives. Nil is no limit.
    public func limited(to limit: Permissions?) -> Facts {
        guard let limit, let grant else { return self }
        var facts = self
        facts.grant = GrantFacts(
            id: grant.id, application: grant.application, person: grant.person, record: grant.record,
            permissions: grant.permissions.intersection(limit), expiresAt: grant.expiresAt, isRevoked: grant.isRevoked,
            dates: grant.dates)
        return facts
    }
}
