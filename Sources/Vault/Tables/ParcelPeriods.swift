// INVARIANT: what waits or is sent lies wholly inside the dates of its own grant (fan-out, an import's end and a change of a grant
// see to it). And nobody reads, acknowledges or sends beyond the permit: where the grant that opened the gate has dates, its own
// count, whosever grant a parcel was made for.

public import Domain

/// Types, and for those that have a limit the days that a parcel must lie inside.
public struct ParcelReach: Sendable {
    public let types: DataTypeSet
    /// Of these types alone; those that are not mentioned have no limit.
    public let dates: DataPeriods

    public init(_ types: DataTypeSet, _ dates: DataPeriods = .none) {
        self.types = types
        self.dates = dates.only(types)
    }
}

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
                AND NOT \(fragment: inside(ParcelReach(limits.types, limits)))
            """, at: now, in: tx)
    }

    /// How many items of each of these types an import staged under one grant, as far as they lie inside the dates.
    public static func stagedItems(
        import id: ImportID, ofGrant grant: GrantID, _ reach: ParcelReach, in tx: borrowing Transaction
    ) throws(StorageError) -> [DataType: Int] {
        let counted = try tx.query(
            """
            SELECT data_type, CAST(SUM(items) AS \(raw: tx.dialect.integer)) FROM parcel
            WHERE import_id = \(id) AND state = 'staged' AND grant_id = \(grant)
                AND \(fragment: inside(reach)) GROUP BY data_type
            """
        ) { row in (row.text(0), Int(row.int(1))) }
        var items: [DataType: Int] = [:]
        for (word, count) in counted { items[try stored(word, "parcel.data_type")] = count }
        return items
    }

    /// What the permit reaches.
    static func inside(_ permit: borrowing Permit) -> SQL { inside(ParcelReach(permit.types, permit.dates)) }

    /// Of these types, parcels that lie wholly inside one range of the type's dates. True or false and never NULL, because it is
    /// negated too. The ranges are rows and no chain of conditions, so that a grant of many periods is no deep statement.
    static func inside(_ reach: ParcelReach) -> SQL {
        let limited = reach.dates.types
        let rows: [SQL] = limited.flatMap { type in
            reach.dates[type].ranges.map { "(\(type.rawValue), \($0.first), \($0.last))" }
        }
        let free = reach.types.subtracting(limited)
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
