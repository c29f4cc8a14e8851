// How a deployment comes to its log: the key is made at the first start, sealed, with the checkpoint of the empty log. From then
// on both are there or something is wrong: a log never begins a second time.

import Domain
import Logging
import Vault

extension Gateway {
    /// The name of the log's key among the deployment's, and what it is sealed under.
    static let logKeyName = "log-signing-key"

    /// Opens the log, which the first start makes. Nodes that start at once come to one and the same.
    public func openLog() async throws(Declined) -> Sequencer {
        var known = try await storedLog()
        if known.head == nil, known.sealedSeed == nil { known = try await beginLog() }
        guard let head = known.head, let sealed = known.sealedSeed, let key = VerifierKey(head.verifierKey) else {
            logger.critical("the audit log has lost its head or its key, and is not begun a second time")
            throw Declined(.unexpected, "The audit log has lost its head or its key.")
        }
        let seed: [UInt8]
        do { seed = try keyring.openUnsealed(sealed, as: Self.logKeyName) } catch {
            logger.error("the audit log's key does not open: is this the right sealing key?")
            throw Declined(.unexpected)
        }
        guard let signer = LogSigner(name: key.name, seed: seed), signer.key == key else {
            logger.critical("the audit log's key is not the one that its head names")
            throw Declined(.unexpected, "The audit log's key is not the one that its head names.")
        }
        if let wanted = policy.logName, key.name.text != wanted {
            // Whoever checks it knows it by its name.
            logger.warning("the audit log keeps the name that it began with", metadata: ["name": "\(key.name)"])
        }
        return Sequencer(gateway: self, signer: signer, holder: world.identify(RequestNoun.self).text)
    }

    private struct StoredLog: Sendable {
        var head: LogHead?
        var sealedSeed: [UInt8]?

        init(in tx: borrowing Transaction) throws(StorageError) {
            head = try LogTable.head(in: tx)
            sealedSeed = try DeploymentKeyTable.find(Gateway.logKeyName, in: tx)
        }
    }

    private func storedLog() async throws(Declined) -> StoredLog { try await read { tx in try StoredLog(in: tx) } }

    private func beginLog() async throws(Declined) -> StoredLog {
        let seed = world.roll(32)
        let now = world.now()
        let empty = MerkleRange()
        guard let name = NoteName(policy.logName ?? Self.logName(of: policy.publicURL)),
            let signer = LogSigner(name: name, seed: seed), let note = try? signer.sign(empty),
            let sealed = try? keyring.seal(seed, as: Self.logKeyName)
        else { throw Declined(.unexpected, "The audit log cannot have this name.") }
        let head = LogHead(
            verifierKey: signer.key.text, size: 0, peaks: empty.stored, note: note.bytes, signedAt: now)
        return try await write { tx in
            let first = try StoredLog(in: tx)
            guard first.head == nil, first.sealedSeed == nil else { return first }
            try DeploymentKeyTable.insert(Self.logKeyName, sealed: sealed, at: now, in: tx)
            try LogTable.insert(head, in: tx)
            return try StoredLog(in: tx)
        }
    }

    /// Where the log is found, without the scheme (C2SP tlog-checkpoint): `licet.example/log`.
    public static func logName(of publicURL: String) -> String {
        let place = publicURL.firstRange(of: "://").map { publicURL[$0.upperBound...] } ?? publicURL[...]
        return "\(place)/log"
    }
}
