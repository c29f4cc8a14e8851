// Notices as they wait for the application and as they were taken (B11, F3): one lane an application, in order.

public import Domain

/// A notice that one sender holds until its lease ends.
public struct ClaimedNotice: Sendable {
    public let notice: Notice
    public let attempts: Int
}

public enum NoticeTable {
    /// It waits with those before it: an application that does not answer is not asked again sooner because more happened.
    public static func insert(
        _ notice: Notice, lapsesAt: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO notice (id, application_id, grant_id, event, actor, record_pseudonym, person_pseudonym, at, state,
                lapses_at, attempts, next_attempt_at)
            SELECT \(notice.id), \(notice.application), \(notice.grant), \(notice.event.rawValue),
                \(notice.actor.rawValue), \(notice.record), \(notice.person), \(notice.at), 'waiting', \(lapsesAt), 0,
                COALESCE(MAX(next_attempt_at), \(notice.at))
            FROM notice WHERE application_id = \(notice.application) AND state = 'waiting'
            """)
    }

    /// Applications with a notice that is due and none that is being sent. A suspended application's notices wait.
    public static func due(
        at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [ApplicationID] {
        try tx.query(
            """
            SELECT application_id, MIN(next_attempt_at) FROM notice
            WHERE state = 'waiting' AND next_attempt_at <= \(now) AND lapses_at > \(now)
                AND NOT EXISTS (SELECT 1 FROM notice AS held WHERE held.application_id = notice.application_id
                    AND held.state = 'sending' AND held.lease_until > \(now))
                AND EXISTS (SELECT 1 FROM application a WHERE a.id = notice.application_id AND a.state = 'active')
            GROUP BY application_id ORDER BY MIN(next_attempt_at), application_id LIMIT \(limit)
            """
        ) { row in Identifier(stored: row.text(0)) }
    }

    /// The oldest that waits, unless another sender holds one of this application. Never the second before the first.
    public static func claim(
        of application: ApplicationID, at now: Moment, leaseUntil: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> ClaimedNotice? {
        try tx.queryOne(
            """
            UPDATE notice SET state = 'sending', lease_until = \(leaseUntil) WHERE id IN (
                SELECT id FROM notice WHERE application_id = \(application) AND state = 'waiting'
                    AND lapses_at > \(now) ORDER BY id LIMIT 1)
            AND next_attempt_at <= \(now) AND NOT EXISTS (SELECT 1 FROM notice AS held WHERE held.application_id = \(application)
                AND held.state = 'sending' AND held.lease_until > \(now))
            RETURNING id, event, at, actor, application_id, record_pseudonym, person_pseudonym, grant_id, attempts
            """
        ) { row throws(StorageError) in
            ClaimedNotice(
                notice: Notice(
                    id: Identifier(stored: row.text(0)), event: try stored(row.text(1), "notice.event"),
                    at: row.moment(2), actor: try stored(row.text(3), "notice.actor"),
                    application: Identifier(stored: row.text(4)), record: Identifier(stored: row.text(5)),
                    person: Identifier(stored: row.text(6)), grant: Identifier(stored: row.text(7))),
                attempts: Int(row.int(8)))
        }
    }

    /// False when the lease was lost meanwhile.
    public static func accept(
        _ id: NoticeID, leaseUntil: Moment, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE notice SET state = 'delivered', ended_at = \(now), lease_until = NULL, attempts = attempts + 1
            WHERE id = \(id) AND state = 'sending' AND lease_until = \(leaseUntil)
            """) == 1
    }

    /// The application's other notices wait with it, so that order is kept.
    public static func putBack(
        _ id: NoticeID, of application: ApplicationID, nextAttemptAt: Moment, leaseUntil: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE notice SET state = 'waiting', lease_until = NULL, attempts = attempts + 1
            WHERE id = \(id) AND state = 'sending' AND lease_until = \(leaseUntil)
            """)
        _ = try tx.execute(
            """
            UPDATE notice SET next_attempt_at = \(nextAttemptAt) WHERE application_id = \(application) AND state = 'waiting'
            """)
    }

    /// Senders that died: what they held waits again.
    public static func reclaimExpiredLeases(at now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute(
            "UPDATE notice SET state = 'waiting', lease_until = NULL WHERE state = 'sending' AND lease_until <= \(now)")
    }

    /// A bounded batch of what nobody took in time.
    public static func lapse(at now: Moment, limit: Int, in tx: borrowing Transaction) throws(StorageError) -> Int {
        try tx.execute(
            """
            UPDATE notice SET state = 'lapsed', ended_at = \(now) WHERE id IN (
                SELECT id FROM notice WHERE state = 'waiting' AND lapses_at <= \(now) ORDER BY lapses_at LIMIT \(limit))
            """)
    }
}
