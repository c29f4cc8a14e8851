// Hides how somebody who knows one key of a log comes to its later ones. A rotation is an entry of the log that names the new key;
// its handover is the proof of that entry under the first checkpoint that the old key and the new one signed.

/// The keys of a log from a known one on, each handed over by the one before.
public struct LogKeyChain: Hashable, Sendable {
    public enum Fault: Error, Hashable, Sendable {
        /// Counted from 1. Not a proof of a rotation's entry, or not behind the one before.
        case notAHandover(Int)
        /// No key in the list is the one that the entry names, or it is named a second time.
        case noKey(Int)
        /// Not signed by both keys, or the entry is not in the log that they signed.
        case wrong(Int)
    }

    /// The first is the one that was known.
    public let keys: [VerifierKey]
    /// All that there are, oldest first.
    public let handovers: [LogProof]

    /// The key that signs at the end.
    public var last: VerifierKey { keys[keys.count - 1] }

    /// `handovers` are all of the log's, oldest first; `listed` are keys in any order, trusted for nothing. `isRight` as for
    /// `SignedNote.verify`.
    /// INVARIANT: a later key is believed only for an entry that names it, in a log that the key before it signed. The handovers
    /// before the known key count as well: each must be signed by the key that the entry before it names. Otherwise who stole a key
    /// that is long replaced could let the log come back to it.
    public init(
        from known: VerifierKey, handovers: [LogProof], listed: [VerifierKey],
        by isRight: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) throws(Fault) {
        var named: [VerifierKey] = []
        var last = -1
        for (place, handover) in handovers.enumerated() {
            guard let leaf = handover.extra, let name = LogRotation.key(namedBy: leaf), handover.index > last else {
                throw .notAHandover(place + 1)
            }
            guard let key = ([known] + listed).first(where: { $0.id == name }), key.name == known.name,
                !named.contains(key)
            else { throw .noKey(place + 1) }
            named.append(key)
            last = handover.index
        }
        // Of a key that no entry names the log is the first.
        let own = named.firstIndex(of: known)
        for (place, handover) in handovers.enumerated() {
            let former = place > 0 ? named[place - 1] : own == nil ? known : nil
            guard let leaf = handover.extra,
                (try? handover.verify(leaf, with: named[place], by: isRight)) != nil
            else { throw .wrong(place + 1) }
            guard let former else { continue }
            guard (try? handover.note.verify(with: former, by: isRight)) != nil else { throw .wrong(place + 1) }
        }
        keys = [known] + named[(own.map { $0 + 1 } ?? 0)...]
        self.handovers = handovers
    }

    /// Whether a rotation that the log has at this place is one of the handovers'.
    public func accountsFor(_ index: Int) -> Bool { handovers.contains { $0.index == index } }
}

public enum LogRotation {
    /// The members of an entry are in the order of their names: a rotation's begins with this and no other entry's does.
    private static let beginning = Array("{\"action\":\"\(AuditEntry.Action.logKeyRotated.rawValue)\"".utf8)

    /// The key that the log is signed with from this entry on; nil for any other entry.
    public static func key(namedBy leaf: [UInt8]) -> LogKeyID? { key(namedBy: leaf[...]) }

    /// Asked of every entry of a log: no more than a look at where it differs.
    public static func key(namedBy leaf: ArraySlice<UInt8>) -> LogKeyID? {
        guard leaf.starts(with: beginning), let entry = AuditLeaf(parsing: Array(leaf))?.entry else { return nil }
        return entry.key
    }
}
