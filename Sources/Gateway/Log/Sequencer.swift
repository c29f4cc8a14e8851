// The one hand that makes the log longer: it gives what waits its place, and signs. Each round is one transaction under a lease,
// so that several nodes make one log, and head, tiles and entries never disagree.
// INVARIANT: nothing is signed unless what is stored continues what was signed before.

public import Domain
import Logging
import Metrics
import Synchronization
import Vault

public final class Sequencer: Sendable {
    /// What others need to check the log, as it was when the log was opened.
    public let key: VerifierKey

    /// Entries in one round. It holds up SQLite's one writer: with 4,096 every hundredth request waited 30 ms.
    public static let most = 128
    private static let lease = Span.seconds(3)

    private let gateway: Gateway
    private let ring: LogKeyRing
    /// Names this node to the others.
    private let holder: String
    /// What was wrong in the last round: it is told once.
    private let trouble = Mutex<LogFault?>(nil)

    init(gateway: Gateway, key: VerifierKey, ring: LogKeyRing, holder: String) {
        self.gateway = gateway
        self.key = key
        self.ring = ring
        self.holder = holder
    }

    /// What became of one round.
    public enum Round: Sendable, Equatable {
        case nothingWaits
        /// Another node does it.
        case elsewhere
        /// So many have their place now, and are signed.
        case sealed(Int)
        /// Nothing was changed and nothing signed, and will not be before somebody has looked.
        case broken(LogFault)
    }

    /// Gives up to `limit` of what waits its place.
    public func round(atMost limit: Int = most) async throws(Declined) -> Round {
        guard try await gateway.read({ tx in try LogTable.isAnythingWaiting(in: tx) }) else {
            tell(lag: Span(microseconds: 0))
            return .nothingWaits
        }
        let now = gateway.world.now()
        let (ring, holder) = (ring, holder)
        let (round, size, oldest) = try await gateway.write { tx -> (Round, Int?, Moment?) in
            guard let head = try LogTable.head(in: tx) else {
                return (.broken(.unreadable(file: "checkpoint")), nil, nil)
            }
            guard try LogTable.takeLease(holder, at: now, until: now + Self.lease, in: tx) else {
                return (.elsewhere, nil, try Self.oldest(in: tx))
            }
            guard let hands = try ring.hands(of: head, at: now, in: tx) else {
                return (.broken(.lostKey), nil, try Self.oldest(in: tx))
            }
            var tiles = StoredTiles()
            let tree: MerkleRange
            switch try Self.tree(of: head, hands.present.key, &tiles, in: tx) {
            case .success(let sound): tree = sound
            case .failure(let fault): return (.broken(fault), nil, try Self.oldest(in: tx))
            }
            let waiting = try LogTable.waiting(limit: limit, in: tx)
            guard let last = waiting.last else { return (.nothingWaits, nil, nil) }
            var leaves: [(bytes: [UInt8], columns: LeafColumns)] = []
            leaves.reserveCapacity(waiting.count)
            for entry in waiting {
                guard let columns = LeafColumns(entry.leaf) else {
                    return (.broken(.unreadable(file: "the inbox")), nil, leaves.first?.columns.at)
                }
                leaves.append((entry.leaf, columns))
            }
            try Self.lengthen(tree, by: leaves, head, hands, &tiles, at: now, in: tx)
            guard try LogTable.takeOut(upTo: last.place, in: tx) == waiting.count else {
                throw StorageError(.corrupt, "the inbox changed under the sequencer")
            }
            return (.sealed(waiting.count), tree.size + waiting.count, leaves.first?.columns.at)
        }
        tell(round)
        if let oldest { tell(lag: max(now - oldest, Span(microseconds: 0))) }
        if let size { Meter(label: "licet_audit_log_entries").set(Int64(size)) }
        return round
    }

