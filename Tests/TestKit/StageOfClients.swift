// The steps of tests about applications as OAuth clients: of every kind, with tokens that renew themselves.

public import Domain
public import Gateway
import Vault

extension RuleDraft {
    /// A rule of one type that is read while the person is away, named as the type.
    public static func alone(_ type: String, required: Bool = false) -> RuleDraft {
        .reads([type], named: type.replacing("_", with: "-"), mode: .offline, required: required)
    }
}

extension TestApplication {
    /// Its name and nothing else: a public client.
    public var named: ClientCredentials { ClientCredentials(id: id.text, proof: .nothing) }
}

extension Stage {
    /// Never tells anybody to wait: for tests that fail on purpose more often than a budget allows.
    public static var patient: Policy {
        var policy = Stage.policy
        guard let plenty = SpendingBudget(size: 10_000, refill: .seconds(1)) else { return policy }
        policy.accountBudget = plenty
        policy.addressBudget = plenty
        return policy
    }

    /// Five rules, all offline and optional.
    public static let lasting: [RuleDraft] = [
        .alone("heart_rate"), .alone("steps"), .alone("body_weight"), .alone("sleep_stage"), .alone("blood_glucose"),
    ]
    /// The plain scopes of `lasting`, and the wish to go on while the person is away.
    public static let lastingScope =
        "read:heart_rate read:steps read:body_weight read:sleep_stage read:blood_glucose offline_access"

    /// For tests that fail more often than a guesser may.
    public static let unhurried: Policy = {
        var policy = Stage.policy
        if let budget = SpendingBudget(size: 10_000, refill: .seconds(1)) {
            policy.accountBudget = budget
            policy.addressBudget = budget
        }
        return policy
    }()

    /// Makes a client of another kind of a registered application.
    public func become(_ application: TestApplication, _ traits: ClientTraits) async throws {
        let changed = try await engine.execute(
            """
            UPDATE application SET authentication = \(traits.authentication.rawValue),
                profile = \(traits.profile.rawValue), is_native = \(traits.isNative),
                requires_pushed_requests = \(traits.requiresPushedRequests), binds_tokens = \(traits.bindsTokens),
                jwks = \(traits.keySet), jwks_uri = \(traits.keySetURI)
            WHERE id = \(application.id)
            """)
        guard changed == 1 else { throw Unexpected("there is no such application") }
    }

    /// An application that may go on while the person is away.
    public func lastingApplication(
        _ name: String = "Pulse", in organization: OrganizationID? = nil, days: Int? = nil,
        interaction: InteractionModel? = nil, rules: [RuleDraft] = Stage.lasting
    ) async throws -> TestApplication {
        try await application(name, in: organization, rules: rules, grantDays: days, interaction: interaction)
    }

    /// Consent with everything ticked unless said, and its tokens.
    public func lastingTokens(
        _ person: PersonID, _ application: TestApplication, scope: String = Stage.lastingScope,
        approved: [String]? = nil, for record: RecordID? = nil, days: Int? = nil
    ) async throws -> LastingTokens {
        let consent = try await consent(
            person, to: application, scope: scope, approved: approved, for: record, days: days)
        let answer = try await exchange(consent, by: application)
        guard let refresh = answer.refreshToken, let record = answer.record else {
            throw Unexpected("no refresh token came out")
        }
        return LastingTokens(
            grant: consent.grant, code: consent.code, answer: answer, access: answer.accessToken, refresh: refresh,
            record: record.text)
    }

    public func refresh(
        _ token: String, by application: TestApplication, scope: String? = nil, as client: ClientCredentials? = nil,
        key: String? = nil
    ) async throws(Declined) -> TokenAnswer {
        try await gateway.refresh(
            token: token, scope: scope, client: client ?? application.client, key: key, request: nil)
    }

    public func introspect(
        _ token: String, by application: TestApplication
    ) async throws(Declined) -> IntrospectedToken? {
        try await gateway.introspect(presented: token, client: application.client, request: nil)
    }

    public func endToken(_ token: String, by application: TestApplication) async throws(Declined) {
        try await gateway.revoke(presented: token, client: application.client, request: nil)
    }

    /// From a request of any shape to the person's yes.
    public func consent(
        _ person: PersonID, asked: AuthorizationRequest, client: ClientCredentials? = nil, approved: [String],
        for record: RecordID? = nil
    ) async throws -> TestConsent {
        let start = try await gateway.startAuthorization(asked, client: client, request: nil)
        guard case .pending(let id, expiresAt: _, let flow) = start else {
            throw Unexpected("the approval was not pending")
        }
        let answer = try await gateway.decide(
            id, by: person, flow: flow, approved: approved, record: record, through: .page, request: nil)
        guard let grant = answer.grant, let code = Self.parameter("code", of: answer.redirectTo) else {
            throw Unexpected("an approval gave no grant")
        }
        return TestConsent(grant: grant, code: code, redirectTo: answer.redirectTo)
    }

    /// The error that went back to the application instead of an approval; nil where there is an approval.
    public func errorSentBack(
        _ asked: AuthorizationRequest, client: ClientCredentials? = nil
    ) async throws(Declined) -> String? {
        guard case .sendBack(let uri) = try await gateway.startAuthorization(asked, client: client, request: nil) else {
            return nil
        }
        return Self.parameter("error", of: uri) ?? ""
    }
}

/// What one consent bought.
public struct LastingTokens: Sendable {
    public let grant: GrantID
    public let code: String
    public let answer: TokenAnswer
    public let access: String
    public let refresh: String
    public let record: String
}
