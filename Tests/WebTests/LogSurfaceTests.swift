// The log over HTTP: what anybody may check, and an entry with its proof for whom it concerns and for nobody else.

import Domain
import Gateway
import HTTPTypes
import Testing
import Vault

@testable import Web

@Suite("The audit log's routes")
struct LogSurfaceTests {
    private static func code(_ reply: HouseUnderTest.Reply) -> String { (try? reply.member("code")) ?? "" }

    private static func notFound(_ reply: HouseUnderTest.Reply) -> Bool {
        reply.status == 404 && code(reply) == "NOT_FOUND"
    }

    @Test("D2: checkpoint, key, tiles and consistency are anybody's, and fit together")
    func publicParts() async throws {
        try await HouseUnderTest.trying { house in
            #expect(Self.notFound(try await house.ask(.get, "/log/checkpoint")), "there is no log yet")
            let log = try await house.gateway.openLog()
            #expect(log.key.name.text == "127.0.0.1:8080/log")
            let first = try await house.ask(.get, "/log/checkpoint")
            _ = try await house.granted()
            while case .sealed = try await log.round() {}
            let checkpoint = try await house.ask(.get, "/log/checkpoint")
            #expect(first.status == 200 && checkpoint.status == 200)
            #expect(checkpoint.headers[.contentType] == "text/plain; charset=utf-8")
            let key = try #require(VerifierKey(try await house.ask(.get, "/log/key").text.dropLast()))
            let note = try SignedNote(parsing: Array(checkpoint.text.utf8))
            try note.verify(with: key, by: LogSignature.isRight)
            let signed = try #require(Checkpoint(text: note.text))
            #expect(signed.size > 3)
            // Hashes are no text: the gateway is asked for what the route gives.
            let tile = try #require(LogTile(.hashes(level: 0), index: 0, in: signed.size))
            let reply = try await house.ask(.get, "/log/\(tile.path)")
            #expect(reply.status == 200 && reply.headers[.cacheControl]?.contains("immutable") == true)
            let hashes = try #require(MerkleHash.list(try await house.gateway.logTile(tile)))
            #expect(MerkleRange.root(of: hashes[...]) == signed.root)
            for path in [
                "tile/0/000", "tile/0/000.p/\(signed.size + 1)", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000",
                "tile/entries/\(tile.path.dropFirst(7))", "tile/0/000.p/0", "tile/0/0.p/1", "tile/00/000.p/1", "tile/x",
            ] { #expect(Self.notFound(try await house.ask(.get, "/log/\(path)")), "\(path)") }
            #expect(try await house.ask(.get, "/log/tile/0/000.p/2").status == 200, "narrower than it is by now")
            let proof = try await house.ask(.get, "/log/consistency?from=2&to=\(signed.size)")
            #expect(try proof.member("from") == "2" && proof.member("to") == "\(signed.size)")
            for query in ["", "?from=x", "?from=3&to=2", "?from=1&to=\(signed.size + 1)", "?from=1&of=2", "?from=-1"] {
                #expect(
                    Self.code(try await house.ask(.get, "/log/consistency\(query)")) == "INVALID_FIELDS", "\(query)")
            }
        }
    }

