// The keys that the log is signed with. A new one begins with the entry that names it: the checkpoint that takes the entry in is
// the first that both keys sign, and from then on no checkpoint lacks the new one.

public import Domain
import Synchronization
import Vault

/// A key that the log is or was signed with.
public struct LogKeyView: Sendable, Equatable {
    public let key: VerifierKey
    public let signsFrom: Moment
    /// Nil for the present one.
    public let signsUntil: Moment?
}

extension Gateway {
    /// Keys that may sign at one time.
    static let mostLogKeys = 8
    static let longestLogOverlap = Span.days(3_650)

    /// A new key under the log's name signs as soon as the rotation's entry has its place, within a second where somebody seals;
    /// the former one signs beside it for `overlap` and is destroyed then. Both happen while servers run.
    @discardableResult
    public func rotateLogKey(overlap: Span, request: RequestID?) async throws(Declined) -> VerifierKey {
        guard overlap >= .days(0), overlap <= Self.longestLogOverlap else {
            throw Declined(.invalidFields, faults: [FieldFault("overlap", "0 to 3650 days")])
        }
        let now = world.now()
        let seed = world.roll(32)
        let stamp = (id: world.identify(AuditNoun.self), request: request)
        guard let signer = LogSigner(name: try await logKey().name, seed: seed),
            let sealed = try? keyring.seal(seed, as: LogKeyRing.seedName(signer.key))
        else { throw Declined(.unexpected) }
        let key = signer.key
        let isDone = try await write { tx -> Bool in
            let rows = try LogKeyTable.all(in: tx)
            let live = rows.count { $0.destroyedAt == nil }
            guard let last = rows.last, live < Self.mostLogKeys else { return false }
            try DeploymentKeyTable.insert(LogKeyRing.seedName(key), sealed: sealed, at: now, in: tx)
            try LogKeyTable.end(last.number, at: now + overlap, in: tx)
            try LogKeyTable.insert(
                LogKeyRow(number: last.number + 1, verifierKey: key.text, signsFrom: now, entry: stamp.id), in: tx)
            try AuditTable.append(
                AuditEntry(
                    id: stamp.id, at: now, action: .logKeyRotated, outcome: .done, request: stamp.request,
                    actor: .operator, key: key.id),
                in: tx)
            return true
        }
        guard isDone else {
            throw Declined(.invalidFields, faults: [FieldFault("overlap", "too many former keys still sign")])
        }
        return key
    }

    /// One round: the seeds of keys whose time is over are destroyed. Answers how many.
    public func logKeyRound() async throws(Declined) -> Int {
        let now = world.now()
        guard try await read({ tx in !Self.ended(try LogKeyTable.all(in: tx), at: now).isEmpty }) else { return 0 }
        return try await write { tx in
            let ended = Self.ended(try LogKeyTable.all(in: tx), at: now)
            for row in ended {
                try DeploymentKeyTable.remove(LogKeyRing.seedName(row), in: tx)
                try LogKeyTable.destroyed(row.number, at: now, in: tx)
            }
            return ended.count
        }
    }

    // Never before the next key has begun: until then it is the one that signs.
    private static func ended(_ rows: [LogKeyRow], at now: Moment) -> [LogKeyRow] {
        zip(rows, rows.dropFirst()).compactMap { row, next in
            guard row.destroyedAt == nil, let until = row.signsUntil, until <= now, !next.isToBegin else { return nil }
            return row
        }
    }

    /// Every key that has ever signed, oldest first.
    public func logKeys() async throws(Declined) -> [LogKeyView] {
        let rows = try await read { tx in try LogKeyTable.all(in: tx) }
        return rows.filter { !$0.isToBegin }.compactMap { row in
            VerifierKey(row.verifierKey).map {
                LogKeyView(key: $0, signsFrom: row.signsFrom, signsUntil: row.signsUntil)
            }
        }
    }

    /// How the keys handed over, oldest first: C2SP tlog-proof, each of the entry that names the new key.
    public func logHandovers() async throws(Declined) -> [[UInt8]] {
        try await read { tx in try LogKeyTable.all(in: tx) }.compactMap(\.handover)
    }
}

/// The signers, opened once.
final class LogKeyRing: Sendable {
    private let keyring: Keyring
    private let open = Mutex<[String: LogSigner]>([:])

