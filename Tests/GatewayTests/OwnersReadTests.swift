// What an owner only looks at does not wait behind the one writer, and is bounded however many people have agreed.

import Domain
import Gateway
import Synchronization
import TestKit
import Testing
import Vault

/// Counts what is written through it.
private final class CountingEngine: Engine {
    private let inner: any Engine
    let writes = Count()

    init(_ inner: any Engine) { self.inner = inner }

    var dialect: Dialect { inner.dialect }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T { try await inner.read(body) }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        writes.add()
        return try await inner.write(body)
    }

    func close() async { await inner.close() }
}

@Suite("What owners look at")
struct OwnersReadTests {
    @Test(
        "A4: detail, versions, impact and preview write nothing and take no writer's turn",
        arguments: EngineUnderTest.available)
    func reads(_ engine: EngineUnderTest) async throws {
        try await engine.trying { inner in
            let counting = CountingEngine(inner)
            let stage = try await Stage(engine: counting)
            let (olga, cardia) = try await stage.owner()
            let pulse = try await stage.application(in: cardia)
            let bob = try await stage.person("bob@example.org")
            let before = counting.writes.value
            _ = try await stage.gateway.application(pulse.id, of: olga)
            _ = try await stage.gateway.ruleVersions(of: pulse.id, by: olga)
            _ = try await stage.gateway.impact(of: Stage.rules, on: pulse.id, by: olga)
            _ = try await stage.gateway.preview(of: pulse.id, as: .firstTime, drafts: nil, named: [], by: olga)
            await declined(as: .notFound) { try await stage.gateway.application(pulse.id, of: bob) }
            await declined(as: .notFound) { try await stage.gateway.ruleVersions(of: pulse.id, by: bob) }
            #expect(counting.writes.value == before)
        }
    }

    @Test(
        "A4: live grants are looked at in their largest groups; how many there are in all is told all the same",
        arguments: EngineUnderTest.available)
    func bounded(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            for (place, approved) in [["rule:heart", "rule:walking"], ["rule:heart"], ["rule:heart"]].enumerated() {
                let person = try await stage.person("p\(place)@example.org")
                _ = try await stage.authorize(person, pulse, approved: approved)
            }
            let now = stage.clock.now
            let (all, one) = try await stage.engine.read { tx in
                (
                    try RuleTable.liveGroups(of: pulse.id, at: now, limit: 10, in: tx),
                    try RuleTable.liveGroups(of: pulse.id, at: now, limit: 1, in: tx)
                )
            }
            #expect(all.groups.map(\.count) == [2, 1])
            #expect(all.grants == 3)
            #expect(one.groups.map(\.count) == [2])
            #expect(one.grants == 3)
            let rules = RuleSet.empty
            let impact = RuleImpact(from: rules, to: rules, over: one.groups, among: one.grants, countries: [])
            #expect(impact.grants == 3)
            #expect(impact.uncounted == 1)
        }
    }
}
