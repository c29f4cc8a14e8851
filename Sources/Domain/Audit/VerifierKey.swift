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
    private static let kind: UInt8 = 1

    /// Nil unless the key has 32 bytes.
    public init?(name: NoteName, publicKey: [UInt8]) {
        guard publicKey.count == 32 else { return nil }
        self.name = name
        self.publicKey = publicKey
        let hash = MerkleHash.digest(of: Array(name.text.utf8) + [UInt8(ascii: "\n"), Self.kind] + publicKey)
        keyID = hash.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// `name+01234567+base64`. Nil unless it is what `text` writes, the key's id included.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= NoteName.longest + 64 else { return nil }
        // The base64 may have a plus of its own.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = NoteName(parts[0]), let key = NoteBase64.decode(parts[2]),
            key.first == Self.kind
        else { return nil }
        self.init(name: name, publicKey: Array(key.dropFirst()))
        guard Array(self.text.utf8) == Array(text.utf8) else { return nil }
    }

    public var text: String {
        let digits = String(keyID, radix: 16)
        let padded = String(repeating: "0", count: 8 - digits.utf8.count) + digits
        return "\(name)+\(padded)+\(NoteBase64.encode([Self.kind] + publicKey))"
    }

    public var description: String { text }
}
