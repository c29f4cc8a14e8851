// To whom an entry of the trail is shown, with the proof that the log has it (D1, D2). To anybody else it is not there, and
// nobody learns whether there is one.

public import Domain
import Vault

/// Who asks for an entry.
public enum AuditReader: Sendable {
    /// Whoever has the token, as far as `TokenSight` reaches.
    case application(token: String, key: String?)
    /// As far as `PersonSight` reaches.
    case person(PersonID)
    /// Whoever runs the deployment.
    case operation
}

/// An entry that has its place in the log.
public struct SealedEntry: Sendable, Equatable {
    /// From 0.
    public let index: Int
    public let leaf: AuditLeaf
    /// The trail's own names of people and records may be told. To applications they are not: by them two could find out that
    /// they know the same person (F8).
    public let mayName: Bool
}

extension Gateway {
    /// A text that is no id names no entry; that is said only to who may ask at all.
    public func auditEntry(_ id: AuditID?, for reader: AuditReader) async throws(Declined) -> SealedEntry {
        let now = world.now()
        return try await read { tx in try Self.sealed(id, for: reader, at: now, in: tx) }.get()
    }

    /// C2SP tlog-proof. With the entry itself as extra data, where it may be told: then the file and the log's key say all.
    public func auditProof(_ id: AuditID?, for reader: AuditReader) async throws(Declined) -> LogProof {
        let now = world.now()
        let result = try await read { tx -> Result<(SealedEntry, [UInt8], [MerkleHash])?, Declined> in
            let entry: SealedEntry
            switch try Self.sealed(id, for: reader, at: now, in: tx) {
            case .success(let found): entry = found
            case .failure(let declined): return .failure(declined)
            }
            guard let (size, note) = try Self.bestCheckpoint(for: entry.index, in: tx),
                let path = try MerkleProof.inclusion(
                    of: entry.index, in: size,
                    reading: { tile throws(StorageError) in try Self.hashes(tile, in: tx) })
            else { return .success(nil) }
            return .success((entry, note, path))
        }
        guard let (entry, signed, path) = try result.get(), let note = try? SignedNote(parsing: signed),
            let proof = try? LogProof(
                index: entry.index, path: path, note: note, extra: entry.mayName ? entry.leaf.bytes : nil)
        else { throw Declined(.unexpected) }
        return proof
    }

    // What witnesses have signed says more than what only we have.
    private static func bestCheckpoint(
        for index: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> (size: Int, note: [UInt8])? {
        if let witnessed = try WitnessTable.witnessed(in: tx), index < witnessed.size { return witnessed }
        guard let head = try LogTable.head(in: tx) else { return nil }
        return (head.size, try newestNote(head, in: tx))
    }

    private static func sealed(
        _ id: AuditID?, for reader: AuditReader, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<SealedEntry, Declined> {
        let concerns: (AuditEntry) -> Bool
        var mayName = true
        switch reader {
        case .operation: concerns = { _ in true }
        case .application(let text, let key):
            switch try TokenSight.of(hashSecret(text), key: key, at: now, in: tx) {
            case .success(let sight): concerns = sight.sees
            case .failure(let declined): return .failure(declined)
            }
            mayName = false
        case .person(let person):
            guard let sight = try PersonSight(of: person, at: now, in: tx) else { return .failure(Declined(.notFound)) }
            concerns = sight.sees
        }
        guard let id, let found = try AuditTable.find(id, in: tx), concerns(found.entry) else {
            // The id itself says that it is of a time that is not kept: nobody learns more.
            let floor = try MonthTable.floor(in: tx)
            return .failure(Declined(.notFound, id.map(floor.isBeyond) == true ? floor.sentence : nil))
        }
        guard let index = found.index else { return .failure(Declined(.auditNotSealedYet, retryAfter: .seconds(1))) }
        return .success(SealedEntry(index: index, leaf: found.leaf, mayName: mayName))
    }
}
