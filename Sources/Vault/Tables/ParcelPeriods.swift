// Parcels and the dates of their grant.
// INVARIANT: whatever waits or is sent lies wholly inside the dates of its grant, at all times: fan-out packs nothing else, an
// import's end lets nothing else out, and a change of a grant withdraws the rest. So nobody who reads parcels asks for dates.

public import Domain

extension ParcelTable {
    /// What of these types waits under the grant and does not lie wholly inside the dates goes. What was packed before parcels
    /// told their dates lies inside no limit. Answers how many items went.
    public static func withdraw(
        ofGrant grant: GrantID, beyond limits: DataPeriods, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        guard !limits.isEmpty else { return 0 }
        return try withdraw(
            """
            grant_id = \(grant) AND data_type IN (\(list: limits.types.map(\.rawValue)))
                AND (items_from IS NULL OR NOT \(fragment: inside(limits, limits.types)))
            """, at: now, in: tx)
    }

    /// How many items of each of these types an import staged under one grant, as far as they lie inside the dates.
    public static func stagedItems(
        import id: ImportID, ofGrant grant: GrantID, _ types: DataTypeSet, within limits: DataPeriods,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [DataType: Int] {
        let counted = try tx.query(
            """
            SELECT data_type, CAST(SUM(items) AS \(raw: tx.dialect.integer)) FROM parcel
            WHERE import_id = \(id) AND state = 'staged' AND grant_id = \(grant)
                AND \(fragment: inside(limits, types)) GROUP BY data_type
            """
        ) { row in (row.text(0), Int(row.int(1))) }
        var items: [DataType: Int] = [:]
        for (word, count) in counted { items[try stored(word, "parcel.data_type")] = count }
        return items
    }

    /// Of these types, parcels that lie wholly inside one range of the type's dates. Never NULL for a parcel whose days are known:
    /// its negation has to be true of the others, and an empty list would make it neither.
    static func inside(_ limits: DataPeriods, _ types: DataTypeSet) -> SQL {
        let free = types.subtracting(limits.types)
        var conditions: [SQL] = free.isEmpty ? ["1 = 0"] : ["data_type IN (\(list: free.map(\.rawValue)))"]
        for (some, periods) in limits.groups(of: types.intersection(limits.types)) {
            for range in periods.ranges {
                var bounds: [SQL] = ["data_type IN (\(list: some.map(\.rawValue)))"]
                if let from = range.from { bounds.append("items_from >= \(from)") }
                if let to = range.to { bounds.append("items_to <= \(to)") }
                conditions.append(bounds.joined(separator: " AND "))
            }
        }
        return "(\(fragment: conditions.joined(separator: " OR ")))"
    }
}
