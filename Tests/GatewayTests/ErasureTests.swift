// Erasing somebody against a trail that only grows: nothing leads from it to them any more, and not a byte of it changes.

import Crypto
import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Erasure (D2, delivery §4.3)")
struct ErasureTests {
    private static func leaves(_ stage: Stage) async throws -> [[UInt8]] {
        let entries = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
        return entries.map(\.leaf.bytes)
    }

    /// Every name by which a row of today leads into the trail.
    private static func names(_ stage: Stage) async throws -> Set<String> {
        let names = try await stage.engine.read { tx in
            try tx.query("SELECT audit_name FROM person UNION SELECT audit_name FROM record") { row in row.text(0) }
        }
        return Set(names)
    }

    private static func list(_ value: JSONValue?) -> [JSONValue] {
        guard case .array(let list) = value else { return [] }
        return list
    }

    @Test(
        "Once an account is closed no row leads from the trail to the person or to their records, and the log goes on",
        arguments: EngineUnderTest.available)
    func unlinks(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let pulse = try await stage.application()
            let cleo = try await stage.child(of: ada)
            try await stage.share(cleo, from: ada, with: bob, asCustodian: true)
            let mine = try await stage.authorize(ada, pulse)
            _ = try await stage.read(mine.token, mine.record)
            let log = try await stage.gateway.openLog()
            while try await log.round() != .nothingWaits {}
            let before = try await Self.leaves(stage)
            let own = try await stage.ownRecord(of: ada)
            let (hers, ownName, shared) = try await stage.engine.read { tx in
                (
                    try PersonTable.find(ada, in: tx)?.auditName.text, try RecordTable.auditName(of: own, in: tx)?.text,
                    try RecordTable.auditName(of: cleo, in: tx)?.text
                )
            }

            let proof = try await stage.gateway.closeAccount(of: ada, password: Stage.password, request: nil)

            // The record that Bob looks after is his as well: its history stays with it.
            let gone = Set([try #require(hers), try #require(ownName)])
            let known = try await Self.names(stage)
            let kept = try #require(shared)
            #expect(known.isDisjoint(with: gone) && known.contains(kept))
            let written = try await stage.audit()
            #expect(written.contains { $0.person == hers } && written.contains { $0.record == ownName })
            let last = try await stage.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }.last?.entry
            #expect(last?.id == proof.entry && last?.action == .accountClosed && last?.person?.text == hers)
            // What was in the log is in it to the byte, and what came after continues it.
            #expect(try await log.round() != .nothingWaits)
            let after = try await Self.leaves(stage)
            #expect(Array(after.prefix(before.count)) == before)

            let token = try SignedToken.parse(proof.token)
            let key = try PublicKey(jwk: try #require(Self.list(try await stage.gateway.publishedKeys()["keys"]).first))
            #expect(await key.verify(token.signature, of: token.signingInput, by: token.header.algorithm))
            #expect(token.type == ErasureProof.type && token.text("iss") == "https://licet.example")
            #expect(
                token.text("entry") == proof.entry.text && token.date("iat") == .at(Moment(seconds: proof.at.seconds)))
            let hashes = gone.map { Base64.urlEncode(Array(SHA256.hash(data: Array($0.utf8)))) }
            #expect(Self.list(token.claims["names"]) == hashes.sorted().map { .string($0) })
        }
    }

    @Test("Who comes back under the same login is somebody else to the trail", arguments: EngineUnderTest.available)
    func comesBack(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let ada = try await stage.person()
            let before = Set(try await stage.audit().compactMap(\.person))
            try await stage.gateway.closeAccount(of: ada, password: Stage.password, request: nil)
            let line = try await stage.audit().count
            _ = try await stage.person()
            let after = Set(try await stage.audit().dropFirst(line).compactMap(\.person))
            #expect(!after.isEmpty && after.isDisjoint(with: before))
        }
    }
}
