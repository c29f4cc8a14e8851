// What anybody may have of the log without being trusted: its key, its checkpoint, its hashes, and the proof that it only grew.
// There is nothing of an entry in it but a hash.

public import Domain
import Vault

/// That the log of `to` entries begins with the log of `from` (RFC 6962 §2.1.2).
public struct LogConsistency: Sendable, Equatable {
    public let from: Int
    public let to: Int
    public let path: [MerkleHash]
}

extension Gateway {
    /// The signed note of C2SP tlog-checkpoint, as bytes, with the cosignatures that it has by now.
    public func logCheckpoint() async throws(Declined) -> [UInt8] {
        let note = try await read { tx in
            try LogTable.head(in: tx).map { head throws(StorageError) in try Self.newestNote(head, in: tx) }
        }
        guard let note else { throw Declined(.notFound) }
        return note
    }

    public func logKey() async throws(Declined) -> VerifierKey {
        guard let key = VerifierKey(try await logHead().verifierKey) else { throw Declined(.unexpected) }
        return key
    }

    /// The hashes of a tile, 32 bytes each. One that was wider by now is given as wide as it is asked for.
    public func logTile(_ tile: LogTile) async throws(Declined) -> [UInt8] {
        let hashes = try await read { tx in try LogTable.hashes(tile, in: tx) }
        guard let hashes, hashes.count >= tile.width else { throw Declined(.notFound) }
        return MerkleHash.bytes(of: Array(hashes.prefix(tile.width)))
    }

    /// Without `to`, to what is signed now.
    public func logConsistency(from: Int, to: Int?) async throws(Declined) -> LogConsistency {
        let answer = try await read { tx -> (size: Int, path: [MerkleHash]?)? in
            guard let head = try LogTable.head(in: tx) else { return nil }
            let end = to ?? head.size
            guard end <= head.size else { return (head.size, nil) }
            return (
                head.size, try MerkleProof.consistency(from: from, to: end) { tile in try Self.hashes(tile, in: tx) }
            )
        }
        guard let (size, path) = answer else { throw Declined(.notFound) }
        guard let path else {
            let isBeyond = (to ?? 0) > size || from > size
            let fault = FieldFault(from <= (to ?? size) ? "to" : "from", "0 to \(to ?? size), and the log has \(size)")
            throw isBeyond || from > to ?? size ? Declined(.invalidFields, faults: [fault]) : Declined(.unexpected)
        }
        return LogConsistency(from: from, to: to ?? size, path: path)
    }

    /// As wide as the tile is meant, however far it has grown.
    static func hashes(_ tile: LogTile, in tx: borrowing Transaction) throws(StorageError) -> [MerkleHash]? {
        guard let hashes = try LogTable.hashes(tile, in: tx), hashes.count >= tile.width else { return nil }
        return Array(hashes.prefix(tile.width))
    }

    func logHead() async throws(Declined) -> LogHead {
        guard let head = try await read({ tx in try LogTable.head(in: tx) }) else { throw Declined(.notFound) }
        return head
    }
}
