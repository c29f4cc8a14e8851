// What authorization details ask (RFC 9396), and what a yes to them gives: exactly the dates that were asked, joined to those
// that stood.

import Domain
import Testing

struct DataDetailTests {
    static let heart = Make.rule("heart", [.heartRate], required: true)
    static let walking = Make.rule("walking", [.steps, .distance])
    static let moving = Make.rule("moving", [.steps, .activeEnergy], mode: .offline)
    static let diary = Make.rule("diary", [.bodyWeight], accesses: [.create, .update])
    static let rules = Make.rules(heart, walking, moving, diary)

    static func days(_ from: String?, _ to: String?) -> DatePeriod {
        DatePeriod(from: from.flatMap(CivilDate.day), to: to.flatMap(CivilDate.day)) ?? .always
    }
    static let y2024 = days("2024-01-01", "2024-12-31")
    static let y2025 = days("2025-01-01", "2025-12-31")
    static let y2026 = days("2026-01-01", "2026-12-31")

    static func named(_ rule: String, _ period: DatePeriod = .always) -> DataDetail {
        DataDetail(purpose: Make.name(rule), targets: [], actions: [], period: period)
    }

    static func form(
        _ details: [DataDetail], scope: String = "", _ standing: Standing = .firstTime, rules: RuleSet = rules
    ) throws -> ApprovalForm {
        ApprovalForm(
            try ScopeRequest.resolve(scope, details: details, against: rules), of: rules, standing: standing,
            mayPreCheck: false)
    }

    /// The person agreed to these rules, for these dates.
    static func holding(_ agreed: [AuthorizationRule], _ periods: DataPeriods?) -> Standing {
        var standing = Make.holding(agreed)
        standing.grant?.periods = periods
        return standing
    }

    @Test("RFC 9396 §2: an element leads to the rules that the same scopes would lead to")
    func leads() throws {
        let rows: [(DataDetail, [String: [String]])] = [
            (Self.named("walking"), ["walking": ["rule:walking"]]),
            (
                DataDetail(purpose: nil, targets: [.type(.steps)], actions: [], period: .always),
                ["walking": ["read:steps"], "moving": ["read:steps"]]
            ),
            (
                DataDetail(purpose: nil, targets: [.type(.bodyWeight)], actions: [.write], period: .always),
                ["diary": ["write:body_weight"]]
            ),
            (
                DataDetail(
                    purpose: Make.name("moving"), targets: [.type(.steps)], actions: [.read], period: .always),
                ["moving": ["rule:moving"]]
            ),
        ]
        for (detail, led) in rows {
            let asked = try ScopeRequest.resolve("", details: [detail], against: Self.rules)
            #expect(asked.named == Set(led.keys.map(Make.name)))
            for (name, scopes) in led {
                #expect(asked.lines.first { $0.rule.name.text == name }?.scopes.map(\.text) == scopes)
            }
            // Named, so the display flags are silent (A7); the required rule comes along.
            #expect(Set(asked.lines.map(\.rule.name.text)) == Set(led.keys).union(["heart"]))
            #expect(asked.usesDetails)
        }
    }

