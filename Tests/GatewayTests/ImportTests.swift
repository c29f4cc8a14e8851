// From an export to parcels: who gets what, all at once or not at all, sealed and without names (F1, F8).

import Domain
import Foundation
import Gateway
import TestKit
import Testing
import Vault

@Suite("Import")
struct ImportTests {
    @Test(
        "F2: an import becomes one parcel line per grant and type; what no grant covers has no rows",
        arguments: EngineUnderTest.available)
    func fanOut(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let heartOnly = try await stage.application("Heart only")
            let refused = try await stage.application("Denied")
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let first = try await stage.authorize(ada, pulse)
            let second = try await stage.authorize(ada, heartOnly, approved: ["rule:heart"])
            let gone = try await stage.authorize(ada, refused)
            try await stage.revoke(gone.grant, by: ada)
            _ = try await stage.authorize(bob, pulse)

            let view = try await stage.importing(
                exportText([
                    .heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2),
                    .record("HKQuantityTypeIdentifierBodyMass", "70.5", unit: "kg", minute: 3),
                ]), for: ada)
            #expect(view.state == .complete)
            #expect(view.items == 4)
            #expect(view.records == 4)
            #expect(view.itemsByType.map(\.type) == [.steps, .heartRate, .bodyWeight])
            #expect(view.itemsByType.map(\.count) == [1, 2, 1])
            #expect(view.itemsForNobody == 1)
            #expect(view.failure == nil)
            #expect(
                Set(view.recipients.map { "\($0.application) \($0.items)" }) == ["Pulse 3", "Heart only 2"])

            let rows = try await stage.parcels()
            #expect(
                Set(rows.map { "\($0.grant) \($0.type) \($0.items)" }) == [
                    "\(first.grant) heart_rate 2", "\(first.grant) steps 1", "\(second.grant) heart_rate 2",
                ])
            #expect(rows.count == 3)
            #expect(rows.allSatisfy { $0.state == "waiting" })
        }
    }

    @Test(
        "An import, and a consent that names none, is about the record that came with the account, not one shared as own",
        arguments: EngineUnderTest.available)
    func ownRecord(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let eve = try await stage.person("eve@example.org", name: "Eve")
            let hers = try await stage.ownRecord(of: eve)
            let ada = try await stage.person()
            // A record older than Ada's account, at the same moment as well as later.
            try await stage.share(hers, from: eve, with: ada, relationship: "own")
            let own = try await stage.ownRecord(of: ada)
            #expect(own != hers)
            stage.clock.move(by: .seconds(1))
            let eves = try await stage.authorize(eve, pulse)
            let (id, flow) = try await stage.begin(pulse)
            #expect(try await stage.gateway.approval(id, for: ada, flow: flow).records.first { $0.isChosen }?.id == own)
            let mine = try await stage.authorize(ada, pulse)
            #expect(try await stage.gateway.grant(mine.grant, of: ada).record == own)
            #expect(try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada).state == .complete)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 1)
            #expect(try await stage.read(eves.token, eves.record).parcels.isEmpty)
        }
    }

    @Test(
        "An import needs access that lets the person add to their record, and says so",
        arguments: EngineUnderTest.available)
    func mayAdd(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let ada = try await stage.person()
            let own = try await stage.ownRecord(of: ada)
            func tryToImport() async throws -> String? {
                await declined(as: .accessDenied) {
                    try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
                }?.detail
            }
            try await gateway.narrowHolding(
                of: ada, in: own,
                HoldingDraft(
                    relationship: "own", isCustodian: true, types: [], accesses: [], endsOn: "2026-12-01"),
                by: ada, request: nil)
            #expect(try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada).state == .complete)
            stage.clock.move(by: .days(11))
            #expect(try await tryToImport() == "Your access to your own record has ended.")
            _ = try await gateway.sweepRound()
            #expect(try await tryToImport() == "Your access to your own record has ended.")

            let bob = try await stage.person("bob@example.org")
            let his = try await stage.ownRecord(of: bob)
            try await stage.share(his, from: bob, with: try await stage.person("eve@example.org"), asCustodian: true)
            try await gateway.narrowHolding(
                of: bob, in: his, RecordTests.draft(accesses: ["read"]), by: bob, request: nil)
            let refusal = await declined(as: .accessDenied) {
                try await stage.importing(exportText([.heart("71", minute: 0)]), for: bob)
            }
            #expect(refusal?.detail == "Your access to your own record does not let you add to it.")
            #expect(try await gateway.imports(of: bob).isEmpty)
        }
    }

    @Test(
        "F2: where two people permitted one application the same record, each item waits once, under the newest grant",
        arguments: EngineUnderTest.available)
    func newestGrant(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let record = try await stage.ownRecord(of: ada)
            try await stage.share(record, from: ada, with: bob, relationship: "other")
            let first = try await stage.authorize(ada, pulse)
            stage.clock.move(by: .seconds(1))
            let second = try await stage.authorize(bob, pulse, approved: ["rule:heart"], for: record)
            try await stage.importing(exportText([.heart("71", minute: 0), .steps("40", minute: 2)]), for: ada)
            #expect(
                Set(try await stage.parcels().map { "\($0.grant) \($0.type)" }) == [
                    "\(second.grant) heart_rate", "\(first.grant) steps",
                ])
        }
    }

    @Test("Without any grant an import keeps nothing at all", arguments: EngineUnderTest.available)
    func nobody(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let view = try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            #expect(view.state == .complete)
            #expect(view.itemsForNobody == 1)
            #expect(view.recipients.isEmpty)
            #expect(try await stage.parcels().isEmpty)
        }
    }

    @Test("An import that fails leaves no parcel at all and says why", arguments: EngineUnderTest.available)
    func truncated(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            _ = try await stage.authorize(ada, pulse)
            let whole = exportText(
                (0..<900).map { .heart(String(60 + $0 % 50), minute: $0) }
                    + (0..<900).map {
                        .steps(String(10 + $0), minute: $0)
                    })
            let view = try await stage.importing(String(whole.dropLast(40)), for: ada)
            #expect(view.state == .failed)
            #expect(view.failure?.hasPrefix("EXPORT_TRUNCATED: ") == true)
            #expect(view.recipients.isEmpty)
            #expect(try await stage.parcels().isEmpty)
            // The same, whole, goes through.
            #expect(try await stage.importing(whole, for: ada).state == .complete)
            #expect(try await stage.parcels().map(\.items).reduce(0, +) == 1_800)
        }
    }

    @Test("What an import has staged is seen by nobody before its end", arguments: EngineUnderTest.available)
    func invisible(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let seen = Count()
            let staged = Count()
            let whole = exportText((0..<4_000).map { .heart(String(60 + $0 % 50) + ".\($0)", minute: $0 % 960) })
            let view = try await stage.importing(whole, for: ada) {
                wait {
                    // On a busy machine the storage may ask to be asked again.
                    for _ in 0..<50 {
                        guard let answer = try? await stage.read(mine.token, mine.record),
                            let rows = try? await stage.parcels().filter({ $0.state == "staged" }).count
                        else { continue }
                        seen.add(answer.parcels.count)
                        staged.add(rows)
                        return
                    }
                }
            }
            #expect(view.state == .complete)
            #expect(staged.value > 0)
            #expect(seen.value == 0)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 63)
        }
    }

    @Test("Grants that end while an import runs get nothing of it", arguments: EngineUnderTest.available)
    func revokedMeanwhile(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let whole = exportText((0..<4_000).map { .heart(String(60 + $0 % 50) + ".\($0)", minute: $0 % 960) })
            let view = try await stage.importing(whole, for: ada) {
                wait { _ = try? await stage.revoke(mine.grant, by: ada) }
            }
            #expect(view.state == .complete)
            #expect(try await stage.parcels().allSatisfy { $0.state == "withdrawn" && $0.sealed == nil })
        }
    }

    @Test("F1: parcels sort by id as their items stand in the export", arguments: EngineUnderTest.available)
    func order(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(
                exportText((0..<5_000).map { .steps(String(1_000 + $0), minute: $0 % 960) }), for: ada)
            let answer = try await stage.read(mine.token, mine.record)
            let values = answer.parcels.flatMap { parcel in
                text(parcel.items).split(separator: "\"value\":").dropFirst().compactMap {
                    Int($0.prefix { $0.isNumber })
                }
            }
            #expect(values.count == 5_000)
            #expect(values == Array(1_000..<6_000))
        }
    }

    @Test(
        "F8: what is at rest holds no value in clear, and a sealed parcel opens in its own row only",
        arguments: EngineUnderTest.available)
    func sealed(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other", in: pulse.organization)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let theirs = try await stage.authorize(ada, other)
            try await stage.importing(
                exportText([.heart("143.7219", minute: 0), .steps("90817", minute: 1)]), for: ada)
            let rows = try await stage.parcels()
            #expect(rows.count == 4)
            for row in rows {
                let bytes = try #require(row.sealed)
                for clear in ["143.7219", "90817", "heart_rate", "value", "2026-11-20"] {
                    #expect(Data(bytes).range(of: Data(clear.utf8)) == nil)
                }
            }
            #expect(text(try await stage.read(mine.token, mine.record).parcels[0].items).count > 20)
            // The same organization's key, the same record and type, another application's row.
            let source = try #require(rows.first { $0.application == pulse.id.text && $0.type == "heart_rate" })
            let target = try #require(rows.first { $0.application == other.id.text && $0.type == "heart_rate" })
            try await stage.engine.execute("UPDATE parcel SET sealed = \(source.sealed) WHERE id = \(target.id)")
            await declined(as: .unexpected) {
                try await stage.read(theirs.token, theirs.record, types: ["heart_rate"])
            }
            #expect(try await stage.read(theirs.token, theirs.record, types: ["steps"]).parcels.count == 1)
            #expect(try await stage.read(mine.token, mine.record).parcels.count == 2)
        }
    }

    @Test(
        "F8: two applications know a person and a record under different names, and each keeps its own for good",
        arguments: EngineUnderTest.available)
    func pseudonyms(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Other", in: pulse.organization)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            func names(_ person: PersonID, _ application: TestApplication) async throws -> (String, String, GrantID) {
                let consent = try await stage.consent(person, to: application)
                let answer = try await stage.exchange(consent, by: application)
                return (try #require(answer.record).text, try #require(answer.person).text, consent.grant)
            }
            let mine = try await names(ada, pulse)
            let theirs = try await names(ada, other)
            let bobs = try await names(bob, pulse)
            #expect(Set([mine.0, theirs.0, bobs.0]).count == 3)
            #expect(Set([mine.1, theirs.1, bobs.1]).count == 3)
            try await stage.revoke(mine.2, by: ada)
            stage.clock.move(by: .days(400))
            let again = try await names(ada, pulse)
            #expect(again.0 == mine.0)
            #expect(again.1 == mine.1)
            #expect(again.2 != mine.2)
        }
    }

    @Test("F1: impossible and repeated values are counted and not kept", arguments: EngineUnderTest.available)
    func impossible(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let view = try await stage.importing(
                exportText([
                    .heart("71", minute: 0), .heart("9000", minute: 1), .heart("-3", minute: 2),
                    .heart("71", minute: 0),
                    .heart("many", minute: 3),
                ]), for: ada)
            #expect(view.items == 1)
            #expect(view.remarks.contains("2 heart rate readings were impossible and were not kept."))
            #expect(
                view.remarks.contains {
                    $0.hasPrefix("1 heart rate reading held no number") || $0.hasPrefix("1 records")
                })
            #expect(view.remarks.contains { $0.contains("stated twice") })
            let answer = try await stage.read(mine.token, mine.record)
            #expect(answer.parcels.map(\.count) == [1])
            for value in ["9000", "-3", "many"] {
                #expect(!text(answer.parcels[0].items).contains(value))
                #expect(!view.remarks.contains { $0.contains(value) })
            }
        }
    }

    @Test("F8: a device named after its owner arrives without the name", arguments: EngineUnderTest.available)
    func deviceNames(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(
                exportText([
                    .heart("71", minute: 0, source: "Wilhelmina’s Apple Watch"),
                    .heart("72", minute: 1, source: "Wilhelmina"),
                    .record(
                        "HKQuantityTypeIdentifierHeartRate", "73", unit: "count/min", minute: 2,
                        source: "Wilhelminas Uhr",
                        device:
                            "&lt;&lt;HKDevice: 0x1&gt;, name:Wilhelmina, manufacturer:Apple Inc., model:Watch, hardware:Watch6,2&gt;"
                    ),
                ]), for: ada)
            let items = text(try #require(try await stage.read(mine.token, mine.record).parcels.first).items)
            #expect(!items.localizedCaseInsensitiveContains("wilhelmina"))
            #expect(items.contains("\"source\":{\"name\":\"apple_health\""))
        }
    }

    @Test(
        "An import whose process died is told as interrupted, and nothing of it stays",
        arguments: EngineUnderTest.available)
    func dead(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            // The clock jumps and a sweep runs while the worker is busy: to everybody else it looks dead.
            let view = try await stage.importing(
                exportText((0..<4_000).map { .heart(String(60 + $0 % 50) + ".\($0)", minute: $0 % 960) }), for: ada
            ) {
                wait {
                    stage.clock.move(by: .minutes(3))
                    _ = try? await stage.gateway.sweepRound()
                }
            }
            #expect(view.state == .failed)
            #expect(view.failure?.hasPrefix("IMPORT_INTERRUPTED: ") == true)
            #expect(try await stage.parcels().isEmpty)
            _ = try await stage.gateway.grant(mine.grant, of: ada)
        }
    }

    @Test(
        "An import row left running is not touched for two minutes and ended after",
        arguments: EngineUnderTest.available)
    func deadline(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let done = try await stage.importing(exportText([.heart("71", minute: 0)]), for: ada)
            try await stage.engine.execute("UPDATE data_import SET state = 'running', finished_at = NULL")
            stage.clock.move(by: .minutes(2))
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.gateway.importStatus(done.id, of: ada).state == .running)
            stage.clock.move(by: Span(microseconds: 1))
            _ = try await stage.gateway.sweepRound()
            #expect(try await stage.gateway.importStatus(done.id, of: ada).state == .failed)
            let bob = try await stage.person("bob@example.org")
            await declined(as: .notFound) { try await stage.gateway.importStatus(done.id, of: bob) }
            #expect(try await stage.gateway.imports(of: bob).isEmpty)
        }
    }
}

/// For the import's own thread, which is no thread of Swift's: waits for an answer of the gateway.
private func wait(_ work: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await work()
        done.signal()
    }
    done.wait()
}
