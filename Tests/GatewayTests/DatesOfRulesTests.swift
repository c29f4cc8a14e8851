// Dates belong to the rule that was agreed to (RFC 9396, decision 0011): what one rule gives without a limit is no way to more of
// another, in the other mode, by another person's yes, or by a yes that was taken back.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Dates of rules")
struct DatesOfRulesTests {
    /// Three days of 2025 among six.
    static let export = exportText([
        .steps("1", on: "2023-06-01"), .steps("2", on: "2024-12-31"), .steps("3", on: "2025-01-01"),
        .steps("4", on: "2025-06-01"), .steps("5", on: "2025-12-31"), .steps("6", on: "2026-01-01"),
    ])
    static let all = ["2023-06-01", "2024-12-31", "2025-01-01", "2025-06-01", "2025-12-31", "2026-01-01"]
    static let inside = ["2025-01-01", "2025-06-01", "2025-12-31"]
    static let study = Stage.detail("study", "2025-01-01", "2025-12-31")
    static let year = DatePeriods([DatePeriod(from: 20_089, to: 20_453) ?? .always])
    static let hook = "https://pulse.example/hook"

    static func base(required: Bool) -> RuleDraft { .reads(["steps"], named: "base", required: required) }
    static let offline = RuleDraft.reads(["steps"], named: "study", mode: .offline)

    static func pushed(_ stage: Stage) async throws -> Int {
        let courier = FakeCourier()
        while try await stage.gateway.deliverRound(with: courier) > 0 {}
        return try await stage.parcels().filter { $0.state == "delivered" }.map(\.items).reduce(0, +)
    }

    /// What the grant of a person holds for each rule, as the page says it.
    static func held(_ stage: Stage, _ person: PersonID) async throws -> [String] {
        let view = try #require(try await stage.gateway.activeGrants(of: person).first)
        return view.dates.map { dated in
            let ends = dated.dates.ranges.map { "\($0.from.map(String.init) ?? "")..\($0.to.map(String.init) ?? "")" }
            return "\(dated.rule.text) \(ends.joined(separator: ","))"
        }
    }

    enum Order: String, CaseIterable { case together, limitLater, limitFirst }

