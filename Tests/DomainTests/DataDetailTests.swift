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

    /// The person agreed to these rules, to some for a time.
    static func holding(_ agreed: [AuthorizationRule], _ dates: [String: DatePeriods] = [:]) -> Standing {
        var standing = Make.holding(agreed)
        standing.grant?.isDetailed = true
        standing.grant?.rules = agreed.map {
            GrantedRule($0.name, version: 1, dates: dates[$0.name.text] ?? .always)
        }
        standing.grant = standing.grant?.limited(by: agreed)
        return standing
    }

    static func set(_ periods: DatePeriod...) -> DatePeriods { DatePeriods(periods) }

    /// Each granted rule's dates.
    static func dates(_ approved: ApprovalForm.Approved) -> [String: DatePeriods] {
        Dictionary(uniqueKeysWithValues: approved.rules.map { ($0.name.text, $0.dates) })
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

    @Test("RFC 9396 §7: a first yes gives each rule the dates that were asked for it, and none lifts another's")
    func first() throws {
        let form = try Self.form([Self.named("walking", Self.y2025), Self.named("moving"), Self.named("diary")])
        let approved = try #require(
            form.decide(approved: ["rule:walking", "rule:moving", "rule:diary", "rule:heart"]).approved)
        #expect(
            Self.dates(approved) == [
                "heart": .always, "walking": Self.set(Self.y2025), "moving": .always, "diary": .always,
            ])
        #expect(approved.isDetailed)
        let scopes = try Make.form("rule:walking", Self.rules)
        #expect(scopes.decide(approved: ["rule:walking", "rule:heart"]).approved?.isDetailed == false)
    }

    @Test("Decision 0011: a yes joins the dates of its rule, and never the days between or another rule's")
    func joins() throws {
        let before = Self.holding(
            [Self.heart, Self.walking, Self.moving],
            ["heart": Self.set(Self.y2024), "walking": Self.set(Self.y2024), "moving": Self.set(Self.y2025)])
        let form = try Self.form([Self.named("walking", Self.y2026), Self.named("heart", Self.y2024)], before)
        let line = try #require(form.lines.first { $0.rule.name.text == "walking" })
        #expect(line.kind == .optional && !line.isChecked)
        #expect(line.dates.asked == Self.set(Self.y2026) && line.dates.stood == Self.set(Self.y2024))
        #expect(line.dates.after == Self.set(Self.y2024, Self.y2026))
        // What is settled shows its own dates, whatever the others are asked for.
        #expect(
            form.lines.filter { $0.kind == .settled }.map(\.dates.after) == [
                Self.set(Self.y2024), Self.set(Self.y2025),
            ])
        let approved = try #require(form.decide(approved: ["rule:walking"]).approved)
        #expect(
            Self.dates(approved) == [
                "heart": Self.set(Self.y2024), "walking": Self.set(Self.y2024, Self.y2026),
                "moving": Self.set(Self.y2025),
            ])
    }

    @Test("Within what stands nothing is asked anew, beyond it the person is asked, and adjacent years are one period")
    func settled() throws {
        let years = Self.set(Self.y2024, Self.y2025)
        let before = Self.holding([Self.heart, Self.walking], ["heart": years, "walking": years])
        let across = Self.days("2024-07-01", "2025-06-30")
        let within = try Self.form([Self.named("walking", across), Self.named("heart", Self.y2025)], before)
        #expect(!within.asksSomething)
        let approved = try #require(within.decide(approved: ["rule:walking"]).approved)
        #expect(!approved.changesSomething && Self.dates(approved) == ["heart": years, "walking": years])
        for beyond in [Self.y2026, Self.days("2025-12-31", "2026-01-01"), Self.days(nil, "2024-02-01"), .always] {
            let asked = try Self.form([Self.named("heart", beyond)], before)
            #expect(asked.lines.first?.kind == .required)
        }
        // Nobody spoke of dates: what stands is enough for a required rule, and stays as it is.
        #expect(try Self.form([], scope: "rule:diary", before).lines.first?.kind == .settled)
    }

    @Test("A scope asks for every date: a yes to it lifts the limit of its rule, and of no other")
    func unlimited() throws {
        let limited = Self.holding(
            [Self.heart, Self.walking, Self.moving], ["walking": Self.set(Self.y2025), "moving": Self.set(Self.y2025)])
        let wider = try Self.form([], scope: "rule:walking", limited)
        let line = try #require(wider.lines.first { $0.rule.name.text == "walking" })
        #expect(line.kind == .optional && line.dates.stood == Self.set(Self.y2025) && line.dates.after == .always)
        let approved = try #require(wider.decide(approved: ["rule:walking"]).approved)
        #expect(Self.dates(approved) == ["heart": .always, "walking": .always, "moving": Self.set(Self.y2025)])
    }

    @Test(
        "Decision 0011: asked for more dates and left unticked, a rule keeps what stood; asked for more than dates, it goes"
    )
    func left() throws {
        let before = Self.holding([Self.heart, Self.walking], ["walking": Self.set(Self.y2025)])
        let asked = try Self.form([Self.named("walking", Self.y2026), Self.named("moving", Self.y2026)], before)
        let approved = try #require(asked.decide(approved: ["rule:moving"]).approved)
        #expect(
            Self.dates(approved) == [
                "heart": .always, "walking": Self.set(Self.y2025), "moving": Self.set(Self.y2026),
            ])
        #expect(approved.permissions[.online, .read] == [.heartRate, .steps, .distance])
        #expect(approved.scope.split(separator: " ").contains("rule:walking") && approved.refused == [])
        // The rule has grown since: unticked it is refused, as any rule that is asked again (decision 0007).
        let grown = Make.rules(
            Self.heart, Make.rule("walking", [.steps, .distance, .bodyWeight]), Self.moving, version: 2)
        let more = try Self.form([Self.named("walking", Self.y2026), Self.named("moving")], before, rules: grown)
        let rest = try #require(more.decide(approved: ["rule:moving"]).approved)
        #expect(Self.dates(rest).keys.sorted() == ["heart", "moving"] && rest.refused == ["rule:walking"])
        // And so it does where it is asked again for what stands already.
        let whole = try Self.form(
            [Self.named("moving")], scope: "rule:walking", Self.holding([Self.heart, Self.walking]))
        let none = try #require(whole.decide(approved: ["rule:moving"]).approved)
        #expect(Self.dates(none).keys.sorted() == ["heart", "moving"])
    }

    @Test("A grant holds sixty-four periods for a rule, and a yes that would make more is refused by the rule's name")
    func ceiling() throws {
        let many = DatePeriods((0..<63).compactMap { DatePeriod(from: 10 * $0, to: 10 * $0 + 5) })
        let before = Self.holding([Self.heart, Self.walking], ["walking": many])
        let one = try Self.form([Self.named("walking", Self.y2024)], before)
        #expect(one.decide(approved: ["rule:walking"]).approved?.rules.last?.dates.ranges.count == 64)
        let two = try Self.form([Self.named("walking", Self.y2024), Self.named("walking", Self.y2026)], before)
        #expect(two.decide(approved: ["rule:walking"]) == .tooManyDates([Self.walking.name]))
    }

    @Test("B3: a required rule that only others cover is settled while they have no dates, and asked where they do")
    func covered() throws {
        let base = Make.rule("base", [.steps], required: true)
        let rules = Make.rules(base, Self.heart, Self.walking, Self.moving)
        let free = Self.holding([Self.heart, Self.walking])
        #expect(free.holds(base))
        #expect(try Self.form([], scope: "rule:moving", free, rules: rules).lines.first?.kind == .settled)
        let limited = Self.holding([Self.heart, Self.walking], ["walking": Self.set(Self.y2025)])
        #expect(!limited.holds(base))
        #expect(try Self.form([], scope: "rule:moving", limited, rules: rules).lines.first?.kind == .required)
        // Dates of the other mode are nothing to it.
        #expect(Self.holding([Self.heart, Self.walking, Self.moving], ["moving": Self.set(Self.y2025)]).holds(base))
    }

    @Test("RFC 9396 §7: every granted rule is told of in full, with its own dates, each period apart")
    func told() throws {
        let stood = ["heart": Self.set(Self.days(nil, "2024-12-31")), "walking": Self.set(Self.y2024, Self.y2026)]
        let lone = Make.rule("lone", [.steps])
        let terms = try #require(Self.holding([Self.heart, Self.walking, lone], stood).grant)
        let told = terms.details([Self.heart, Self.walking, lone])
        #expect(told.map(\.purpose.text) == ["heart", "walking", "walking", "lone"])
        #expect(told.map(\.types) == [[.heartRate], [.steps, .distance], [.steps, .distance], [.steps]])
        #expect(told.map(\.period) == [Self.days(nil, "2024-12-31"), Self.y2024, Self.y2026, nil])
        #expect(told.allSatisfy { $0.actions == [.read] })
    }
}