    /// Takes the lease, or keeps it. False while another node has it.
    func holds(at now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Bool {
        try LogTable.takeLease(holder, at: now, until: now + Self.lease, in: tx)
    }

    private static func oldest(in tx: borrowing Transaction) throws(StorageError) -> Moment? {
        try LogTable.waiting(limit: 1, in: tx).first.flatMap { LeafColumns($0.leaf)?.at }
    }

    /// Tiles are read once a round.
    private struct StoredTiles {
        private var known: [LogTile: [MerkleHash]] = [:]

        mutating func read(_ tile: LogTile, in tx: borrowing Transaction) throws(StorageError) -> [MerkleHash]? {
            if let hashes = known[tile] { return hashes }
            let hashes = try LogTable.hashes(tile, in: tx)
            known[tile] = hashes
            return hashes
        }
    }

    // The tree that is stored, if the checkpoint is of it and by our key, and the tiles and the entries end where it ends.
    private static func tree(
        of head: LogHead, _ key: VerifierKey, _ tiles: inout StoredTiles, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<MerkleRange, LogFault> {
        guard head.verifierKey == key.text else { return .failure(.notSigned(file: "checkpoint")) }
        guard let note = try? SignedNote(parsing: head.note), let signed = Checkpoint(text: note.text),
            signed.origin == key.name
        else { return .failure(.notACheckpoint(file: "checkpoint")) }
        guard (try? note.verify(with: key, by: LogSignature.isRight)) != nil else {
            return .failure(.wrongSignature(file: "checkpoint"))
        }
        guard let tree = MerkleRange(size: head.size, stored: head.peaks), signed.size == tree.size,
            signed.root == tree.root
        else { return .failure(.wrongRoot(size: signed.size)) }
        let told = try MerkleRange.told(
            by: { tile throws(StorageError) in try tiles.read(tile, in: tx) }, size: tree.size)
        guard told == tree, try LogTable.count(in: tx) == tree.size else {
            return .failure(.notContinued(size: tree.size))
        }
        return .success(tree)
    }

    private static func lengthen(
        _ tree: MerkleRange, by leaves: [(bytes: [UInt8], columns: LeafColumns)], _ head: LogHead,
        _ hands: LogHands, _ tiles: inout StoredTiles, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        let growth = try LogGrowth.appending(
            hashes: leaves.map { MerkleHash.leaf(of: $0.bytes) }, to: tree,
            reading: { tile throws(StorageError) in try tiles.read(tile, in: tx) })
        let begun = hands.beginning(with: leaves)
        guard let growth, let note = try? LogSigner.sign(growth.range, by: hands.signers(beginning: begun)) else {
            throw StorageError(.corrupt, "the audit log cannot be made longer")
        }
        try LogTable.append(leaves, from: tree.size, in: tx)
        try MonthTable.note(leaves, from: tree.size, at: now, in: tx)
        for file in growth.files { try LogTable.put(file.tile, file.bytes, in: tx) }
        let grown = LogHead(
            verifierKey: begun.last?.coming.signer.key.text ?? head.verifierKey, size: growth.range.size,
            peaks: growth.range.stored, note: note.bytes, signedAt: now)
        guard try LogTable.update(to: grown, from: head.size, by: head.verifierKey, in: tx) else {
            throw StorageError(.corrupt, "the audit log was made longer by somebody else")
        }
        try LogHands.keep(begun, leaves, from: tree.size, growth.range.size, note, in: tx)
    }

    private func tell(lag: Span) {
        Meter(label: "licet_audit_log_lag_seconds").set(Double(lag.microseconds) / 1e6)
    }

    private func tell(_ round: Round) {
        var found: LogFault?
        if case .broken(let fault) = round { found = fault }
        let fault = found
        let isNews = trouble.withLock { last in
            defer { last = fault }
            return last != fault
        }
        Meter(label: "licet_audit_log_broken").set(Int64(fault == nil ? 0 : 1))
        if isNews, let fault {
            gateway.logger.critical(
                "the audit log is not as it was signed: nothing is signed any more",
                metadata: ["why": "\(fault.sentence)"])
        }
    }
}
