// A secret is kept as what finds it again and nothing else, and secrets made one after another lie beside each other.

import Domain
import Testing
import Vault

@Suite("Kept secrets (B11, threat: tokens in a stolen database)")
struct KeptSecretTests {
    private static let start = Moment(seconds: 1_790_000_000)

    private func secret(after span: Span, _ letter: Character) -> String {
        KeptSecret.text("lat_", at: Self.start + span, dice: String(repeating: letter, count: 43))
    }

    @Test("What is kept sorts by when the secret was made, whatever the dice say")
    func order() {
        let spans: [Span] = [.milliseconds(0), .milliseconds(1), .seconds(1), .hours(7), .days(400), .days(40_000)]
        for (one, next) in zip(spans, spans.dropFirst()) {
            for (early, late) in [("A", "z"), ("z", "A")] as [(Character, Character)] {
                let kept = hashSecret(secret(after: one, early))
                #expect(kept.lexicographicallyPrecedes(hashSecret(secret(after: next, late))))
            }
        }
    }

    @Test("Of the random part nothing is kept but the hash of the whole")
    func secrecy() {
        let text = secret(after: .seconds(5), "k")
        let kept = hashSecret(text)
        #expect(kept.count == 42)
        #expect(kept.prefix(10) == Array(text.utf8)[4..<14])
        #expect(!zip(kept.dropFirst(10), kept.dropFirst(11)).contains { $0 == $1 && $0 == UInt8(ascii: "k") })
        #expect(kept.dropFirst(10) != hashSecret(secret(after: .seconds(5), "l")).dropFirst(10))
    }

    @Test("Another prefix, another time or another length is another secret")
    func difference() {
        let text = secret(after: .seconds(5), "k")
        let others = [
            "lrt_" + text.dropFirst(4), secret(after: .seconds(6), "k"), text + "k", String(text.dropLast()), "",
        ]
        #expect(Set((others + [text]).map(hashSecret)).count == others.count + 1)
    }

    @Test("A text that is not in the form of ours is kept as its hash alone, so secrets of an earlier form still count")
    func earlierForm() {
        #expect(hashSecret("lcs_" + String(repeating: "A", count: 43)).count == 32)
        #expect(hashSecret("").count == 32)
    }
}
