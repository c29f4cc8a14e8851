// Lists by subject what has its place in the log: run by run, each sorted once and written in small steps, so that nobody waits long
// behind it. A run counts when it is whole; until then its entries are found by looking through them.

import Domain
import Synchronization
import Vault

public final class RunWriter: Sendable {
    /// Entries of a run. Shorter runs are more to look into; of longer ones there is more to look through before they are whole.
    public static let usualLength = 16_384
    /// Rows in a transaction: a run's entries name about four times as many.
    static let step = 1_024

    private struct Attempt: Sendable {
        let range: Range<Int>
        /// Sorted.
        let mentions: [AuditMention]
        /// Given with the first rows.
        var number: Int?
        var written = 0
    }

    private let gateway: Gateway
    private let log: Sequencer
    private let length: Int
    private let attempt = Mutex<Attempt?>(nil)

    /// Lists what that sequencer gives places, and only while it holds the lease: two nodes that list at once undo each other's work,
    /// though never what is whole.
    public init(_ gateway: Gateway, for log: Sequencer, length: Int = usualLength) {
        self.gateway = gateway
        self.log = log
        self.length = length
    }

    /// How much there was to do; 0 when all that makes a whole run is listed, or somebody else sees to it.
    public func round() async throws(Declined) -> Int {
        guard let begun = attempt.withLock({ $0 }) else { return try await begin() }
        // Whether a step that failed is on the disk may not be known: then the run is begun anew, under another number.
        attempt.withLock { $0 = nil }
        let end = min(begun.written + Self.step, begun.mentions.count)
        let now = gateway.world.now()
        let number = try await gateway.write { tx -> Int? in
            guard try self.log.holds(at: now, in: tx), try RunTable.edge(in: tx) == begun.range.lowerBound else {
                return nil
            }
            let number = try begun.number ?? RunTable.begin(in: tx)
            try RunTable.add(begun.mentions[begun.written..<end], to: number, in: tx)
            guard end == begun.mentions.count else { return number }
            // Where it is not whole, somebody else has begun one, and it is begun anew as if it were.
            _ = try RunTable.finish(AuditRun(number: number, range: begun.range), rows: end, in: tx)
            return nil
        }
        if let number {
            var next = begun
            next.number = number
            next.written = end
            let kept = next
            attempt.withLock { $0 = kept }
        }
        return max(1, end - begun.written)
    }

    private func begin() async throws(Declined) -> Int {
        let (start, size) = try await gateway.read { tx in (try RunTable.edge(in: tx), try LogTable.count(in: tx)) }
        let range = start..<start + length
        let now = gateway.world.now()
        guard size >= range.upperBound, try await gateway.write({ tx in try self.log.holds(at: now, in: tx) }) else {
            return 0
        }
        var mentions: [AuditMention] = []
        // In parts: a reader that is held long is missed elsewhere.
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 2_048) {
            let part = start..<min(start + 2_048, range.upperBound)
            mentions += try await gateway.read { tx in try RunTable.mentions(in: part, in: tx) }
        }
        let sorted = Attempt(range: range, mentions: mentions.sorted())
        attempt.withLock { $0 = sorted }
        return length
    }
}