    @Test(
        "Decision 0011: while the person is away only the agreed year goes, whatever another rule gives while they are present",
        arguments: EngineUnderTest.available, Order.allCases)
    func modes(_ engine: EngineUnderTest, _ order: Order) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [Self.base(required: order != .limitFirst), Self.offline], webhook: Self.hook)
            let ada = try await stage.person()
            let both = ["rule:base", "rule:study"]
            let form = try await stage.form(of: ada, pulse, details: [Self.study])
            #expect(form.lines.last?.dates.after == Self.year)
            switch order {
            case .together: _ = try await stage.authorize(ada, pulse, details: [Self.study], approved: both)
            case .limitLater:
                _ = try await stage.authorize(ada, pulse, scope: "rule:base")
                let later = try await stage.form(of: ada, pulse, details: [Self.study])
                #expect(later.lines.map(\.dates.after) == [.always, Self.year])
                _ = try await stage.authorize(ada, pulse, details: [Self.study], approved: ["rule:study"])
            case .limitFirst:
                _ = try await stage.authorize(ada, pulse, details: [Self.study], approved: ["rule:study"])
                let later = try await stage.form(of: ada, pulse, details: [Stage.detail("base")])
                #expect(later.lines.map(\.dates.after) == [.always, Self.year])
                _ = try await stage.authorize(ada, pulse, scope: "rule:base")
            }
            #expect(try await Self.held(stage, ada) == ["study 20089..20453"])
            let mine = try await stage.authorize(ada, pulse, scope: "rule:base")
            let view = try await stage.importing(Self.export, for: ada)
            #expect(view.recipients.map(\.items) == [6])
            // Present, they see all; alone, the application has the year and nothing else, read or sent.
            #expect(try await stage.days(mine.token, mine.record) == Self.all)
            #expect(try await stage.days(try await stage.alone(pulse), mine.record) == Self.inside)
            #expect(try await Self.pushed(stage) == 3)
            #expect(try await stage.days(mine.token, mine.record) == ["2023-06-01", "2024-12-31", "2026-01-01"])
        }
    }

    @Test(
        "Decision 0011: a rule that only writes lifts no date of reading, in its own mode or in the other",
        arguments: EngineUnderTest.available, Mode.allCases)
    func writing(_ engine: EngineUnderTest, _ mode: Mode) async throws {
        try await Stage.on(engine) { stage in
            let diary = RuleDraft.reads(
                ["steps"], named: "diary", mode: mode, required: true, accesses: ["create"])
            let pulse = try await stage.application(rules: [diary, Self.offline], webhook: Self.hook)
            let ada = try await stage.person()
            let mine = try await stage.authorize(
                ada, pulse, details: [Self.study], approved: ["rule:diary", "rule:study"])
            let view = try await stage.importing(Self.export, for: ada)
            #expect(view.recipients.map(\.items) == [3] && view.itemsForNobody == 3)
            let record = try #require(mine.record).text
            #expect(try await stage.days(try await stage.alone(pulse), record) == Self.inside)
            #expect(try await Self.pushed(stage) == 3)
        }
    }

    @Test(
        "Decision 0011: a permit reaches the dates of its own grant, whosever grant a parcel was made for: read, FHIR, webhook, acknowledged",
        arguments: EngineUnderTest.available)
    func severalPeople(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [Self.base(required: false), Self.offline], webhook: Self.hook)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let bobs = try await stage.authorize(bob, pulse, scope: "rule:base", for: record)
            stage.clock.move(by: .minutes(1))
            let adas = try await stage.authorize(
                ada, pulse, details: [Self.study], approved: ["rule:study"], for: record)
            try await stage.importing(Self.export, for: ada)
            let alone = try await stage.alone(pulse)
            let name = bobs.record
            #expect(try await stage.days(bobs.token, name) == Self.all)
            #expect(try await stage.days(alone, name) == Self.inside)
            let page = try await stage.gateway.readObservations(
                token: alone, record: name, filter: ObservationFilter(), count: 100, from: nil, request: nil)
            #expect(page.entries.count == 3)
            #expect(try await stage.audit(.read).map(\.items).sorted() == [3, 3, 6])
            let parcels = try await stage.parcels()
            let ended = try await stage.gateway.acknowledge(
                token: alone, record: name, parcels: parcels.map(\.id), request: nil)
            #expect(ended == parcels.filter { $0.grant == adas.grant?.text }.count)
            #expect(try await stage.days(bobs.token, name) == ["2023-06-01", "2024-12-31", "2026-01-01"])
            try await stage.importing(Self.export, for: ada)
            #expect(try await Self.pushed(stage) == 3)
        }
    }

    @Test(
        "C9, decision 0011: a rule that is taken back leaves the other its own dates, and what waits beyond them goes",
        arguments: EngineUnderTest.available)
    func takenBack(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let present = RuleDraft.reads(["steps"], named: "study")
            let pulse = try await stage.application(rules: [Self.base(required: false), present])
            let ada = try await stage.person()
            let mine = try await stage.authorize(
                ada, pulse, details: [Self.study], scope: "rule:base", approved: ["rule:base", "rule:study"])
            let record = try #require(mine.record).text
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.days(mine.accessToken, record) == Self.all)
            _ = try await stage.narrow(try #require(mine.grant), by: ada, rules: ["base"])
            #expect(try await stage.days(mine.accessToken, record) == [])
            #expect(try await stage.parcels().allSatisfy { $0.sealed == nil })
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.days(mine.accessToken, record) == Self.inside)
        }
    }

    @Test(
        "Decision 0011: asked for more dates and left unticked, a rule keeps the dates that it had, and what waits stays",
        arguments: EngineUnderTest.available)
    func left(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: [
                .reads(["steps"], named: "study"), .reads(["heart_rate"], named: "pulse"),
            ])
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, details: [Self.study], approved: ["rule:study"])
            try await stage.importing(Self.export, for: ada)
            let more = [Stage.detail("study", "2020-01-01"), Stage.detail("pulse", "2026-01-01")]
            let after = try await stage.authorize(ada, pulse, details: more, approved: ["rule:pulse"])
            #expect(after.grant == mine.grant)
            #expect(try await Self.held(stage, ada) == ["study 20089..20453", "pulse 20454.."])
            #expect(try await stage.days(after.accessToken, try #require(after.record).text) == Self.inside)
            #expect(after.details?.map(\.period?.from) == [20_089, 20_454])
        }
    }

    @Test(
        "RFC 9396 §7: each rule is told of with its own dates, and no other rule's",
        arguments: EngineUnderTest.available)
    func told(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: [
                Self.base(required: false), .reads(["steps"], named: "study"), .reads(["steps"], named: "trial"),
            ])
            let ada = try await stage.person()
            let details = [Self.study, Stage.detail("trial", nil, "2023-12-31")]
            let mine = try await stage.authorize(
                ada, pulse, details: details, scope: "rule:base",
                approved: ["rule:base", "rule:study", "rule:trial"])
            let dates = Dictionary(uniqueKeysWithValues: (mine.details ?? []).map { ($0.purpose.text, $0.period) })
            #expect(dates == ["base": nil, "study": Self.year.ranges[0], "trial": DatePeriod(from: nil, to: 19_722)])
            let seen = try await stage.introspect(mine.accessToken, by: pulse)
            #expect(seen?.details == mine.details)
            #expect(try await Self.held(stage, ada).sorted() == ["study 20089..20453", "trial ..19722"])
            let view = try await stage.gateway.grant(try #require(mine.grant), of: ada)
            #expect(view.history.map(\.dates) == [view.dates] && view.periods.isEmpty)
        }
    }

    @Test(
        "B8, RFC 9396 §9.1: a token that stands on a person reaches several grants and is told of none in details",
        arguments: EngineUnderTest.available)
    func multiRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: [.reads(["steps"], named: "study")], interaction: .multiRecord)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, details: [Self.study], approved: ["rule:study"])
            let seen = try #require(try await stage.introspect(mine.accessToken, by: pulse))
            #expect(mine.details == nil && seen.details == nil)
            #expect(try await Self.held(stage, ada) == ["study 20089..20453"])
        }
    }

    @Test(
        "A grant holds sixty-four periods for a rule; the yes that would make one more is refused, and nothing is written",
        arguments: EngineUnderTest.available)
    func ceiling(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: [.reads(["steps"], named: "study")])
            let ada = try await stage.person()
            func days(_ numbers: Range<Int>) -> [String] {
                numbers.map { number in
                    let day = CivilDate.text(ofDay: 19_000 + 2 * number)
                    return Stage.detail("study", day, day)
                }
            }
            for numbers in [0..<32, 32..<64] {
                _ = try await stage.authorize(ada, pulse, details: days(numbers), approved: ["rule:study"])
            }
            let before = try await stage.gateway.activeGrants(of: ada)
            #expect(before.first?.dates.first?.dates.ranges.count == 64)
            let asked = stage.request(pulse, details: days(64..<65))
            let refused = await #expect(throws: Declined.self) {
                try await stage.consent(ada, asked: asked, approved: ["rule:study"])
            }
            #expect(refused?.problem == .invalidFields && refused?.faults.map(\.field) == ["approvedScopes"])
            #expect(try await stage.gateway.activeGrants(of: ada) == before)
            // What touches what stands makes no more of them.
            let near = [Stage.detail("study", CivilDate.text(ofDay: 19_000), CivilDate.text(ofDay: 19_002))]
            _ = try await stage.authorize(ada, pulse, details: near, approved: ["rule:study"])
            #expect(try await stage.gateway.activeGrants(of: ada).first?.dates.first?.dates.ranges.count == 63)
        }
    }
}