    @Test("RFC 9396 §5: what no published rule covers is refused, with the element and the member")
    func refused() {
        let rows: [(DataDetail, String)] = [
            (Self.named("sleeping"), "purpose"),
            (DataDetail(purpose: nil, targets: [.type(.sleepStage)], actions: [], period: .always), "datatypes"),
            (DataDetail(purpose: nil, targets: [.category(.activity)], actions: [], period: .always), "datatypes"),
            (DataDetail(purpose: nil, targets: [.type(.steps)], actions: [.delete], period: .always), "datatypes"),
            (
                DataDetail(
                    purpose: Make.name("walking"), targets: [.type(.heartRate)], actions: [], period: .always),
                "datatypes"
            ),
            (
                DataDetail(
                    purpose: Make.name("walking"), targets: [.type(.steps)], actions: [.write], period: .always),
                "actions"
            ),
        ]
        for (detail, member) in rows {
            let fault = #expect(throws: ScopeRequest.Fault.self) {
                try ScopeRequest.resolve("", details: [Self.named("walking"), detail], against: Self.rules)
            }
            guard case .detail(1, member, _)? = fault else {
                Issue.record("\(String(describing: fault)) for \(member)")
                continue
            }
        }
    }

    @Test("Dates that lead to one rule add up; a scope that leads there asks for all of them")
    func addUp() throws {
        let twice = try ScopeRequest.resolve(
            "", details: [Self.named("walking", Self.y2024), Self.named("walking", Self.y2026)], against: Self.rules)
        #expect(twice.periods(for: Self.walking) == DatePeriods([Self.y2024, Self.y2026]))
        #expect(twice.lines.first { $0.rule.name.text == "walking" }?.scopes.count == 1)
        #expect(twice.periods(for: Self.heart) == nil)
        let both = try ScopeRequest.resolve(
            "rule:walking", details: [Self.named("walking", Self.y2024)], against: Self.rules)
        #expect(both.periods(for: Self.walking) == .always)
    }

    @Test("RFC 9396 §7: a first yes gives the dates that were asked, and a rule without dates lifts those of its types")
    func first() throws {
        let form = try Self.form([Self.named("walking", Self.y2025), Self.named("heart", Self.y2026)])
        let approved = try #require(form.decide(approved: ["rule:walking", "rule:heart"]).approved)
        #expect(
            approved.periods?.stored
                == "steps=2025-01-01..2025-12-31;distance=2025-01-01..2025-12-31;heart_rate=2026-01-01..2026-12-31")
        let mixed = try Self.form([Self.named("walking", Self.y2025), Self.named("moving")])
        let given = try #require(
            mixed.decide(approved: ["rule:walking", "rule:moving", "rule:heart"]).approved)
        #expect(given.periods?.stored == "distance=2025-01-01..2025-12-31")
        let scopes = try Make.form("rule:walking", Self.rules)
        #expect(scopes.decide(approved: ["rule:walking", "rule:heart"]).approved?.periods == nil)
    }

    @Test("Decision 0011: a yes joins the dates that stand, type by type, and never the days between or another type's")
    func joins() throws {
        let stood = DataPeriods(stored: "heart_rate=2024-01-01..2024-12-31;steps=2024-01-01..2024-12-31")
        let before = Self.holding([Self.heart, Make.rule("walking", [.steps])], stood)
        let form = try Self.form([Self.named("walking", Self.y2026), Self.named("heart", Self.y2024)], before)
        let line = try #require(form.lines.first { $0.rule.name.text == "walking" })
        #expect(line.kind == .optional && !line.isChecked)
        #expect(line.dates.asked[.steps] == DatePeriods([Self.y2026]))
        #expect(line.dates.after[.steps] == DatePeriods([Self.y2024, Self.y2026]))
        #expect(form.lines.first?.kind == .settled)
        let approved = try #require(form.decide(approved: ["rule:walking"]).approved)
        #expect(
            approved.periods?.stored
                == "steps=2024-01-01..2024-12-31,2026-01-01..2026-12-31;distance=2026-01-01..2026-12-31;"
                + "heart_rate=2024-01-01..2024-12-31")
    }

    @Test("Within what stands nothing is asked anew, beyond it the person is asked, and adjacent years are one period")
    func settled() throws {
        let stood = DataPeriods(DatePeriods([Self.y2024, Self.y2025]), of: [.heartRate, .steps, .distance])
        let before = Self.holding([Self.heart, Self.walking], stood)
        let across = Self.days("2024-07-01", "2025-06-30")
        let within = try Self.form([Self.named("walking", across), Self.named("heart", Self.y2025)], before)
        #expect(!within.asksSomething)
        let approved = try #require(within.decide(approved: ["rule:walking"]).approved)
        #expect(!approved.changesSomething && approved.periods == stood)
        for beyond in [Self.y2026, Self.days("2025-12-31", "2026-01-01"), Self.days(nil, "2024-02-01"), .always] {
            let asked = try Self.form([Self.named("heart", beyond)], before)
            #expect(asked.lines.first?.kind == .required)
        }
        // Nobody spoke of dates: what stands is enough for a required rule, and stays as it is.
        #expect(try Self.form([], scope: "rule:diary", before).lines.first?.kind == .settled)
    }

    @Test("What had no limit before, or gets none now, has none")
    func unlimited() throws {
        let free = Self.holding([Self.heart, Self.walking], nil)
        let narrower = try Self.form([Self.named("heart", Self.y2025), Self.named("moving", Self.y2025)], free)
        let given = try #require(narrower.decide(approved: ["rule:moving"]).approved)
        #expect(given.periods?.stored == "active_energy=2025-01-01..2025-12-31")
        let limited = Self.holding([Self.heart, Self.walking], DataPeriods(DatePeriods([Self.y2025]), of: [.steps]))
        let wider = try Self.form([], scope: "rule:walking", limited)
        let line = try #require(wider.lines.first { $0.rule.name.text == "walking" })
        #expect(line.kind == .optional && line.dates.stood.types == [.steps] && line.dates.after.isEmpty)
        #expect(wider.decide(approved: ["rule:walking"]).approved?.periods == DataPeriods.none)
    }

    @Test("C9: narrowing leaves the dates of what stays, and those of what goes go with it")
    func narrowed() throws {
        let stood = DataPeriods(DatePeriods([Self.y2025]), of: [.heartRate, .steps])
        let terms = try #require(Self.holding([Self.heart, Self.walking], stood).grant)
        let left = try terms.narrowed(
            by: Narrowing(types: [.steps]), definitions: [Self.heart, Self.walking], at: Scene.now)
        #expect(left.periods == DataPeriods(DatePeriods([Self.y2025]), of: [.heartRate]))
    }

    @Test("RFC 9396 §7: every granted rule is told of in full, its types with other dates and each period apart")
    func told() throws {
        let stood = DataPeriods(stored: "heart_rate=..2024-12-31;steps=2024-01-01..2024-12-31,2026-01-01..")
        let terms = try #require(Self.holding([Self.heart, Self.walking], stood).grant)
        let told = terms.details([Self.heart, Self.walking])
        #expect(told.map(\.purpose.text) == ["heart", "walking", "walking", "walking"])
        #expect(told.map(\.types) == [[.heartRate], [.steps], [.steps], [.distance]])
        #expect(told.map { $0.period?.from } == [nil, CivilDate.day("2024-01-01"), CivilDate.day("2026-01-01"), nil])
        #expect(told.map { $0.period == nil } == [false, false, false, true])
        #expect(told.allSatisfy { $0.actions == [.read] })
    }
}
