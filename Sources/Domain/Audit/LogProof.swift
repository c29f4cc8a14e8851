// Hides the file that proves one entry to whoever has the log's key, and nothing else (C2SP tlog-proof): the entry's place,
// its path to the root, and the signed checkpoint. Reading is strict and bounded.

public struct LogProof: Hashable, Sendable {
    public enum Fault: Error, Hashable, Sendable {
        /// It does not begin with the format's name, or a line is not what stands there.
        case notAProof
        case note(SignedNote.Fault)
        case notACheckpoint
        /// The checkpoint is another log's.
        case otherLog
        /// The entry is not where the proof says, or not as it is said.
        case notIncluded
    }

    /// Not authenticated by the proof, and so never to be trusted.
    public let extra: [UInt8]?
    /// From 0.
    public let index: Int
    /// From the sibling of the entry up.
    public let path: [MerkleHash]
    public let note: SignedNote
    public let checkpoint: Checkpoint

    private static let format = "c2sp.org/tlog-proof@v1"
    /// Bytes of the longest extra data.
    public static let longestExtra = 16 << 10
    /// Bytes of the longest proof that is read.
    public static let longest = SignedNote.longest + 2 * longestExtra

    public init(index: Int, path: [MerkleHash], note: SignedNote, extra: [UInt8]? = nil) throws(Fault) {
        guard let checkpoint = Checkpoint(text: note.text) else { throw .notACheckpoint }
        guard (0..<checkpoint.size).contains(index), path.count <= MerkleProof.longest,
            (extra?.count ?? 0) <= Self.longestExtra
        else { throw .notAProof }
        self.index = index
        self.path = path
        self.note = note
        self.extra = extra
        self.checkpoint = checkpoint
    }

    public init(parsing bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.longest, let end = Self.firstEmptyLine(in: bytes),
            let head = String(validating: bytes[..<end], as: UTF8.self)
        else { throw .notAProof }
        var lines = head.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Substring.init)[...]
        guard lines.popFirst().map({ $0.utf8.elementsEqual(Self.format.utf8) }) == true else { throw .notAProof }
        var extra: [UInt8]?
        if let text = Self.value("extra ", of: lines.first) {
            guard let data = NoteBase64.decode(text) else { throw .notAProof }
            extra = data
            lines.removeFirst()
        }
        guard let text = Self.value("index ", of: lines.popFirst()), let index = DecimalText.read(text),
            lines.count <= MerkleProof.longest
        else { throw .notAProof }
        var path: [MerkleHash] = []
        for line in lines {
            guard let hash = NoteBase64.decode(line).flatMap({ MerkleHash($0) }) else { throw .notAProof }
            path.append(hash)
        }
        let note: SignedNote
        do throws(SignedNote.Fault) { note = try SignedNote(parsing: Array(bytes[(end + 2)...])) } catch {
            throw .note(error)
        }
        try self.init(index: index, path: path, note: note, extra: extra)
    }

    /// The place of the first of the first two newlines in a row.
    private static func firstEmptyLine(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        return (0..<bytes.count - 1).first {
            bytes[$0] == UInt8(ascii: "\n") && bytes[$0 + 1] == UInt8(ascii: "\n")
        }
    }

    private static func value(_ word: String, of line: Substring?) -> Substring? {
        guard let line, line.utf8.starts(with: word.utf8) else { return nil }
        return Substring(line.utf8.dropFirst(word.utf8.count))
    }

    /// What `parsing` reads; a file of it ends in `.tlog-proof`.
    public var bytes: [UInt8] {
        var head = Self.format + "\n"
        if let extra { head += "extra \(NoteBase64.encode(extra))\n" }
        head += "index \(index)\n"
        for hash in path { head += NoteBase64.encode(hash.bytes) + "\n" }
        return Array(head.utf8) + [UInt8(ascii: "\n")] + note.bytes
    }

    /// Returns when the log of that key has this entry at this index. `isRight` as in `SignedNote.verify`.
    public func verify(
        _ entry: [UInt8], with key: VerifierKey,
        by isRight: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) throws(Fault) {
        do throws(SignedNote.Fault) { try note.verify(with: key, by: isRight) } catch { throw .note(error) }
        guard checkpoint.origin == key.name else { throw .otherLog }
        let isThere = MerkleProof.isIncluded(
            .leaf(of: entry), at: index, in: checkpoint.size, with: checkpoint.root, by: path)
        guard isThere else { throw .notIncluded }
    }
}
