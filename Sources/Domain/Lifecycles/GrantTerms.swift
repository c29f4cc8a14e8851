// What a grant gives, and the three ways it may change: it is extended by a new yes, narrowed, or renewed. Narrowing is the only
// one that needs nobody's question, because it can only take away.

public struct GrantTerms: Hashable, Sendable {
    public var rules: [GrantedRule]
    public var permissions: Permissions
    /// What the token response says: scope tokens, separated by spaces.
    public var scope: String
    /// Scope tokens that were asked for and refused.
    public var refusedScope: String
    public var expiresAt: Moment
    /// The application asked by `authorization_details` (RFC 9396) once, and is told of it in them.
    public var isDetailed: Bool
    /// What follows from the dates of the rules. INVARIANT: as `limited(by:)` says, whenever it is written.
    public internal(set) var limits: ReadingDays

    public init(
        rules: [GrantedRule], permissions: Permissions, scope: String, refusedScope: String, expiresAt: Moment,
        isDetailed: Bool = false, limits: ReadingDays = .none
    ) {
        self.isDetailed = isDetailed
        self.limits = limits
        self.rules = rules
        self.permissions = permissions
        self.scope = scope
        self.refusedScope = refusedScope
        self.expiresAt = expiresAt
    }

    public func granted(_ name: RuleName) -> GrantedRule? { rules.first { $0.name == name } }
    public func version(of name: RuleName) -> Int? { granted(name)?.version }
    public var scopeTokens: [String] { scope.split(separator: " ").map(String.init) }
    public var refusedTokens: [String] { refusedScope.split(separator: " ").map(String.init) }
}

/// What the person takes back.
public struct Narrowing: Hashable, Sendable {
    /// In every access and mode.
    public var types: DataTypeSet
    public var rules: Set<RuleName>
    /// An earlier end.
    public var until: Moment?

    public init(types: DataTypeSet = .none, rules: Set<RuleName> = [], until: Moment? = nil) {
        self.types = types
        self.rules = rules
        self.until = until
    }

    public enum Fault: Error, Sendable, Equatable {
        /// It would be a revocation, which has its own word.
        case nothingLeft
        case nothingTaken
        case notGranted(RuleName)
        /// The new end is not between now and the present one.
        case endNotEarlier
    }
}

extension GrantTerms {
    /// INVARIANT: the result's permissions are a subset of these and its end is not later. A rule that goes is refused from
    /// now on, so that no form ticks it again by itself (A3).
    ///
    /// `definitions` are the granted rules as they read when they were granted.
    public func narrowed(
        by narrowing: Narrowing, definitions: [AuthorizationRule], at now: Moment
    ) throws(Narrowing.Fault) -> GrantTerms {
        for name in narrowing.rules.sorted() where version(of: name) == nil { throw .notGranted(name) }
        if let until = narrowing.until, until <= now || until >= expiresAt { throw .endNotEarlier }
        var result = self
        result.expiresAt = narrowing.until ?? expiresAt

        let kept = definitions.filter { version(of: $0.name) != nil && !narrowing.rules.contains($0.name) }
        if !narrowing.rules.isEmpty {
            result.permissions = permissions.intersection(kept.reduce(.none) { $0.union($1.permissions) })
        }
        result.permissions = result.permissions.removing(narrowing.types)
        guard !result.permissions.isEmpty else { throw .nothingLeft }
        guard result.permissions != permissions || result.expiresAt != expiresAt || !narrowing.rules.isEmpty else {
            throw .nothingTaken
        }
        // A rule of which nothing is left is not a granted rule any more.
        let alive = Set(kept.filter { !$0.permissions.intersection(result.permissions).isEmpty }.map(\.name))
        result.rules = rules.filter { alive.contains($0.name) }
        let gone = rules.filter { !alive.contains($0.name) }.map { Scope.rule($0.name).text }
        result.refusedScope = (refusedTokens + gone.filter { !refusedTokens.contains($0) }).joined(separator: " ")
        let isShorterOnly = result.permissions == permissions && narrowing.rules.isEmpty
        let tokens =
            isShorterOnly
            ? scopeTokens : scopeTokens.flatMap { Self.remains(of: $0, in: result.permissions, kept) }
        var seen: Set<String> = []
        result.scope = tokens.filter { seen.insert($0).inserted }.joined(separator: " ")
        // What stays, stays with its own dates; those of what went go with it.
        return result.limited(by: kept)
    }

    /// Extends from now on; the end never comes nearer that way.
    public func renewed(for life: GrantLife, at now: Moment) -> GrantTerms {
        var result = self
        result.expiresAt = max(expiresAt, now + life.span)
        return result
    }

    // A token that is still wholly true stays as it was spelled; otherwise the plain scopes of what is left stand for it.
    static func remains(
        of token: String, in permissions: Permissions, _ rules: [AuthorizationRule]
    ) -> [String] {
        let meant: Permissions
        switch Scope(token) {
        case .offlineAccess:
            let offline = Access.allCases.contains { !permissions[.offline, $0].isEmpty }
            return offline ? [token] : []
        case .data(let access, let target): meant = Permissions(access.accesses, to: target.types, in: Mode.allCases)
        case .rule(let name):
            guard let rule = rules.first(where: { $0.name == name }) else { return [] }
            if rule.permissions.isSubset(of: permissions) { return [token] }
            meant = rule.permissions
        case .smart(let smart): return smart.given(in: permissions).map(\.text)
        case .launchPatient: return [token]
        case nil: return []
        }
        let left = meant.intersection(permissions)
        if case .data = Scope(token), left.withoutModes.isSuperset(of: meant.withoutModes) { return [token] }
        return left.scopes.map(\.text)
    }
}
