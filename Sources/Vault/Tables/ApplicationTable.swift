// Applications with their redirect URIs, and every version of their rules (A4).

public import Domain

public struct ApplicationRow: Sendable {
    public let id: ApplicationID
    public let organization: OrganizationID
    public let name: String
    public let description: String
    public let secretHash: [UInt8]
    public let webhookURL: String?
    public let sealedWebhookSecret: [UInt8]?
    public let grantLife: GrantLife
    public let state: ApplicationState
    public let ruleVersion: Int
    public let noticeURL: String?
    public let interaction: InteractionModel
    /// ISO 3166-1 alpha-2; empty: all.
    public let countries: Set<String>
    public let previousSecretHash: [UInt8]?
    public let previousSecretUntil: Moment?
    public let traits: ClientTraits
    // Of its organization:
    public let organizationName: String
    public let environment: Environment
    public let responsible: String

    public var isActive: Bool { state == .active }
}

public struct NewApplication: Sendable {
    public let id: ApplicationID
    public let organization: OrganizationID
    public let name: String
    public let description: String
    public let secretHash: [UInt8]
    public let webhookURL: String?
    public let noticeURL: String?
    public let sealedWebhookSecret: [UInt8]?
    public let grantLife: GrantLife
    public let interaction: InteractionModel
    public let countries: Set<String>
    public let redirectURIs: [String]
    public let rules: RuleSet
    public let traits: ClientTraits

    public init(
        id: ApplicationID, organization: OrganizationID, name: String, description: String, secretHash: [UInt8],
        webhookURL: String?, noticeURL: String? = nil, sealedWebhookSecret: [UInt8]?, grantLife: GrantLife,
        interaction: InteractionModel = .singleRecord, countries: Set<String> = [], redirectURIs: [String],
        rules: RuleSet, traits: ClientTraits = .standard
    ) {
        self.traits = traits
        self.noticeURL = noticeURL
        self.interaction = interaction
        self.countries = countries
        self.id = id
        self.organization = organization
        self.name = name
        self.description = description
        self.secretHash = secretHash
        self.webhookURL = webhookURL
        self.sealedWebhookSecret = sealedWebhookSecret
        self.grantLife = grantLife
        self.redirectURIs = redirectURIs
        self.rules = rules
    }
}

