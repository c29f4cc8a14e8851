// How a deployment comes to its log: the key is made at the first start, sealed, with the checkpoint of the empty log. From then
// on both are there or something is wrong: a log never begins a second time.

import Domain
import Logging
import Vault

extension Gateway {
    /// Opens the log, which the first start makes. Nodes that start at once come to one and the same.
    public func openLog() async throws(Declined) -> Sequencer {
        let ring = LogKeyRing(keyring)
        let now = world.now()
        var known = try await read { tx in try StoredLog(ring, at: now, in: tx) }
        if known.head == nil, !known.hasKey { known = try await beginLog(ring) }
        guard let head = known.head, known.hasKey, let key = VerifierKey(head.verifierKey) else {
            logger.critical("the audit log has lost its head or its key, and is not begun a second time")
            throw Declined(.unexpected, "The audit log has lost its head or its key.")
        }
        guard known.opens else {
            logger.critical(
                "the audit log's key does not open, or is not the one that its head names: is this the right sealing key?"
            )
            throw Declined(.unexpected, "The audit log's key does not open, or is not the one that its head names.")
        }
        if let wanted = policy.logName, key.name.text != wanted {
            // Whoever checks it knows it by its name.
            logger.warning("the audit log keeps the name that it began with", metadata: ["name": "\(key.name)"])
        }
        return Sequencer(gateway: self, key: key, ring: ring, holder: world.identify(RequestNoun.self).text)
    }

    private struct StoredLog: Sendable {
        let head: LogHead?
        /// Of the head; of any where there is none.
        let hasKey: Bool
        let opens: Bool

        init(_ ring: LogKeyRing, at now: Moment, in tx: borrowing Transaction) throws(StorageError) {
            head = try LogTable.head(in: tx)
            let rows = try LogKeyTable.all(in: tx)
            let known = head
            if let row = rows.first(where: { known == nil || $0.verifierKey == known?.verifierKey }) {
                hasKey = try DeploymentKeyTable.find(LogKeyRing.seedName(row), in: tx) != nil
            } else {
                hasKey = try DeploymentKeyTable.find(LogKeyRing.firstSeed, in: tx) != nil
            }
            opens =
                try known.map { head throws(StorageError) in try ring.hands(of: head, at: now, in: tx) != nil } ?? false
        }
    }

    private func beginLog(_ ring: LogKeyRing) async throws(Declined) -> StoredLog {
        let seed = world.roll(32)
        let now = world.now()
        let empty = MerkleRange()
        guard let name = NoteName(policy.logName ?? Self.logName(of: policy.publicURL)),
            let signer = LogSigner(name: name, seed: seed), let note = try? signer.sign(empty),
            let sealed = try? keyring.seal(seed, as: LogKeyRing.firstSeed)
        else { throw Declined(.unexpected, "The audit log cannot have this name.") }
        let head = LogHead(
            verifierKey: signer.key.text, size: 0, peaks: empty.stored, note: note.bytes, signedAt: now)
        return try await write { tx in
            let first = try StoredLog(ring, at: now, in: tx)
            guard first.head == nil, !first.hasKey else { return first }
            try DeploymentKeyTable.insert(LogKeyRing.firstSeed, sealed: sealed, at: now, in: tx)
            try LogTable.insert(head, in: tx)
            try LogKeyTable.insert(LogKeyRow(number: 1, verifierKey: head.verifierKey, signsFrom: now), in: tx)
            return try StoredLog(ring, at: now, in: tx)
        }
    }

    /// Where the log is found, without the scheme (C2SP tlog-checkpoint): `licet.example/log`.
    public static func logName(of publicURL: String) -> String {
        let place = publicURL.firstRange(of: "://").map { publicURL[$0.upperBound...] } ?? publicURL[...]
        return "\(place)/log"
    }
}
