// The readers of what witnesses answer and operators write of them, fuzzed from good ones: what is believed is signed, and a quorum is
// met by all or by nobody's absence alone.

import Domain

extension FuzzTarget {
    private static let name = "witness.example"
    private static let text = "licet.example/audit\n300\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    private static let keys: [WitnessKey] = (1...3).compactMap { number in
        NoteName("\(name)/\(number)").flatMap {
            WitnessKey(name: $0, publicKey: [UInt8](repeating: UInt8(number), count: 32))
        }
    }
    private static func line(_ key: WitnessKey) -> String {
        let signature = SignedNote.Signature(
            name: key.name, keyID: key.keyID, bytes: [0, 0, 0, 0, 0x6b, 0, 0, 1] + [UInt8](repeating: 5, count: 64))
        let note = SignedNote(text: "", signatures: [signature])
        return String(decoding: note.bytes.dropFirst(), as: UTF8.self)
    }

    static let policies = FuzzTarget(
        name: "policies of witnesses",
        corpus: [
            "# two of three\nwitness a \(keys[0])\nwitness b \(keys[1]) https://b.example\nwitness c \(keys[2])\n"
                + "group g 2 a b c\nquorum g\n", "quorum none\n", "\twitness a \(keys[0]) \nquorum  a\n",
            "witness a \(keys[0])\ngroup g all a\nwitness b \(keys[1])\ngroup h any g b\nquorum h\n",
        ],
        words: ["witness ", "group ", "quorum ", "all ", "any ", "none", "log ", "\n", " a", " b", " 2 ", "\(keys[1])"]
    ) { bytes in
        guard let policy = try? WitnessPolicy(parsing: bytes) else { return .refused }
        let all = policy.witnesses.map(\.key)
        guard policy.isMet(by: all), policy.isMet(by: []) == policy.asksForNobody else {
            return .broken("a quorum that all do not meet, or nobody does")
        }
        return .read(
            Set(all.map(\.publicKey)).count == all.count && all.count <= WitnessPolicy.most, "a witness twice")
    }

    static let witnessAnswers = FuzzTarget(
        name: "answers of witnesses", corpus: [line(keys[0]), line(keys[1]) + line(keys[0]), "300\n", "0\n"],
        words: ["— ", name, "\n", line(keys[0]), "\u{2014}", "7", "\n\n"]
    ) { bytes in
        let note = SignedNote(text: text, signatures: [])
        func answer(_ status: Int, isRight: Bool) -> WitnessExchange.Answer {
            WitnessExchange.answer(
                status: status, type: "text/x.tlog.size", body: bytes, to: note, from: keys[0]
            ) { signature, message, key in
                isRight && signature.count == 64 && key == keys[0].publicKey && message.count > text.utf8.count
            }
        }
        if case .cosigned = answer(200, isRight: false) { return .broken("believed without a signature") }
        if case .size(let size) = answer(409, isRight: false) {
            return .read("\(size)\n".utf8.elementsEqual(bytes), "a size in two spellings")
        }
        guard case .cosigned(let found) = answer(200, isRight: true) else { return .refused }
        return .read(found.key == keys[0] && found.line.bytes.count == 72, "another witness's line")
    }
}