    init(_ keyring: Keyring) { self.keyring = keyring }

    /// What the seed of the log's first key is called among the deployment's secrets, and sealed under.
    static let firstSeed = "log-signing-key"
    static func seedName(_ key: VerifierKey) -> String { "\(firstSeed)|\(key.id)" }
    static func seedName(_ row: LogKeyRow) -> String {
        row.entry == nil ? firstSeed : VerifierKey(row.verifierKey).map(seedName) ?? firstSeed
    }

    /// Who signs now. Nil when the key of the head, or one that is to begin, cannot be had.
    func hands(
        of head: LogHead, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> LogHands? {
        let rows = try LogKeyTable.all(in: tx)
        let begun = rows.filter { !$0.isToBegin }
        guard let last = begun.last, last.verifierKey == head.verifierKey, let present = try signer(of: last, in: tx)
        else { return nil }
        var beside: [LogSigner] = []
        for row in begun.dropLast().reversed() {
            guard row.destroyedAt == nil, let until = row.signsUntil, now < until,
                let former = try signer(of: row, in: tx)
            else { continue }
            beside.append(former)
        }
        var toBegin: [LogHands.Coming] = []
        for row in rows where row.isToBegin {
            guard let entry = row.entry, let signer = try signer(of: row, in: tx) else { return nil }
            toBegin.append(LogHands.Coming(number: row.number, entry: entry.text, signer: signer))
        }
        // What signs no more is not kept in memory either.
        let names = Set(([present] + beside + toBegin.map(\.signer)).map(\.key.text))
        open.withLock { open in open = open.filter { names.contains($0.key) } }
        return LogHands(present: present, beside: beside, toBegin: toBegin)
    }

    private func signer(of row: LogKeyRow, in tx: borrowing Transaction) throws(StorageError) -> LogSigner? {
        if let known = open.withLock({ $0[row.verifierKey] }) { return known }
        let name = Self.seedName(row)
        guard let sealed = try DeploymentKeyTable.find(name, in: tx),
            let seed = try? keyring.openUnsealed(sealed, as: name), let key = VerifierKey(row.verifierKey),
            let signer = LogSigner(name: key.name, seed: seed), signer.key == key
        else { return nil }
        open.withLock { $0[row.verifierKey] = signer }
        return signer
    }
}

/// The keys that sign a round's checkpoint.
struct LogHands: Sendable {
    struct Coming: Sendable {
        let number: Int
        /// The id of the rotation's entry.
        let entry: String
        let signer: LogSigner
    }

    /// The key of the head.
    let present: LogSigner
    /// Former ones whose time is not over, the newest first.
    let beside: [LogSigner]
    /// Oldest first.
    let toBegin: [Coming]

    /// Those that begin with these entries, each with its entry's place among them.
    func beginning(with leaves: [(bytes: [UInt8], columns: LeafColumns)]) -> [(coming: Coming, place: Int)] {
        var begun: [(coming: Coming, place: Int)] = []
        for coming in toBegin {
            guard let place = leaves.firstIndex(where: { $0.columns.id == coming.entry }) else { break }
            begun.append((coming, place))
        }
        return begun
    }

    /// The newest first.
    func signers(beginning begun: [(coming: Coming, place: Int)]) -> [LogSigner] {
        begun.reversed().map(\.coming.signer) + [present] + beside
    }

    /// Keeps how each that began was handed to, for ever. The tree is stored.
    static func keep(
        _ begun: [(coming: Coming, place: Int)], _ leaves: [(bytes: [UInt8], columns: LeafColumns)], from start: Int,
        _ size: Int, _ note: SignedNote, in tx: borrowing Transaction
    ) throws(StorageError) {
        for (coming, place) in begun {
            let path = try MerkleProof.inclusion(
                of: start + place, in: size,
                reading: { tile throws(StorageError) in try Gateway.hashes(tile, in: tx) })
            guard let path,
                let proof = try? LogProof(
                    index: start + place, path: path, note: note, extra: leaves[place].bytes)
            else { throw StorageError(.corrupt, "the audit log's key cannot be handed over") }
            try LogKeyTable.begin(coming.number, handover: proof.bytes, in: tx)
        }
    }
}
