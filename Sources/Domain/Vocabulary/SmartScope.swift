// The scope grammar of SMART App Launch 2.2, read as strictly as a permission must be: what is out of order, empty or unknown
// is no scope and so can never grant anything.

/// `patient/Observation.rs?category=vital-signs`: whose data, which resource, which interactions, and what narrows it.
public struct SmartScope: Hashable, Sendable {
    /// On whose behalf.
    public enum Level: String, CaseIterable, Sendable, Hashable {
        case patient, user
        /// An application that acts alone, by client credentials.
        case system
    }

    public enum Resource: String, CaseIterable, Sendable, Hashable {
        case everything = "*"
        case observation = "Observation"
        /// No more than the application's own name for the record: no data type is in it.
        case patient = "Patient"
    }

    /// In the order in which the grammar wants the letters.
    public enum Interaction: Character, CaseIterable, Sendable, Hashable {
        case create = "c"
        case read = "r"
        case update = "u"
        case delete = "d"
        case search = "s"

        public var access: Access {
            switch self {
            case .create: .create
            // Whoever may find a datum has read it.
            case .read, .search: .read
            case .update: .update
            case .delete: .delete
            }
        }
    }

    public let level: Level
    public let resource: Resource
    public let interactions: [Interaction]
    /// What it reaches at most: the types that FHIR has a name for, narrowed by the parameters.
    public let types: DataTypeSet
    /// As it was spelled.
    public let text: String

    /// Nil for anything that is not spelled exactly so, and for what names nothing that Licet has.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard let slash = text.firstIndex(of: "/"), let level = Level(rawValue: String(text[..<slash])) else {
            return nil
        }
        let rest = text[text.index(after: slash)...]
        let sides = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = sides.first, let point = head.firstIndex(of: "."),
            let resource = Resource(rawValue: String(head[..<point]))
        else { return nil }
        let letters = String(head[head.index(after: point)...])
        let types = resource == .patient ? DataTypeSet.none : FHIRVocabulary.types
        if sides.count == 2 {
            // Parameters came with the letters of version 2, and only an Observation has ones that are known here.
            guard resource == .observation, let interactions = Self.interactions(letters),
                let narrowed = ObservationFilter(String(sides[1]))
            else { return nil }
            self.init(level, resource, interactions, narrowed.types, text)
        } else {
            guard let interactions = Self.interactions(letters) ?? Self.firstVersion[letters] else { return nil }
            self.init(level, resource, interactions, types, text)
        }
    }

    private init(
        _ level: Level, _ resource: Resource, _ interactions: [Interaction], _ types: DataTypeSet, _ text: String
    ) {
        self.level = level
        self.resource = resource
        self.interactions = interactions
        self.types = types
        self.text = text
    }

    // Each at most once and in order, or it is nil: `.dus` must not be taken for what somebody may have meant.
    private static func interactions(_ letters: String) -> [Interaction]? {
        let known = Interaction.allCases.filter { letters.contains($0.rawValue) }
        guard !known.isEmpty, String(known.map(\.rawValue)) == letters else { return nil }
        return known
    }

    private static let firstVersion: [String: [Interaction]] = [
        "read": [.read, .search], "write": [.create, .update, .delete], "*": Interaction.allCases,
    ]
}

extension SmartScope {
    /// Each once, in the order of `Access.allCases`.
    public var accesses: [Access] { Access.allCases.filter { access in interactions.contains { $0.access == access } } }
    /// Every cell that the scope names, in both modes.
    public var permissions: Permissions { Permissions(accesses, to: types, in: Mode.allCases) }

    /// What may be said of this scope where only `permissions` are given: itself where it is wholly true; otherwise narrower
    /// scopes, one for each data type. Empty when nothing of it is given.
    ///
    /// RFC 6749 §3.3 and SMART 2.2 let a server give less than was asked, and want the answer to say what is given. An
    /// application that reads `patient/*.rs` there would count on types that the person never agreed to.
    public func given(in permissions: Permissions) -> [SmartScope] {
        // The record's name can be read and never written, so a wildcard with a write in it is never wholly true.
        let isPatientWhole = resource != .everything || accesses.allSatisfy { $0 == .read }
        if isPatientWhole, isGiven(permissions) { return [self] }
        let observation = made(.observation, interactions, types, narrowedBy: nil)
        let observations =
            resource == .everything && observation.isGiven(permissions)
            ? [observation] : types.compactMap { narrowed(to: $0, in: permissions) }
        let reads = interactions.filter { $0.access == .read }
        guard resource == .everything, !reads.isEmpty, !observations.isEmpty else { return observations }
        return observations + [made(.patient, reads, .none, narrowedBy: nil)]
    }

    private func isGiven(_ permissions: Permissions) -> Bool {
        self.permissions.isSubset(of: permissions.withoutModes)
    }

    private func narrowed(to type: DataType, in permissions: Permissions) -> SmartScope? {
        let held = permissions.withoutModes
        let left = interactions.filter { held[.online, $0.access].contains(type) }
        guard !left.isEmpty, let code = FHIRVocabulary.name(of: type)?.codes.first else { return nil }
        return made(.observation, left, [type], narrowedBy: "code=\(FHIRVocabulary.loinc)|\(code)")
    }

    private func made(
        _ resource: Resource, _ interactions: [Interaction], _ types: DataTypeSet, narrowedBy query: String?
    ) -> SmartScope {
        let head = "\(level.rawValue)/\(resource.rawValue).\(String(interactions.map(\.rawValue)))"
        return SmartScope(level, resource, interactions, types, query.map { "\(head)?\($0)" } ?? head)
    }
}
