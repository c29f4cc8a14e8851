// Rules, grants and forms in a line each, so that a test shows only what it is about.

import Domain

enum Make {
    static func rule(
        _ name: String, _ types: DataTypeSet, mode: Mode = .online, required: Bool = false,
        accesses: Set<Access> = [.read], wording: Int = 1, material: Int = 1, display: Bool = true,
        checkedFirst: Bool = false, checkedDefault: Bool = false
    ) -> AuthorizationRule {
        AuthorizationRule(
            name: Make.name(name), mode: mode, isRequired: required, accesses: accesses, types: types,
            why: WhyText("We need it for \(name)."), wordingSince: wording, materialSince: material,
            displayFirstTime: display, checkedFirstTime: checkedFirst, checkedByDefault: checkedDefault)
    }

    static func name(_ text: String) -> RuleName { RuleName(text) ?? RuleSet.exampleName }

    static func rules(_ rules: AuthorizationRule..., version: Int = 1) -> RuleSet {
        RuleSet(version: version, rules: rules)
    }

    /// A grant of exactly these rules as they read.
    static func terms(
        _ rules: [AuthorizationRule], version: Int = 1, scope: String? = nil, refused: String = "",
        ends: Moment = Scene.now + .days(30)
    ) -> GrantTerms {
        GrantTerms(
            rules: rules.map { GrantedRule($0.name, version: version) },
            permissions: rules.reduce(.none) { $0.union($1.permissions) },
            scope: scope ?? rules.map(\.scope.text).joined(separator: " "), refusedScope: refused, expiresAt: ends)
    }

    /// A person who agreed to these rules as they read here, and may do `own` themselves.
    static func holding(
        _ agreed: [AuthorizationRule], version: Int = 1, scope: String? = nil, own: Permissions? = .everything,
        decidedBefore: [String: Bool] = [:]
    ) -> Standing {
        let decided = decidedBefore.map { (name($0.key), $0.value) } + agreed.map { ($0.name, true) }
        return Standing(
            isFirstTime: false, grant: terms(agreed, version: version, scope: scope),
            decidedBefore: Dictionary(decided) { first, _ in first }, own: own, agreed: agreed)
    }

    static func form(
        _ scope: String, _ rules: RuleSet, _ standing: Standing = .firstTime, mayPreCheck: Bool = true
    ) throws -> ApprovalForm {
        ApprovalForm(
            try ScopeRequest.resolve(scope, against: rules), of: rules, standing: standing, mayPreCheck: mayPreCheck)
    }
}

extension ApprovalForm {
    /// Names, a star behind each ticked one, brackets round what is agreed already.
    var shown: [String] {
        lines.map { line in
            let mark = line.isChecked ? "\(line.rule.name.text)*" : line.rule.name.text
            return line.kind == .settled ? "[\(line.rule.name.text)]" : mark
        }
    }
}

extension ApprovalForm.Outcome {
    var approved: ApprovalForm.Approved? { if case .approved(let approved) = self { approved } else { nil } }
}

extension ApprovalForm.Approved {
    /// The grant that this makes.
    func terms(ends: Moment = Scene.now + .days(30)) -> GrantTerms {
        GrantTerms(
            rules: rules, permissions: permissions, scope: scope, refusedScope: refused.joined(separator: " "),
            expiresAt: ends)
    }
}

extension RuleSet {
    func word(_ grant: GrantTerms?, own: Permissions? = .everything) -> RecordStatus {
        status(of: RecordStanding(grant: grant, own: own)).status
    }
}
