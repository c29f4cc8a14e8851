// The dates of granted rules: how they rest, and what follows from them for reading.

import Domain
import TestKit
import Testing

struct GrantedRuleTests {
    private static let y2025 = DataDetailTests.y2025
    private static let base = Make.rule("base", [.steps])
    private static let study = Make.rule("study", [.steps], mode: .offline)
    private static let other = Make.rule("other", [.steps, .heartRate], mode: .offline)
    private static let writing = Make.rule("writing", [.steps], mode: .offline, accesses: [.create])

    private static func terms(
        _ rules: [AuthorizationRule], _ dates: [String: DatePeriods]
    ) throws -> GrantTerms { try #require(DataDetailTests.holding(rules, dates).grant) }

    @Test(
        "Decision 0011: a rule without dates rests as ever; one with dates reads back, and what is no date is refused")
    func stored() throws {
        let name = Make.name("study")
        #expect(GrantedRule(name, version: 3).stored == "study@3")
        let since = try #require(DatePeriod(from: 20_500, to: nil))
        let rule = GrantedRule(name, version: 3, dates: DatePeriods([Self.y2025, since]))
        #expect(rule.stored == "study@3:20089..20453,20500..")
        var dice = SeededDice("granted rules")
        for _ in 0..<2_000 {
            let periods = (0...dice.roll(0...4)).compactMap { _ -> DatePeriod? in
                let ends = [dice.roll(-9_000...9_000), dice.roll(-9_000...9_000)].sorted()
                return DatePeriod(
                    from: dice.roll(0...5) == 0 ? nil : ends[0], to: dice.roll(0...5) == 0 ? nil : ends[1])
            }
            let rule = GrantedRule(name, version: dice.roll(1...99), dates: DatePeriods(periods))
            if GrantedRule(stored: rule.stored, fallback: 1) != rule { Issue.record("\(rule.stored) \(dice.note)") }
        }
        for text in [
            "study@3:", "study@3:1", "study@3:1-2", "study@3:2..1", "study@3:1..2,", "study@3:a..", "study@3:1..2:3..4",
            "study@3:1..2..3", ":1..2", "study@3:1.. 2", "study@3:..99999999999999999999",
        ] { #expect(GrantedRule(stored: text, fallback: 3) == nil, "\(text)") }
    }

    @Test("Decision 0011: days of reading rest by mode and type, and an unreadable limit is never read as none")
    func days() throws {
        let terms = try Self.terms([Self.base, Self.study], ["study": DatePeriods([Self.y2025])])
        #expect(terms.limits.stored == "offline.steps=2025-01-01..2025-12-31")
        #expect(ReadingDays(stored: try #require(terms.limits.stored)) == terms.limits)
        #expect(ReadingDays.none.stored == nil)
        var both = ReadingDays()
        both[.online][.steps] = DatePeriods([Self.y2025])
        both[.offline][.heartRate] = .never
        #expect(ReadingDays(stored: try #require(both.stored)) == both)
        for text in ["", "steps=..", "alone.steps=..", "online.steps", "online.steps=1..2;", "online.=", "online"] {
            #expect(ReadingDays(stored: text) == nil, "\(text)")
        }
    }

    @Test("Decision 0011: a type's days are those of the rules that read it in the mode, whatever others do or write")
    func derived() throws {
        let year = DatePeriods([Self.y2025])
        let rows: [([AuthorizationRule], [String: DatePeriods], DatePeriods, DatePeriods)] = [
            ([Self.base, Self.study], ["study": year], .always, year),
            ([Self.base, Self.study], ["base": year], year, .always),
            ([Self.study, Self.writing], ["study": year], .always, year),
            ([Self.study, Self.other], ["study": year], .always, .always),
            (
                [Self.study, Self.other], ["study": year, "other": DatePeriods([DataDetailTests.y2026])], .always,
                year.union(DatePeriods([DataDetailTests.y2026]))
            ),
        ]
        for (rules, dates, online, offline) in rows {
            let terms = try Self.terms(rules, dates)
            #expect(terms.limits[.online][.steps] == online && terms.limits[.offline][.steps] == offline, "\(dates)")
        }
        // What no granted rule stands for any more is not lifted by that.
        #expect(try Self.terms([Self.study], ["study": year]).limited(by: []).limits[.offline][.steps] == .never)
    }

    @Test("C9: a rule that is taken back takes its dates with it; a type that is taken back leaves the others theirs")
    func narrowed() throws {
        let year = DatePeriods([Self.y2025])
        let rules = [Self.study, Self.other]
        let terms = try Self.terms(rules, ["study": year])
        #expect(terms.limits.isEmpty)
        let left = try terms.narrowed(by: Narrowing(rules: [Self.other.name]), definitions: rules, at: Scene.now)
        #expect(left.limits[.offline][.steps] == year)
        let first = try Self.terms(rules, ["study": year, "other": year])
        let rest = try first.narrowed(by: Narrowing(types: [.steps]), definitions: rules, at: Scene.now)
        #expect(
            rest.limits.offline == DataPeriods(year, of: [.heartRate]) && rest.rules.map(\.name) == [Self.other.name])
    }

    @Test("Decision 0011: a permit carries the dates of its own mode and types, and none where nothing is limited")
    func permit() throws {
        var scene = Scene()
        scene.types = [.steps]
        var days = ReadingDays()
        days[.offline][.steps] = DatePeriods([Self.y2025])
        days[.offline][.heartRate] = .never
        scene.dates = days
        for (mode, expected) in [
            (Mode.online, DataPeriods.none), (.offline, DataPeriods(DatePeriods([Self.y2025]), of: [.steps])),
        ] {
            scene.asks = mode
            guard case .permit(let permit) = decide(scene.question, given: scene.facts, at: Scene.now) else {
                Issue.record("it is refused")
                continue
            }
            #expect(permit.dates == expected)
        }
    }
}
