// What goes wrong beside the entry of an access: the proof of a key that cannot be written, a parcel that does not open, an entry
// that waits behind very many.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Not given")
struct NotGivenTests {
    private static let export = exportText([.heart("61.5", minute: 0), .steps("167.25", minute: 1)])

    @Test(
        "D3, RFC 9449 §11.1: where the store takes no proof of the key, an access is told what any access is told that cannot be recorded",
        arguments: EngineUnderTest.available)
    func proofs(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let (house, store) = try await stage.breakable()
            let url = "https://licet.example/api/v1/records/r/items"
            let draft = try ProofDraft.ofProof(
                "GET", url, token: "lat_x", nonce: house.gateway.proofNonce(), at: stage.clock.now,
                key: try ProofKey.first.get())
            let proof = PresentedProof(text: try draft.make(), method: "GET", url: url)
            for kind in [StorageError.Kind.full, .readOnly, .busy, .unavailable, .corrupt, .constraint("x"), .other] {
                store.fail(with: kind)
                await declined(as: .accessNotRecorded) {
                    try await house.gateway.prove(proof, accessToken: "lat_x", isAccess: true)
                }
            }
            store.fail(with: .busy)
            await declined(as: .storageUnavailable) { try await house.gateway.prove(proof, accessToken: "lat_x") }
            store.fail(with: nil)
            _ = try await house.gateway.prove(proof, accessToken: "lat_x", isAccess: true)
        }
    }

    @Test(
        "D1: what was recorded as given and does not open is on the trail as not given, too, and whoever looks sees both",
        arguments: EngineUnderTest.available)
    func unopened(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application(
                rules: Stage.rules + [.reads(["steps"], named: "nightly", mode: .offline)],
                webhook: "https://pulse.example/hook")
            let reader = try await stage.application("Reader", in: pulse.organization)
            let ada = try await stage.person()
            _ = try await stage.authorize(ada, pulse, scope: "rule:heart rule:nightly")
            let mine = try await stage.authorize(ada, reader)
            try await stage.importing(Self.export, for: ada)
            let request = stage.gateway.makeRequestID()
            let broken = [UInt8](repeating: 9, count: 64)
            #expect(try await stage.engine.execute("UPDATE parcel SET sealed = \(broken)") == 4)
            await declined(as: .unexpected) {
                try await stage.gateway.read(
                    token: mine.token, record: mine.record, types: nil, limit: 10, after: nil, request: request)
            }
            await declined(as: .unexpected) {
                try await stage.gateway.readObservations(
                    token: mine.token, record: mine.record, filter: ObservationFilter(), count: 10, from: nil,
                    request: nil)
            }
            let reads = try await stage.audit(.read)
            // All of one moment, in no order.
            let both = ["0 failed:UNEXPECTED", "2 done"]
            #expect(reads.map { "\($0.items) \($0.outcome)" }.sorted() == [both[0], both[0], both[1], both[1]])
            #expect(reads.filter { $0.request == request.text }.map { "\($0.items) \($0.outcome)" }.sorted() == both)
            #expect(reads.allSatisfy { $0.grant == mine.grant.text } && Set(reads.map(\.types)).count == 1)
            #expect(Set(reads.map(\.person)).count == 1 && Set(reads.map(\.record)).count == 1)
            let courier = FakeCourier()
            _ = try await stage.gateway.deliverRound(with: courier)
            #expect(courier.messages.isEmpty)
            #expect(try await stage.audit(.deliver).map(\.outcome).sorted() == ["done", "failed:UNEXPECTED"])
            let seen = try await stage.gateway.activity(ActivityQuery(), of: ada).accesses
            #expect(seen.count == 6 && seen.count { !$0.isServed } == 3)
        }
    }

    @Test(
        "D2: an entry that waits is found however many came after it; an id that nobody gave is not, however many wait",
        arguments: EngineUnderTest.available)
    func farBack(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            func entries(_ count: Int, _ first: UInt8) -> [AuditEntry] {
                (0..<count).map { place in
                    let bytes = (0..<10).map { UInt8(truncatingIfNeeded: place >> (8 * $0)) ^ first }
                    return AuditEntry(
                        id: AuditID(at: stage.clock.now, dice: bytes), at: stage.clock.now, action: .keyRotated,
                        outcome: .done)
                }
            }
            func append(_ entries: [AuditEntry]) async throws {
                try await stage.engine.write { tx in for entry in entries { try AuditTable.append(entry, in: tx) } }
            }
            let early = stage.clock.now
            stage.clock.move(by: .hours(1))
            let first = entries(1, 1)
            try await append(first)
            let between = stage.clock.now + .minutes(5)
            stage.clock.move(by: .minutes(10))
            let later = entries(17_000, 2)
            try await append(later)
            #expect(try await stage.gateway.trailRound() == 0)
            let (found, others, last) = try await stage.engine.read { tx in
                (
                    try AuditTable.find(first[0].id, in: tx),
                    try [early, between, stage.clock.now, stage.clock.now + .hours(1)].map {
                        try AuditTable.find(AuditID(at: $0, dice: [UInt8](repeating: 77, count: 10)), in: tx)
                    }, try AuditTable.find(later[16_999].id, in: tx)
                )
            }
            #expect(found?.entry == first[0] && found?.index == nil && last?.entry == later[16_999])
            #expect(others == [nil, nil, nil, nil])
            let waiting = try await stage.engine.read { tx in
                try [1, 17_001, 100_000].map { try LogTable.countWaiting(upTo: $0, in: tx) }
            }
            #expect(waiting == [1, 17_001, 17_001])
        }
    }
}
