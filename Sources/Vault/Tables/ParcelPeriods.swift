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
                AND NOT \(fragment: inside(limits, limits.types))
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

    /// Of these types, parcels that lie wholly inside one range of the type's dates. True or false and never NULL, because it is
    /// negated too. The ranges are rows and no chain of conditions, so that a grant of many periods is no deep statement.
    static func inside(_ limits: DataPeriods, _ types: DataTypeSet) -> SQL {
        let limited = types.intersection(limits.types)
        let rows: [SQL] = limited.flatMap { type in
            limits[type].ranges.map { "(\(type.rawValue), \($0.first), \($0.last))" }
        }
        let free = types.subtracting(limited)
        var ways: [SQL] = []
        if !free.isEmpty { ways.append("data_type IN (\(list: free.map(\.rawValue)))") }
        if !rows.isEmpty {
            ways.append(
                """
                EXISTS (SELECT 1 FROM (VALUES \(fragment: rows.joined(separator: ", "))) AS allowed
                    WHERE allowed.column1 = parcel.data_type AND parcel.items_from >= allowed.column2
                        AND parcel.items_to <= allowed.column3)
                """)
        }
        return ways.isEmpty ? "1 = 0" : "(\(fragment: ways.joined(separator: " OR ")))"
    }
}