    @Test("D2: an answer names its entry; the application proves it, and learns no name of the trail's own (F8)")
    func application() async throws {
        try await HouseUnderTest.trying { house in
            let log = try await house.gateway.openLog()
            try await house.importSample()
            let mine = try await house.granted()
            let answer = try await house.ask(.get, "/api/v1/records/\(mine.record)/items", mine.token)
            let id = try #require(answer.headers[.audit])
            for path in ["/api/v1/audit/\(id)", "/api/v1/audit/\(id)/proof"] {
                let early = try await house.ask(.get, path, mine.token)
                #expect(early.status == 409 && Self.code(early) == "AUDIT_NOT_SEALED_YET", "\(path)")
                #expect(early.headers[.retryAfter] == "1")
            }
            while case .sealed = try await log.round() {}
            let entry = try await house.ask(.get, "/api/v1/audit/\(id)", mine.token)
            #expect(try entry.status == 200 && entry.member("action") == "read" && entry.member("id") == id)
            let proof = try await house.ask(.get, "/api/v1/audit/\(id)/proof", mine.token)
            #expect(proof.status == 200 && proof.headers[.contentType] == "text/plain; charset=utf-8")
            let found = try LogProof(parsing: Array(proof.text.utf8))
            #expect(try entry.member("index") == "\(found.index)" && found.extra == nil)
            let audit = try #require(AuditID(id))
            let known = try await house.engine.read { tx in try AuditTable.find(audit, in: tx) }
            let leaf = try #require(known).leaf
            try found.verify(leaf.bytes, with: log.key, by: LogSignature.isRight)
            #expect(throws: LogProof.Fault.notIncluded) {
                try found.verify(leaf.bytes + [0], with: log.key, by: LogSignature.isRight)
            }
            for name in [leaf.entry.person, leaf.entry.record] {
                let name = try #require(name).text
                #expect(!entry.text.contains(name) && !proof.text.contains(name))
            }
            #expect(!entry.text.contains("\"leaf\""))
        }
    }

    @Test("D1: with the token of one person the entry of another is not there, letter for letter as an unknown one")
    func others() async throws {
        try await HouseUnderTest.trying { house in
            let log = try await house.gateway.openLog()
            let mine = try await house.granted()
            let bob = try await house.somebody("bob").app
            let bobs = try await house.granted(as: bob)
            let answer = try await house.ask(.get, "/api/v1/records/\(bobs.record)/items", bobs.token)
            let id = try #require(answer.headers[.audit])
            // Neither while it waits for its place nor when it has it.
            for _ in 0..<2 {
                for end in ["", "/proof"] {
                    let reply = try await house.ask(.get, "/api/v1/audit/\(id)\(end)", mine.token)
                    let none = try await house.ask(
                        .get, "/api/v1/audit/aud_\(String(repeating: "0", count: 26))\(end)", mine.token)
                    #expect(Self.notFound(reply) && Self.notFound(none))
                    #expect(
                        try reply.member("title") == none.member("title")
                            && reply.text.utf8.count == none.text.utf8.count)
                }
                while case .sealed = try await log.round() {}
            }
            #expect(try await house.ask(.get, "/api/v1/audit/\(id)", bobs.token).status == 200)
        }
    }

    @Test("D2: the person has the entry with its proof; whom it does not concern gets what an unknown id gets")
    func person() async throws {
        try await HouseUnderTest.trying { house in
            let log = try await house.gateway.openLog()
            let mine = try await house.granted()
            let answer = try await house.ask(.get, "/api/v1/records/\(mine.record)/items", mine.token)
            let id = try #require(answer.headers[.audit])
            while case .sealed = try await log.round() {}
            let app = try await house.app()
            let entry = try await house.ask(.get, "/partner/audit/\(id)", app)
            #expect(try entry.status == 200 && !entry.member("leaf").isEmpty)
            let proof = try LogProof(
                parsing: Array(try await house.ask(.get, "/partner/audit/\(id)/proof", app).text.utf8))
            try proof.verify(try #require(proof.extra), with: log.key, by: LogSignature.isRight)
            #expect(AuditLeaf(parsing: try #require(proof.extra))?.entry.id.text == id)

            let bob = try await house.somebody("bob").app
            let unknown = "aud_" + String(repeating: "0", count: 26)
            let operators = try await house.engine.read { tx in
                try AuditTable.entries(limit: .max, in: tx).first { $0.entry.person == nil }?.entry.id.text
            }
            for (name, headers) in [(id, bob), (unknown, app), (try #require(operators), app), ("aud_", app)] {
                for path in ["/partner/audit/\(name)", "/partner/audit/\(name)/proof"] {
                    #expect(Self.notFound(try await house.ask(.get, path, headers)), "\(path)")
                }
            }
        }
    }
}
