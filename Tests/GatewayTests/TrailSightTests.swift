// Who sees which entry: for every token and every person, what an id opens is exactly what a list shows, and what it does not open
// is answered as an id that nobody ever gave.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Who sees an entry")
struct TrailSightTests {
    private static let rules = Stage.rules + [.reads(["steps"], named: "nightly", mode: .offline)]
    private static let unknown = AuditID(bytes: [UInt8](repeating: 7, count: 16))

    private static func entries(_ stage: Stage) async throws -> [AuditEntry] {
        let log = try await stage.gateway.openLog()
        while case .sealed = try await log.round() {}
        return try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx).map(\.entry) }
    }

    /// The entries that the reader opens by id, with and without their proof. All others must answer as the unknown one.
    private static func opened(_ all: [AuditEntry], _ reader: AuditReader, _ stage: Stage) async throws -> Set<AuditID>
    {
        let none = await declined(as: .notFound) { try await stage.gateway.auditEntry(unknown, for: reader) }
        var opened: Set<AuditID> = []
        for entry in all {
            do {
                let found = try await stage.gateway.auditEntry(entry.id, for: reader)
                #expect(found.leaf.entry == entry)
                #expect(try await stage.gateway.auditProof(entry.id, for: reader).index == found.index)
                opened.insert(entry.id)
            } catch {
                #expect(error == none, "as if there were no such entry")
                let unproven = await declined(as: .notFound) {
                    try await stage.gateway.auditProof(entry.id, for: reader)
                }
                #expect(unproven == none)
            }
        }
        return opened
    }

    private static func listed(_ token: String, _ stage: Stage) async throws -> Set<AuditID> {
        var all = TrailQuery()
        all.limit = 1_000
        return Set(try await stage.gateway.ownEntries(all, token: token, key: nil).entries.map(\.entry.id))
    }

    @Test(
        "D1, F8: a token opens by id what it is shown in the list and nothing else: no token of one person's reads of another",
        arguments: EngineUnderTest.available)
    func ofTokens(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let many = try await stage.lastingApplication(
                "Many", in: pulse.organization, interaction: .multiRecord)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let adas = try await stage.authorize(ada, pulse)
            let bobs = try await stage.authorize(bob, pulse)
            let adasMany = try await stage.lastingTokens(ada, many)
            let bobsMany = try await stage.lastingTokens(bob, many)
            for (token, record) in [
                (adas.token, adas.record), (bobs.token, bobs.record), (adasMany.access, adasMany.record),
                (bobsMany.access, bobsMany.record),
            ] { _ = try await stage.read(token, record) }
            let alone = try await stage.alone(pulse)
            let all = try await Self.entries(stage)
            let names = try await stage.engine.read { tx in
                try [ada, bob].map { try PersonTable.find($0, in: tx)?.auditName }
            }
            for (token, belongs) in [
                (adas.token, { @Sendable in $0.grant == adas.grant }),
                (bobs.token, { @Sendable in $0.grant == bobs.grant }),
                (adasMany.access, { @Sendable in $0.application == many.id && $0.person == names[0] }),
                (bobsMany.access, { @Sendable in $0.application == many.id && $0.person == names[1] }),
                (alone, { @Sendable in $0.application == pulse.id }),
            ] as [(String, @Sendable (AuditEntry) -> Bool)] {
                let right = Set(all.filter(belongs).map(\.id))
                #expect(all.contains { right.contains($0.id) && $0.action == .tokenIssued })
                let opened = try await Self.opened(all, .application(token: token, key: nil), stage)
                #expect(opened == right)
                #expect(try await Self.listed(token, stage) == right)
            }
        }
    }

    @Test(
        "C10, D1: a token that is good for nothing opens nothing, and is told so without a look at the id",
        arguments: EngineUnderTest.available)
    func ofUselessTokens(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(rules: Self.rules)
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            let alone = try await stage.alone(pulse)
            let forGrants = try await stage.gateway.clientCredentials(
                client: pulse.client, scope: "grant_management_query", request: nil
            ).accessToken
            let all = try await Self.entries(stage)
            let id = try #require(all.first { $0.grant == mine.grant }).id
            func refused(_ token: String, as problem: Problem) async {
                for id in [id, Self.unknown] {
                    let reader = AuditReader.application(token: token, key: nil)
                    await declined(as: problem) { try await stage.gateway.auditEntry(id, for: reader) }
                    await declined(as: problem) { try await stage.gateway.auditProof(id, for: reader) }
                }
                await declined(as: problem) { try await stage.gateway.ownEntries(TrailQuery(), token: token, key: nil) }
            }
            await refused(forGrants, as: .consentRequired)
            await refused("lat_nobody", as: .notAuthenticated)
            try await stage.revoke(mine.grant, by: ada)
            await refused(mine.token, as: .consentRequired)
            _ = try await stage.gateway.setStanding(of: pulse.id, .suspend, request: nil)
            await refused(alone, as: .consentRequired)
        }
    }

    @Test(
        "D1: who merely holds a record opens only what names them; a custodian opens what others let out of it, while they are one",
        arguments: EngineUnderTest.available)
    func ofPeople(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let child = try await stage.child(of: ada)
            try await stage.share(child, from: ada, with: bob)
            let adas = try await stage.authorize(ada, pulse, for: child)
            let bobs = try await stage.authorize(bob, pulse, for: child)
            _ = try await stage.read(adas.token, adas.record)
            _ = try await stage.read(bobs.token, bobs.record)
            let all = try await Self.entries(stage)
            let (names, record) = try await stage.engine.read { tx in
                (
                    try [ada, bob].map { try PersonTable.find($0, in: tx)?.auditName },
                    try RecordTable.of(person: ada, in: tx).first { $0.record.id == child }?.record.auditName
                )
            }
            let adasRight = Set(all.filter { $0.person == names[0] || $0.record == record }.map(\.id))
            let bobsRight = Set(all.filter { $0.person == names[1] }.map(\.id))
            #expect(try await Self.opened(all, .person(ada), stage) == adasRight)
            #expect(try await Self.opened(all, .person(bob), stage) == bobsRight)
            let reads = all.filter { $0.action == .read }
            #expect(reads.count == 2)
            for (person, right) in [(ada, adasRight), (bob, bobsRight)] {
                let shown = try await stage.gateway.activity(ActivityQuery(), of: person).accesses.map(\.id)
                #expect(Set(shown) == right.intersection(reads.map(\.id)))
                for read in reads where !right.contains(read.id) {
                    await declined(as: .notFound) { try await stage.gateway.access(read.id, of: person) }
                }
            }
            await declined(as: .notFound) {
                try await stage.gateway.auditEntry(
                    reads[0].id, for: .person(PersonID(bytes: Array(repeating: 1, count: 16))))
            }
        }
    }
}
