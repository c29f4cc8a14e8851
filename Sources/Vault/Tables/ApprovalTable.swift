// Requests for the person's decision, as they wait and as they ended.

public import Domain

public struct ApprovalRow: Sendable {
    public enum Kind: String, Sendable {
        /// An authorization-code flow: a code goes back (RFC 6749 §4.1).
        case code
        /// The platform's own way of asking for more (A7): only the outcome goes back.
        case shell
    }

    public let id: ApprovalID
    public let application: ApplicationID
    /// Of the rules that the person was last shown.
    public let ruleVersion: Int
    public let kind: Kind
    public let redirectURI: String
    public let clientState: String?
    public let codeChallenge: String
    public let requestedScope: String
    /// `authorization_details` as they were sent (RFC 9396).
    public let requestedDetails: String?
    /// Of the cookie that binds it to the browser that began it; nil when the application's server began it.
    public let flowHash: [UInt8]?
    /// What the application gave along with `APPAUTH`, to be returned as it is.
    public let actionQuery: String?
    /// The record that the application asks about.
    public let asked: RecordID?
    /// The record that the person was last shown.
    public let record: RecordID?
    /// How the grant stood that the person was last shown; nil while nothing was shown.
    public let shownStanding: String?
    /// `merge`, `replace` or `create` (Grant Management for OAuth 2.0, §3).
    public let grantAction: String?
    /// The key that the code will be bound to (RFC 9449 §10).
    public let keyThumbprint: String?
    /// The request named no redirect URI, because only one is registered (RFC 6749 §3.1.2.3).
    public let omitsRedirect: Bool
    /// The grant to merge into, where the application named one.
    public let grant: GrantID?
    /// The first signed-in person who opened it; nobody else may.
    public let person: PersonID?
    public let state: ApprovalState
    public let createdAt: Moment
    public let expiresAt: Moment

    public init(
        id: ApprovalID, application: ApplicationID, ruleVersion: Int, redirectURI: String, clientState: String?,
        codeChallenge: String, requestedScope: String, flowHash: [UInt8]?, person: PersonID?, state: ApprovalState,
        createdAt: Moment, expiresAt: Moment, kind: Kind = .code, actionQuery: String? = nil, record: RecordID? = nil,
        grant: GrantID? = nil, asked: RecordID? = nil, shownStanding: String? = nil,
        grantAction: String? = nil, keyThumbprint: String? = nil, omitsRedirect: Bool = false,
        requestedDetails: String? = nil
    ) {
        self.omitsRedirect = omitsRedirect
        self.requestedDetails = requestedDetails
        self.grantAction = grantAction
        self.keyThumbprint = keyThumbprint
        self.asked = asked
        self.shownStanding = shownStanding
        self.kind = kind
        self.actionQuery = actionQuery
        self.record = record
        self.grant = grant
        self.id = id
        self.application = application
        self.ruleVersion = ruleVersion
        self.redirectURI = redirectURI
        self.clientState = clientState
        self.codeChallenge = codeChallenge
        self.requestedScope = requestedScope
        self.flowHash = flowHash
        self.person = person
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

public enum ApprovalTable {
    /// `person` is who is known to open it, where the row itself does not say.
    public static func insert(
        _ row: ApprovalRow, of person: PersonID? = nil, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO approval (id, application_id, rule_version, redirect_uri, client_state, code_challenge,
                requested_scope, flow_hash, person_id, state, created_at, expires_at, kind, action_query, record_id,
                grant_id, asked_record_id, grant_action, dpop_jkt, omits_redirect, details)
            VALUES (\(row.id), \(row.application), \(row.ruleVersion), \(row.redirectURI), \(row.clientState),
                \(row.codeChallenge), \(row.requestedScope), \(row.flowHash), \(row.person ?? person), \(row.state.rawValue),
                \(row.createdAt), \(row.expiresAt), \(row.kind.rawValue), \(row.actionQuery), \(row.record),
                \(row.grant), \(row.asked), \(row.grantAction), \(row.keyThumbprint),
                \(row.omitsRedirect), \(row.requestedDetails))
            """)
    }

    public static func find(_ id: ApprovalID, in tx: borrowing Transaction) throws(StorageError) -> ApprovalRow? {
        try tx.queryOne("\(fragment: selection) WHERE id = \(id)", approval)
    }

    /// Pending and not yet over, oldest first.
    public static func pending(
        of person: PersonID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [ApprovalRow] {
        try tx.query(
            """
            \(fragment: selection) WHERE person_id = \(person) AND state = 'pending' AND expires_at > \(now) ORDER BY id
            """, approval)
    }

    /// The first person to open it keeps it: false when somebody else was first.
    public static func bind(
        _ id: ApprovalID, to person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE approval SET person_id = \(person)
            WHERE id = \(id) AND (person_id IS NULL OR person_id = \(person))
            """) == 1
    }

    /// What the person is shown from now on: these rules, for this record, beside a grant that stands so.
    public static func show(
        _ id: ApprovalID, ruleVersion: Int, record: RecordID?, standing: String, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE approval SET rule_version = \(ruleVersion), record_id = \(record), shown_standing = \(standing)
            WHERE id = \(id) AND state = 'pending'
            """)
    }

    /// Where approvals that wait would send the person back to.
    public static func pendingPlaces(
        of application: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> [String] {
        try tx.query(
            "SELECT DISTINCT redirect_uri FROM approval WHERE application_id = \(application) AND state = 'pending'"
        ) { row in row.text(0) }
    }

    /// Ends what waits to be sent back there.
    public static func expirePending(
        of application: ApplicationID, to uri: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE approval SET state = 'expired', expires_at = \(now)
            WHERE application_id = \(application) AND redirect_uri = \(uri) AND state = 'pending'
            """)
    }

    /// False when another decision came first: one conditional update decides.
    public static func end(
        _ id: ApprovalID, as state: ApprovalState, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        try tx.execute(
            """
            UPDATE approval SET state = \(state.rawValue), decided_at = \(now) WHERE id = \(id) AND state = 'pending'
            """) == 1
    }

    private static let selection: SQL = """
        SELECT id, application_id, rule_version, redirect_uri, client_state, code_challenge, requested_scope, flow_hash,
            person_id, state, created_at, expires_at, kind, action_query, record_id, grant_id,
            asked_record_id, shown_standing, grant_action, dpop_jkt, omits_redirect, details
        FROM approval
        """

    private static func approval(_ row: borrowing Row) throws(StorageError) -> ApprovalRow {
        ApprovalRow(
            id: Identifier(stored: row.text(0)), application: Identifier(stored: row.text(1)),
            ruleVersion: Int(row.int(2)), redirectURI: row.text(3), clientState: row.optionalText(4),
            codeChallenge: row.text(5), requestedScope: row.text(6), flowHash: row.optionalBytes(7),
            person: row.optionalText(8).map { Identifier(stored: $0) },
            state: try stored(row.text(9), "approval.state"), createdAt: row.moment(10), expiresAt: row.moment(11),
            kind: try stored(row.text(12), "approval.kind"), actionQuery: row.optionalText(13),
            record: row.optionalText(14).map { Identifier(stored: $0) },
            grant: row.optionalText(15).map { Identifier(stored: $0) },
            asked: row.optionalText(16).map { Identifier(stored: $0) }, shownStanding: row.optionalText(17),
            grantAction: row.optionalText(18), keyThumbprint: row.optionalText(19),
            omitsRedirect: row.bool(20), requestedDetails: row.optionalText(21))
    }
}
