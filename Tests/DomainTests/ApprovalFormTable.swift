// The lines of docs/approval-form-table.md, each a pattern over everything that could matter. What a pattern leaves open is
// printed as "any", and a test tries all of it.

import Domain

/// Everything that could matter to one rule on one form.
struct FormCase: Sendable {
    enum Person: String, CaseIterable { case firstTime = "first time", returning, holding = "holds a grant" }
    enum Agreed: String, CaseIterable {
        case no, yes, less = "yes, to less than it asks now", reworded = "yes, to a wording that changed materially"
    }
    enum Named: String, CaseIterable { case nothing, this = "this rule", another = "another rule" }
    enum Before: String, CaseIterable { case never, yes, no }

    var person = Person.firstTime
    var isRequired = false
    var agreed = Agreed.no
    var display = false
    var checkedFirst = false
    var checkedDefault = false
    var named = Named.nothing
    var before = Before.never
    var preChecks = false
    var reaches = true

    /// Who never decided anything holds nothing and decided nothing; who agreed decided yes.
    var isSensible: Bool {
        switch person {
        case .firstTime: agreed == .no && before == .never
        case .returning: agreed == .no
        case .holding: agreed == .no || before == .yes
        }
    }

    static let all: [FormCase] = {
        let flags = [false, true]
        var cases = [FormCase()]
        func vary<Value>(_ path: WritableKeyPath<FormCase, Value>, _ values: [Value]) {
            cases = cases.flatMap { entry in
                values.map { value in
                    var entry = entry
                    entry[keyPath: path] = value
                    return entry
                }
            }
        }
        vary(\.person, Person.allCases)
        vary(\.isRequired, flags)
        vary(\.agreed, Agreed.allCases)
        vary(\.display, flags)
        vary(\.checkedFirst, flags)
        vary(\.checkedDefault, flags)
        vary(\.named, Named.allCases)
        vary(\.before, Before.allCases)
        vary(\.preChecks, flags)
        vary(\.reaches, flags)
        return cases.filter(\.isSensible)
    }()
}

/// What becomes of it.
struct FormAnswer: Hashable, Sendable {
    var shown = "no"
    var ticked = "–"
    var ifTicked = "–"
    var ifLeftOut = "–"
}

extension FormCase {
    /// Beside the rule in question stand a required rule that is out of question, and an optional one that is hidden.
    func answer() throws -> FormAnswer {
        let steps = Make.rule("base", [.steps], required: true)
        let another = Make.rule("another", [.bodyWeight], display: false)
        let older = Make.rule("subject", [.heartRate], required: isRequired)
        let now = Make.rule(
            "subject", agreed == .less ? [.heartRate, .sleepStage] : [.heartRate], required: isRequired,
            material: agreed == .reworded ? 2 : 1, display: display, checkedFirst: checkedFirst,
            checkedDefault: checkedDefault)
        let granted = agreed == .no ? [steps] : [steps, older]
        let standing = Standing(
            isFirstTime: person == .firstTime, grant: person == .holding ? Make.terms(granted) : nil,
            decidedBefore: before == .never ? [:] : [now.name: before == .yes],
            own: reaches ? .everything : .reading([.steps, .bodyWeight]),
            agreed: person == .holding ? granted : [])
        let scope =
            switch named {
            case .nothing: ""
            case .this: "rule:subject"
            case .another: "rule:another"
            }
        let form = try Make.form(scope, Make.rules(steps, another, now, version: 2), standing, mayPreCheck: preChecks)
        guard let line = form.lines.first(where: { $0.rule.name == now.name }) else { return FormAnswer() }
        let isSettled = line.kind == .settled
        return FormAnswer(
            shown: isSettled ? "as agreed already" : "yes", ticked: isSettled ? "–" : line.isChecked ? "yes" : "no",
            ifTicked: isSettled ? "–" : consequence(form.decide(approved: ["rule:base", "rule:subject"])),
            ifLeftOut: consequence(form.decide(approved: ["rule:base"])))
    }

    private func consequence(_ outcome: ApprovalForm.Outcome) -> String {
        switch outcome {
        case .denied: "denied"
        case .incomplete(let missing): missing == ["rule:subject"] ? "not possible: required" : "incomplete"
        case .notAsked: "never asked"
        case .outOfReach(let rules):
            rules.map(\.text) == ["subject"] ? "not possible: beyond own access" : "out of reach"
        case .tooManyDates: "too many dates"
        case .approved(let approved):
            switch (agreed != .no, approved.permissions[.online, .read].contains(.heartRate)) {
            case (false, true): "granted"
            case (false, false): "not granted"
            case (true, true):
                approved.rules.contains(GrantedRule(Make.name("subject"), version: 2))
                    ? "granted anew" : "stays"
            case (true, false): "taken back"
            }
        }
    }
}

