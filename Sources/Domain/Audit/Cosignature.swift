// Hides what a witness signs (C2SP tlog-cosignature, Ed25519): that at a time the longest log of this name that it had seen was
// this one, and that it never saw one that contradicts it.

/// The public key of a witness.
public struct WitnessKey: Hashable, Sendable, CustomStringConvertible {
    public enum Fault: Error, Hashable, Sendable {
        case notAKey
        /// Not a timestamped Ed25519 cosignature; the byte says what.
        case otherKind(UInt8)
    }

    public let name: NoteName
    /// 32 bytes (RFC 8032).
    public let publicKey: [UInt8]
    /// The first four bytes of SHA-256 of the name, a newline, 0x04 and the public key.
    public let keyID: UInt32

    /// Timestamped Ed25519, among the kinds of signatures.
    static let kind: UInt8 = 4

    /// Nil unless the key has 32 bytes.
    public init?(name: NoteName, publicKey: [UInt8]) {
        guard publicKey.count == 32 else { return nil }
        self.name = name
        self.publicKey = publicKey
        keyID = NoteKeyLine(name: name, kind: Self.kind, key: publicKey).keyID
    }

    /// What `text` writes.
    public init(parsing text: some StringProtocol) throws(Fault) {
        guard let line = NoteKeyLine(text) else { throw .notAKey }
        guard line.kind == Self.kind else { throw .otherKind(line.kind) }
        guard let key = WitnessKey(name: line.name, publicKey: line.key) else { throw .notAKey }
        self = key
    }

    /// `name+01234567+base64`.
    public var text: String { NoteKeyLine(name: name, kind: Self.kind, key: publicKey).text }

    public var description: String { text }
}

/// One line under a checkpoint, found right.
public struct Cosignature: Hashable, Sendable {
    public let key: WitnessKey
    /// By the clock of the witness.
    public let at: Moment
    public let line: SignedNote.Signature

    /// 8 bytes of time and 64 of Ed25519.
    static let width = 72
    /// The year 9999: later than that is no time that anybody signed at.
    static let latest: UInt64 = 253_402_300_799

    /// Nil unless the line is the key's and has the form of its signatures; whether it is right is another question.
    init?(_ line: SignedNote.Signature, of key: WitnessKey) {
        guard line.name == key.name, line.keyID == key.keyID, line.bytes.count == Self.width else { return nil }
        let seconds = line.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard seconds <= Self.latest else { return nil }
        self.key = key
        self.line = line
        at = Moment(seconds: Int64(seconds))
    }

    /// What is signed: a word that no log signs, the time, and the text of the checkpoint.
    static func message(_ text: String, at seconds: Int64) -> [UInt8] {
        Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
    }
}

extension SignedNote {
    /// Of these keys, in the order of the lines; other lines are passed over, and a key counts once. One of these keys that is
    /// wrong spoils the note. `isRight` as for `verify`.
    public func cosignatures(
        of keys: [WitnessKey],
        by isRight: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) throws(Fault) -> [Cosignature] {
        var found: [Cosignature] = []
        for line in signatures {
            guard let key = keys.first(where: { $0.name == line.name && $0.keyID == line.keyID }) else { continue }
            guard let cosignature = Cosignature(line, of: key),
                isRight(
                    Array(line.bytes.dropFirst(8)), Cosignature.message(text, at: cosignature.at.seconds),
                    key.publicKey)
            else { throw .wrongSignature }
            if !found.contains(where: { $0.key == key }) { found.append(cosignature) }
        }
        return found
    }

    /// The same text with more lines under it; those that are there already are not repeated.
    public func adding(_ more: [Signature]) -> SignedNote {
        SignedNote(text: text, signatures: signatures + more.filter { !signatures.contains($0) })
    }
}