public enum ApplicationTable {
    public static func insert(
        _ new: NewApplication, author: PersonID?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            INSERT INTO application (id, organization_id, name, description, secret_hash, webhook_url, webhook_secret,
                grant_days, state, rule_version, coverage, created_at, notice_url, interaction, countries,
                authentication, profile, is_native, requires_pushed_requests, binds_tokens, jwks, jwks_uri)
            VALUES (\(new.id), \(new.organization), \(new.name), \(new.description), \(new.secretHash),
                \(new.webhookURL), \(new.sealedWebhookSecret), \(new.grantLife.days), 'active', \(new.rules.version),
                \(new.rules.coverage.stored), \(now), \(new.noticeURL), \(new.interaction.rawValue),
                \(new.countries.sorted().joined(separator: " ")), \(new.traits.authentication.rawValue),
                \(new.traits.profile.rawValue), \(new.traits.isNative), \(new.traits.requiresPushedRequests),
                \(new.traits.bindsTokens), \(new.traits.keySet), \(new.traits.keySetURI))
            """)
        try insert(new.redirectURIs, of: new.id, in: tx)
        try RuleTable.insert(new.rules, of: new.id, author: author, at: now, in: tx)
    }

    private static func insert(
        _ uris: [String], of id: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) {
        for (place, uri) in uris.enumerated() {
            _ = try tx.execute(
                "INSERT INTO redirect_uri (application_id, uri, place) VALUES (\(id), \(uri), \(place))")
        }
    }

    public static func replaceRedirectURIs(
        of id: ApplicationID, with uris: [String], in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("DELETE FROM redirect_uri WHERE application_id = \(id)")
        try insert(uris, of: id, in: tx)
    }

    /// The secret that stood works on until its time is over; nil ends it at once.
    public static func rotateSecret(
        of id: ApplicationID, to hash: [UInt8], former: Moment?, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE application SET previous_secret_hash = secret_hash, previous_secret_until = \(former),
                secret_hash = \(hash) WHERE id = \(id)
            """)
    }

    public static func describeClient(
        of id: ApplicationID, as traits: ClientTraits, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute(
            """
            UPDATE application SET authentication = \(traits.authentication.rawValue),
                profile = \(traits.profile.rawValue), is_native = \(traits.isNative),
                requires_pushed_requests = \(traits.requiresPushedRequests), binds_tokens = \(traits.bindsTokens),
                jwks = \(traits.keySet), jwks_uri = \(traits.keySetURI)
            WHERE id = \(id)
            """)
    }

    /// With the line of its history.
    public static func move(
        _ id: ApplicationID, to state: ApplicationState, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) {
        _ = try tx.execute("UPDATE application SET state = \(state.rawValue) WHERE id = \(id)")
        _ = try tx.execute(
            """
            INSERT INTO application_event (application_id, version, at, state)
            SELECT \(id), 1 + COALESCE(MAX(version), 0), \(now), \(state.rawValue) FROM application_event
            WHERE application_id = \(id)
            """)
    }

    /// How it stood at a moment that is over. Before its first line it was active.
    public static func state(
        of id: ApplicationID, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> ApplicationState {
        try tx.queryOne(
            """
            SELECT state FROM application_event WHERE application_id = \(id) AND at <= \(moment)
            ORDER BY version DESC LIMIT 1
            """
        ) { row throws(StorageError) in try stored(row.text(0), "application_event.state") } ?? .active
    }

    /// False when other rules were published meanwhile.
    public static func publish(
        _ rules: RuleSet, of id: ApplicationID, over version: Int, author: PersonID?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        let isNext =
            try tx.execute(
                """
                UPDATE application SET rule_version = \(rules.version), coverage = \(rules.coverage.stored)
                WHERE id = \(id) AND rule_version = \(version)
                """) == 1
        guard isNext else { return false }
        try RuleTable.insert(rules, of: id, author: author, at: now, in: tx)
        return true
    }

    public static func find(
        _ id: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> ApplicationRow? {
        try tx.queryOne("\(fragment: selection) WHERE a.id = \(id)", application)
    }

    public static func of(
        organization: OrganizationID, in tx: borrowing Transaction
    ) throws(StorageError) -> [ApplicationRow] {
        try tx.query("\(fragment: selection) WHERE a.organization_id = \(organization) ORDER BY a.id", application)
    }

    public static func redirectURIs(
        of id: ApplicationID, in tx: borrowing Transaction
    ) throws(StorageError) -> [String] {
        try tx.query("SELECT uri FROM redirect_uri WHERE application_id = \(id) ORDER BY place") { row in row.text(0) }
    }

    public static func rules(
        of id: ApplicationID, version: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> RuleSet? { try RuleTable.find(of: id, version: version, in: tx) }

    private static let selection: SQL = """
        SELECT a.id, a.organization_id, a.name, a.description, a.secret_hash, a.webhook_url, a.webhook_secret,
            a.grant_days, a.state, a.rule_version, o.name, o.environment, o.responsible,
            a.notice_url, a.interaction, a.countries, a.previous_secret_hash, a.previous_secret_until,
            a.authentication, a.profile, a.is_native, a.requires_pushed_requests, a.binds_tokens, a.jwks, a.jwks_uri
        FROM application a JOIN organization o ON o.id = a.organization_id
        """

    private static func application(_ row: borrowing Row) throws(StorageError) -> ApplicationRow {
        guard let life = GrantLife(days: Int(row.int(7))) else {
            throw StorageError(.corrupt, "application.grant_days is out of range")
        }
        return ApplicationRow(
            id: Identifier(stored: row.text(0)), organization: Identifier(stored: row.text(1)), name: row.text(2),
            description: row.text(3), secretHash: row.bytes(4), webhookURL: row.optionalText(5),
            sealedWebhookSecret: row.optionalBytes(6), grantLife: life,
            state: try stored(row.text(8), "application.state"), ruleVersion: Int(row.int(9)),
            noticeURL: row.optionalText(13), interaction: try stored(row.text(14), "application.interaction"),
            countries: Set(row.text(15).split(separator: " ").map(String.init)),
            previousSecretHash: row.optionalBytes(16), previousSecretUntil: row.optionalMoment(17),
            traits: ClientTraits(
                authentication: try stored(row.text(18), "application.authentication"),
                profile: try stored(row.text(19), "application.profile"), isNative: row.int(20) != 0,
                requiresPushedRequests: row.int(21) != 0, bindsTokens: row.int(22) != 0,
                keySet: row.optionalText(23), keySetURI: row.optionalText(24)),
            organizationName: row.text(10),
            environment: try stored(row.text(11), "organization.environment"), responsible: row.text(12))
    }
}
