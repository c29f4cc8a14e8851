// What witnesses sign, what goes to them and what comes back (C2SP tlog-cosignature, tlog-witness).

import Domain
import TestKit
import Testing

/// Signatures that anybody can make and check: a key and the hash of what was signed.
enum PlainSignature {
    static func sign(_ message: [UInt8], _ publicKey: [UInt8]) -> [UInt8] {
        publicKey + MerkleHash.leaf(of: message).bytes
    }

    @Sendable static func isRight(_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool {
        signature == sign(message, publicKey)
    }

    static func cosign(_ text: String, _ key: WitnessKey, at seconds: Int64) -> SignedNote.Signature {
        let time = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
        let message = Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
        return .init(name: key.name, keyID: key.keyID, bytes: time + sign(message, key.publicKey))
    }
}

struct CosignatureTests {
    private static let text = "log.example/1\n300\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    private static let now: Int64 = 1_795_255_200

    private static func note(_ lines: [SignedNote.Signature]) throws -> SignedNote {
        let log = try WitnessPolicyTests.log(1)
        let own = SignedNote.Signature(
            name: log.name, keyID: log.keyID, bytes: PlainSignature.sign(Array(text.utf8), log.publicKey))
        return SignedNote(text: text, signatures: [own] + lines)
    }

    @Test("tlog-cosignature: a key of the kind 0x04 reads and prints; other kinds are told apart from what is no key")
    func keys() throws {
        let key = try WitnessPolicyTests.key(3)
        #expect(try WitnessKey(parsing: key.text) == key && VerifierKey(key.text) == nil)
        #expect(throws: WitnessKey.Fault.otherKind(1)) { try WitnessKey(parsing: try WitnessPolicyTests.log(1).text) }
        for text in ["", "a", "a+b+c", key.text + "A", String(key.text.dropLast()), key.text.uppercased()] {
            #expect(throws: WitnessKey.Fault.notAKey) { try WitnessKey(parsing: text) }
        }
        // The name, a newline, the kind and the key: another kind of the same key has another id.
        let log = try #require(VerifierKey(name: key.name, publicKey: key.publicKey))
        #expect(log.keyID != key.keyID)
    }

    @Test(
        "tlog-cosignature: time and text are signed; unknown lines are passed over, a wrong one of a known key spoils all"
    )
    func reading() throws {
        let keys = try (1...3).map { try WitnessPolicyTests.key($0) }
        let good = keys.map { PlainSignature.cosign(Self.text, $0, at: Self.now) }
        func read(_ lines: [SignedNote.Signature], _ known: [WitnessKey]) throws -> [WitnessKey] {
            try Self.note(lines).cosignatures(of: known, by: PlainSignature.isRight).map(\.key)
        }
        #expect(try read(good, keys) == keys)
        #expect(try read(good, [keys[1]]) == [keys[1]])
        #expect(try read(good + good, keys) == keys, "a key counts once")
        #expect(try read([], keys).isEmpty)
        let found = try Self.note(good).cosignatures(of: keys, by: PlainSignature.isRight)
        #expect(found.allSatisfy { $0.at == Moment(seconds: Self.now) })
        func changed(_ change: (inout [UInt8]) -> Void) -> SignedNote.Signature {
            var bytes = good[0].bytes
            change(&bytes)
            return .init(name: good[0].name, keyID: good[0].keyID, bytes: bytes)
        }
        let wrong = [
            changed { $0[7] ^= 1 }, changed { $0[8] ^= 1 }, changed { $0.removeLast() }, changed { $0.append(0) },
            changed { $0.removeFirst(8) }, PlainSignature.cosign("other\n", keys[0], at: Self.now),
            PlainSignature.cosign(Self.text, keys[0], at: 253_402_300_800),
            PlainSignature.cosign(Self.text, keys[0], at: -1),
        ]
        for line in wrong {
            #expect(throws: SignedNote.Fault.wrongSignature) { try read([line] + good, keys) }
            #expect(try read([line], [keys[1]]).isEmpty, "of a key that nobody knows")
        }
        let same = try Self.note(good)
        #expect(same.adding(good) == same && same.adding([wrong[0]]).signatures.count == 5)
    }

    @Test("tlog-witness: what is sent is the old size, the proof, an empty line and the checkpoint; 63 hashes at most")
    func request() throws {
        let note = try Self.note([])
        let hash = MerkleHash.ofNothing
        let body = try #require(WitnessExchange.request(old: 20, proof: [hash, hash], note: note))
        let text = String(decoding: body, as: UTF8.self)
        let line = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        #expect(text == "old 20\n\(line)\(line)\n" + String(decoding: note.bytes, as: UTF8.self))
        #expect(
            WitnessExchange.request(old: 0, proof: [], note: note)?.starts(with: Array("old 0\n\nlog".utf8)) == true)
        #expect(WitnessExchange.request(old: 1, proof: Array(repeating: hash, count: 64), note: note) == nil)
    }

    @Test("tlog-witness: each answer is what the protocol says it is, and nothing else is believed")
    func answers() throws {
        let key = try WitnessPolicyTests.key(1)
        let note = try Self.note([])
        let right = PlainSignature.cosign(Self.text, key, at: Self.now)
        let foreign = PlainSignature.cosign(Self.text, try WitnessPolicyTests.key(2), at: Self.now)
        func body(_ lines: [SignedNote.Signature]) -> [UInt8] {
            Array(SignedNote(text: "", signatures: lines).bytes.dropFirst())
        }
        func answer(_ status: Int, _ body: [UInt8], _ type: String = "text/plain") -> WitnessExchange.Answer {
            WitnessExchange.answer(
                status: status, type: type, body: body, to: note, from: key, by: PlainSignature.isRight)
        }
        for lines in [[right], [foreign, right], [right, foreign]] {
            guard case .cosigned(let found) = answer(200, body(lines)) else {
                Issue.record("\(lines.count) lines")
                continue
            }
            #expect(found.key == key && found.line == right)
        }
        let size = "text/x.tlog.size"
        let unreadable: [[UInt8]] = [
            [], [10], body([foreign]), Array(body([right]).dropLast()), body([right]) + [10], [10] + body([right]),
            Array("x\n\n".utf8) + body([right]), Array(repeating: 0x61, count: 16_385),
            body([PlainSignature.cosign("other\n", key, at: Self.now)]),
        ]
        for bytes in unreadable { #expect(answer(200, bytes) == .unreadable) }
        #expect(answer(409, Array("17\n".utf8), size) == .size(17))
        #expect(answer(409, Array("0\n".utf8), "Text/X.tlog.size; charset=utf-8") == .size(0))
        for text in ["", "\n", "17", "017\n", "+1\n", "-1\n", "1 \n", "1\n\n", "9999999999999999999\n", "x\n"] {
            #expect(answer(409, Array(text.utf8), size) == .unreadable, "\(text)")
        }
        #expect(answer(409, Array("17\n".utf8)) == .otherTree && answer(422, []) == .otherTree)
        #expect(answer(404, []) == .refused(status: 404) && answer(403, []) == .refused(status: 403))
        #expect(answer(503, []) == .busy(status: 503) && answer(429, []) == .busy(status: 429))
        for status in [100, 201, 204, 301, 302, 600, -1] { #expect(answer(status, body([right])) == .unreadable) }
    }
}
