// What the clock ends: buckets (F4), grants, sessions and imports whose process died. Bounded batches; grants and audit stay.

import Domain
import Vault

extension Gateway {
    private static let mostLapsing = 500
    private static let mostExpiring = 100

    /// One round; answers how much it ended.
    public func sweepRound() async throws(Declined) -> Int {
        let now = world.now()
        // Drawn before the body, which may run twice: one id for each line that it can come to write.
        let lapseLines = (0..<Self.mostLapsing).map { _ in AuditID(at: now, dice: world.roll(10)) }
        let withdrawLines = (0..<Self.mostExpiring).map { _ in AuditID(at: now, dice: world.roll(10)) }
        return try await write { tx in
            var ended = try SessionTable.sweep(before: now, in: tx)

            let parcels = try ParcelTable.lapse(at: now, limit: Self.mostLapsing, in: tx)
            for (id, (grant, items)) in zip(lapseLines, parcels.sorted(by: { $0.key < $1.key })) {
                let known = try FactsTable.byGrant(grant, in: tx)
                try AuditTable.append(
                    AuditStamp(id: id, at: now, action: .lapse, request: nil).entry(
                        application: known?.facts.grant?.application, person: known?.person, record: known?.record,
                        grant: grant, items: items), in: tx)
            }
            ended += parcels.count

            for (id, grant) in zip(withdrawLines, try GrantTable.overdue(at: now, limit: Self.mostExpiring, in: tx)) {
                var state = grant.state
                guard let effects = try? state.apply(.expire), try GrantTable.expire(grant.id, in: tx) else { continue }
                try GrantTable.record("expired", of: grant.id, actor: "clock", method: "none", at: now, in: tx)
                let items = try Self.perform(effects, on: grant, at: now, in: tx)
                if items > 0 {
                    let known = try FactsTable.byGrant(grant.id, in: tx)
                    try AuditTable.append(
                        AuditStamp(id: id, at: now, action: .withdraw, request: nil).entry(
                            application: grant.application, person: known?.person, record: known?.record,
                            grant: grant.id, items: items), in: tx)
                }
                ended += 1
            }

            for dead in try ImportTable.dead(since: now - .minutes(2), in: tx) {
                _ = try ParcelTable.dropStaged(import: dead, in: tx)
                _ = try ImportTable.finish(
                    dead, state: "failed", report: "",
                    failure:
                        "IMPORT_INTERRUPTED: The import was interrupted; nothing was kept. Please import the file again.",
                    at: now, in: tx)
                ended += 1
            }
            return ended
        }
    }
}
