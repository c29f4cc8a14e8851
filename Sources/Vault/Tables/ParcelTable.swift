// The bucket, and the outbox, which is the same thing: parcels as they are staged, wait, are claimed and end. Payloads are
// read only with a permit, and the WHERE clause is written from the permit.

public import Domain

public struct StagedParcel: Sendable {
    public let id: ParcelID
    public let organization: OrganizationID
    public let application: ApplicationID
    public let record: RecordID
    public let grant: GrantID
    public let type: DataType
    public let count: Int
    public let sealed: [UInt8]
    public let lapsesAt: Moment
    /// Pushed to a webhook; otherwise it waits to be fetched.
    public let isPushed: Bool
    /// The local days that the first and the last item begin on, counted from 1970-01-01.
    public let firstDay: Int
    public let lastDay: Int

    public init(
        id: ParcelID, organization: OrganizationID, application: ApplicationID, record: RecordID, grant: GrantID,
        type: DataType, count: Int, sealed: [UInt8], lapsesAt: Moment, isPushed: Bool, firstDay: Int, lastDay: Int
    ) {
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.id = id
        self.organization = organization
        self.application = application
        self.record = record
        self.grant = grant
        self.type = type
        self.count = count
        self.sealed = sealed
        self.lapsesAt = lapsesAt
        self.isPushed = isPushed
    }
}

public struct SealedParcel: Sendable {
    public let id: ParcelID
    public let organization: OrganizationID
    public let grant: GrantID
    public let type: DataType
    public let count: Int
    public let sealed: [UInt8]
    public let createdAt: Moment
    public let lapsesAt: Moment
    public let attempts: Int
}

/// A lane: what of one record waits for one application. It is sent in order, one parcel after the other.
public struct Lane: Hashable, Sendable {
    public let application: ApplicationID
    public let record: RecordID
    public let grant: GrantID
}

public enum ParcelTable {
    public static func stage(
        _ parcel: StagedParcel, import id: ImportID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        let due: Moment? = parcel.isPushed ? now : nil
        _ = try tx.execute(
            """
            INSERT INTO parcel (id, organization_id, application_id, record_id, grant_id, import_id, data_type, items,
                state, sealed, created_at, lapses_at, attempts, next_attempt_at, items_from, items_to)
            VALUES (\(parcel.id), \(parcel.organization), \(parcel.application), \(parcel.record), \(parcel.grant), \(id),
                \(parcel.type.rawValue), \(parcel.count), 'staged', \(parcel.sealed), \(now), \(parcel.lapsesAt), 0,
                \(due), \(parcel.firstDay), \(parcel.lastDay))
            """)
    }

