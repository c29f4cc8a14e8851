// What lies beside the tiles of a copy: the keys with their handovers, and the newest checkpoint that witnesses signed. None of it
// is trusted for where it lies: each is checked against a key that somebody knows, and against the tree.

public import Domain
import Vault

extension LogDirectory {
    static let keys = "keys"
    static let witnessed = "checkpoint.witnessed"
    private static let longestKeys = 64 << 10
    private static let mostHandovers = 1_000

    static func handover(_ number: Int) -> String { "handover/\(number)" }

    /// The keys of the log from a known one on. A copy without handovers has the known key alone.
    public func keyChain(from known: VerifierKey) throws(LogFault) -> LogKeyChain {
        var handovers: [LogProof] = []
        while handovers.count < Self.mostHandovers, has(Self.handover(handovers.count + 1)) {
            let number = handovers.count + 1
            let bytes = try readSmall(Self.handover(number), atMost: LogProof.longest)
            guard let proof = try? LogProof(parsing: bytes) else { throw .handover(number, .unreadable) }
            handovers.append(proof)
        }
        var listed: [VerifierKey] = []
        if has(Self.keys) {
            // The key is the first word of a line; whatever else stands there is for people.
            let lines = try readSmall(Self.keys, atMost: Self.longestKeys).split(separator: UInt8(ascii: "\n"))
            listed = lines.compactMap { line in
                VerifierKey(String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
            }
        }
        do throws(LogKeyChain.Fault) {
            return try LogKeyChain(from: known, handovers: handovers, listed: listed, by: LogSignature.isRight)
        } catch {
            switch error {
            case .notAHandover(let number): throw .handover(number, .unreadable)
            case .noKey(let number): throw .handover(number, .noKey)
            case .wrong(let number): throw .handover(number, .wrong)
            }
        }
    }

    /// Whether what the handovers signed is the beginning of this log, by the tiles of the copy, which need not be sound: a proof
    /// made of them proves or does not.
    func compare(_ chain: LogKeyChain, with now: Checkpoint) throws(LogFault) {
        for (place, handover) in chain.handovers.enumerated() {
            guard try continues(handover.checkpoint, in: now) else { throw .handover(place + 1, .otherHistory) }
        }
    }

    func continues(_ past: Checkpoint, in now: Checkpoint) throws(LogFault) -> Bool {
        guard past.size <= now.size else { return false }
        let path = try MerkleProof.consistency(
            from: past.size, to: now.size, reading: { tile throws(LogFault) in try readHashes(tile) })
        guard let path else { return false }
        return MerkleProof.isContinued(past.root, of: past.size, by: now.root, of: now.size, by: path)
    }

    /// The largest checkpoint of the copy that the policy accepts, with the cosignatures of its witnesses.
    func witnessed(
        by policy: WitnessPolicy, _ chain: LogKeyChain, in now: Checkpoint
    ) throws(LogFault) -> (checkpoint: Checkpoint, cosignatures: [Cosignature]) {
        guard policy.logs.isEmpty || chain.keys.contains(where: policy.logs.contains) else { throw .notInPolicy }
        var most = 0
        for file in [Self.checkpoint, Self.witnessed] where has(file) {
            let (found, note) = try LogVerifier.open(try readSmall(file, atMost: SignedNote.longest), file, chain.keys)
            let cosignatures: [Cosignature]
            do throws(SignedNote.Fault) {
                cosignatures = try note.cosignatures(of: policy.witnesses.map(\.key), by: LogSignature.isRight)
            } catch { throw .wrongSignature(file: file) }
            guard try continues(found, in: now) else { throw .rewritten(before: found.size) }
            if policy.isMet(by: cosignatures.map(\.key)) { return (found, cosignatures) }
            most = max(most, cosignatures.count)
        }
        throw .notWitnessed(by: most)
    }
}

extension LogKeyView {
    /// `key from until`, times as RFC 3339 has them; a dash for the key that signs until further notice.
    public var line: String { "\(key) \(signsFrom.rfc3339) \(signsUntil?.rfc3339 ?? "-")" }
}

extension Gateway {
    /// The keys with their handovers: whoever knows an old one finds the present one.
    func exportKeys(to directory: LogDirectory) async throws {
        let keys = try await logKeys()
        for (place, handover) in try await logHandovers().enumerated() {
            try directory.write(handover, to: LogDirectory.handover(place + 1))
        }
        try directory.write(Array(keys.map { "\($0.line)\n" }.joined().utf8), to: LogDirectory.keys)
    }

    /// Unless it is of more than is copied: the next copy has it.
    func exportWitnessed(to directory: LogDirectory, upTo size: Int) async throws {
        guard let witnessed = try await read({ tx in try WitnessTable.witnessed(in: tx) }), witnessed.size <= size
        else { return }
        try directory.write(witnessed.note, to: LogDirectory.witnessed)
    }
}

extension LogVerifier {
    /// Whether one entry is in the log, by a proof whose checkpoint may be signed by a later key than the known one: the copy's
    /// handovers lead there, and the copy continues what the proof is of.
    public static func check(
        _ proof: LogProof, _ leaf: [UInt8], from known: VerifierKey, in directory: LogDirectory
    ) throws(LogFault) {
        let chain = try directory.keyChain(from: known)
        let (now, _) = try open(try directory.readCheckpoint(), LogDirectory.checkpoint, [chain.last])
        try directory.compare(chain, with: now)
        let (signed, _) = try open(proof.note.bytes, "the proof's checkpoint", chain.keys)
        guard signed.size <= now.size else { throw .copyTooShort(size: now.size) }
        guard try directory.continues(signed, in: now) else { throw .rewritten(before: signed.size) }
        let isThere = MerkleProof.isIncluded(
            .leaf(of: leaf), at: proof.index, in: signed.size, with: signed.root, by: proof.path)
        guard isThere else { throw .notContinued(size: signed.size) }
    }
}
