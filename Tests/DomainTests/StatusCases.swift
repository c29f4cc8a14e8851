// The cases of docs/status-table.md: what happened, in words and in facts. The statuses are not here; the function gives
// them. They follow the study of HealthVault's behaviour, case by case.

import Domain

struct StatusCase: Sendable {
    let story: String
    let rows: String
    var rules: [AuthorizationRule] = [Self.steps]
    var grant: GrantTerms? = Make.terms([Self.steps])
    var own: Permissions? = .everything
    var isSuspended = false
    var country: String?
    var countries: Set<String> = []

    init(_ story: String, _ rows: String, _ change: (inout StatusCase) -> Void) {
        self.story = story
        self.rows = rows
        change(&self)
    }

    /// The plain story: one required rule that asks to read steps while the application is alone, agreed to.
    static let steps = Make.rule("steps", [.steps], mode: .offline, required: true)
    static let pulse = Make.rule("pulse", [.heartRate], mode: .offline)

    var current: RuleSet { RuleSet(version: 2, rules: rules) }
    var answer: (status: RecordStatus, shortfalls: [Shortfall]) {
        current.status(
            of: RecordStanding(grant: grant, own: own, isSuspended: isSuspended, country: country),
            countries: countries)
    }
    /// What the application may still read when it acts alone.
    var readable: DataTypeSet {
        EffectiveAccess(
            grant: grant?.permissions ?? .none, own: isSuspended ? nil : own, rules: current.coverage
        ).permissions[.offline, .read]
    }

    static func changed(
        _ types: DataTypeSet, accesses: Set<Access> = [.read], required: Bool = true, wording: Int = 1,
        material: Int = 1
    ) -> AuthorizationRule {
        Make.rule(
            "steps", types, mode: .offline, required: required, accesses: accesses, wording: wording,
            material: material)
    }
}

extension StatusCase {
    static let all = plain + rulesChanged + personDecided + ownAccess + elsewhere

    private static let plain: [StatusCase] = [
        StatusCase("the application was never authorized for the record", "B1") { $0.grant = nil },
        StatusCase("it was authorized, and nothing has changed", "B1") { _ in },
        StatusCase("it was never authorized, and the person may not give what is required", "B5") {
            $0.grant = nil
            $0.own = .reading([.heartRate])
        },
    ]

    private static let rulesChanged: [StatusCase] = [
        StatusCase("a type was added to the required rule", "B2, B6") { $0.rules = [changed([.steps, .distance])] },
        StatusCase("a type was added, and the person's own access lacks it", "B5, B6") {
            $0.rules = [changed([.steps, .distance])]
            $0.own = .reading([.steps])
        },
        StatusCase("an access was added to the required rule", "B2") {
            $0.rules = [changed([.steps], accesses: [.read, .create])]
        },
        StatusCase("the required rule was moved to the other mode", "B2") {
            $0.rules = [Make.rule("steps", [.steps], required: true)]
        },
        StatusCase("another required rule was added", "B2") {
            $0.rules = [steps, Make.rule("sleep", [.sleepStage], mode: .offline, required: true)]
        },
        StatusCase("an optional rule that was refused became required", "B2") {
            $0.rules = [steps, Make.rule("pulse", [.heartRate], mode: .offline, required: true)]
        },
        StatusCase("an optional rule that was agreed to became required", "B2") {
            $0.rules = [steps, Make.rule("pulse", [.heartRate], mode: .offline, required: true)]
            $0.grant = Make.terms([steps, pulse])
        },
        StatusCase("a type was removed from the required rule", "B3") {
            $0.rules = [changed([.steps])]
            $0.grant = Make.terms([changed([.steps, .distance])])
        },
        StatusCase("a required rule was deleted", "B3") {
            $0.rules = [steps]
            $0.grant = Make.terms([steps, Make.rule("sleep", [.sleepStage], mode: .offline, required: true)])
        },
        StatusCase("the required rule became optional", "B3") { $0.rules = [changed([.steps], required: false)] },
        StatusCase("an optional rule was added", "B4") { $0.rules = [steps, pulse] },
        StatusCase("an optional rule that was agreed to asks for one type more", "B4") {
            $0.rules = [steps, Make.rule("pulse", [.heartRate, .restingHeartRate], mode: .offline)]
            $0.grant = Make.terms([steps, pulse])
        },
        StatusCase("the required rule is worded anew and means the same", "B6") {
            $0.rules = [changed([.steps], wording: 2)]
        },
        StatusCase("the required rule is worded anew and means something else", "B2, B6") {
            $0.rules = [changed([.steps], wording: 2, material: 2)]
        },
        StatusCase("a type was added and another removed", "B2, B6") {
            $0.rules = [changed([.steps, .distance])]
            $0.grant = Make.terms([changed([.steps, .workout])])
        },
    ]

    private static let personDecided: [StatusCase] = [
        StatusCase("the person took an optional rule back", "B11") { $0.rules = [steps, pulse] },
        StatusCase("the person took back a type that a required rule needs", "B11") {
            $0.rules = [changed([.steps, .distance])]
            $0.grant?.permissions = .reading([.steps], [.offline])
        },
        StatusCase("the person revoked the application, or it gave up, or the grant ran out", "B11, C10") {
            $0.grant = nil
        },
    ]

    private static let ownAccess: [StatusCase] = [
        StatusCase("the person lost the record, or their access to it ran out", "B5") { $0.own = nil },
        StatusCase("the person may only read now, and the rule asks to create", "B5") {
            $0.rules = [changed([.steps], accesses: [.read, .create])]
            $0.grant = Make.terms($0.rules)
            $0.own = .reading(.all)
        },
        StatusCase("the person's own access shrank, and still covers the required rule", "B5") {
            $0.own = .reading([.steps], [.online])
        },
        StatusCase("the record is suspended", "B7") { $0.isSuspended = true },
    ]

    private static let elsewhere: [StatusCase] = [
        StatusCase("the application does not serve the record's country", "B9") {
            $0.country = "CH"
            $0.countries = ["DE", "AT"]
        },
        StatusCase("it serves the record's country", "B9") {
            $0.country = "AT"
            $0.countries = ["DE", "AT"]
        },
        StatusCase("it serves some countries, and nobody said where the record is", "B9") { $0.countries = ["DE"] },
        StatusCase("it does not serve the country, and the person lost the record as well", "B9") {
            $0.country = "CH"
            $0.countries = ["DE"]
            $0.own = nil
        },
        StatusCase("of two records, the one whose grant is as it should be", "B8") { _ in },
        StatusCase("of two records, the other one, whose grant is older than the rules", "B8") {
            $0.grant = Make.terms([pulse])
        },
    ]
}
