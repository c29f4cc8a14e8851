// What a token is worth now, in one look: for introspection, which is asked about every request of a resource server.

public import Domain

public struct LiveToken: Sendable {
    public let application: ApplicationID
    /// What it was given, as far as its grant still gives it.
    public let scope: String
    public let person: PersonPseudonym?
    public let record: RecordPseudonym?
    public let grant: GrantID?
    public let createdAt: Moment
    public let expiresAt: Moment
    public let keyThumbprint: String?
    public let isRefreshToken: Bool
    /// Its grant was asked for in authorization details, and is told of in them. Not where it stands on the person: it reaches
    /// several grants, and what one of them gives is not what it may do.
    public let usesDetails: Bool
}

public enum IntrospectionTable {
    /// Nil for a token that is unknown, over, ended, or given to another organization's application; and when its grant is.
    public static func find(
        _ hash: [UInt8], for client: ApplicationID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> LiveToken? {
        let values = [SQLValue.integer(now.microseconds), .bytes(hash), .text(client.text)]
        if let found = try tx.queryOne(accessToken.filled(values), row) { return live(found, at: now) }
        return try tx.queryOne(refreshToken.filled(values), row).flatMap { live($0, at: now) }
    }

    private struct Found {
        var token: LiveToken
        let hasEnded: Bool
        let standsOnGrant: Bool
        let grantIsActive: Bool
        let grantEnd: Moment?
    }

    private static func live(_ found: Found, at now: Moment) -> LiveToken? {
        guard !found.hasEnded, now < found.token.expiresAt else { return nil }
        guard found.standsOnGrant else { return found.token }
        guard found.grantIsActive, let end = found.grantEnd, now < end else { return nil }
        return found.token
    }

    // The newest grant in force stands in where a token stands on the person (B8).
    private static let accessToken: StandingSQL = """
        SELECT t.application_id, t.scope, t.created_at, t.expires_at, t.dpop_jkt, t.ended_at, t.grant_id, t.person_id,
            g.scope, g.state, g.expires_at, g.record_pseudonym, g.person_pseudonym, 0, g.id,
            g.is_detailed
        FROM access_token t JOIN application a ON a.id = t.application_id AND a.state = 'active'
        LEFT JOIN consent_grant g ON g.id = COALESCE(t.grant_id, (
            SELECT id FROM consent_grant WHERE application_id = t.application_id AND person_id = t.person_id
                AND state = 'active' AND expires_at > \(holes: 1) ORDER BY id DESC LIMIT 1))
        WHERE t.token_hash = \(holes: 1)
            AND a.organization_id = (SELECT organization_id FROM application WHERE id = \(holes: 1))
        """
    private static let refreshToken: StandingSQL = """
        SELECT f.application_id, g.scope, r.created_at, f.expires_at, f.dpop_jkt, f.ended_at, f.grant_id, f.person_id,
            g.scope, g.state, g.expires_at, g.record_pseudonym, g.person_pseudonym,
            CASE WHEN r.generation = f.generation THEN 1 ELSE 2 END, g.id,
            g.is_detailed
        FROM refresh_token r JOIN token_family f ON f.id = r.family_id
        JOIN application a ON a.id = f.application_id AND a.state = 'active'
        JOIN consent_grant g ON g.id = COALESCE((
            SELECT id FROM consent_grant WHERE application_id = f.application_id AND person_id = f.person_id
                AND state = 'active' AND expires_at > \(holes: 1) ORDER BY id DESC LIMIT 1), f.grant_id)
        WHERE r.token_hash = \(holes: 1)
            AND a.organization_id = (SELECT organization_id FROM application WHERE id = \(holes: 1))
        """

    private static func row(_ row: borrowing Row) throws(StorageError) -> Found {
        let standsOnPerson = row.optionalText(7) != nil
        let own = row.text(1)
        let granted = row.optionalText(8)
        let kind = row.int(13)
        return Found(
            token: LiveToken(
                application: Identifier(stored: row.text(0)), scope: granted.map { common(own, $0) } ?? own,
                person: row.optionalText(12).map { Identifier(stored: $0) },
                record: standsOnPerson ? nil : row.optionalText(11).map { Identifier(stored: $0) },
                grant: row.optionalText(14).map { Identifier(stored: $0) }, createdAt: row.moment(2),
                expiresAt: row.moment(3), keyThumbprint: row.optionalText(4), isRefreshToken: kind > 0,
                usesDetails: !standsOnPerson && row.optionalInt(15) == 1),
            // A refresh token that was used already is not active, though a retry may still be answered.
            hasEnded: row.optionalInt(5) != nil || kind == 2,
            standsOnGrant: row.optionalText(6) != nil || standsOnPerson,
            grantIsActive: row.optionalText(9) == "active", grantEnd: row.optionalMoment(10))
    }

    private static func common(_ own: String, _ granted: String) -> String {
        if own == granted { return own }
        let had = Set(granted.split(separator: " "))
        return own.split(separator: " ").filter(had.contains).joined(separator: " ")
    }
}
