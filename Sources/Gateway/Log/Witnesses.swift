// The one who shows the log to its witnesses: the newest checkpoint with the proof that it continues what each of them signed last.
// Nothing waits for them: no request, and no entry.
// INVARIANT: what a witness says is kept only with its signature; its word on how long the log is, is an alarm at most.

public import Domain
import Logging
import Metrics
import Synchronization
import Vault

public final class Witnesses: Sendable {
    /// Beyond the pause. Two nodes that ask at once do no harm: the witness takes the one and tells the other.
    private static let lease = Span.seconds(10)
    private static let longestPause = Span.minutes(10)
    /// Once with what we remember, once with what the witness says, once for whom asks beside us.
    private static let mostTries = 3

    private let gateway: Gateway
    private let policy: WitnessPolicy
    private let post: any WitnessPost
    /// Between two rounds, and after the first failure.
    private let pause: Span
    /// Names this node to the others.
    private let holder: String
    private let standings = Mutex<[WitnessKey: Standing]>([:])

    private struct Standing {
        var failures = 0
        var notBefore: Moment?
        /// What was said of it last: it is told once.
        var told: String?
        var contradicts = false
    }

    /// What a witness knows that we do not.
    private enum Conflict {
        case longer(Int, than: Int)
        case otherTree
    }

    public init(_ gateway: Gateway, policy: WitnessPolicy, post: any WitnessPost, pause: Span) {
        self.gateway = gateway
        self.policy = policy
        self.post = post
        self.pause = pause
        holder = gateway.world.identify(RequestNoun.self).text
    }

    /// One round; answers how many witnesses signed.
    public func round() async throws(Declined) -> Int {
        let now = gateway.world.now()
        let (holder, pause) = (holder, pause)
        guard
            try await gateway.write({ tx in
                try WitnessTable.takeLease(holder, at: now, until: now + pause + Self.lease, in: tx)
            })
        else { return 0 }
        let (head, rows) = try await gateway.read { tx in (try LogTable.head(in: tx), try WitnessTable.all(in: tx)) }
        guard let head, head.size > 0, let asked = Asked(head) else { return 0 }
        let known = Dictionary(rows.map { ($0.witnessKey, $0) }) { first, _ in first }
        let due = policy.witnesses.filter { witness in
            let row = known[witness.key.text]
            let isSeen = row?.size == asked.checkpoint.size && row?.root == asked.checkpoint.root.bytes
            let rests = standings.withLock { $0[witness.key]?.notBefore.map { now < $0 } ?? false }
            return !isSeen && !rests
        }
        let signed = await withTaskGroup(of: Bool.self) { group in
            for witness in due {
                let old = min(known[witness.key.text]?.size ?? 0, asked.checkpoint.size)
                group.addTask { await self.ask(witness, about: asked, from: old) }
            }
            return await group.reduce(into: 0) { count, isSigned in count += isSigned ? 1 : 0 }
        }
        try await measure(at: now)
        return signed
    }

    /// The checkpoint that a round is about.
    private struct Asked: Sendable {
        let note: SignedNote
        let checkpoint: Checkpoint

        init?(_ head: LogHead) {
            guard let note = try? SignedNote(parsing: head.note), let checkpoint = Checkpoint(text: note.text) else {
                return nil
            }
            self.note = note
            self.checkpoint = checkpoint
        }
    }

    private func ask(_ witness: WitnessPolicy.Witness, about asked: Asked, from old: Int) async -> Bool {
        do throws(Declined) {
            return try await converse(with: witness, about: asked, from: old)
        } catch {
            // The storage has said itself what was wrong.
            rest(witness, "the storage failed", isQuiet: true)
            return false
        }
    }

    private func converse(
        with witness: WitnessPolicy.Witness, about asked: Asked, from start: Int
    ) async throws(Declined) -> Bool {
        guard let url = WitnessPolicy.submission(witness.url) else { return false }
        var old = start
        for _ in 0..<Self.mostTries {
            let proof = try await gateway.logConsistency(from: old, to: asked.checkpoint.size)
            guard let body = WitnessExchange.request(old: old, proof: proof.path, note: asked.note) else {
                return false
            }
            guard let reply = await post.send(body, to: url) else {
                rest(witness, "does not answer")
                return false
            }
            let answer = WitnessExchange.answer(
                status: reply.status, type: reply.type, body: reply.body, to: asked.note, from: witness.key,
                by: LogSignature.isRight)
            switch answer {
            case .cosigned(let cosignature):
                try await keep(cosignature, of: asked)
                count("cosigned")
                standings.withLock { $0[witness.key] = nil }
                return true
            case .size(let size) where size > asked.checkpoint.size:
                // Another node may have asked meanwhile, about a longer log.
                let longest = try await gateway.logHead().size
                guard size > longest else { return false }
                alarm(witness, .longer(size, than: longest))
                return false
            case .size(let size) where size != old:
                old = size
            case .size where old == asked.checkpoint.size, .otherTree:
                alarm(witness, .otherTree)
                return false
            case .size, .unreadable:
                rest(witness, "answers what the protocol does not know")
                return false
            case .refused(let status):
                rest(witness, "does not take our checkpoints: \(status)")
                return false
            case .busy(let status):
                rest(witness, "is busy: \(status)")
                return false
            }
        }
        rest(witness, "changes what it says it has seen")
        return false
    }

