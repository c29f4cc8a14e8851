// FHIR's two questions: the Observations that wait for an application, and the Patient whom they are about. Both take the one way
// to health data: the same gate, permit, rows and audit line as on-demand access in our own form.

public import Domain
import Harmony
import Vault

/// A page of what waits, as FHIR says it.
public struct ObservationPage: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        /// As FHIR spells it.
        public let id: String
        /// An Observation of FHIR R4, JSON in UTF-8.
        public let json: [UInt8]
    }

    public let record: RecordPseudonym
    public let entries: [Entry]
    /// Where the next page begins; nil when nothing was left.
    public let next: ParcelPlace?
    /// The audit line that stands for this answer.
    public let audit: AuditID
}

/// A place within what waits: an item of a parcel, counted from 0.
public struct ParcelPlace: Sendable, Hashable {
    public let parcel: ParcelID
    public let item: Int

    init(_ parcel: ParcelID, item: Int) {
        self.parcel = parcel
        self.item = item
    }

    /// Reads what `text` says; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let parcel = ParcelID(String(parts[0])), let item = Int(parts[1]),
            (0...Packing.capacity).contains(item)
        else { return nil }
        self.init(parcel, item: item)
    }

    public var text: String { "\(parcel.text).\(item)" }
}

extension Gateway {
    /// What FHIR's `_count` is cut down to.
    public static let mostObservations = 100

    /// Up to `count` Observations, oldest parcel first. A code is asked for by name and must be permitted; a category, or nothing,
    /// asks for what is permitted of it. `count` is 1 to `mostObservations`.
    public func readObservations(
        token: String, key: String? = nil, record: String, filter: ObservationFilter, count: Int,
        from place: ParcelPlace?,
        request: RequestID?
    ) async throws(Declined) -> ObservationPage {
        let count = min(max(count, 1), Self.mostObservations)
        let wanted = filter.types
        let stamp = stamp(.read, request)
        let asked = AccessRequest(
            access: .read, types: filter.codes == nil ? nil : wanted, token: hashSecret(token), key: key, record: record
        )
        let (known, slices) = try await access(asked, stamp) { known, tx, permit throws(StorageError) in
            let slices = try ParcelSlice.cut(permit, of: wanted, from: place, count: count, at: stamp.at, in: tx)
            return Taking(
                taken: (known, slices), items: slices.reduce(0) { $0 + $1.items.count },
                types: DataTypeSet(slices.map(\.parcel.type)))
        }
        guard let name = known.recordPseudonym, let grant = known.facts.grant else { throw Declined(.unexpected) }
        let types = DataTypeSet(slices.map(\.parcel.type))
        let entries = try await giving(.read, known, types, request) { () throws(Declined) in
            try await observations(slices, of: name, grant)
        }
        let end = slices.last.map { ParcelPlace($0.parcel.id, item: $0.items.upperBound) }
        return ObservationPage(
            record: name, entries: entries, next: entries.count == count ? end : nil, audit: stamp.id)
    }

    // What was counted in the audit is what is given, or nothing is.
    private func observations(
        _ slices: [ParcelSlice], of name: RecordPseudonym, _ grant: Facts.GrantFacts
    ) async throws(Declined) -> [ObservationPage.Entry] {
        let subject = "Patient/\(name.fhirText)"
        var entries: [ObservationPage.Entry] = []
        entries.reserveCapacity(slices.reduce(0) { $0 + $1.items.count })
        for slice in slices {
            let parcel = try await unseal(slice.parcel, application: grant.application, record: grant.record)
            guard let items = parseNativeArray(parcel.items), items.count >= slice.items.upperBound else {
                throw Declined(.unexpected)
            }
            for item in items[slice.items] {
                var json: [UInt8] = []
                guard renderObservation(item, subject: subject, into: &json) else { throw Declined(.unexpected) }
                entries.append(ObservationPage.Entry(id: item.id.fhirText, json: json))
            }
        }
        return entries
    }

    /// The application's own name for the record, where it holds anything there that is in force. No health data, and nothing
    /// else about anybody.
    public func findPatient(token: String, key: String? = nil, record: String, request: RequestID?)
        async throws(Declined)
        -> RecordPseudonym
    {
        let now = world.now()
        let hash = hashSecret(token)
        let result = try await read { tx -> Result<RecordPseudonym, Declined> in
            guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
            if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
            let (standing, refusal) = try Self.standing(of: token, in: record, at: now, tx: tx)
            if let refusal {
                return .failure(
                    Declined(refusal.problem, repairURL: self.repairURL(after: refusal, token.application)))
            }
            guard let name = standing.first?.recordPseudonym else { return .failure(Declined(.unexpected)) }
            return .success(name)
        }
        return try result.get()
    }
}

/// Some items of one parcel.
struct ParcelSlice: Sendable {
    let parcel: SealedParcel
    let items: Range<Int>

    // Parcels are mostly full, so that few are fetched for a page; those of a small import are fetched step by step.
    private static let step = 4

    /// So many items, from a place on, as far as the permit and the types reach.
    static func cut(
        _ permit: borrowing Permit, of types: DataTypeSet, from place: ParcelPlace?, count: Int, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [ParcelSlice] {
        var slices: [ParcelSlice] = []
        var left = count
        var place = place
        while left > 0 {
            let parcels = try ParcelTable.waiting(
                permit, of: types, from: place?.parcel, limit: step, at: now, in: tx)
            for parcel in parcels where left > 0 {
                let first = place.map { $0.parcel == parcel.id ? $0.item : 0 } ?? 0
                let end = min(parcel.count, first + left)
                if first < end {
                    slices.append(ParcelSlice(parcel: parcel, items: first..<end))
                    left -= end - first
                }
                place = ParcelPlace(parcel.id, item: max(first, end))
            }
            if parcels.count < step { break }
        }
        return slices
    }
}
