// Hides the three lines that say what a log is at a moment (C2SP tlog-checkpoint): its name, its size, its root. Signed, it
// binds the log to its whole history.

public struct Checkpoint: Hashable, Sendable {
    /// The log's name, the same as its key's.
    public let origin: NoteName
    /// How many entries.
    public let size: Int
    public let root: MerkleHash

    public init(origin: NoteName, range: MerkleRange) {
        self.origin = origin
        size = range.size
        root = range.root
    }

    /// The text of a note. Nil unless it is what `text` writes: extension lines, which no monitor could check, are refused.
    public init?(text: String) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
        guard lines.count == 4, lines[3].isEmpty, let origin = NoteName(lines[0]),
            let size = DecimalText.read(lines[1]),
            size <= LogTile.mostEntries, let hash = NoteBase64.decode(lines[2]), let root = MerkleHash(hash)
        else { return nil }
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Three lines, each with its newline.
    public var text: String { "\(origin)\n\(size)\n\(NoteBase64.encode(root.bytes))\n" }
}
