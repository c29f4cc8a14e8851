// Ids: a noun's prefix, 26 characters, and the order of time.

import Domain
import TestKit
import Testing

struct IdentifierTests {
    @Test("An id begins with its noun's prefix and reads back as itself")
    func prefix() {
        let id = GrantID(at: Scene.now, dice: [UInt8](repeating: 0xff, count: 10))
        #expect(id.text.hasPrefix("grt_"))
        #expect(id.text.utf8.count == 4 + 26)
        #expect(GrantID(id.text) == id)
        #expect(id.description == id.text)
        #expect(GrantID(stored: id.text) == id)
    }

    @Test("An id of one noun is never an id of another")
    func foreign() throws {
        let body = "0123456789abcdefghjkmnpqrs"
        let readers: [(String, @Sendable (String) -> Bool)] = [
            ("org", { OrganizationID($0) != nil }), ("app", { ApplicationID($0) != nil }),
            ("per", { PersonID($0) != nil }),
            ("rec", { RecordID($0) != nil }), ("apr", { ApprovalID($0) != nil }), ("grt", { GrantID($0) != nil }),
            ("msg", { ParcelID($0) != nil }), ("imp", { ImportID($0) != nil }), ("aud", { AuditID($0) != nil }),
            ("req", { RequestID($0) != nil }), ("itm", { ItemID($0) != nil }), ("r", { RecordPseudonym($0) != nil }),
            ("p", { PersonPseudonym($0) != nil }), ("n", { AuditName($0) != nil }), ("ntc", { NoticeID($0) != nil }),
        ]
        #expect(Set(readers.map(\.0)).count == readers.count)
        for (prefix, _) in readers {
            let readable = readers.filter { $0.1("\(prefix)_\(body)") }.map(\.0)
            #expect(readable == [prefix])
        }
    }

    @Test(
        "What is not an id is refused",
        arguments: [
            "", "grt_", "grt", "0123456789abcdefghjkmnpqrs", "grt_0123456789abcdefghjkmnpqr",
            "grt_0123456789abcdefghjkmnpqrst",
            "grt-0123456789abcdefghjkmnpqrs", "GRT_0123456789abcdefghjkmnpqrs", "grt_0123456789ABCDEFGHJKMNPQRS",
            "grt_0123456789abcdefghijkmnpqr", "grt_0123456789abcdefghjklmnpqr", "grt_0123456789abcdefghjkmnpqro",
            "grt_0123456789abcdefghjkmnpqru", " grt_0123456789abcdefghjkmnpqrs", "grt_0123456789abcdefghjkmnpqr\n",
            "grt_0123456789abcdefghjkmnpqé", "grt_' OR 1=1 --            ",
        ])
    func refused(text: String) {
        #expect(GrantID(text) == nil)
        #expect(GrantID("grt_\u{0}123456789abcdefghjkmnpqrs") == nil)
    }

    @Test("Ids made later sort later, whatever the dice said")
    func order() {
        var dice = SeededDice("ids")
        for _ in 0..<5_000 {
            let start = Int64(dice.roll(0...4_000_000_000_000))
            let gap = Int64(dice.pick([1, 2, 1_000, 86_400_000, 100_000_000_000]))
            let earlier = ParcelID(at: Moment(microseconds: start * 1_000 + 999), dice: bytes(10, using: &dice))
            let later = ParcelID(at: Moment(microseconds: (start + gap) * 1_000), dice: bytes(10, using: &dice))
            if !(earlier < later && earlier.text < later.text) { Issue.record("\(earlier) \(later) \(dice.note)") }
        }
    }

    @Test("A moment before 1970 or far ahead still makes a whole id")
    func oddMoments() {
        for moment in [Moment(microseconds: .min), Moment(seconds: -1), Moment(microseconds: .max)] {
            let id = AuditID(at: moment, dice: [UInt8](repeating: 7, count: 16))
            #expect(AuditID(id.text) == id)
        }
    }

    @Test("F8: sixteen bytes make an id of their own: no two different rolls make the same")
    func distinct() {
        var dice = SeededDice("pseudonyms")
        var seen: Set<String> = []
        for _ in 0..<5_000 {
            let pseudonym = RecordPseudonym(bytes: bytes(16, using: &dice))
            seen.insert(pseudonym.text)
            if RecordPseudonym(pseudonym.text) != pseudonym { Issue.record("\(pseudonym) \(dice.note)") }
        }
        #expect(seen.count == 5_000, "\(dice.note)")
        let zero = [UInt8](repeating: 0, count: 16)
        for bit in 0..<128 {
            var flipped = zero
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(RecordPseudonym(bytes: flipped) != RecordPseudonym(bytes: zero), "bit \(bit)")
        }
    }

    private func bytes(_ count: Int, using dice: inout SeededDice) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: dice.next() >> 32) }
    }
}
