// What the person decides on, and what a decision may say. An approval can never grant what the rules did not ask or the person
// does not hold; what stands already is shown and not asked again.

/// The consent form as data: one line per rule.
public struct ApprovalForm: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable, Hashable {
        /// Approved together with the other required ones, or not at all (A2).
        case required
        /// Approved or rejected by itself.
        case optional
        /// Agreed to already: stays, whatever is answered here.
        case settled
    }

    public struct Line: Hashable, Sendable {
        /// As it stands now.
        public let rule: AuthorizationRule
        /// What the person reads: of what was agreed to, what they agreed to, as far as it still holds.
        public let shown: AuthorizationRule
        public let scopes: [Scope]
        public let kind: Kind
        public let isChecked: Bool
        /// False when the person's own access to the record does not reach what the rule asks.
        public let isWithinReach: Bool
        public let dates: RuleDates
        /// It asks for more dates than stand, and for nothing else: left unticked, what stands stays, dates and all.
        public let keepsWhenLeft: Bool
    }

    /// Keeping access while the person is away (`offline_access`): a choice of its own.
    public enum OfflineAccess: Hashable, Sendable {
        /// To be decided, and never ticked for the person.
        case open
        case settled
    }

    public let lines: [Line]
    /// Nil: not asked for.
    public let offlineAccess: OfflineAccess?
    /// Scopes that go with whatever is given.
    public let alongside: [Scope]
    let usesDetails: Bool
    private let standing: Standing
    private let version: Int

    /// The approval-form table in `docs/` says the same in words (A3, A7, B1–B4).
    public init(_ request: ScopeRequest, of rules: RuleSet, standing: Standing, mayPreCheck: Bool) {
        self.standing = standing
        version = rules.version
        let keepsAccess = standing.grant?.scopeTokens.contains(Scope.offlineAccess.text) == true
        offlineAccess = request.asksOfflineAccess ? (keepsAccess ? .settled : .open) : nil
        alongside = request.alongside
        usesDetails = request.usesDetails
        lines = rules.rules.compactMap { rule in
            guard let kind = Self.kind(of: rule, request, standing) else { return nil }
            return Line(
                rule: rule, shown: kind == .settled ? standing.agreedForm(of: rule) : rule,
                scopes: request.scopes(for: rule), kind: kind,
                isChecked: kind != .optional || Self.isTicked(rule, request, standing, mayPreCheck),
                isWithinReach: kind == .settled || standing.reaches(rule),
                dates: RuleDates(
                    rule.name, isSettled: kind == .settled, asked: request.periods(for: rule), standing),
                keepsWhenLeft: kind == .optional && standing.grant?.version(of: rule.name) != nil
                    && standing.holds(rule) && !standing.holds(rule, for: request.periods(for: rule)))
        }
    }

    // Nil: not shown.
    private static func kind(of rule: AuthorizationRule, _ request: ScopeRequest, _ standing: Standing) -> Kind? {
        let asked = request.periods(for: rule)
        if rule.isRequired { return standing.holds(rule, for: asked) ? .settled : .required }
        if request.named.contains(rule.name) {
            // Asked for dates that the person agreed to already: the yes stands, and there is nothing to say anew.
            let isForATime = asked.map { !$0.isAlways } ?? false
            let stands = isForATime && standing.grant?.version(of: rule.name) != nil && standing.holds(rule, for: asked)
            return stands ? .settled : .optional
        }
        // An optional rule that changed is asked anew only where the application directs so (B4); what was agreed to stays.
        if standing.grant?.version(of: rule.name) != nil { return .settled }
        guard request.leavesDisplayToFlags, standing.grant == nil else { return nil }
        let isShown = standing.isFirstTime ? rule.displayFirstTime : standing.decidedBefore[rule.name] != nil
        return isShown ? .optional : nil
    }

    private static func isTicked(
        _ rule: AuthorizationRule, _ request: ScopeRequest, _ standing: Standing, _ mayPreCheck: Bool
    ) -> Bool {
        // Showing what is in force is not pre-checking; a rule that asks for more now, or means something else, is not.
        let isGranted = standing.grant?.version(of: rule.name) != nil
        if isGranted, standing.holds(rule, for: request.periods(for: rule)) { return true }
        guard mayPreCheck, standing.reaches(rule) else { return false }
        if standing.isFirstTime { return rule.checkedFirstTime }
        return isGranted || standing.decidedBefore[rule.name] ?? rule.checkedByDefault
    }

    /// Something is to be decided; otherwise the person only goes on.
    public var asksSomething: Bool { offlineAccess == .open || lines.contains { $0.kind != .settled } }

    /// Required rules that the person cannot give in this record: approving is not possible then (B5).
    public var isOutOfReach: Bool { lines.contains { $0.kind == .required && !$0.isWithinReach } }
}

extension ApprovalForm {
    public enum Outcome: Hashable, Sendable {
        /// Nothing was approved: a denial (C5).
        case denied
        case approved(Approved)
        /// A required rule, or part of a rule, was left out: 422, the approval stays pending. The scope tokens that were
        /// left out, in form order.
        case incomplete(missing: [String])
        /// Something approved that was never asked.
        case notAsked([String])
        /// The person's own access to the record does not reach these rules.
        case outOfReach([RuleName])
        /// The dates of these rules would be more ranges than a grant can hold for a rule.
        case tooManyDates([RuleName])
    }

    /// What the grant is to say from now on, its end apart.
    public struct Approved: Hashable, Sendable {
        public let rules: [GrantedRule]
        public let permissions: Permissions
        /// What the token response says: the tokens as the application spelled them, as far as they are wholly given.
        public let scope: String
        /// Scope tokens that were asked and refused.
        public let refused: [String]
        /// As in the grant's terms.
        public let isDetailed: Bool
        /// False when everything was settled before.
        public let changesSomething: Bool

