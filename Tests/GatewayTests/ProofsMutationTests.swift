// Proofs that were tampered with at random: whatever becomes of a good one, it is not accepted, and nothing breaks.

import Domain
import TestKit
import Testing

@testable import Gateway

@Suite("Proofs tampered with")
struct ProofsMutationTests {
    private static let alphabet = Array("ABCXYZabcxyz0189-_=+/.,{}\"\\ \n\u{0}é".utf8)

    /// One to three changes, in the text or in the JSON below it.
    private static func tamper(_ text: String, _ other: String, _ dice: inout SeededDice) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<dice.roll(1...3) where !bytes.isEmpty {
            let place = dice.roll(0...bytes.count - 1)
            switch dice.roll(0...8) {
            case 0: bytes[place] = dice.pick(alphabet)
            case 1: bytes[place] ^= UInt8(1 << dice.roll(0...7))
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(dice.pick(alphabet), at: place)
            case 4: bytes.swapAt(place, dice.roll(0...bytes.count - 1))
            case 5: bytes.removeSubrange(place...)
            case 6: bytes.insert(contentsOf: bytes[..<place], at: place)
            case 7: bytes = exchangePart(bytes, other, &dice)
            default: bytes = tamperBelow(bytes, &dice)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A part of another good proof in the place of this one's.
    private static func exchangePart(_ bytes: [UInt8], _ other: String, _ dice: inout SeededDice) -> [UInt8] {
        var parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        let others = other.utf8.split(separator: UInt8(ascii: ".")).map(Array.init)
        let place = dice.roll(0...min(parts.count, others.count) - 1)
        parts[place] = others[place]
        return Array(parts.joined(separator: [UInt8(ascii: ".")]))
    }

    /// A change of the bytes that a part spells, spelled well again.
    private static func tamperBelow(_ bytes: [UInt8], _ dice: inout SeededDice) -> [UInt8] {
        var parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        let place = dice.roll(0...parts.count - 1)
        guard var below = Base64.urlDecode(parts[place]), !below.isEmpty else { return bytes }
        let at = dice.roll(0...below.count - 1)
        switch dice.roll(0...2) {
        case 0: below[at] = dice.pick(alphabet)
        case 1: below[at] ^= UInt8(1 << dice.roll(0...7))
        default: below.insert(dice.pick(alphabet), at: at)
        }
        parts[place] = Array(Base64.urlEncode(below).utf8)
        return Array(parts.joined(separator: [UInt8(ascii: ".")]))
    }

    @Test("Of 10,000 DPoP proofs tampered with, none is accepted")
    func proofs() async throws {
        var dice = SeededDice("tampered proofs")
        var second = try ProofsDPoPTests.draft()
        second.claims["jti"] = #""proof-2""#
        let good = [try ProofsDPoPTests.draft().make(), try second.make()]
        for text in good { _ = try await ProofsDPoPTests.check(text) }
        for _ in 0..<10_000 {
            let tampered = Self.tamper(good[0], good[1], &dice)
            guard !good.contains(tampered) else { continue }
            let accepted = try? await ProofsDPoPTests.check(tampered)
            #expect(accepted == nil, "\(dice.note): \(tampered)")
        }
    }

    @Test("Of 10,000 client assertions tampered with, none is accepted")
    func assertions() async throws {
        var dice = SeededDice("tampered assertions")
        let keys = try ProofsAssertionTests.keySet()
        var second = try ProofsAssertionTests.draft(algorithm: "PS256", kid: "rsa")
        second.claims["jti"] = #""assertion-2""#
        let good = [
            try ProofsAssertionTests.draft().make(), try second.make(),
            try ProofsAssertionTests.draft(algorithm: "ES384", kid: "wide").make(),
        ]
        for text in good { _ = try await ProofsAssertionTests.check(text, keys: keys) }
        for _ in 0..<10_000 {
            let tampered = Self.tamper(dice.pick(good), dice.pick(good), &dice)
            guard !good.contains(tampered) else { continue }
            let accepted = try? await ProofsAssertionTests.check(tampered, keys: keys)
            #expect(accepted == nil, "\(dice.note): \(tampered)")
        }
    }

    @Test("Of 10,000 key sets tampered with, none breaks the reader, and what is read can be used")
    func keySets() async throws {
        var dice = SeededDice("tampered key sets")
        let members = try [ProofKey.first, ProofKey.numbers].enumerated().map { place, key in
            var members = try key.get().members()
            members["kid"] = "\"\(place)\""
            return members.json
        }
        let good = #"{"keys":[\#(members.joined(separator: ","))]}"#
        var read = 0
        for _ in 0..<10_000 {
            guard let set = try? KeySet.parse(Self.tamper(good, good, &dice)) else { continue }
            read += 1
            #expect((1...20).contains(set.keys.count), "\(dice.note)")
            for key in set.keys { #expect(key.thumbprint.utf8.count == 43, "\(dice.note)") }
        }
        #expect(read > 0, "some changes change a name only")
    }
}
