// What an application can really do in a record: grant ∩ the person's own access ∩ the application's current rules, and which of
// the three cut what is missing (A6, B6).

public struct EffectiveAccess: Hashable, Sendable {
    /// Which of the three takes something away.
    public enum Cut: String, CaseIterable, Sendable, Hashable {
        case grant
        case recordAccess = "record_access"
        case rules
    }

    private let grant: Permissions
    private let own: Permissions
    private let rules: Permissions

    public init(grant: Permissions, own: Permissions?, rules: Permissions) {
        self.grant = grant
        self.own = (own ?? .none).withoutModes
        self.rules = rules
    }

    public var permissions: Permissions { grant.intersection(own).intersection(rules) }

    /// The mask of one data type.
    public func mask(of type: DataType, in mode: Mode) -> [Access] {
        Access.allCases.filter { permissions[mode, $0].contains(type) }
    }

    /// Empty where the access is permitted. Otherwise every one of the three that does not give it.
    public func cuts(_ access: Access, to type: DataType, in mode: Mode) -> [Cut] {
        var cuts: [Cut] = []
        if !grant[mode, access].contains(type) { cuts.append(.grant) }
        if !own[mode, access].contains(type) { cuts.append(.recordAccess) }
        if !rules[mode, access].contains(type) { cuts.append(.rules) }
        return cuts
    }

    /// What the grant or the rules name and the application still may not do: worth telling. What nobody asked for is not.
    public func withheld(from type: DataType, in mode: Mode) -> [(access: Access, cuts: [Cut])] {
        Access.allCases.compactMap { access in
            let isNamed = grant[mode, access].contains(type) || rules[mode, access].contains(type)
            let cuts = cuts(access, to: type, in: mode)
            return isNamed && !cuts.isEmpty ? (access, cuts) : nil
        }
    }
}
