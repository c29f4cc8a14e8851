// Hides how the public key of a log is written down (C2SP signed-note): whoever has the line can check the log, and needs
// nothing else from us.

/// An Ed25519 public key under a name.
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    public let name: NoteName
    /// 32 bytes (RFC 8032).
    public let publicKey: [UInt8]
    /// The first four bytes of SHA-256 of the name, a newline, 0x01 and the public key.
    public let keyID: UInt32

    /// Ed25519, among the kinds of signatures.
    static let kind: UInt8 = 1

    /// Nil unless the key has 32 bytes.
    public init?(name: NoteName, publicKey: [UInt8]) {
        guard publicKey.count == 32 else { return nil }
        self.name = name
        self.publicKey = publicKey
        keyID = NoteKeyLine(name: name, kind: Self.kind, key: publicKey).keyID
    }

    /// `name+01234567+base64`. Nil unless it is what `text` writes, the key's id included.
    public init?(_ text: some StringProtocol) {
        guard let line = NoteKeyLine(text), line.kind == Self.kind else { return nil }
        self.init(name: line.name, publicKey: line.key)
    }

    public var text: String { NoteKeyLine(name: name, kind: Self.kind, key: publicKey).text }

    public var description: String { text }

    /// What an entry of the trail calls the key.
    public var id: LogKeyID { LogKeyID(bytes: Array(MerkleHash.digest(of: Array(text.utf8)).bytes.prefix(16))) }
}

/// A public key of whatever kind, as C2SP signed-note spells it.
struct NoteKeyLine {
    let name: NoteName
    let kind: UInt8
    let key: [UInt8]

    init(name: NoteName, kind: UInt8, key: [UInt8]) {
        self.name = name
        self.kind = kind
        self.key = key
    }

    /// Nil unless it is what `text` writes. Keys of kinds that nobody here reads are lines too, but not endless ones.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= NoteName.longest + 4_096 else { return nil }
        // The base64 may have a plus of its own.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = NoteName(parts[0]), let bytes = NoteBase64.decode(parts[2]),
            let kind = bytes.first, bytes.count > 1
        else { return nil }
        self.init(name: name, kind: kind, key: Array(bytes.dropFirst()))
        guard Array(self.text.utf8) == Array(text.utf8) else { return nil }
    }

    var keyID: UInt32 {
        let hash = MerkleHash.digest(of: Array(name.text.utf8) + [UInt8(ascii: "\n"), kind] + key)
        return hash.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    var text: String {
        let digits = String(keyID, radix: 16)
        let padded = String(repeating: "0", count: 8 - digits.utf8.count) + digits
        return "\(name)+\(padded)+\(NoteBase64.encode([kind] + key))"
    }
}
