// From the scope an application asks for to the rules that cover it. A scope outside the rules is refused before anyone is
// shown anything.

/// The rules an authorization request asks for, and how the application spelled each.
public struct ScopeRequest: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let rule: AuthorizationRule
        /// The scope tokens that lead here; the rule's own when none was spelled.
        public let scopes: [Scope]
        /// The dates that were asked for; nil when nothing spelled the rule, and nothing was said about dates.
        public let periods: DatePeriods?
    }

    /// In the order of the rule set. Every required rule is among them, and what a first-time person is shown unasked.
    public let lines: [Line]
    /// Optional rules that the application directs the person to, and required ones that it spelled (A7).
    public let named: Set<RuleName>
    /// Nothing particular is asked for, so the display flags speak (A3).
    public let leavesDisplayToFlags: Bool
    public let asksOfflineAccess: Bool
    /// Scopes that ask for no data and go with whatever is given: `launch/patient`, and the reading of the Patient.
    public let alongside: [Scope]
    /// Some of it came as `authorization_details` (RFC 9396).
    public let usesDetails: Bool

    /// How the application spelled the rule; the rule's own token when it did not.
    public func scopes(for rule: AuthorizationRule) -> [Scope] {
        lines.first { $0.rule.name == rule.name }?.scopes ?? [rule.scope]
    }

    public func periods(for rule: AuthorizationRule) -> DatePeriods? {
        lines.first { $0.rule.name == rule.name }?.periods
    }

    public enum Fault: Error, Sendable, Equatable {
        /// Names the token: the application spelled it, so it may be told.
        case unknown(String)
        case repeated(String)
        case nothingAsked
        /// `offline_access` without any offline rule.
        case noOfflineRule
        /// Of `authorization_details`: which element, counted from 0, which member of it, and what is wrong there.
        case detail(Int, String, String)
    }

    /// An empty or absent `scope` asks for the required rules and for the optional ones displayed the first time (A3).
    /// `addsToFlags` says that what is named comes beside what the flags display, and does not replace it. `actsAlone` says that
    /// no person is asked (client credentials): SMART's `system/` is for that, its `patient/` and `user/` are for the rest.
    /// `details` add to the scope: they name rules as scopes do, each for its own dates, where a scope asks for all of them.
    public static func resolve(
        _ text: String, details: [DataDetail] = [], against rules: RuleSet, addsToFlags: Bool = false,
        actsAlone: Bool = false
    ) throws(Fault) -> ScopeRequest {
        var alongside: [Scope] = []
        var spelled: [RuleName: [Scope]] = [:]
        var offline = false
        var seen: Set<String> = []
        for word in text.split(separator: " ", omittingEmptySubsequences: true) {
            guard seen.insert(String(word)).inserted else { throw .repeated(String(word)) }
            guard let scope = Scope(word) else { throw .unknown(String(word)) }
            switch scope {
            case .offlineAccess: offline = true
            case .rule(let name):
                guard rules.rule(named: name) != nil else { throw .unknown(String(word)) }
                spelled[name, default: []].append(scope)
            case .data(let access, let target):
                guard let covering = rules.covering(access, target) else { throw .unknown(String(word)) }
                for rule in covering { spelled[rule.name, default: []].append(scope) }
            case .launchPatient:
                guard !actsAlone else { throw .unknown(String(word)) }
                alongside.append(scope)
            case .smart(let smart):
                guard (smart.level == .system) == actsAlone else { throw .unknown(String(word)) }
                if smart.resource == .patient {
                    // There is nothing of it to write.
                    guard smart.accesses == [.read] else { throw .unknown(String(word)) }
                    alongside.append(scope)
                } else {
                    // Written for servers of every kind, it asks for whatever the rules cover; only nothing is too little.
                    let covering = rules.rules.filter { smart.reaches($0) }
                    guard !covering.isEmpty else { throw .unknown(String(word)) }
                    for rule in covering { spelled[rule.name, default: []].append(scope) }
                }
            }
        }
        var periods = spelled.mapValues { _ in DatePeriods.always }
        for (place, detail) in details.enumerated() {
            for (rule, scope) in try detail.leads(in: rules, at: place) {
                if spelled[rule.name]?.contains(scope) != true { spelled[rule.name, default: []].append(scope) }
                periods[rule.name] = (periods[rule.name] ?? .never).union(DatePeriods([detail.period]))
            }
        }
        let flagsSpeak = spelled.isEmpty || addsToFlags
        let lines = rules.rules.compactMap { rule -> Line? in
            if let scopes = spelled[rule.name] { return Line(rule: rule, scopes: scopes, periods: periods[rule.name]) }
            guard rule.isRequired || (flagsSpeak && rule.displayFirstTime) else { return nil }
            return Line(rule: rule, scopes: [rule.scope], periods: nil)
        }
        guard !lines.isEmpty else { throw .nothingAsked }
        guard !offline || lines.contains(where: { $0.rule.mode == .offline }) else { throw .noOfflineRule }
        return ScopeRequest(
            lines: lines, named: Set(spelled.keys), leavesDisplayToFlags: flagsSpeak, asksOfflineAccess: offline,
            alongside: alongside, usesDetails: !details.isEmpty)
    }
}

extension SmartScope {
    /// Whether any access to any type of the rule is among what the scope names.
    public func reaches(_ rule: AuthorizationRule) -> Bool {
        accesses.contains { rule.accesses.contains($0) } && !types.intersection(rule.types).isEmpty
    }
}

extension RuleSet {
    /// The scope as it was spelled, but no scope of SMART's saying more than these rules give.
    public func given(of scope: String) -> String {
        let covered = coverage
        let words = scope.split(separator: " ").flatMap { word -> [String] in
            guard case .smart(let smart) = Scope(word) else { return [String(word)] }
            return smart.given(in: covered).map(\.text)
        }
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }.joined(separator: " ")
    }
}