struct FormPattern: Sendable {
    var person: FormCase.Person?
    var isRequired: Bool
    var agreed: [FormCase.Agreed]?
    var display: Bool?
    var checkedFirst: Bool?
    var checkedDefault: Bool?
    var named: [FormCase.Named]?
    var before: FormCase.Before?
    var preChecks: Bool?
    var reaches: Bool?

    func matches(_ entry: FormCase) -> Bool {
        func fits<Value: Equatable>(_ wanted: Value?, _ value: Value) -> Bool { wanted.map { $0 == value } ?? true }
        return fits(person, entry.person) && isRequired == entry.isRequired && agreed?.contains(entry.agreed) ?? true
            && fits(display, entry.display) && fits(checkedFirst, entry.checkedFirst)
            && fits(checkedDefault, entry.checkedDefault) && named?.contains(entry.named) ?? true
            && fits(before, entry.before) && fits(preChecks, entry.preChecks) && fits(reaches, entry.reaches)
    }

    var cells: [String] {
        func word(_ flag: Bool?) -> String { flag.map { $0 ? "yes" : "no" } ?? "any" }
        return [
            person?.rawValue ?? "any", isRequired ? "required" : "optional",
            agreed.map { $0.map(\.rawValue).joined(separator: "; or ") } ?? (person == nil ? "any" : "–"),
            word(display), word(checkedFirst),
            word(checkedDefault), named.map { $0.map(\.rawValue).joined(separator: " or ") } ?? "any",
            before?.rawValue ?? (person == .firstTime ? "–" : "any"), word(preChecks), word(reaches),
        ]
    }
}

extension FormPattern {
    static let required: [FormPattern] = [
        FormPattern(isRequired: true, agreed: [.no], reaches: true),
        FormPattern(person: .holding, isRequired: true, agreed: [.less, .reworded], reaches: true),
        FormPattern(isRequired: true, agreed: [.no, .less, .reworded], reaches: false),
        FormPattern(person: .holding, isRequired: true, agreed: [.yes]),
    ]

    static let firstTime: [FormPattern] =
        [
            FormPattern(person: .firstTime, isRequired: false, display: false, named: [.nothing]),
            FormPattern(person: .firstTime, isRequired: false, named: [.another]),
        ]
        + ticks(FormPattern(person: .firstTime, isRequired: false, display: true, named: [.nothing]), \.checkedFirst)
        + ticks(FormPattern(person: .firstTime, isRequired: false, named: [.this]), \.checkedFirst)

    static let returning: [FormPattern] =
        [
            FormPattern(person: .returning, isRequired: false, named: [.another]),
            FormPattern(person: .returning, isRequired: false, named: [.nothing], before: .never),
        ] + again(FormPattern(person: .returning, isRequired: false, named: [.nothing, .this]))
        + ticks(
            FormPattern(person: .returning, isRequired: false, named: [.this], before: .never), \.checkedDefault)

    static let holding: [FormPattern] =
        [
            FormPattern(person: .holding, isRequired: false, agreed: [.no], named: [.nothing, .another]),
            FormPattern(
                person: .holding, isRequired: false, agreed: [.yes, .less, .reworded], named: [.nothing, .another]),
            FormPattern(person: .holding, isRequired: false, agreed: [.yes], named: [.this], reaches: true),
            FormPattern(person: .holding, isRequired: false, agreed: [.yes], named: [.this], reaches: false),
        ] + split(FormPattern(person: .holding, isRequired: false, agreed: [.less, .reworded], named: [.this]))
        + again(FormPattern(person: .holding, isRequired: false, agreed: [.no], named: [.this]))
        + ticks(
            FormPattern(person: .holding, isRequired: false, agreed: [.no], named: [.this], before: .never),
            \.checkedDefault)

    // What a flag ticks: only where the deployment allows it and the person can give it.
    private static func ticks(_ open: FormPattern, _ flag: WritableKeyPath<FormPattern, Bool?>) -> [FormPattern] {
        var off = open
        off[keyPath: flag] = false
        var on = open
        on[keyPath: flag] = true
        return split(on) + reach(off)
    }

    // What the former decision ticks.
    private static func again(_ open: FormPattern) -> [FormPattern] {
        var yes = open
        yes.before = .yes
        var no = open
        no.before = .no
        return split(yes) + reach(no)
    }

    private static func split(_ open: FormPattern) -> [FormPattern] {
        var allowed = open
        allowed.preChecks = true
        allowed.reaches = true
        var forbidden = open
        forbidden.preChecks = false
        forbidden.reaches = true
        var beyond = open
        beyond.reaches = false
        return [allowed, forbidden, beyond]
    }

    private static func reach(_ open: FormPattern) -> [FormPattern] {
        var within = open
        within.reaches = true
        var beyond = open
        beyond.reaches = false
        return [within, beyond]
    }
}
