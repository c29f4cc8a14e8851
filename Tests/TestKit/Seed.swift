// Hides where random tests get their numbers. One seed a run, printed once; a run with the same seed rolls the same
// numbers.

import Foundation

/// The seed of this run: `LICET_TEST_SEED` where it is set, fresh otherwise.
public enum Seed {
    public static let ofThisRun: UInt64 = {
        let given = ProcessInfo.processInfo.environment["LICET_TEST_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("random tests of this run: LICET_TEST_SEED=\(seed)")
        return seed
    }()
}

/// SplitMix64. Each test has a stream of its own, so that neither order nor company changes what it rolls.
public struct SeededDice: RandomNumberGenerator, Sendable {
    private var state: UInt64
    /// For the comment of an expectation: what to set to see the same again.
    public let note: String

    public init(_ stream: String, seed: UInt64 = Seed.ofThisRun) {
        // FNV-1a of the name, so that the stream does not depend on the process as `Hasher` would.
        state = stream.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        note = "LICET_TEST_SEED=\(seed)"
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    public mutating func flip() -> Bool { next() >> 63 == 1 }
    public mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    /// One of a list that is not empty.
    public mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: choices.indices, using: &self)]
    }
}
