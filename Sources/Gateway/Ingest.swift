// From a person's export to the outbox (F1, F2, F8): read, harmonise, pack, seal, stage. All of an import becomes visible at
// once, at its end; an import that fails, or whose process dies, leaves nothing.

public import Connectors
import Dispatch
public import Domain
import Harmony
import Logging
import Vault

/// Where an import reads from.
public enum ImportInput: Sendable {
    case path(String)
    /// Taken over: closed when the import ends.
    case descriptor(Int32)
}

extension Gateway {
    /// Begins in the background; `importStatus` tells how it gets on.
    /// A descriptor is taken over, and closed when the import ends or cannot begin.
    public func startImport(
        _ input: ImportInput, person: PersonID, request: RequestID?
    ) async throws(Declined) -> ImportID {
        let run: ImportRun
        do { run = try await prepareImport(person: person, request: request) } catch {
            ImportWorker.discard(input)
            throw error
        }
        let gateway = self
        Task.detached { await gateway.finishImport(run, input) { _ in } }
        return run.id
    }

    /// Runs to its end and shows progress on the way. What failed is in the view, not thrown.
    public func runImport(
        _ input: ImportInput, person: PersonID, request: RequestID?,
        progress: @escaping @Sendable (ExportProgress) -> Void
    ) async throws(Declined) -> ImportView {
        let run = try await prepareImport(person: person, request: request)
        await finishImport(run, input, progress)
        return try await importStatus(run.id, of: person)
    }

    public func importStatus(_ id: ImportID, of person: PersonID) async throws(Declined) -> ImportView {
        let row = try await read { tx in try ImportTable.find(id, of: person, in: tx) }
        guard let row else { throw Declined(.notFound) }
        return ImportView(row, live: row.state == "running" ? imports.progress(of: id) : nil)
    }

    public func imports(of person: PersonID) async throws(Declined) -> [ImportView] {
        let rows = try await read { tx in try ImportTable.of(person: person, in: tx) }
        return rows.map { ImportView($0, live: $0.state == "running" ? imports.progress(of: $0.id) : nil) }
    }

    private func prepareImport(person: PersonID, request: RequestID?) async throws(Declined) -> ImportRun {
        let id: ImportID = world.identify()
        let now = world.now()
        let found = try await write { tx -> Result<RecordID, Declined> in
            guard let mine = try RecordTable.own(of: person, in: tx) else {
                return .failure(Declined(.accessDenied, "You hold no record of your own."))
            }
            guard let reach = mine.reach(at: now) else {
                return .failure(Declined(.accessDenied, "Your access to your own record has ended."))
            }
            guard reach[.online, .create] == .all else {
                return .failure(Declined(.accessDenied, "Your access to your own record does not let you add to it."))
            }
            try ImportTable.insert(id, person: person, record: mine.record.id, at: now, in: tx)
            return .success(mine.record.id)
        }
        let record = try found.get()
        return ImportRun(
            id: id, person: person, record: record, request: request,
            recipients: try await recipients(of: record, at: now))
    }

    private func finishImport(
        _ run: ImportRun, _ input: ImportInput, _ progress: @escaping @Sendable (ExportProgress) -> Void
    ) async {
        let worker = ImportWorker(gateway: self, run: run, progress: progress)
        // A thread of its own: reading and parsing block, and Swift's own threads must not.
        let result: Result<ImportOutcome, ImportFailure> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "licet.import").async { continuation.resume(returning: worker.work(input)) }
        }
        await conclude(run, result)
        imports.remove(run.id)
    }

    private func conclude(_ run: ImportRun, _ result: Result<ImportOutcome, ImportFailure>) async {
        let stamp = stamp(.imported, run.request)
        do {
            try await write { tx in
                let person = try PersonTable.find(run.person, in: tx)?.auditName
                let record = try RecordTable.auditName(of: run.record, in: tx)
                // An import that was taken for dead meanwhile cannot finish any more; what it wrote since then goes too.
                switch result {
                case .success(let outcome):
                    try ImportTable.progress(
                        run.id, bytesRead: outcome.bytes, bytesTotal: outcome.bytes, records: outcome.records,
                        items: outcome.items, at: stamp.at, in: tx)
                    // Narrowing may have come while the import ran: each recipient's grant is asked again.
                    var report = outcome.report
                    var shares: [ReleasedShare] = []
                    for recipient in run.recipients {
                        let share = try ReleasedShare(recipient, of: run.id, at: stamp.at, in: tx)
                        if !share.types.isEmpty { shares.append(share) }
                    }
                    report.share(among: shares, outside: outcome.outside)
                    if try ImportTable.finish(
                        run.id, state: "complete", report: report.stored, failure: nil, at: stamp.at, in: tx)
                    {
                        for share in shares {
                            try ParcelTable.release(
                                import: run.id, ofGrant: share.recipient.grant, share.reach, pushed: share.pushed,
                                in: tx)
                        }
                        try AuditTable.append(
                            stamp.entry(person: person, record: record, types: outcome.types, items: outcome.items),
                            in: tx)
                    }
                case .failure(let failure):
                    if try ImportTable.finish(
                        run.id, state: "failed", report: "", failure: failure.text, at: stamp.at, in: tx)
                    {
                        try AuditTable.append(
                            stamp.entry(.failed(.importRefused), person: person, record: record), in: tx)
                    }
                }
                // INVARIANT: only parcels that their grant still covers were let out; the others never existed.
                _ = try ParcelTable.dropStaged(import: run.id, in: tx)
            }
        } catch {
            logger.error("an import could not be concluded", metadata: ["import": "\(run.id)"])
        }
    }
}

/// One import: who, into which record, for whom.
struct ImportRun: Sendable {
    let id: ImportID
    let person: PersonID
    let record: RecordID
    let request: RequestID?
    let recipients: [Recipient]
}

struct ImportOutcome: Sendable {
    let report: ImportReport
    let types: DataTypeSet
    let items: Int
    let records: Int
    let bytes: Int64
    /// Items of dates that no recipient may have, of types that some recipient may have for a time.
    let outside: [DataType: Int]
}

/// What is let out to one recipient at an import's end.
struct ReleasedShare: Sendable {
    let recipient: Recipient
    let reach: ParcelReach
    let pushed: ParcelReach
    var types: DataTypeSet { reach.types }
    /// Items of the types that are limited; of the others the recipient gets all.
    let counted: [DataType: Int]

    init(
        _ recipient: Recipient, of id: ImportID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        self.recipient = recipient
        (reach, pushed) = try Gateway.released(to: recipient, at: now, in: tx)
        let limited = reach.types.intersection(reach.dates.types.union(recipient.periods.types))
        var counted: [DataType: Int] = [:]
        if !limited.isEmpty {
            let found = try ParcelTable.stagedItems(
                import: id, ofGrant: recipient.grant, ParcelReach(limited, reach.dates), in: tx)
            for type in limited { counted[type] = found[type] ?? 0 }
        }
        self.counted = counted
    }
}

/// A stable code and a sentence for the person.
struct ImportFailure: Error, Sendable {
    let code: String
    let sentence: String
    var text: String { "\(code): \(sentence)" }
}