    /// Lets out what an import staged under one grant, as far as the types and their dates reach; the rest stays behind for
    /// `dropStaged`. What does not lie inside `pushed` waits to be fetched.
    public static func release(
        import id: ImportID, ofGrant grant: GrantID, _ share: ParcelReach, pushed: ParcelReach,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE parcel SET state = 'waiting',
                next_attempt_at = CASE WHEN \(fragment: inside(pushed)) THEN next_attempt_at END
            WHERE import_id = \(id) AND state = 'staged' AND grant_id = \(grant)
                AND \(fragment: inside(share))
            """)
    }

    /// What an import that failed, or was cut off, had written: nobody has seen it.
    public static func dropStaged(import id: ImportID, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute("DELETE FROM parcel WHERE import_id = \(id) AND state = 'staged'")
    }

    /// What waits, as far as the permit reaches, oldest first.
    public static func waiting(
        _ permit: borrowing Permit, after: ParcelID?, limit: Int, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [SealedParcel] {
        try tx.query(
            """
            \(fragment: selection)
            WHERE application_id = \(permit.application) AND record_id = \(permit.record) AND state = 'waiting'
                AND lapses_at > \(now) AND \(fragment: inside(permit))
                AND id > \(after?.text ?? "")
            ORDER BY id LIMIT \(limit)
            """, parcel)
    }

    /// The same, narrowed to some types, and beginning with a parcel itself where one is given.
    public static func waiting(
        _ permit: borrowing Permit, of types: DataTypeSet, from first: ParcelID?, limit: Int, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [SealedParcel] {
        let wanted = permit.types.intersection(types)
        guard !wanted.isEmpty else { return [] }
        return try tx.query(
            """
            \(fragment: selection)
            WHERE application_id = \(permit.application) AND record_id = \(permit.record) AND state = 'waiting'
                AND lapses_at > \(now) AND \(fragment: inside(ParcelReach(wanted, permit.dates)))
                AND id >= \(first?.text ?? "")
            ORDER BY id LIMIT \(limit)
            """, parcel)
    }

    /// The application has them safely: payloads go. Answers each parcel's grant and count.
    public static func acknowledge(
        _ ids: [ParcelID], _ permit: borrowing Permit, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [(grant: GrantID, count: Int)] {
        try tx.query(
            """
            UPDATE parcel SET state = 'acknowledged', sealed = NULL, items_from = NULL, items_to = NULL,
                ended_at = \(now), next_attempt_at = NULL
            WHERE id IN (\(list: ids.map(\.text))) AND application_id = \(permit.application)
                AND record_id = \(permit.record) AND state = 'waiting' AND \(fragment: inside(permit))
            RETURNING grant_id, items
            """
        ) { row in (grant: Identifier(stored: row.text(0)), count: Int(row.int(1))) }
    }

    /// Lanes with something to send now, most overdue first. One that another sender holds is not among them, nor one whose
    /// parcels only wait to lapse: asking for them would leave audit lines about nothing.
    public static func dueLanes(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [Lane] {
        try tx.query(
            """
            SELECT application_id, record_id, grant_id, MIN(next_attempt_at) FROM parcel
            WHERE state = 'waiting' AND next_attempt_at IS NOT NULL AND next_attempt_at <= \(now) AND lapses_at > \(now)
                AND NOT EXISTS (SELECT 1 FROM parcel AS held WHERE held.application_id = parcel.application_id
                    AND held.record_id = parcel.record_id AND held.state = 'sending' AND held.lease_until > \(now))
            GROUP BY application_id, record_id, grant_id ORDER BY MIN(next_attempt_at), grant_id LIMIT \(limit)
            """
        ) { row in
            Lane(
                application: Identifier(stored: row.text(0)), record: Identifier(stored: row.text(1)),
                grant: Identifier(stored: row.text(2)))
        }
    }

    /// Whether anything of the lane is due and no other sender holds some of it: then a claim finds something.
    public static func hasDue(
        _ lane: Lane, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.queryOne(
            """
            SELECT 1 FROM parcel WHERE application_id = \(lane.application) AND record_id = \(lane.record)
                AND grant_id = \(lane.grant) AND state = 'waiting' AND next_attempt_at <= \(now) AND lapses_at > \(now)
                AND NOT EXISTS (SELECT 1 FROM parcel AS held WHERE held.application_id = \(lane.application)
                    AND held.record_id = \(lane.record) AND held.state = 'sending' AND held.lease_until > \(now))
            LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// Takes the head of a lane for one sender until the lease ends. Nil while another sender holds some of the lane. The head
    /// is never skipped because somebody else is taking it just then: that would send the second parcel before the first.
    public static func claim(
        _ permit: borrowing Permit, at now: Moment, leaseUntil: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> SealedParcel? {
        try tx.queryOne(
            """
            UPDATE parcel SET state = 'sending', lease_until = \(leaseUntil) WHERE id IN (
                SELECT id FROM parcel WHERE application_id = \(permit.application) AND record_id = \(permit.record)
                    AND grant_id = \(permit.grant) AND state = 'waiting' AND next_attempt_at <= \(now)
                    AND lapses_at > \(now) AND \(fragment: inside(permit))
                ORDER BY id LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM parcel AS held WHERE held.application_id = \(permit.application)
                AND held.record_id = \(permit.record) AND held.state = 'sending' AND held.lease_until > \(now))
            RETURNING id, organization_id, grant_id, data_type, items, sealed, created_at, lapses_at, attempts
            """, parcel)
    }

    /// A 2xx came back: the payload goes. False when the lease was lost meanwhile.
    public static func accept(
        _ id: ParcelID, leaseUntil: Moment, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE parcel SET state = 'delivered', sealed = NULL, items_from = NULL, items_to = NULL,
                ended_at = \(now), lease_until = NULL,
                next_attempt_at = NULL, attempts = attempts + 1
            WHERE id = \(id) AND state = 'sending' AND lease_until = \(leaseUntil)
            """) == 1
    }

    /// Puts back what was claimed and not accepted; the whole lane waits with it, so that order is kept.
    public static func putBack(
        _ id: ParcelID, _ lane: Lane, nextAttemptAt: Moment, leaseUntil: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE parcel SET state = 'waiting', lease_until = NULL, attempts = attempts + 1
            WHERE id = \(id) AND state = 'sending' AND lease_until = \(leaseUntil)
            """)
        _ = try tx.execute(
            """
            UPDATE parcel SET next_attempt_at = \(nextAttemptAt)
            WHERE application_id = \(lane.application) AND record_id = \(lane.record) AND state = 'waiting'
                AND next_attempt_at IS NOT NULL
            """)
    }

    /// What waits for the webhook under the lane's grant is not due before the moment. Nothing was tried: attempts stay.
    public static func pause(
        _ lane: Lane, _ types: DataTypeSet, until moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE parcel SET next_attempt_at = \(moment)
            WHERE application_id = \(lane.application) AND record_id = \(lane.record) AND grant_id = \(lane.grant)
                AND state = 'waiting' AND next_attempt_at < \(moment) AND data_type IN (\(list: types.map(\.rawValue)))
            """)
    }

    /// The types of those parcels of the application that still wait.
    public static func types(
        of ids: [ParcelID], for application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> DataTypeSet {
        let types: [DataType] = try tx.query(
            """
            SELECT DISTINCT data_type FROM parcel
            WHERE id IN (\(list: ids.map(\.text))) AND application_id = \(application) AND state = 'waiting'
            """
        ) { row throws(StorageError) in try stored(row.text(0), "parcel.data_type") }
        return DataTypeSet(types)
    }

    /// Senders that died: what they held waits again.
    public static func reclaimExpiredLeases(at now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute(
            "UPDATE parcel SET state = 'waiting', lease_until = NULL WHERE state = 'sending' AND lease_until <= \(now)")
    }

    /// Consent ended: nothing of the grant stays readable. Answers how many items went.
    public static func withdraw(
        ofGrant grant: GrantID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try withdraw("grant_id = \(grant)", at: now, in: tx)
    }

    /// The grant does not give these types any more, in any way: what waits of them goes.
    public static func withdraw(
        ofGrant grant: GrantID, _ types: DataTypeSet, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        guard !types.isEmpty else { return 0 }
        return try withdraw(
            "grant_id = \(grant) AND data_type IN (\(list: types.map(\.rawValue)))", at: now, in: tx)
    }

    /// The webhook may carry no more than this: what waited for it beyond goes. What waits to be fetched is not touched.
    public static func withdrawPushed(
        ofGrant grant: GrantID, beyond reach: ParcelReach, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try withdraw(
            "grant_id = \(grant) AND next_attempt_at IS NOT NULL AND NOT \(fragment: inside(reach))", at: now, in: tx)
    }

    static func withdraw(
        _ which: SQL, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        let counts = try tx.query(
            """
            UPDATE parcel SET state = 'withdrawn', sealed = NULL, items_from = NULL, items_to = NULL,
                ended_at = \(now), lease_until = NULL,
                next_attempt_at = NULL
            WHERE state IN ('staged', 'waiting', 'sending') AND \(fragment: which)
            RETURNING items
            """
        ) { row in Int(row.int(0)) }
        return counts.reduce(0, +)
    }

    /// A bounded batch of what nobody fetched in time (F4). Answers each grant with its items.
    public static func lapse(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantID: Int] {
        let ended = try tx.query(
            """
            UPDATE parcel SET state = 'lapsed', sealed = NULL, items_from = NULL, items_to = NULL,
                ended_at = \(now), next_attempt_at = NULL
            WHERE id IN (
                SELECT id FROM parcel WHERE state = 'waiting' AND lapses_at <= \(now) ORDER BY lapses_at LIMIT \(limit))
            RETURNING grant_id, items
            """
        ) { row in (GrantID(stored: row.text(0)), Int(row.int(1))) }
        return Dictionary(ended, uniquingKeysWith: +)
    }

    /// Items that wait under one grant.
    public static func waitingCount(ofGrant grant: GrantID, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.queryOne(
            """
            SELECT CAST(COALESCE(SUM(items), 0) AS \(raw: tx.dialect.integer)) FROM parcel
            WHERE grant_id = \(grant) AND state IN ('staged', 'waiting', 'sending') AND state <> 'staged'
            """
        ) { row in Int(row.int(0)) } ?? 0
    }

    private static let selection: SQL = """
        SELECT id, organization_id, grant_id, data_type, items, sealed, created_at, lapses_at, attempts FROM parcel
        """

    private static func parcel(_ row: borrowing Row) throws(StorageError) -> SealedParcel {
        SealedParcel(
            id: Identifier(stored: row.text(0)), organization: Identifier(stored: row.text(1)),
            grant: Identifier(stored: row.text(2)), type: try stored(row.text(3), "parcel.data_type"),
            count: Int(row.int(4)), sealed: row.bytes(5), createdAt: row.moment(6), lapsesAt: row.moment(7),
            attempts: Int(row.int(8)))
    }
}
