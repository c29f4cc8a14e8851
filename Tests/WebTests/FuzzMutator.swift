// Makes damaged inputs from good ones: by bytes, by pieces of other inputs, by words that a parser has an ear for. What was
// read well is damaged further, so that inputs grow into corners which nobody thought of.

import TestKit

struct FuzzMutator {
    private var dice: SeededDice
    private var pool: [[UInt8]]
    private let words: [[UInt8]]
    private static let mostKept = 200
    private static let longest = 4_096
    /// Now and then one as long as a request may hold, so that time which grows with the square of the length shows.
    static let longestOfAll = 16_384

    /// Of numbers, text and structure: what breaks readers of every kind.
    private static let everywhere: [[UInt8]] =
        [
            "", "\0", "%", "%0", "%00", "%2", "%zz", "%C3", "%ff", "+", " ", "  ", "\t", "\r\n", "\"", "\\", "\\u",
            "\\ud800", "\\u0000", "=", "==", "&", "&&", ",", ";", ":", "::", ".", "..", "/", "//", "?", "#", "@", "*",
            "|",
            "-1", "-0", "0", "00", "+1", "1e999", "9223372036854775807", "9223372036854775808",
            "99999999999999999999999999", "0.0000000001", "null", "true", "{}", "[]", "[", "{", "ü", "é", "🙂",
            "\u{202e}", "\u{feff}", "½", "٣",
        ].map { Array($0.utf8) } + [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff], [0xf4, 0x90, 0x80, 0x80]]

    init(_ target: FuzzTarget) {
        dice = SeededDice("fuzz \(target.name)")
        pool = target.corpus.map { Array($0.utf8) }
        words = Self.everywhere + target.words.map { Array($0.utf8) }
    }

    var note: String { dice.note }

    mutating func next() -> [UInt8] {
        var bytes = pool[roll(pool.count)]
        // Sometimes none: the good ones are inputs too.
        for _ in 0..<roll(6) { change(&bytes) }
        if roll(2_000) == 0, !bytes.isEmpty {
            while bytes.count < Self.longestOfAll { bytes += bytes }
            return Array(bytes.prefix(Self.longestOfAll))
        }
        return bytes.count > Self.longest ? Array(bytes.prefix(Self.longest)) : bytes
    }

    /// What was read is worth going on from.
    mutating func keep(_ bytes: [UInt8]) {
        guard bytes.count <= 1_024 else { return }
        if pool.count < Self.mostKept { pool.append(bytes) } else if roll(50) == 0 { pool[roll(pool.count)] = bytes }
    }

    private mutating func roll(_ count: Int) -> Int { Int(truncatingIfNeeded: dice.next() >> 16) % count }

    private mutating func change(_ bytes: inout [UInt8]) {
        let at = roll(bytes.count + 1)
        let length = min(bytes.count - at, 1 + roll(1 + roll(32)))
        switch roll(10) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(roll(8))
        case 1 where at < bytes.count: bytes[at] = UInt8(roll(256))
        case 2: bytes.removeSubrange(at..<at + length)
        case 3: bytes.insert(contentsOf: words[roll(words.count)], at: at)
        case 4: bytes.replaceSubrange(at..<at + length, with: words[roll(words.count)])
        case 5: splice(&bytes, at)
        case 6: bytes.insert(contentsOf: Array(bytes[at..<at + length]), at: roll(bytes.count + 1))
        case 7: for _ in 0..<roll(40) { bytes.insert(contentsOf: Array(bytes[at..<at + length]), at: at) }
        case 8 where roll(4) == 0: bytes.removeSubrange(at...)
        default: bytes.insert(UInt8(0x20 + roll(0x5f)), at: at)
        }
    }

    private mutating func splice(_ bytes: inout [UInt8], _ at: Int) {
        let other = pool[roll(pool.count)]
        bytes = Array(bytes[..<at] + other[roll(other.count + 1)...])
    }
}
