// What the clock ends: buckets (F4), grants, access to records, sessions, notices, and imports whose process died. Bounded batches; grants and audit stay.

import Domain
import Vault

extension Gateway {
    private static let mostLapsing = 500
    private static let mostExpiring = 100
    private static let mostAccessesEnding = 20

    /// One round; answers how much it ended.
    public func sweepRound() async throws(Declined) -> Int {
        let now = world.now()
        // Drawn before the body, which may run twice: one id for each line that it can come to write.
        let lapseLines = (0..<Self.mostLapsing).map { _ in AuditID(at: now, dice: world.roll(10)) }
        let grantEnds = stamps(Self.mostExpiring, at: now, actor: .clock, nil)
        let accessLines = (0..<Self.mostAccessesEnding).map { _ in AuditID(at: now, dice: world.roll(10)) }
        let told = try await read { tx in try Self.grantsToTell(at: now, in: tx) }
        let notices = stamps(told + Self.mostAccessesEnding, at: now, actor: .clock, nil)
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

            for (stamp, grant) in zip(grantEnds, try GrantTable.overdue(at: now, limit: Self.mostExpiring, in: tx)) {
                if try stamp.end(grant, by: .expire, try GrantParties(grant, in: tx), in: tx) { ended += 1 }
            }

            let overdue = try RecordTable.overdue(at: now, limit: Self.mostAccessesEnding, in: tx)
            var stamps = notices[...]
            for (place, holding) in overdue.enumerated() {
                let line = AuditStamp(id: accessLines[place], at: now, action: .recordAccessEnded, request: nil)
                let grants = try Self.grants(on: holding.record.id, of: holding.person, at: now, in: tx).count
                // More came since they were counted: the next round draws enough.
                guard grants <= stamps.count else { continue }
                _ = try Self.end(
                    .expire, holding.person, holding.record.id, actor: nil, line, Array(stamps.prefix(grants)), in: tx)
                stamps = stamps.dropFirst(grants)
                ended += 1
            }

            ended += try NoticeTable.lapse(at: now, limit: Self.mostLapsing, in: tx)

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

    private static func grantsToTell(at now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Int {
        var count = 0
        for holding in try RecordTable.overdue(at: now, limit: mostAccessesEnding, in: tx) {
            count += try grants(on: holding.record.id, of: holding.person, at: now, in: tx).count
        }
        return count
    }
}
