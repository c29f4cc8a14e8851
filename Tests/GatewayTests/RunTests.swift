// Runs promise (D3): whatever is listed already and whatever is not, a question about somebody has the same answer as if the whole
// trail were read through. The trail is random, and so is when runs are made.

import Domain
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("The trail by subject") struct RunTests {
    private static let names = (0..<4).map { AuditName(bytes: [UInt8](repeating: UInt8($0), count: 16)) }
    private static let applications = (0..<3).map { ApplicationID(bytes: [UInt8](repeating: UInt8(9 + $0), count: 16)) }
    private static let grants = (0..<5).map { GrantID(bytes: [UInt8](repeating: UInt8(20 + $0), count: 16)) }

    private static func entry(_ stage: Stage, _ dice: inout SeededDice) -> AuditEntry {
        stage.clock.move(by: .minutes(Int64(dice.roll(0...600))))
        return AuditEntry(
            id: stage.clock.world.identify(), at: stage.clock.now, action: dice.pick([.read, .deliver, .signedIn]),
            outcome: dice.pick([.done, .done, .refused(.notCovered)]),
            application: dice.flip() ? dice.pick(applications) : nil, person: dice.flip() ? dice.pick(names) : nil,
            record: dice.flip() ? dice.pick(names) : nil, grant: dice.flip() ? dice.pick(grants) : nil,
            types: [.steps], items: dice.roll(0...9))
    }

    private static func subject(_ dice: inout SeededDice) -> AuditSubject {
        switch dice.roll(0...4) {
        case 0: .anything
        case 1: .person(dice.pick(names))
        case 2: .record(dice.pick(names))
        case 3: .application(dice.pick(applications))
        default: .grant(dice.pick(grants))
        }
    }

    private static func filter(_ dice: inout SeededDice, until now: Moment) -> AuditFilter {
        var filter = AuditFilter()
        if dice.flip() { filter.actions = [.read, .deliver] }
        if dice.flip() { filter.isDone = dice.flip() }
        if dice.roll(0...3) == 0 { filter.grant = dice.pick(grants) }
        if dice.roll(0...3) == 0 { filter.butNotOf = dice.pick(names) }
        if dice.roll(0...3) == 0 { filter.from = now - .hours(Int64(dice.roll(0...999))) }
        return filter
    }

    private static func count(_ entries: [AuditEntry]) -> [AuditCount.Kind: Int] {
        entries.reduce(into: [:]) { counts, entry in
            let kind = AuditCount.Kind(
                day: Int(entry.at.seconds / 86_400), isDone: entry.outcome == .done, application: entry.application)
            counts[kind, default: 0] += 1
        }
    }

    @Test("D3: what is asked of the trail is the same with runs and without", arguments: EngineUnderTest.available)
    func same(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            var dice = SeededDice("runs")
            let log = try await stage.gateway.openLog()
            let runs = RunWriter(stage.gateway, for: log, length: 7)
            for _ in 0..<12 {
                let new = (0..<dice.roll(1...25)).map { _ in Self.entry(stage, &dice) }
                try await stage.engine.write { tx in for entry in new { try AuditTable.append(entry, in: tx) } }
                if dice.flip() { while try await log.round() != .nothingWaits {} }
                for _ in 0..<dice.roll(0...6) { _ = try await runs.round() }
                let whole = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
                for _ in 0..<20 {
                    let (subject, filter) = (Self.subject(&dice), Self.filter(&dice, until: stage.clock.now))
                    let fitting = whole.filter { subject.isNamed(by: $0.entry) && filter.includes($0.entry) }
                    let (edge, limit) = (dice.roll(0...whole.count), dice.roll(1...30))
                    let found = try await stage.engine.read { tx in
                        (
                            newest: try AuditTable.newest(about: subject, filter, limit: 999, in: tx),
                            before: try AuditTable.newest(
                                about: subject, filter, before: edge, limit: limit, in: tx),
                            after: try AuditTable.inOrder(about: subject, filter, after: edge, limit: limit, in: tx),
                            counts: try AuditTable.counts(about: subject, filter, limit: 999, in: tx)
                        )
                    }
                    let logged = fitting.filter { $0.index != nil }
                    #expect(found.newest.map(\.entry.id) == fitting.reversed().map(\.entry.id), "\(dice.note)")
                    #expect(
                        found.before == logged.reversed().filter { ($0.index ?? 0) < edge }.prefix(limit).map { $0 },
                        "\(dice.note)")
                    #expect(
                        found.after == logged.filter { ($0.index ?? 0) > edge }.prefix(limit).map { $0 },
                        "\(dice.note)")
                    var both = filter
                    both.isDone = nil
                    let all = whole.filter { subject.isNamed(by: $0.entry) && both.includes($0.entry) }.map(\.entry)
                    let counted = found.counts.reduce(into: [:]) { $0[$1.kind, default: 0] += $1.count }
                    #expect(counted == Self.count(all), "\(dice.note)")
                }
            }
            let edge = try await stage.engine.read { tx in try RunTable.edge(in: tx) }
            #expect(edge > 0 && edge.isMultiple(of: 7))
        }
    }

    @Test(
        "D3: a run that was left half way is made anew, and one that somebody else disturbed never counts",
        arguments: EngineUnderTest.available)
    func halfWay(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            var dice = SeededDice("half runs")
            let log = try await stage.gateway.openLog()
            let new = (0..<2_000).map { _ in Self.entry(stage, &dice) }
            try await stage.engine.write { tx in for entry in new { try AuditTable.append(entry, in: tx) } }
            while try await log.round() != .nothingWaits {}
            let (dead, other) = (
                RunWriter(stage.gateway, for: log, length: 900), RunWriter(stage.gateway, for: log, length: 1_000)
            )
            // Two steps of the first run, the beginning of it: and then the process is gone.
            for _ in 0..<2 { _ = try await dead.round() }
            for _ in 0..<2 { _ = try await other.round() }
            // It was not gone after all.
            _ = try await dead.round()
            while try await other.round() > 0 {}
            while try await dead.round() > 0 {}
            let stored = try await stage.engine.read { tx in
                (last: try RunTable.last(in: tx), whole: try AuditTable.entries(limit: .max, in: tx))
            }
            #expect(try #require(stored.last).range.upperBound >= 1_800)
            for subject in Self.grants.map(AuditSubject.grant) + Self.names.map(AuditSubject.person) {
                let found = try await stage.engine.read { tx in
                    try AuditTable.newest(about: subject, AuditFilter(), limit: 9_999, in: tx)
                }
                #expect(found == stored.whole.reversed().filter { subject.isNamed(by: $0.entry) }, "\(dice.note)")
            }
        }
    }

    @Test("D2, D3: runs of what was pruned go; what is kept is found as before", arguments: EngineUnderTest.available)
    func pruned(_ kind: EngineUnderTest) async throws {
        try await Stage.on(kind) { stage in
            var dice = SeededDice("pruned runs")
            let log = try await stage.gateway.openLog()
            let runs = RunWriter(stage.gateway, for: log, length: 7)
            let new = (0..<60).map { _ in Self.entry(stage, &dice) }
            try await stage.engine.write { tx in for entry in new { try AuditTable.append(entry, in: tx) } }
            while try await log.round() != .nothingWaits {}
            while try await runs.round() > 0 {}
            let size = try await stage.engine.read { tx in try LogTable.count(in: tx) }
            let month = TrailMonth(of: stage.clock.now)
            for floor in [16, size] {
                try await stage.engine.write { tx in
                    _ = try MonthTable.raise(to: floor, keeping: month, at: stage.clock.now, in: tx)
                    for _ in 0..<20 { try RunTable.deletePruned(in: tx) }
                }
                let whole = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
                let left = try await stage.engine.read { tx in
                    try tx.query("SELECT past_index FROM audit_run ORDER BY number") { row in Int(row.int(0)) }
                }
                #expect(left.dropLast().allSatisfy { $0 > floor } && left.last == size / 7 * 7)
                let stray = try await stage.count(
                    "SELECT COUNT(*) FROM audit_subject WHERE run NOT IN (SELECT number FROM audit_run)")
                #expect(stray == 0)
                for name in Self.names {
                    let found = try await stage.engine.read { tx in
                        try AuditTable.newest(about: .person(name), AuditFilter(), limit: 999, in: tx)
                    }
                    #expect(found == whole.reversed().filter { $0.entry.person == name }, "\(dice.note)")
                }
            }
        }
    }
}
