// All rules of an application at one version (A4), checked together: names are unique, every rule says why.

public struct RuleSet: Hashable, Sendable {
    /// Counts from 1 in its application; 0 is the empty set of an application that has none yet.
    public let version: Int
    public let rules: [AuthorizationRule]

    public init(version: Int, rules: [AuthorizationRule]) {
        self.version = version
        self.rules = rules
    }

    public static let empty = RuleSet(version: 0, rules: [])

    /// Everything that some rule asks for: what a grant can give at most.
    public var coverage: Permissions { rules.reduce(.none) { $0.union($1.permissions) } }
    public var required: [AuthorizationRule] { rules.filter(\.isRequired) }

    public func rule(named name: RuleName) -> AuthorizationRule? { rules.first { $0.name == name } }
}

extension RuleSet {
    /// Checks a whole draft and says every fault, each with its field. `previous` is the set that stands, if there is one: it
    /// tells which wordings are new.
    public static func validate(
        _ drafts: [RuleDraft], version: Int, after previous: RuleSet = .empty
    ) throws(FieldFaults) -> RuleSet {
        var faults: [FieldFault] = []
        var rules: [AuthorizationRule] = []
        var names: Set<RuleName> = []
        if drafts.isEmpty { faults.append(FieldFault("rules", "at least one rule is needed")) }
        if drafts.count > 100 { faults.append(FieldFault("rules", "at most 100 rules")) }
        for (index, draft) in drafts.enumerated() {
            var check = RuleCheck(at: "rules[\(index)]")
            if let rule = check.rule(from: draft, version: version, after: previous) {
                if names.insert(rule.name).inserted {
                    rules.append(rule)
                } else {
                    check.blame("name", "another rule has this name")
                }
            } else if let name = RuleName(draft.name), !names.insert(name).inserted {
                check.blame("name", "another rule has this name")
            }
            faults.append(contentsOf: check.faults)
        }
        guard faults.isEmpty else { throw FieldFaults(faults) }
        return RuleSet(version: version, rules: rules)
    }
}

extension String {
    /// Without white space and line ends at either side.
    public var trimmedOfSpaces: String {
        let kept = drop { $0.isWhitespace }
        guard let last = kept.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(kept[...last])
    }
}
