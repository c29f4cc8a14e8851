// Hides the text of a signed note (C2SP signed-note): what was signed, and by whom. Reading is strict and bounded. Nothing
// is signed or verified here; who does brings the algorithm along.

public struct SignedNote: Hashable, Sendable {
    public struct Signature: Hashable, Sendable {
        public let name: NoteName
        /// With the name, which key it is; no proof of anything.
        public let keyID: UInt32
        /// What the key's algorithm made: 64 bytes for Ed25519.
        public let bytes: [UInt8]

        public init(name: NoteName, keyID: UInt32, bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    public enum Fault: Error, Hashable, Sendable {
        case tooLong
        /// Not UTF-8, or with control characters.
        case notText
        case noSignatures
        case tooManySignatures
        /// Counted from 1.
        case signatureLine(Int)
        /// No line is of the key in question.
        case notSigned
        case wrongSignature
    }

    /// What is signed; ends in a newline.
    public let text: String
    /// One or more: the log's, and those of witnesses.
    public let signatures: [Signature]

    /// Bytes of the longest note that is read: far more than 16 signatures of any kind known today.
    public static let longest = 256 << 10
    public static let mostSignatures = 64
    private static let dash = Array("— ".utf8)
    private static let newline = UInt8(ascii: "\n")

    /// `text` ends in a newline and has no control characters.
    public init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    public init(parsing bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.longest else { throw .tooLong }
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == Self.newline }), String(validating: bytes, as: UTF8.self) != nil
        else { throw .notText }
        // The text may have empty lines; the last one ends it.
        guard bytes.last == Self.newline, let end = Self.lastEmptyLine(in: bytes) else { throw .noSignatures }
        let lines = bytes[(end + 1)...].dropLast().split(separator: Self.newline, omittingEmptySubsequences: false)
        guard lines.count <= Self.mostSignatures else { throw .tooManySignatures }
        var signatures: [Signature] = []
        for (place, line) in lines.enumerated() {
            guard let signature = Self.signature(line) else { throw .signatureLine(place + 1) }
            signatures.append(signature)
        }
        self.init(text: String(decoding: bytes[..<end], as: UTF8.self), signatures: signatures)
    }

    /// The place of the second of the last two newlines in a row, with something behind it.
    private static func lastEmptyLine(in bytes: [UInt8]) -> Int? {
        var place = bytes.count - 2
        while place > 0 {
            if bytes[place] == newline, bytes[place - 1] == newline { return place }
            place -= 1
        }
        return nil
    }

    /// `— <name> base64(key id, signature)`.
    private static func signature(_ line: ArraySlice<UInt8>) -> Signature? {
        guard line.starts(with: dash) else { return nil }
        let parts = line.dropFirst(dash.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, let name = NoteName(String(decoding: parts[0], as: UTF8.self)),
            let bytes = NoteBase64.decode(String(decoding: parts[1], as: UTF8.self)), bytes.count > 4
        else { return nil }
        let keyID = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Signature(name: name, keyID: keyID, bytes: Array(bytes.dropFirst(4)))
    }

    /// What `parsing` reads.
    public var bytes: [UInt8] {
        var out = Array(text.utf8) + [Self.newline]
        for signature in signatures {
            let keyID = (0..<4).map { UInt8(truncatingIfNeeded: signature.keyID >> (24 - 8 * $0)) }
            out += Self.dash + Array("\(signature.name) \(NoteBase64.encode(keyID + signature.bytes))\n".utf8)
        }
        return out
    }

    /// Returns when the key signed the text. `isRight` is given signature, message and public key. Signatures of other keys
    /// are ignored; one of this key that is wrong spoils the note, whatever stands beside it.
    public func verify(
        with key: VerifierKey, by isRight: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) throws(Fault) {
        let own = signatures.filter { $0.name == key.name && $0.keyID == key.keyID }
        guard !own.isEmpty else { throw .notSigned }
        let message = Array(text.utf8)
        for signature in own where !isRight(signature.bytes, message, key.publicKey) { throw .wrongSignature }
    }
}
