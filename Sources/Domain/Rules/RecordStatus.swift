// What an application has to do about a record before it can count on it (B1–B10). One pure function over the current rules, the
// grant and the person's own access; the status table in `docs/` is printed from it.

/// Spelled as the documents do.
public enum RecordStatus: String, CaseIterable, Sendable, Hashable {
    /// All current required rules are authorized.
    case noActionRequired = "NoActionRequired"
    /// Nothing is in force: the application was never authorized for the record, or the grant has ended.
    case authorizationRequired = "AuthorizationRequired"
    /// Required rules ask for more than was agreed to, or say something else now; the person can agree at the next sign-in.
    case reauthorizationRequired = "ReauthorizationRequired"
    /// The person's own access to the record is lost or too small for the required rules.
    case reauthorizationNotPossible = "ReauthorizationNotPossible"
    /// The application does not serve the record's country.
    case recordLocationNotSupported = "RecordLocationNotSupported"
}

/// What one required rule lacks.
public struct Shortfall: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// Not agreed to yet.
        case notGranted(Permissions)
        /// Agreed to in a wording that has since changed materially.
        case newWording
        /// More than the person may do themselves.
        case beyondOwnAccess(Permissions)
    }

    public let rule: RuleName
    public let reason: Reason

    public init(rule: RuleName, reason: Reason) {
        self.rule = rule
        self.reason = reason
    }
}

/// What is known about one record when its status is asked.
public struct RecordStanding: Hashable, Sendable {
    /// The grant in force; nil when there is none, or it was revoked or has expired.
    public var grant: GrantTerms?
    /// Nil when the person's own access to the record is lost.
    public var own: Permissions?
    public var isSuspended: Bool
    /// ISO 3166-1 alpha-2, upper case; nil when nobody said.
    public var country: String?

    public init(grant: GrantTerms?, own: Permissions?, isSuspended: Bool = false, country: String? = nil) {
        self.grant = grant
        self.own = own
        self.isSuspended = isSuspended
        self.country = country
    }
}

extension RuleSet {
    /// `countries` are those the application serves; none means all.
    ///
    /// The order is the contract: the country first, because no consent changes it; then what the person cannot repair; then
    /// what they can.
    public func status(
        of standing: RecordStanding, countries: Set<String> = []
    ) -> (status: RecordStatus, shortfalls: [Shortfall]) {
        if !countries.isEmpty, let country = standing.country, !countries.contains(country) {
            return (.recordLocationNotSupported, [])
        }
        guard let own = standing.own, !standing.isSuspended else { return (.reauthorizationNotPossible, []) }
        let beyond = required.compactMap { rule -> Shortfall? in
            let lacking = rule.permissions.subtracting(own.withoutModes)
            return lacking.isEmpty ? nil : Shortfall(rule: rule.name, reason: .beyondOwnAccess(lacking))
        }
        guard beyond.isEmpty else { return (.reauthorizationNotPossible, beyond) }
        guard let grant = standing.grant else { return (.authorizationRequired, []) }
        let held = Standing(isFirstTime: false, grant: grant, own: own)
        let missing = required.filter { !held.holds($0) }.map { rule in
            let lacking = rule.permissions.subtracting(grant.permissions)
            return Shortfall(rule: rule.name, reason: lacking.isEmpty ? .newWording : .notGranted(lacking))
        }
        return (missing.isEmpty ? .noActionRequired : .reauthorizationRequired, missing)
    }
}
