// Another sealing key: what was sealed opens, what was derived stays, and a wrong key is refused before it does harm.

import Domain
import Logging
import Synchronization
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Rewrapping")
struct RewrappingTests {
    private static let old = Stage.masterKey
    private static let new = [UInt8](repeating: 9, count: 32)

    private static func gateway(_ stage: Stage, _ key: MasterKey) -> Gateway {
        Gateway(
            engine: stage.engine, world: stage.clock.world, policy: stage.policy, masterKey: key,
            logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A key as a start of the service makes it.
    private static func start(_ stage: Stage, _ bytes: [UInt8], after former: [UInt8]? = nil) async throws -> MasterKey
    {
        try await #require(MasterKey(bytes, replacing: former)).settled(in: stage.engine, at: stage.clock.now)
    }

    @Test(
        "F8: with a new sealing key everything opens, before, between and after, and item ids stay what they were",
        arguments: EngineUnderTest.available)
    func change(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            // Enough for more than one page.
            let organization = try await stage.organization()
            for number in 0..<120 { _ = try await stage.organization("Number \(number)") }
            let first = try await Self.start(stage, Self.old)
            let before = Self.gateway(stage, first)
            let label = "item ids|app_x"
            let derived = first.derive(label)
            #expect(derived == (try #require(MasterKey(Self.old)).derive(label)), "as it was without a stored root")
            let secret = try await before.dataKey(of: organization).seal("a secret", webhookOf: Self.application)
            let kid = try await before.prepareSigningKey()

            let both = Self.gateway(stage, try await Self.start(stage, Self.new, after: Self.old))
            #expect(both.keyring.itemKey == before.keyring.itemKey)
            #expect(
                try await both.dataKey(of: organization).openUnsealed(secret, webhookOf: Self.application) == "a secret"
            )
            let made = try await both.createOrganization(
                name: "Between", environment: .sandbox, responsible: "r@example.org", request: nil)
            let told = Mutex<[RewrapReport]>([])
            let report = try await both.rewrapKeys(request: nil) { report in told.withLock { $0.append(report) } }
            // 121 data keys, the signing key and the root; the organization made between is under the new key already.
            #expect(report == RewrapReport(rewrapped: 123, untouched: 1, broken: 0))
            #expect(told.withLock { $0.count } == 3)
            #expect(
                try await both.rewrapKeys(request: nil) == RewrapReport(rewrapped: 0, untouched: 124, broken: 0))
            #expect(try await stage.audit(.keysRewrapped).count == 2)

            let key = try await Self.start(stage, Self.new)
            let after = Self.gateway(stage, key)
            #expect(key.derive(label) == derived)
            #expect(
                try await after.dataKey(of: organization).openUnsealed(secret, webhookOf: Self.application)
                    == "a secret")
            _ = try await after.dataKey(of: made.organization)
            let token = try await after.sign([1], type: "a")
            let header = try #require(Base64.urlDecode(String(token.prefix { $0 != "." })))
            #expect(String(decoding: header, as: UTF8.self).contains(kid))
            await #expect(throws: MasterKeyFault.doesNotOpen) { try await Self.start(stage, Self.old) }
        }
    }

    private static let application = ApplicationID(bytes: [UInt8](repeating: 4, count: 16))

    @Test(
        "A start with another key is refused, also where no root was stored yet", arguments: EngineUnderTest.available)
    func wrongKey(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.organization()
            await #expect(throws: MasterKeyFault.doesNotOpen) { try await Self.start(stage, Self.new) }
            #expect(try await stage.count("SELECT COUNT(*) FROM deployment_key") == 0)
            _ = try await Self.start(stage, Self.old)
            await #expect(throws: MasterKeyFault.doesNotOpen) { try await Self.start(stage, Self.new) }
        }
    }

    @Test("A database from before there was a root may change its key at once", arguments: EngineUnderTest.available)
    func fromBefore(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            _ = try await stage.organization()
            let key = try await Self.start(stage, Self.new, after: Self.old)
            #expect(key.derive("item ids") == (try #require(MasterKey(Self.old)).derive("item ids")))
        }
    }

    @Test("What opens with neither key is counted and left alone", arguments: EngineUnderTest.available)
    func broken(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let organization = try await stage.organization()
            _ = try await stage.organization("Whole")
            let key = try await Self.start(stage, Self.new, after: Self.old)
            let junk = [UInt8](repeating: 1, count: 60)
            _ = try await stage.engine.execute("UPDATE organization SET data_key = \(junk) WHERE id = \(organization)")
            let report = try await Self.gateway(stage, key).rewrapKeys(request: nil)
            #expect(report == RewrapReport(rewrapped: 1, untouched: 1, broken: 1))
            let row = try await stage.engine.read { tx in try OrganizationTable.find(organization, in: tx) }
            #expect(row?.wrappedDataKey == junk)
        }
    }

    @Test("Nodes that start at once store one root", arguments: EngineUnderTest.available)
    func together(_ engine: EngineUnderTest) async throws {
        try await engine.tryingTwo { one, other in
            let clock = TestWorld()
            let stages = [try await Stage(engine: one, clock: clock), try await Stage(engine: other, clock: clock)]
            let keys = await outcomes(of: 6) { place in try await Self.start(stages[place % 2], Self.old).derive("a") }
            #expect(Set(keys.compactMap(\.answer)).count == 1)
            #expect(try await stages[0].count("SELECT COUNT(*) FROM deployment_key") == 1)
        }
    }

    @Test("A key is 32 bytes, and its former one is another")
    func bounds() {
        #expect(MasterKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(MasterKey(Self.new, replacing: Self.new) == nil)
        #expect(MasterKey(Self.new, replacing: [1]) == nil)
    }
}