        /// The application may act while the person is away.
        public var keepsAccess: Bool { scope.split(separator: " ").contains("offline_access") }
    }

    /// `approved` holds scope tokens. A rule is approved whole: all the tokens that lead to it, or its own `rule:<name>`.
    public func decide(approved: [String]) -> Outcome {
        let ticked = Set(approved)
        guard !ticked.isEmpty else { return .denied }
        let offlineToken = Scope.offlineAccess.text
        let askable = Set(
            lines.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] } + alongside.map(\.text)
                + (offlineAccess == nil ? [] : [offlineToken]))
        let strangers = approved.filter { !askable.contains($0) }
        guard strangers.isEmpty else { return .notAsked(strangers) }

        let open = lines.filter { $0.kind != .settled }
        let settled = lines.filter { $0.kind == .settled }
        let chosen = open.filter { line in
            ticked.contains(line.rule.scope.text) || line.scopes.allSatisfy { ticked.contains($0.text) }
        }
        let chosenNames = Set(chosen.map(\.rule.name))
        // One plain scope may lead to two rules; it is missing only where no approved rule answers it.
        let answered = Set((chosen + settled).flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] })
        let missing = open.filter { line in
            !chosenNames.contains(line.rule.name)
                && (line.kind == .required
                    || line.scopes.contains { ticked.contains($0.text) && !answered.contains($0.text) })
        }
        guard missing.isEmpty else {
            let left = missing.flatMap { $0.scopes.map(\.text) }.filter { !ticked.contains($0) }
            return .incomplete(missing: unique(left))
        }
        let beyond = chosen.filter { !$0.isWithinReach }
        guard beyond.isEmpty else { return .outOfReach(beyond.map(\.rule.name)) }
        let torn = chosen.filter { $0.dates.after.ranges.count > GrantedRule.mostRanges }
        guard torn.isEmpty else { return .tooManyDates(torn.map(\.rule.name)) }
        guard !chosen.isEmpty || !settled.isEmpty || standing.grant != nil else { return .denied }
        let keepsAccess = offlineAccess == .settled || ticked.contains(offlineToken)
        let result = result(chosen: chosen, open: open, offlineAccess: keepsAccess ? [offlineToken] : [])
        return result.permissions.isEmpty ? .denied : .approved(result)
    }

    // What was open is decided anew, for better or worse; what was settled, or not shown at all, stays as it is.
    private func result(chosen: [Line], open asked: [Line], offlineAccess: [String]) -> Approved {
        let open = asked.filter { !$0.keepsWhenLeft || chosen.contains($0) }
        let openNames = Set(open.map(\.rule.name))
        let before = standing.grant
        let rules =
            (before?.rules ?? []).filter { !openNames.contains($0.name) }
            + chosen.map { GrantedRule($0.rule.name, version: version, dates: $0.dates.after) }
        let kept = (before?.permissions ?? .none).subtracting(taken(with: open, but: chosen))
        let granted = kept.union(chosen.reduce(.none) { $0.union($1.rule.permissions) })

        let openTokens = Set(open.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] })
        let keptTokens = (before?.scopeTokens ?? []).filter { !openTokens.contains($0) }
        let mayActAlone = Access.allCases.contains { !granted[.offline, $0].isEmpty }
        let newTokens = chosen.flatMap { $0.scopes.map(\.text) }
        // RFC 6749 §3.3: the scope of the answer is what is given, so a token that is no longer wholly true gives way.
        let tokens = unique(keptTokens + newTokens + alongside.map(\.text) + offlineAccess).flatMap {
            token -> [String] in
            switch Scope(token) {
            case .offlineAccess: mayActAlone ? [token] : []
            case .rule: [token]
            case .data, .smart, .launchPatient, nil: GrantTerms.remains(of: token, in: granted, [])
            }
        }
        let refusedBefore = (before?.refusedTokens ?? []).filter { !openTokens.contains($0) }
        // A scope of SMART's that narrower ones stand for was not refused unless a rule was that it leads to.
        let withheld = Set(open.filter { line in !chosen.contains(line) }.flatMap(\.scopes))
        let asked = open.flatMap(\.scopes).filter { $0.isPlain || withheld.contains($0) }
        let away = self.offlineAccess == nil ? [] : [Scope.offlineAccess.text]
        let refused = unique(refusedBefore + asked.map(\.text) + away).filter { !tokens.contains($0) }
        let scope = unique(tokens).joined(separator: " ")
        return Approved(
            rules: rules, permissions: granted, scope: scope, refused: refused,
            isDetailed: usesDetails || before?.isDetailed ?? false,
            changesSomething: before.map { granted != $0.permissions || scope != $0.scope || !open.isEmpty } ?? true)
    }

    // Unticking a rule takes what it gave, as it reads now and as it read then; what another rule still stands for stays.
    private func taken(with open: [Line], but chosen: [Line]) -> Permissions {
        let openNames = Set(open.map(\.rule.name))
        let refused = openNames.subtracting(chosen.map(\.rule.name))
        let settled = lines.filter { $0.kind == .settled }.map(\.rule)
        let then = standing.agreed.isEmpty ? settled : standing.agreed
        let gave = open.map(\.rule).filter { refused.contains($0.name) } + then.filter { refused.contains($0.name) }
        // A required rule is held as it reads now, whoever gave what it needs.
        let stands = settled.filter(\.isRequired) + then.filter { !openNames.contains($0.name) }
        return gave.reduce(Permissions.none) { $0.union($1.permissions) }
            .subtracting(stands.reduce(.none) { $0.union($1.permissions) })
    }

    private func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
