// What the person decides on, and what a decision may say. An approval can never grant what the rules did not ask.

/// The consent form as data: one line per rule.
public struct ApprovalForm: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let rule: AuthorizationRule
        public let scopes: [Scope]
        public let isChecked: Bool
    }

    public let lines: [Line]
    public let asksOfflineAccess: Bool

    /// A person who has never authorized the application sees optional lines checked only as the rule says, and never where
    /// the deployment forbids pre-checking (A3).
    public init(_ request: ScopeRequest, mayPreCheck: Bool) {
        lines = request.lines.map { line in
            Line(
                rule: line.rule, scopes: line.scopes,
                isChecked: line.rule.isRequired || (mayPreCheck && line.rule.checkedFirstTime))
        }
        asksOfflineAccess = request.asksOfflineAccess
    }

    public enum Outcome: Hashable, Sendable {
        /// Nothing was approved: a denial (C5).
        case denied
        case approved(Approved)
        /// A required rule, or part of a rule, was left out: 422, the approval stays pending. The scope tokens that were
        /// left out, in form order.
        case incomplete(missing: [String])
        /// Something approved that was never asked.
        case notAsked([String])
    }

    public struct Approved: Hashable, Sendable {
        public let rules: [RuleName]
        public let permissions: Permissions
        /// What the token response says: the tokens as the application spelled them.
        public let scope: String
        /// Scope tokens that were asked and refused.
        public let refused: [String]
    }

    /// `approved` holds scope tokens. A rule is approved whole: all the tokens that lead to it, or its own `rule:<name>`.
    public func decide(approved: [String]) -> Outcome {
        let ticked = Set(approved)
        guard !ticked.isEmpty else { return .denied }
        let offlineAccess = asksOfflineAccess ? [Scope.offlineAccess.text] : []
        let askable = Set(lines.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] } + offlineAccess)
        let strangers = approved.filter { !askable.contains($0) }
        guard strangers.isEmpty else { return .notAsked(strangers) }

        let chosen = lines.filter { line in
            ticked.contains(line.rule.scope.text) || line.scopes.allSatisfy { ticked.contains($0.text) }
        }
        let chosenNames = Set(chosen.map(\.rule.name))
        // One plain scope may lead to two rules; it is missing only where no approved rule answers it.
        let answered = Set(chosen.flatMap { $0.scopes.map(\.text) + [$0.rule.scope.text] })
        let missing = lines.filter { line in
            !chosenNames.contains(line.rule.name)
                && (line.rule.isRequired
                    || line.scopes.contains { ticked.contains($0.text) && !answered.contains($0.text) })
        }
        guard missing.isEmpty else {
            let left = missing.flatMap { $0.scopes.map(\.text) }.filter { !ticked.contains($0) }
            return .incomplete(missing: unique(left))
        }
        guard !chosen.isEmpty else { return .denied }
        let mayActAlone = chosen.contains { $0.rule.mode == .offline }
        let granted = unique(chosen.flatMap { $0.scopes.map(\.text) }) + (mayActAlone ? offlineAccess : [])
        let asked = unique(lines.flatMap { $0.scopes.map(\.text) })
        return .approved(
            Approved(
                rules: chosen.map(\.rule.name), permissions: chosen.reduce(.none) { $0.union($1.rule.permissions) },
                scope: granted.joined(separator: " "), refused: asked.filter { !granted.contains($0) }))
    }

    private func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
