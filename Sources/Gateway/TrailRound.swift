// What the trail needs from time to time: refusals that were counted become entries when their minute is over, and the node learns
// how late it is in the trail.

public import Domain
import Metrics
public import Vault

extension Gateway {
    private static let mostTallies = 500
    /// So that a sequencer at rest makes no round long.
    private static let mostWaitingCounted = 100_000

    /// One round; answers how many entries came of it.
    public func trailRound() async throws(Declined) -> Int {
        let now = world.now()
        if !(await denials.catchUp(at: now, in: engine)) { throw Declined(.storageUnavailable) }
        let made = try await write { tx in
            // Those of a process that died too.
            let entries = try DenialTable.takeOver(before: now - DenialBoard.window, limit: Self.mostTallies, in: tx)
            for entry in entries { try AuditTable.append(entry, in: tx) }
            return entries.count
        }
        let (newest, waiting) = try await read { tx in
            (try AuditTable.newest(in: tx), try LogTable.countWaiting(upTo: Self.mostWaitingCounted, in: tx))
        }
        trailClock.see(newest)
        Meter(label: "licet_audit_log_waiting").set(Int64(waiting))
        return made
    }

    /// What an operator did to the store as a whole, beside the gateway.
    public static func recordOperation(
        _ action: AuditEntry.Action, in engine: any Engine, world: World
    ) async throws(StorageError) {
        let line = AuditEntry(
            id: world.identify(), at: world.now(), action: action, outcome: .done, actor: .operator)
        try await engine.write { tx in try AuditTable.append(line, in: tx) }
    }
}
