// The entries of the log as files for auditors (C2SP tlog-tiles): with them and the public tiles they keep a copy of their own and
// check it themselves. That they fetched a file is an entry of its own, in the same transaction.

public import Domain
import Vault

extension Gateway {
    /// As wide as it is asked for, however far it has grown.
    public func trailBundle(
        _ tile: LogTile, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> [UInt8] {
        let stamp = stamp(.trailRead, request)
        let result = try await write { tx -> Result<[UInt8], Declined> in
            guard try AuditorTable.has(person, in: tx), let row = try PersonTable.find(person, in: tx) else {
                return .failure(Declined(.notPermitted, "Only an auditor may read the trail."))
            }
            guard tile.kind == .entries, tile.index < LogTile.mostEntries / LogTile.fullWidth else {
                return .failure(Declined(.notFound))
            }
            let start = tile.index * LogTile.fullWidth
            let floor = try MonthTable.floor(in: tx)
            guard start + LogTile.fullWidth > floor.minimum else {
                return .failure(
                    Declined(.notFound, "Entries below \(floor.minimum) were pruned. \(floor.sentence ?? "")"))
            }
            let leaves = try LogTable.leaves(start..<start + tile.width, in: tx)
            var bundle: [UInt8] = []
            guard leaves.count == tile.width, leaves.allSatisfy({ EntryBundle.append($0, to: &bundle) }) else {
                return .failure(Declined(.notFound))
            }
            try AuditTable.append(stamp.entry(person: row.auditName, items: leaves.count), in: tx)
            return .success(bundle)
        }
        return try result.get()
    }
}
