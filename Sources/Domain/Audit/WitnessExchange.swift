// Hides what goes to a witness and what comes back (C2SP tlog-witness, add-checkpoint). An answer is read strictly; who believes
// it decides elsewhere.

public enum WitnessExchange {
    /// Bytes of the longest answer that is read.
    public static let longestAnswer = 16 << 10
    /// Hashes in the longest proof that may be sent.
    static let mostHashes = 63
    static let sizeType = "text/x.tlog.size"

    /// `old` is how long the log was when the witness last signed, and `proof` that the checkpoint of the note continues it.
    /// Nil for a proof that is longer than may be sent, which no log makes.
    public static func request(old: Int, proof: [MerkleHash], note: SignedNote) -> [UInt8]? {
        guard proof.count <= mostHashes else { return nil }
        let lines = proof.map { NoteBase64.encode($0.bytes) + "\n" }.joined()
        return Array("old \(old)\n\(lines)\n".utf8) + note.bytes
    }

    public enum Answer: Hashable, Sendable {
        case cosigned(Cosignature)
        /// It last signed a log of this size: ask again from there.
        case size(Int)
        /// It has seen another log of this name: nothing that we have continues what it signed.
        case otherTree
        /// It does not know the log (404), not its key (403), or does not want it (400 and the like).
        case refused(status: Int)
        /// It could not, for now: 429, 5xx.
        case busy(status: Int)
        /// None of the above: not its own cosignature, or not what the format says.
        case unreadable
    }

    /// What an answer to that note says. `type` is its `Content-Type`; `isRight` as for `SignedNote.verify`.
    public static func answer(
        status: Int, type: String, body: [UInt8], to note: SignedNote, from key: WitnessKey,
        by isRight: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) -> Answer {
        guard body.count <= longestAnswer else { return .unreadable }
        switch status {
        case 200:
            // As the format proposes: under the text that was sent, the lines make a note.
            guard let signed = try? SignedNote(parsing: Array("\(note.text)\n".utf8) + body), signed.text == note.text,
                let found = try? signed.cosignatures(of: [key], by: isRight).first
            else { return .unreadable }
            return .cosigned(found)
        case 409:
            guard type.prefix(while: { $0 != ";" && $0 != " " }).lowercased() == sizeType else { return .otherTree }
            guard body.last == UInt8(ascii: "\n"),
                let size = DecimalText.read(String(decoding: body.dropLast(), as: UTF8.self))
            else { return .unreadable }
            return .size(size)
        case 422: return .otherTree
        case 429, 500...599: return .busy(status: status)
        case 400...499: return .refused(status: status)
        default: return .unreadable
        }
    }
}
