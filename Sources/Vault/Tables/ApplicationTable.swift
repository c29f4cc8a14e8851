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
    public let isActive: Bool
    public let ruleVersion: Int
    // Of its organization:
    public let organizationName: String
    public let environment: Environment
    public let responsible: String
}

public struct NewApplication: Sendable {
    public let id: ApplicationID
    public let organization: OrganizationID
    public let name: String
    public let description: String
    public let secretHash: [UInt8]
    public let webhookURL: String?
    public let sealedWebhookSecret: [UInt8]?
    public let grantLife: GrantLife
    public let redirectURIs: [String]
    public let rules: RuleSet

    public init(
        id: ApplicationID, organization: OrganizationID, name: String, description: String, secretHash: [UInt8],
        webhookURL: String?, sealedWebhookSecret: [UInt8]?, grantLife: GrantLife, redirectURIs: [String], rules: RuleSet
    ) {
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
                grant_days, state, rule_version, coverage, created_at)
            VALUES (\(new.id), \(new.organization), \(new.name), \(new.description), \(new.secretHash),
                \(new.webhookURL), \(new.sealedWebhookSecret), \(new.grantLife.days), 'active', \(new.rules.version),
                \(new.rules.coverage.stored), \(now))
            """)
        for (place, uri) in new.redirectURIs.enumerated() {
            _ = try tx.execute(
                "INSERT INTO redirect_uri (application_id, uri, place) VALUES (\(new.id), \(uri), \(place))")
        }
        _ = try tx.execute(
            """
            INSERT INTO rule_set (application_id, version, rules, author, created_at)
            VALUES (\(new.id), \(new.rules.version), \(try StoredRules.encode(new.rules.rules)), \(author), \(now))
            """)
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
    ) throws(StorageError) -> RuleSet? {
        let found = try tx.queryOne(
            "SELECT rules FROM rule_set WHERE application_id = \(id) AND version = \(version)"
        ) { row throws(StorageError) in try StoredRules.decode(row.text(0)) }
        return found.map { RuleSet(version: version, rules: $0) }
    }

    private static let selection: SQL = """
        SELECT a.id, a.organization_id, a.name, a.description, a.secret_hash, a.webhook_url, a.webhook_secret,
            a.grant_days, a.state, a.rule_version, o.name, o.environment, o.responsible
        FROM application a JOIN organization o ON o.id = a.organization_id
        """

    private static func application(_ row: borrowing Row) throws(StorageError) -> ApplicationRow {
        guard let life = GrantLife(days: Int(row.int(7))) else {
            throw StorageError(.corrupt, "application.grant_days is out of range")
        }
        return ApplicationRow(
            id: Identifier(stored: row.text(0)), organization: Identifier(stored: row.text(1)), name: row.text(2),
            description: row.text(3), secretHash: row.bytes(4), webhookURL: row.optionalText(5),
            sealedWebhookSecret: row.optionalBytes(6), grantLife: life, isActive: row.text(8) == "active",
            ruleVersion: Int(row.int(9)), organizationName: row.text(10),
            environment: try stored(row.text(11), "organization.environment"), responsible: row.text(12))
    }
}
