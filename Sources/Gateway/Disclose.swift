// On-demand access to what waits in an application's bucket (F4, F7; C7, C10, D1, D3): the verdict, the rows and the audit line
// in one transaction; unsealing only after it is on disk.

public import Domain
import Logging
import Vault

extension Gateway {
    /// Up to `limit` parcels, oldest first.
    public func read(
        token: String, key: String? = nil, record: String, types: [String]?, limit: Int, after: String?,
        request: RequestID?
    ) async throws(Declined) -> Disclosure {
        let wanted = try Self.dataTypes(types)
        var faults: [FieldFault] = []
        if !(1...100).contains(limit) { faults.append(FieldFault("limit", "1 to 100 parcels")) }
        let cursor = after.flatMap { ParcelID($0) }
        if after != nil, cursor == nil { faults.append(FieldFault("after", "the id of a parcel")) }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }

        let stamp = stamp(.read, request)
        let asked = AccessRequest(access: .read, types: wanted, token: hashSecret(token), key: key, record: record)
        let (known, parcels) = try await access(asked, stamp) { known, tx, permit throws(StorageError) in
            let parcels = try ParcelTable.waiting(permit, after: cursor, limit: limit, at: stamp.at, in: tx)
            return Taking(
                taken: (known, parcels), items: parcels.reduce(0) { $0 + $1.count },
                types: DataTypeSet(parcels.map(\.type)))
        }
        guard let name = known.recordPseudonym, let grant = known.facts.grant else { throw Declined(.unexpected) }
        return try await giving(.read, known, DataTypeSet(parcels.map(\.type)), request) { () throws(Declined) in
            var disclosed: [DisclosedParcel] = []
            disclosed.reserveCapacity(parcels.count)
            for parcel in parcels {
                disclosed.append(try await unseal(parcel, application: grant.application, record: grant.record))
            }
            return Disclosure(
                record: name, parcels: disclosed, next: parcels.count == limit ? parcels.last?.id : nil, audit: stamp.id
            )
        }
    }

    /// The application has them: they go. Answers how many parcels ended; those that were gone already do not count.
    public func acknowledge(
        token: String, key: String? = nil, record: String, parcels: [String], request: RequestID?
    ) async throws(Declined) -> Int {
        let ids = parcels.map { ParcelID($0) }
        let faults = ids.enumerated().filter { $0.element == nil }.map {
            FieldFault("parcels[\($0.offset)]", "the id of a parcel")
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        guard (1...1_000).contains(ids.count) else {
            throw Declined(.invalidFields, faults: [FieldFault("parcels", "1 to 1000 ids")])
        }
        let known = ids.compactMap { $0 }
        let stamp = stamp(.acknowledge, request)
        let asked = AccessRequest(access: .read, parcels: known, token: hashSecret(token), key: key, record: record)
        return try await access(asked, stamp) { _, tx, permit throws(StorageError) in
            let ended = try ParcelTable.acknowledge(known, permit, at: stamp.at, in: tx)
            let byGrant = Dictionary(ended.map { ($0.grant, $0.count) }, uniquingKeysWith: +)
            for (grant, items) in byGrant { try GrantTable.addDelivered(items, to: grant, in: tx) }
            return Taking(taken: ended.count, items: byGrant.values.reduce(0, +), types: .none)
        }
    }

    /// Nil where sending the person cannot repair it.
    func repairURL(
        after refusal: Refusal, _ application: ApplicationID, _ rules: [AuthorizationRule] = []
    ) -> String? {
        switch refusal {
        case .noGrant, .grantExpired, .grantRevoked, .modeNotGranted, .notCovered:
            askURL(application, record: nil, rules: rules)
        case .applicationNotInGoodStanding, .recordAccessLost, .recordSuspended, .recordAccessTooSmall: nil
        }
    }

    func unseal(
        _ parcel: SealedParcel, application: ApplicationID, record: RecordID
    ) async throws(Declined) -> DisclosedParcel {
        let key = try await dataKey(of: parcel.organization)
        let binding = ParcelBinding(id: parcel.id, application: application, record: record, type: parcel.type)
        do {
            return DisclosedParcel(
                id: parcel.id, type: parcel.type, count: parcel.count, createdAt: parcel.createdAt,
                lapsesAt: parcel.lapsesAt, items: try key.openUnsealed(parcel.sealed, parcel: binding))
        } catch {
            logger.error("a parcel does not open", metadata: ["parcel": "\(parcel.id)"])
            throw Declined(.unexpected)
        }
    }

    static func dataTypes(_ words: [String]?) throws(Declined) -> DataTypeSet? {
        guard let words else { return nil }
        var types = DataTypeSet.none
        var faults: [FieldFault] = []
        for (place, word) in words.enumerated() {
            if let type = DataType(rawValue: word) {
                types.insert(type)
            } else if let category = Category(rawValue: word) {
                types = types.union(category.types)
            } else {
                faults.append(FieldFault("types[\(place)]", "not a data type or category known here"))
            }
        }
        if words.isEmpty { faults.append(FieldFault("types", "at least one, or leave it out")) }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        return types
    }
}