    private func keep(_ cosignature: Cosignature, of asked: Asked) async throws(Declined) {
        let row = WitnessRow(
            witnessKey: cosignature.key.text, size: asked.checkpoint.size, root: asked.checkpoint.root.bytes,
            signature: cosignature.line.bytes, signedAt: cosignature.at)
        let policy = policy
        try await gateway.write { tx in
            try WitnessTable.put(row, in: tx)
            let lines = try Gateway.cosignatures(of: asked.checkpoint, in: tx)
            let keys = policy.witnesses.map(\.key)
            let note = asked.note.adding(lines.filter { line in keys.contains { $0.isOf(line) } })
            guard policy.isMet(by: keys.filter { key in lines.contains { key.isOf($0) } }) else { return }
            try WitnessTable.put(witnessed: note.bytes, size: asked.checkpoint.size, in: tx)
        }
    }

    // What it says of itself goes to the log once, until it says something else.
    private func rest(_ witness: WitnessPolicy.Witness, _ why: String, isQuiet: Bool = false) {
        count("failed")
        guard pauses(witness, contradicts: nil, why), !isQuiet else { return }
        gateway.logger.warning(
            "a witness of the audit log does not sign", metadata: ["witness": "\(witness.key.name)", "why": "\(why)"])
    }

    private func alarm(_ witness: WitnessPolicy.Witness, _ conflict: Conflict) {
        count("conflict")
        let why =
            switch conflict {
            case .longer(let size, let ours): "it has signed a log of \(size) entries, and ours has \(ours)"
            case .otherTree: "what it has signed is not the beginning of our log"
            }
        guard pauses(witness, contradicts: true, why) else { return }
        gateway.logger.critical(
            "a witness has seen another history of the audit log: was an older backup restored, or the log rewritten?",
            metadata: ["witness": "\(witness.key.name)", "why": "\(why)"])
    }

    // Whether this is news. It is asked again later, and later each time.
    private func pauses(_ witness: WitnessPolicy.Witness, contradicts: Bool?, _ why: String) -> Bool {
        let now = gateway.world.now()
        return standings.withLock { standings in
            var standing = standings[witness.key] ?? Standing()
            let wait = min(Span(microseconds: pause.microseconds << min(standing.failures, 10)), Self.longestPause)
            standing.failures += 1
            standing.notBefore = now + wait
            if let contradicts { standing.contradicts = contradicts }
            let isNews = standing.told != why
            standing.told = why
            standings[witness.key] = standing
            return isNews
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "licet_audit_witness_answers", dimensions: [("outcome", outcome)]).increment()
    }

    private func measure(at now: Moment) async throws(Declined) {
        let contradicts = standings.withLock { $0.values.contains { $0.contradicts } }
        Meter(label: "licet_audit_witness_conflict").set(Int64(contradicts ? 1 : 0))
        // How long the first entry that no quorum has seen has been in the log.
        let oldest = try await gateway.read { tx -> Moment? in
            let size = try WitnessTable.witnessed(in: tx)?.size ?? 0
            return try LogTable.leaves(size..<size + 1, in: tx).first.flatMap { LeafColumns($0)?.at }
        }
        let lag = oldest.map { max(now - $0, Span(microseconds: 0)) } ?? Span(microseconds: 0)
        Meter(label: "licet_audit_witnessed_lag_seconds").set(Double(lag.microseconds) / 1e6)
    }
}

extension WitnessKey {
    fileprivate func isOf(_ line: SignedNote.Signature) -> Bool { line.name == name && line.keyID == keyID }
}

extension Gateway {
    /// The lines of witnesses that have signed this checkpoint. They were found right when they were kept.
    static func cosignatures(
        of checkpoint: Checkpoint, in tx: borrowing Transaction
    ) throws(StorageError) -> [SignedNote.Signature] {
        let root = checkpoint.root.bytes
        return try WitnessTable.all(in: tx).compactMap { row in
            guard row.size == checkpoint.size, row.root == root, let key = try? WitnessKey(parsing: row.witnessKey)
            else { return nil }
            return SignedNote.Signature(name: key.name, keyID: key.keyID, bytes: row.signature)
        }
    }

    /// The newest checkpoint, with the lines of those witnesses that have signed it already.
    static func newestNote(_ head: LogHead, in tx: borrowing Transaction) throws(StorageError) -> [UInt8] {
        guard let note = try? SignedNote(parsing: head.note), let checkpoint = Checkpoint(text: note.text) else {
            return head.note
        }
        return note.adding(try cosignatures(of: checkpoint, in: tx)).bytes
    }

    /// The newest checkpoint that a quorum of the witnesses signed.
    public func witnessedCheckpoint() async throws(Declined) -> [UInt8] {
        guard let found = try await read({ tx in try WitnessTable.witnessed(in: tx)?.note }) else {
            throw Declined(.notFound)
        }
        return found
    }
}
