// From–to is held (RFC 9396): what lies outside the agreed dates is never sealed, never waits and never leaves.

import Dispatch
import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Dates are held")
struct DatesHeldTests {
    private static let export = exportText([
        .steps("1", on: "2023-06-01"), .steps("2", on: "2024-12-31", at: "23:30:00 +0100"),
        .steps("3", on: "2025-01-01", at: "00:30:00 +0100"), .steps("4", on: "2025-06-01"),
        .steps("5", on: "2025-12-31", at: "23:59:59 -0500"), .steps("6", on: "2026-01-01", at: "00:00:00 +1300"),
        .heart("61", on: "2023-06-01"), .heart("62", on: "2025-06-01"),
    ])
    private static let rules: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart"), .reads(["steps"], named: "walking"),
    ]
    private static let alone: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart", mode: .offline), .reads(["steps"], named: "walking", mode: .offline),
    ]
    private static let y2025 = Stage.detail("walking", "2025-01-01", "2025-12-31")
    private static let both = ["rule:walking", "rule:heart"]

    @Test(
        "RFC 9396: of an import only the agreed local days come out; the rest is for nobody, and an unlimited type is whole",
        arguments: EngineUnderTest.available)
    func fanOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.alone, webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            let mine = try await stage.authorize(
                ada, pulse, details: [Self.y2025, Stage.detail("heart")], approved: Self.both)
            let record = try #require(mine.record).text
            let token = try await stage.alone(pulse)
            let view = try await stage.importing(Self.export, for: ada)
            #expect(view.items == 8)
            #expect(view.itemsForNobody == 3)
            #expect(view.recipients.map(\.items) == [5])
            #expect(
                try await stage.days(token, record) == ["2025-01-01", "2025-06-01", "2025-12-31"])
            #expect(try await stage.days(token, record, .heartRate) == ["2023-06-01", "2025-06-01"])
            let courier = FakeCourier()
            while try await stage.gateway.deliverRound(with: courier) > 0 {}
            let sent = try await stage.parcels().filter { $0.state == "delivered" }.map(\.items).reduce(0, +)
            #expect(sent == 5)
        }
    }

    @Test(
        "RFC 9396: dates that reach over a gap are packed apart, so that no parcel lies between two periods",
        arguments: EngineUnderTest.available)
    func gap(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let details = [Stage.detail("walking", nil, "2023-12-31"), Self.y2025]
            let mine = try await stage.authorize(ada, pulse, details: details, approved: ["rule:walking"])
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.parcels().map(\.items).sorted() == [1, 3])
            // The parcel of one period goes with it, that of the other stays.
            let grant = try #require(mine.grant)
            let after = try await stage.authorize(
                ada, pulse, details: [Self.y2025], action: "replace", grant: grant, approved: ["rule:walking"])
            #expect(after.grant == grant)
            #expect(
                try await stage.days(mine.accessToken, try #require(mine.record).text)
                    == ["2025-01-01", "2025-06-01", "2025-12-31"])
            #expect(try await stage.audit(.withdraw).map(\.items) == [1])
        }
    }

    @Test(
        "Grant Management §3: dates that shrink withdraw what waits and is not wholly inside, and nothing of other types",
        arguments: EngineUnderTest.available)
    func replaced(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse, scope: "rule:heart rule:walking")
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.days(mine.token, mine.record).count == 6)
            // One of the parcels is as an earlier release left it: nobody counted its days.
            try await stage.engine.execute(
                "UPDATE parcel SET items_from = NULL, items_to = NULL WHERE data_type = 'heart_rate'")
            _ = try await stage.authorize(
                ada, pulse, details: [Stage.detail("heart"), Self.y2025], action: "replace", grant: mine.grant,
                approved: Self.both)
            #expect(try await stage.days(mine.token, mine.record) == [])
            #expect(try await stage.days(mine.token, mine.record, .heartRate).count == 2)
            _ = try await stage.authorize(
                ada, pulse, details: [Stage.detail("heart", "1999-01-01")], action: "replace", grant: mine.grant,
                approved: ["rule:heart"])
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
        }
    }

    @Test(
        "F2: dates that shrink while an import runs: its end lets out only what lies inside, and the report says so",
        arguments: EngineUnderTest.available)
    func underWay(_ engine: EngineUnderTest) async throws {
        let many = exportText(
            (0..<4_000).map { .steps("\($0 + 1)", on: $0 % 2 == 0 ? "2024-05-0\($0 % 9 + 1)" : "2025-05-01") })
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let years = [Stage.detail("walking", "2024-01-01", "2024-12-31"), Stage.detail("walking", "2025-05-01")]
            let mine = try await stage.authorize(ada, pulse, details: years, approved: ["rule:walking"])
            let view = try await stage.importing(many, for: ada) {
                wait {
                    _ = try? await stage.authorize(
                        ada, pulse, details: [Self.y2025], action: "replace", grant: mine.grant,
                        approved: ["rule:walking"])
                }
            }
            #expect(view.state == .complete)
            let days = try await stage.days(mine.accessToken, try #require(mine.record).text)
            #expect(days.count == 2_000 && Set(days) == ["2025-05-01"])
            #expect(view.recipients.map(\.items) == [2_000])
            #expect(view.itemsForNobody == 2_000)
            #expect(try await stage.count("SELECT COUNT(*) FROM parcel WHERE state = 'staged'") == 0)
        }
    }

    @Test(
        "Decision 0007: where two people gave one application a type, each day goes once, under the newest that has it",
        arguments: EngineUnderTest.available)
    func severalPeople(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let older = try await stage.authorize(bob, pulse, scope: "rule:walking", for: record)
            stage.clock.move(by: .minutes(1))
            let newer = try await stage.authorize(
                ada, pulse, details: [Self.y2025], approved: ["rule:walking"], for: record)
            let view = try await stage.importing(Self.export, for: ada)
            let parcels = try await stage.parcels()
            #expect(parcels.filter { $0.grant == newer.grant?.text }.map(\.items) == [3])
            #expect(parcels.filter { $0.grant == older.grant.text }.map(\.items).reduce(0, +) == 3)
            #expect(view.itemsForNobody == 2)
            #expect(view.recipients.map(\.items).sorted() == [3, 3])
        }
    }

    @Test(
        "Whatever is asked, joined, replaced and imported: what waits lies wholly inside the dates that stand, and all of it does",
        arguments: EngineUnderTest.available)
    func invariant(_ engine: EngineUnderTest) async throws {
        var dice = SeededDice("dates of \(engine.rawValue)")
        try await Stage.on(engine) { [dice] stage in
            var dice = dice
            // One rule of the other mode reads the same types.
            let study = RuleDraft.reads(["steps", "heart_rate"], named: "study", mode: .offline)
            let pulse = try await stage.application(rules: Self.rules + [study], webhook: "https://pulse.example/hook")
            let ada = try await stage.person()
            let steps = (1...28).map { "2025-02-\($0 < 10 ? "0" : "")\($0)" }
            let export = exportText(steps.flatMap { [.steps("7", on: $0), .heart("70", on: $0)] })
            var grant: GrantID?
            for _ in 0..<24 {
                let change: @Sendable (_ details: [String], _ replaces: Bool, GrantID?) async throws -> GrantID? = {
                    let action = $1 && $2 != nil ? "replace" : nil
                    let asked = $0.joined()
                    let names = ["walking", "heart", "study"].filter { asked.contains("\"\($0)\"") }
                    return try await stage.authorize(
                        ada, pulse, details: $0, action: action, grant: action == nil ? nil : $2,
                        approved: names.map { "rule:\($0)" }
                    ).grant
                }
                let details = (0...dice.roll(0...2)).map { _ -> String in
                    let days = [dice.pick(steps), dice.pick(steps)].sorted()
                    return Stage.detail(
                        dice.pick(["walking", "heart", "study"]), dice.roll(0...5) == 0 ? nil : days[0],
                        dice.roll(0...5) == 0 ? nil : days[1])
                }
                let replaces = dice.flip()
                let held = grant
                if dice.flip() {
                    try await stage.importing(export, for: ada) {
                        wait { _ = try? await change(details, replaces, held) }
                    }
                    grant = try await stage.gateway.activeGrants(of: ada).first?.id
                } else {
                    grant = try await change(details, replaces, held)
                    if dice.flip() { try await stage.importing(export, for: ada) }
                }
                let broken = try await Self.outside(grant, stage)
                if !broken.isEmpty { Issue.record("\(broken) \(dice.note)") }
            }
        }
        _ = dice.flip()
    }

    /// Parcels that still hold something and do not lie wholly inside their grant's dates.
    private static func outside(_ grant: GrantID?, _ stage: Stage) async throws -> [String] {
        guard let grant else { return [] }
        return try await stage.engine.read { tx in
            guard let row = try GrantTable.find(grant, in: tx) else { return ["no grant"] }
            let terms = row.terms
            // The column says what the rules say.
            let derived = terms.limited(
                by: try RuleTable.definitions(of: terms, application: row.application, in: tx))
            guard derived == terms else { return ["\(String(describing: terms.limits.stored))"] }
            let limits = terms.readable
            return try tx.query(
                "SELECT data_type, items_from, items_to FROM parcel WHERE sealed IS NOT NULL"
            ) { row throws(StorageError) -> String? in
                let (type, from, to) = (row.text(0), Int(row.int(1)), Int(row.int(2)))
                guard let known = DataType(rawValue: type), let range = DatePeriod(from: from, to: to) else {
                    return type
                }
                return limits[known].isSuperset(of: DatePeriods([range])) ? nil : "\(type) \(from) \(to)"
            }.compactMap { $0 }
        }
    }
}

/// For the import's own thread, which is no thread of Swift's: waits for the gateway.
private func wait(_ work: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await work()
        done.signal()
    }
    done.wait()
}
