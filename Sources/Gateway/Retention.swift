// What the clock ends: buckets (F4), grants, sessions and imports whose process died. Bounded batches; grants and audit stay.

import Domain
import Vault

extension Gateway {
    /// One round; answers how much it ended.
    public func sweepRound() async throws(Declined) -> Int {
        let now = world.now()
        let lapsed = AuditStamp(id: world.identify(), at: now, action: .lapse, request: nil)
        let draws = (0..<100).map { _ in AuditID(at: now, dice: world.roll(10)) }
        return try await write { tx in
            var ended = try SessionTable.sweep(before: now, in: tx)

            let parcels = try ParcelTable.lapse(at: now, in: tx)
            for (place, (grant, items)) in parcels.sorted(by: { $0.key < $1.key }).enumerated() {
                let known = try FactsTable.byGrant(grant, in: tx)
                let id = place < draws.count ? draws[place] : lapsed.id
                try AuditTable.append(
                    AuditStamp(id: id, at: now, action: .lapse, request: nil).entry(
                        application: known?.facts.grant?.application, person: known?.person, record: known?.record,
                        grant: grant, items: items), in: tx)
            }
            ended += parcels.count

            for grant in try GrantTable.overdue(at: now, in: tx) {
                var state = grant.state
                guard let effects = try? state.apply(.expire), try GrantTable.expire(grant.id, in: tx) else { continue }
                try GrantTable.record("expired", of: grant.id, actor: "clock", method: "none", at: now, in: tx)
                _ = try Self.perform(effects, on: grant, at: now, in: tx)
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
