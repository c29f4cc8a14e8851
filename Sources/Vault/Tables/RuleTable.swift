// Every version of every application's rules (A4), and the live grants that a new version would touch.

public import Domain

public struct RuleVersion: Sendable {
    public let rules: RuleSet
    /// Nil when the operator's command published it.
    public let author: PersonID?
    public let at: Moment
}

public enum RuleTable {
    static func insert(
        _ rules: RuleSet, of id: ApplicationID, author: PersonID?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO rule_set (application_id, version, rules, author, created_at)
            VALUES (\(id), \(rules.version), \(try StoredRules.encode(rules.rules)), \(author), \(now))
            """)
    }

    public static func find(
        of id: ApplicationID, version: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> RuleSet? {
        let found = try tx.queryOne(
            "SELECT rules FROM rule_set WHERE application_id = \(id) AND version = \(version)"
        ) { row throws(StorageError) in try StoredRules.decode(row.text(0)) }
        return found.map { RuleSet(version: version, rules: $0) }
    }

    /// The rules that stood at a moment; nil before the first.
    public static func find(
        of id: ApplicationID, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> RuleSet? {
        let version = try tx.queryOne(
            """
            SELECT version FROM rule_set WHERE application_id = \(id) AND created_at <= \(moment)
            ORDER BY version DESC LIMIT 1
            """
        ) { row in Int(row.int(0)) }
        guard let version else { return nil }
        return try find(of: id, version: version, in: tx)
    }

    /// Newest first.
    public static func versions(
        of id: ApplicationID, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> [RuleVersion] {
        try tx.query(
            """
            SELECT version, rules, author, created_at FROM rule_set WHERE application_id = \(id)
            ORDER BY version DESC LIMIT \(limit)
            """
        ) { row throws(StorageError) in
            RuleVersion(
                rules: RuleSet(version: Int(row.int(0)), rules: try StoredRules.decode(row.text(1))),
                author: row.optionalText(2).map { Identifier(stored: $0) }, at: row.moment(3))
        }
    }

    /// The rules as they read when each was granted.
    public static func definitions(
        of terms: GrantTerms, application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> [AuthorizationRule] {
        var sets: [Int: RuleSet] = [:]
        for version in Set(terms.rules.map(\.version)) {
            sets[version] = try find(of: application, version: version, in: tx)
        }
        return terms.rules.compactMap { sets[$0.version]?.rule(named: $0.name) }
    }

    /// The terms with the limits that follow from their rules: as they are to be written. Where no rule has dates, nothing is
    /// looked up.
    public static func limited(
        _ terms: GrantTerms, application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> GrantTerms {
        terms.limited(by: terms.hasDates ? try definitions(of: terms, application: application, in: tx) : [])
    }

    /// Live grants of the application, those that are alike counted together: the largest groups, and how many live grants
    /// there are in all.
    public static func liveGroups(
        of id: ApplicationID, at now: Moment, limit: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> (groups: [GrantGroup], grants: Int) {
        let grants = try tx.queryOne(
            """
            SELECT COUNT(*) FROM consent_grant WHERE application_id = \(id) AND state = 'active' AND expires_at > \(now)
            """
        ) { row in Int(row.int(0)) }
        let groups = try tx.query(
            """
            SELECT g.rules, g.rule_version, g.permissions,
                CASE WHEN ra.state = 'active' AND (ra.expires_at IS NULL OR ra.expires_at > \(now))
                    THEN ra.permissions END AS own, r.is_suspended, r.country, g.periods, COUNT(*)
            FROM consent_grant g JOIN record r ON r.id = g.record_id
            LEFT JOIN record_access ra ON ra.person_id = g.person_id AND ra.record_id = g.record_id
            WHERE g.application_id = \(id) AND g.state = 'active' AND g.expires_at > \(now)
            GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 8 DESC, 1, 2, 3, 4, 5, 6, 7 LIMIT \(limit)
            """
        ) { row throws(StorageError) in
            let version = Int(row.int(1))
            let own = row.optionalText(3)
            return GrantGroup(
                terms: GrantTerms(
                    rules: row.text(0).split(separator: " ").compactMap { GrantedRule(stored: $0, fallback: version) },
                    permissions: try storedPermissions(row.text(2), "consent_grant.permissions"), scope: "",
                    refusedScope: "", expiresAt: now,
                    limits: try readingDays(row.optionalText(6), "consent_grant.periods")),
                own: try own.map { own throws(StorageError) in
                    try storedPermissions(own, "record_access.permissions")
                }, isSuspended: row.int(4) != 0, country: row.optionalText(5), count: Int(row.int(7)))
        }
        return (groups, grants ?? 0)
    }
}
