// What changed from one version of a rule set to the next, worked out and never written by hand (A4).

public struct RuleSetDiff: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        case accessesAdded(Set<Access>)
        case accessesRemoved(Set<Access>)
        case typesAdded(DataTypeSet)
        case typesRemoved(DataTypeSet)
        case modeChanged(from: Mode, to: Mode)
        case becameRequired
        case becameOptional
        /// In which languages; `material` when the application said that it means something else now.
        case wordingChanged([Language], isMaterial: Bool)
        case displayFlagsChanged
    }

    public struct Changed: Hashable, Sendable {
        public let name: RuleName
        public let changes: [Change]
    }

    public let added: [RuleName]
    public let removed: [RuleName]
    public let changed: [Changed]

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    public init(from old: RuleSet, to new: RuleSet) {
        added = new.rules.map(\.name).filter { old.rule(named: $0) == nil }
        removed = old.rules.map(\.name).filter { new.rule(named: $0) == nil }
        changed = new.rules.compactMap { rule in
            guard let former = old.rule(named: rule.name) else { return nil }
            let changes = Self.changes(from: former, to: rule)
            return changes.isEmpty ? nil : Changed(name: rule.name, changes: changes)
        }
    }

    private static func changes(from old: AuthorizationRule, to new: AuthorizationRule) -> [Change] {
        var changes: [Change] = []
        let moreAccesses = new.accesses.subtracting(old.accesses)
        let fewerAccesses = old.accesses.subtracting(new.accesses)
        let moreTypes = new.types.subtracting(old.types)
        let fewerTypes = old.types.subtracting(new.types)
        if !moreAccesses.isEmpty { changes.append(.accessesAdded(moreAccesses)) }
        if !fewerAccesses.isEmpty { changes.append(.accessesRemoved(fewerAccesses)) }
        if !moreTypes.isEmpty { changes.append(.typesAdded(moreTypes)) }
        if !fewerTypes.isEmpty { changes.append(.typesRemoved(fewerTypes)) }
        if old.mode != new.mode { changes.append(.modeChanged(from: old.mode, to: new.mode)) }
        if new.isRequired, !old.isRequired { changes.append(.becameRequired) }
        if !new.isRequired, old.isRequired { changes.append(.becameOptional) }
        let languages = Self.languages(old.whyText, new.whyText)
        if !languages.isEmpty {
            changes.append(.wordingChanged(languages, isMaterial: new.materialSince > old.materialSince))
        }
        let oldFlags = [old.displayFirstTime, old.checkedFirstTime, old.checkedByDefault]
        if oldFlags != [new.displayFirstTime, new.checkedFirstTime, new.checkedByDefault] {
            changes.append(.displayFlagsChanged)
        }
        return changes
    }

    private static func languages(_ old: WhyText, _ new: WhyText) -> [Language] {
        let before = old.translations.merging([old.language: old.text]) { stated, _ in stated }
        let after = new.translations.merging([new.language: new.text]) { stated, _ in stated }
        // Whoever reads neither language is shown the default one.
        let moved: Set<Language> = old.language == new.language ? [] : [old.language, new.language]
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] || moved.contains($0) }.sorted()
    }
}

extension RuleSetDiff.Change {
    /// For the owner's eyes: `accesses added: create, update`.
    public var sentence: String {
        switch self {
        case .accessesAdded(let accesses): "accesses added: \(Self.list(accesses))"
        case .accessesRemoved(let accesses): "accesses removed: \(Self.list(accesses))"
        case .typesAdded(let types): "data types added: \(types.map(\.rawValue).joined(separator: ", "))"
        case .typesRemoved(let types): "data types removed: \(types.map(\.rawValue).joined(separator: ", "))"
        case .modeChanged(let from, let to): "mode changed from \(from.rawValue) to \(to.rawValue)"
        case .becameRequired: "optional before, required now"
        case .becameOptional: "required before, optional now"
        case .wordingChanged(let languages, let isMaterial):
            "wording changed in \(languages.map(\.tag).joined(separator: ", "))\(isMaterial ? ", materially" : "")"
        case .displayFlagsChanged: "display flags changed"
        }
    }

    private static func list(_ accesses: Set<Access>) -> String {
        Access.allCases.filter(accesses.contains).map(\.rawValue).joined(separator: ", ")
    }
}
