// Policies as others write them (C2SP tlog-policy): what is enough, and what is wrong with those that are none, with its line.

import Domain
import TestKit
import Testing

struct WitnessPolicyTests {
    static func key(_ number: Int, name: String = "witness.example/w") throws -> WitnessKey {
        let name = try #require(NoteName("\(name)\(number)"))
        return try #require(WitnessKey(name: name, publicKey: [UInt8](repeating: UInt8(number), count: 32)))
    }

    static func log(_ number: Int) throws -> VerifierKey {
        let name = try #require(NoteName("log.example/\(number)"))
        return try #require(VerifierKey(name: name, publicKey: [UInt8](repeating: UInt8(100 + number), count: 32)))
    }

    private static func parse(_ text: String) throws(WitnessPolicy.Fault) -> WitnessPolicy {
        try WitnessPolicy(parsing: Array(text.utf8))
    }

    /// The format's own example, with keys.
    private static func example() throws -> String {
        let keys = try (0..<6).map { try key($0).text }
        return """
            log \(try log(1))

            witness X1 \(keys[0])
            \twitness  X2\t\(keys[1]) https://x2.example/witness \("")
            witness X3 \(keys[2])
            group X-witnesses 2 X1 X2 X3
              # a comment, with ümlauts
            witness Y1 \(keys[3])
            witness Y2 \(keys[4])
            witness Y3 \(keys[5])
            group Y-witnesses any Y1 Y2 Y3

            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """
    }

    @Test("tlog-policy: the format's example: two of the X and one of the Y are enough, and nothing less is")
    func example() throws {
        let policy = try Self.parse(try Self.example())
        let keys = try (0..<6).map { try Self.key($0) }
        let log = try Self.log(1)
        #expect(policy.logs == [log] && policy.witnesses.map(\.key) == keys)
        #expect(policy.witnesses.map(\.url) == [nil, "https://x2.example/witness", nil, nil, nil, nil])
        #expect(policy.witnesses[1].line == 4 && !policy.asksForNobody)
        for chosen in 0..<64 {
            let who = (0..<6).filter { chosen >> $0 & 1 == 1 }
            let isEnough = who.count { $0 < 3 } >= 2 && who.contains { $0 >= 3 }
            #expect(policy.isMet(by: who.map { keys[$0] }) == isEnough, "\(who)")
        }
        #expect(!policy.isMet(by: try (10..<20).map { try Self.key($0) }), "strangers count nothing")
    }

    @Test("tlog-policy: nobody is asked for by `none` alone; a single witness may be the quorum")
    func small() throws {
        #expect(try Self.parse("quorum none\n").isMet(by: []))
        #expect(try Self.parse("quorum none\n").asksForNobody)
        let (first, second) = (try Self.key(1), try Self.key(2))
        let one = try Self.parse("witness a \(try Self.key(1))\nquorum a\n")
        #expect(!one.isMet(by: []) && one.isMet(by: [first]) && !one.isMet(by: [second]))
        // Names are bytes, of whatever spelling.
        let raw =
            Array("witness ".utf8) + [0xff, 0xfe] + Array(" \(try Self.key(1))\nquorum ".utf8) + [0xff, 0xfe, 10]
        #expect(try WitnessPolicy(parsing: raw).isMet(by: [try Self.key(1)]))
        #expect(throws: WitnessPolicy.Fault(line: 2, .unknownName)) {
            try WitnessPolicy(parsing: Array(raw.dropLast(2)) + [0xfd, 10])
        }
    }

    private static func bad() throws -> [(String, Int?, WitnessPolicy.What)] {
        let a = "witness a \(try key(1))\n"
        let b = "witness b \(try key(2))\n"
        let mlDSA = "w+x"
        let many = try (1...33).map { "witness w\($0) \(try key($0))\n" }.joined()
        return [
            ("", nil, .noQuorum), (a, nil, .noQuorum), ("quorum none", 1, .noNewline), (a + "quorum a", 2, .noNewline),
            ("quorum\n", 1, .wordCount), ("quorum a b\n", 1, .wordCount), ("quorum a\n", 1, .unknownName),
            ("quorum none\nquorum none\n", 2, .secondQuorum), ("quorum a\n" + a, 1, .unknownName),
            ("Quorum none\n", 1, .unknownWord), ("quorum\u{a0}none\n", 1, .unknownWord),
            ("quorum none\r\n", 1, .controlCharacter), ("\u{7f}\nquorum none\n", 1, .controlCharacter),
            ("\0", 1, .noNewline), ("\0\n", 1, .controlCharacter), ("witness none \(try key(1))\n", 1, .badName),
            (a + "witness a \(try key(2))\n", 2, .repeatedName), (a + "group a any a\n", 2, .repeatedName),
            (a + "witness b \(try key(1))\n", 2, .repeatedKey),
            (a + "witness b \(try key(1, name: "other.example/w"))\n", 2, .repeatedKey),
            (a + "group g any none\n", 2, .unknownName), ("group g any g\n", 1, .unknownName),
            (a + b + "group g any a\ngroup h any a b\n", 4, .usedTwice), (a + "group g any a a\n", 2, .usedTwice),
            (a + "group g any\n", 2, .wordCount), (a + "group g 0 a\n", 2, .badThreshold),
            (a + "group g 2 a\n", 2, .badThreshold), (a + "group g 01 a\n", 2, .badThreshold),
            (a + "group g +1 a\n", 2, .badThreshold), (a + "group g most a\n", 2, .badThreshold),
            ("witness a\n", 1, .wordCount), ("witness a \(try key(1)) https://x y\n", 1, .wordCount),
            ("witness a \(try key(1)) x\n", 1, .badURL), ("witness a \(try key(1)) https://\u{fc}\n", 1, .badURL),
            ("witness a \(mlDSA)\n", 1, .notAWitnessKey), ("witness a \(try log(1))\n", 1, .otherKind(1)),
            ("log \(try key(1))\n", 1, .notALogKey), ("log x\n", 1, .notALogKey), ("log\n", 1, .wordCount),
            ("log \(try log(1))\nlog \(try log(1))\n", 2, .repeatedKey), (many, 33, .tooMany),
            (String(repeating: "#", count: 65_536) + "\n", nil, .tooLong),
        ]
    }

    @Test("tlog-policy: what is none is refused, and the line and what is wrong there are named")
    func refused() throws {
        for (text, line, what) in try Self.bad() {
            #expect(throws: WitnessPolicy.Fault(line: line, what), "\(text.prefix(60))") { try Self.parse(text) }
        }
        let fault = WitnessPolicy.Fault(line: 7, .otherKind(6))
        #expect(
            fault.words
                == "line 7: the key of this witness is of the kind 0x06; only timestamped Ed25519 (0x04) is read here")
        #expect(WitnessPolicy.Fault(line: nil, .noQuorum).words == "there is no quorum line")
    }
}
