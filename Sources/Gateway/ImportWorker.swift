// The import's own thread: parses and harmonises while the parcels before are sealed and written beside it. A semaphore keeps
// the two in step, so that memory stays flat whatever the size of the export.

import Connectors
import Dispatch
import Domain
import Harmony
import Synchronization
import Vault

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

final class ImportWorker: Sendable {
    private let gateway: Gateway
    private let run: ImportRun
    private let progress: @Sendable (ExportProgress) -> Void
    private let slots = DispatchSemaphore(value: ImportWorker.mostInFlight)
    private let failure = Mutex<ImportFailure?>(nil)
    private let numbering = Mutex(Numbering())

    private static let mostInFlight = 3
    private static let parcelsPerWrite = 32

    init(gateway: Gateway, run: ImportRun, progress: @escaping @Sendable (ExportProgress) -> Void) {
        self.gateway = gateway
        self.run = run
        self.progress = progress
    }

    func work(_ input: ImportInput) -> Result<ImportOutcome, ImportFailure> {
        let reader: ExportReader
        switch input {
        case .path(let path): reader = ExportReader(path: path)
        case .descriptor(let descriptor): reader = ExportReader(fileDescriptor: descriptor)
        }
        defer { Self.discard(input) }

        var counts = Counts()
        var harmoniser = Harmoniser(
            key: ItemKey(gateway.keyring.itemKey), notAfter: gateway.world.now() + .days(1))
        let limited = run.recipients.reduce(DataTypeSet.none) { $0.union($1.periods.types) }
        var packing = run.recipients.map { Packing(for: $0) }
        var recent = Recent()
        var packed: [Packed] = []
        var lastTold = gateway.world.now()
        do {
            let summary = try reader.read { readings, now in
                for reading in readings {
                    let harmonised = harmoniser.harmonise(reading)
                    guard case .item(let item) = harmonised else {
                        counts.tally.add(harmonised, kind: reading.kind)
                        continue
                    }
                    guard recent.insert(item.id) else {
                        counts.repeated += 1
                        continue
                    }
                    counts.tally.add(harmonised, kind: reading.kind)
                    var isForSomebody = false
                    for place in packing.indices {
                        guard let slot = packing[place].slot(for: item) else { continue }
                        isForSomebody = true
                        if let full = packing[place].add(item, in: slot) { packed.append(full) }
                    }
                    if !isForSomebody, limited.contains(item.type) { counts.outside[item.type, default: 0] += 1 }
                }
                if packed.count >= Self.parcelsPerWrite {
                    try stage(packed)
                    packed.removeAll(keepingCapacity: true)
                }
                tell(now, counts, &lastTold)
            }
            for place in packing.indices { packed += packing[place].finish() }
            try stage(packed)
            try settle()
            return .success(outcome(counts, summary))
        } catch let error as ExportError {
            try? settle()
            return .failure(ImportFailure(code: error.code, sentence: error.message))
        } catch let error as ImportFailure {
            try? settle()
            return .failure(error)
        } catch {
            try? settle()
            return .failure(Self.storageFailed)
        }
    }

    static func discard(_ input: ImportInput) {
        if case .descriptor(let descriptor) = input { close(descriptor) }
    }

    private struct Counts {
        var tally = Tally()
        var repeated = 0
        /// Of dates that no recipient may have.
        var outside: [DataType: Int] = [:]
    }

    private func tell(_ now: ExportProgress, _ counts: Counts, _ lastTold: inout Moment) {
        gateway.imports.post(
            .init(
                bytesRead: now.bytesRead, bytesTotal: now.bytesTotal, records: now.records,
                items: counts.tally.itemCount), of: run.id)
        progress(now)
        let moment = gateway.world.now()
        guard moment - lastTold > .seconds(2) else { return }
        lastTold = moment
        let id = run.id
        let items = counts.tally.itemCount
        inBackground { gateway in
            try await gateway.engine.write { tx in
                try ImportTable.progress(
                    id, bytesRead: now.bytesRead, bytesTotal: now.bytesTotal, records: now.records, items: items,
                    at: moment, in: tx)
            }
        }
    }

    /// Seals a share for every recipient and writes it, beside the parsing.
    private func stage(_ packed: [Packed]) throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
        guard !packed.isEmpty else { return }
        let run = run
        let (now, first) = number(packed.count)
        inBackground { gateway in
            var staged: [StagedParcel] = []
            for (place, parcel) in packed.enumerated() {
                let recipient = parcel.recipient
                let id = ParcelID(
                    at: now, dice: Self.bytes(first &+ UInt32(truncatingIfNeeded: place)) + gateway.world.roll(6))
                let binding = ParcelBinding(
                    id: id, application: recipient.application, record: run.record, type: parcel.type)
                staged.append(
                    StagedParcel(
                        id: id, organization: recipient.organization, application: recipient.application,
                        record: run.record, grant: recipient.grant, type: parcel.type, count: parcel.count,
                        sealed: try recipient.key.seal(parcel.json, parcel: binding),
                        lapsesAt: now + recipient.bucketLife, isPushed: parcel.isPushed,
                        firstDay: parcel.days.lowerBound, lastDay: parcel.days.upperBound))
            }
            let parcels = staged
            try await gateway.engine.write { tx in
                for parcel in parcels { try ParcelTable.stage(parcel, import: run.id, at: now, in: tx) }
            }
        }
    }

    private struct Numbering {
        var latest = Moment(microseconds: .min)
        var next: UInt32 = 0
    }

    // INVARIANT: an import's parcels sort by their ids as they stand in the export, because ids are what lanes are sent and
    // buckets are read by. So each has its number after the time, and the time never runs backwards.
    private func number(_ count: Int) -> (now: Moment, first: UInt32) {
        let now = gateway.world.now()
        return numbering.withLock { numbering in
            numbering.latest = max(numbering.latest, now)
            defer { numbering.next &+= UInt32(truncatingIfNeeded: count) }
            return (numbering.latest, numbering.next)
        }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    private func inBackground(_ work: @escaping @Sendable (Gateway) async throws -> Void) {
        slots.wait()
        Task.detached { [self] in
            do {
                try await work(gateway)
            } catch {
                failure.withLock { $0 = $0 ?? Self.storageFailed }
            }
            slots.signal()
        }
    }

    /// Waits until nothing is in flight.
    private func settle() throws {
        for _ in 0..<Self.mostInFlight { slots.wait() }
        for _ in 0..<Self.mostInFlight { slots.signal() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    private func outcome(_ counts: Counts, _ summary: ExportSummary) -> ImportOutcome {
        var report = ImportReport()
        for (type, count) in counts.tally.items { report.itemsByType[type.rawValue] = count }
        // What was kept is told by the table of types; the remarks are about what was not.
        var leftOut = Tally()
        for (refusal, count) in counts.tally.refusals { leftOut.add(refusals: count, refusal.subject, refusal.reason) }
        report.remarks = leftOut.sentences
        if counts.repeated > 0 {
            report.remarks.append("\(counts.repeated) readings were stated twice in the file and are kept once.")
        }
        if summary.malformed > 0 {
            report.remarks.append("\(summary.malformed) records could not be read and were passed over.")
        }
        return ImportOutcome(
            report: report, types: DataTypeSet(counts.tally.items.keys), items: counts.tally.itemCount,
            records: summary.readings, bytes: summary.bytesRead, outside: counts.outside)
    }

    private static let storageFailed = ImportFailure(
        code: "IMPORT_NOT_STORED", sentence: "The readings could not be stored just now; nothing was kept. Try again.")
}
