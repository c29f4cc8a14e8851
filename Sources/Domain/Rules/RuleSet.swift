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

    /// Checks a whole draft and says every fault, each with its field.
    public static func validate(_ drafts: [RuleDraft], version: Int) throws(FieldFaults) -> RuleSet {
        var faults: [FieldFault] = []
        var rules: [AuthorizationRule] = []
        var names: Set<RuleName> = []
        if drafts.isEmpty { faults.append(FieldFault("rules", "at least one rule is needed")) }
        if drafts.count > 100 { faults.append(FieldFault("rules", "at most 100 rules")) }
        for (index, draft) in drafts.enumerated() {
            let at = "rules[\(index)]"
            let name = RuleName(draft.name)
            if name == nil { faults.append(FieldFault("\(at).name", "1 to 64 of a-z, 0-9, '_', '-', '.'")) }
            if let name, !names.insert(name).inserted {
                faults.append(FieldFault("\(at).name", "another rule has this name"))
            }
            let mode = Mode(rawValue: draft.mode)
            if mode == nil { faults.append(FieldFault("\(at).mode", "'online' or 'offline'")) }
            var accesses: Set<Access> = []
            for (place, word) in draft.accesses.enumerated() {
                if let access = ScopeAccess(rawValue: word) {
                    accesses.formUnion(access.accesses)
                } else {
                    faults.append(
                        FieldFault("\(at).accesses[\(place)]", "one of create, read, update, delete, write"))
                }
            }
            if draft.accesses.isEmpty { faults.append(FieldFault("\(at).accesses", "at least one access is needed")) }
            var types = DataTypeSet.none
            for (place, word) in draft.types.enumerated() {
                if let type = DataType(rawValue: word) {
                    types.insert(type)
                } else if let category = Category(rawValue: word) {
                    types = types.union(category.types)
                } else {
                    faults.append(FieldFault("\(at).data_types[\(place)]", "not a data type or category known here"))
                }
            }
            if draft.types.isEmpty { faults.append(FieldFault("\(at).data_types", "at least one data type is needed")) }
            let why = draft.why.trimmedOfSpaces
            if why.isEmpty { faults.append(FieldFault("\(at).why", "say why, in words the person understands")) }
            if why.count > 500 { faults.append(FieldFault("\(at).why", "at most 500 characters")) }
            if let name, let mode {
                rules.append(
                    AuthorizationRule(
                        name: name, mode: mode, isRequired: draft.required, accesses: accesses, types: types, why: why,
                        displayFirstTime: draft.displayFirstTime, checkedFirstTime: draft.checkedFirstTime,
                        checkedByDefault: draft.checkedByDefault))
            }
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
