// Hides Ed25519 behind what a log needs of it: a checkpoint signed under the log's name, and a signature checked. The seed
// does not leave this file.

import Crypto
public import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The log's own key.
public struct LogSigner: Sendable {
    /// What others need to check what is signed here.
    public let key: VerifierKey
    private let secret: Curve25519.Signing.PrivateKey

    /// `seed` is the 32 bytes of RFC 8032 §5.1.5. Nil unless there are 32.
    public init?(name: NoteName, seed: [UInt8]) {
        guard let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let key = VerifierKey(name: name, publicKey: Array(secret.publicKey.rawRepresentation))
        else { return nil }
        self.secret = secret
        self.key = key
    }

    /// The log as it is now, signed (C2SP tlog-checkpoint).
    /// INVARIANT: who calls this has made sure that the range continues whatever was signed before; two checkpoints that
    /// contradict each other are the end of the log.
    public func sign(_ range: MerkleRange) throws(LogFault) -> SignedNote {
        try Self.sign(range, by: [self])
    }

    /// By several keys of one name, whose lines stand in this order: while a former key is good beside the new one.
    static func sign(_ range: MerkleRange, by signers: [LogSigner]) throws(LogFault) -> SignedNote {
        guard let name = signers.first?.key.name else { throw .notSigned(file: "checkpoint") }
        let text = Checkpoint(origin: name, range: range).text
        var lines: [SignedNote.Signature] = []
        for signer in signers {
            guard let signature = try? signer.secret.signature(for: Array(text.utf8)) else {
                throw .notSigned(file: "checkpoint")
            }
            lines.append(.init(name: signer.key.name, keyID: signer.key.keyID, bytes: Array(signature)))
        }
        return SignedNote(text: text, signatures: lines)
    }
}

public enum LogSignature {
    /// Ed25519 (RFC 8032), for `SignedNote.verify` and `LogProof.verify`.
    public static func isRight(_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}
