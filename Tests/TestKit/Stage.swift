// A gateway over a fresh, migrated store in a world of its own, and the few steps that every test of it begins with.

public import Domain
import Foundation
public import Gateway
import Logging
public import Vault

public struct Stage: Sendable {
    public let engine: any Engine
    public let gateway: Gateway
    public let clock: TestWorld
    public let policy: Policy

    public struct Unexpected: Error, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }
    }

    /// Scrypt at its cheapest: these tests are not about how long a guess takes.
    public static let policy = Policy(publicURL: "https://licet.example", passwordCost: 4)

    /// The deployment's key on every stage.
    public static let masterKey = [UInt8](repeating: 7, count: 32)

    public init(engine: any Engine, clock: TestWorld = TestWorld(), policy: Policy = Stage.policy) async throws {
        self.engine = engine
        self.clock = clock
        self.policy = policy
        _ = try await migrate(engine, Schema.migrations, at: clock.now)
        guard let key = MasterKey(Self.masterKey) else { throw Unexpected("the master key has 32 bytes") }
        gateway = Gateway(
            engine: engine, world: clock.world, policy: policy, masterKey: key,
            logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Opens, runs and closes, also when the test throws.
    public static func on(
        _ engine: EngineUnderTest, clock: TestWorld = TestWorld(), policy: Policy = Stage.policy,
        _ play: @Sendable (Stage) async throws -> Void
    ) async throws {
        try await engine.trying { engine in
            try await play(try await Stage(engine: engine, clock: clock, policy: policy))
        }
    }
}

/// An application with what it was told when it was registered.
public struct TestApplication: Sendable {
    public let id: ApplicationID
    public let organization: OrganizationID
    public let secret: String
    public let webhookSecret: String?
    public let redirectURI: String
    public var client: ClientCredentials { ClientCredentials(id: id.text, secret: secret) }
}

/// A decision in the application's favour, before its code is redeemed.
public struct TestConsent: Sendable {
    public let grant: GrantID
    public let code: String
    public let redirectTo: String
}

extension RuleDraft {
    /// A rule that reads, with as few words as possible.
    public static func reads(
        _ types: [String], named name: String, mode: Mode = .online, required: Bool = false,
        accesses: [String] = ["read"], why: String? = nil, isMaterialChange: Bool = false
    ) -> RuleDraft {
        RuleDraft(
            name: name, mode: mode.rawValue, required: required, accesses: accesses, types: types,
            why: why ?? "To show you how \(name) develops.", isMaterialChange: isMaterialChange)
    }
}

extension Stage {
    /// The pair of RFC 7636, appendix B.
    public static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    public static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    /// `heart` (required) and `walking` (optional), both online.
    public static let rules: [RuleDraft] = [
        .reads(["heart_rate"], named: "heart", required: true), .reads(["steps", "distance"], named: "walking"),
    ]

    public func organization(
        _ name: String = "Cardia Ltd", in environment: Domain.Environment = .sandbox
    ) async throws -> OrganizationID {
        try await gateway.createOrganization(
            name: name, environment: environment, responsible: "Data office, data@cardia.example", request: nil
        ).organization
    }

    public func application(
        _ name: String = "Pulse", in organization: OrganizationID? = nil, rules: [RuleDraft] = Stage.rules,
        redirectURIs: [String] = ["https://pulse.example/back"], webhook: String? = nil, grantDays: Int? = nil,
        notices: String? = nil, interaction: InteractionModel? = nil, countries: [String] = []
    ) async throws -> TestApplication {
        let owner: OrganizationID
        if let organization { owner = organization } else { owner = try await self.organization() }
        let registered = try await gateway.registerApplication(
            ApplicationDraft(
                name: name, description: "Shows your pulse.", redirectURIs: redirectURIs, webhookURL: webhook,
                rules: rules, grantDays: grantDays, noticeURL: notices, interaction: interaction?.rawValue,
                countries: countries), in: owner, by: nil, request: nil)
        return TestApplication(
            id: registered.id, organization: owner, secret: registered.secret ?? "",
            webhookSecret: registered.webhookSecret,
            redirectURI: redirectURIs[0])
    }

    public func person(_ login: String = "ada@example.org", name: String = "Ada") async throws -> PersonID {
        try await gateway.register(login: login, password: "correct horse battery", name: name, request: nil)
    }

    public func request(
        _ application: TestApplication, scope: String = "rule:heart rule:walking", state: String? = "xyz"
    ) -> AuthorizationRequest {
        AuthorizationRequest(
            responseType: "code", clientID: application.id.text, redirectURI: application.redirectURI, scope: scope,
            state: state, codeChallenge: Self.challenge, codeChallengeMethod: "S256")
    }

    /// A pending approval, begun in a browser.
    public func begin(
        _ application: TestApplication, scope: String = "rule:heart rule:walking", state: String? = "xyz"
    ) async throws -> (id: ApprovalID, flow: String) {
        let start = try await gateway.startAuthorization(
            request(application, scope: scope, state: state), client: nil, request: nil)
        guard case .pending(let id, expiresAt: _, let flow?) = start else {
            throw Unexpected("a browser's approval was not pending")
        }
        return (id, flow)
    }

    /// Begins and approves; `approved` is what was asked unless given, and the required rules where nothing was spelled.
    public func consent(
        _ person: PersonID, to application: TestApplication, scope: String = "rule:heart rule:walking",
        approved: [String]? = nil, for record: RecordID? = nil, days: Int? = nil
    ) async throws -> TestConsent {
        let (id, flow) = try await begin(application, scope: scope)
        var ticked = approved ?? scope.split(separator: " ").map(String.init)
        if approved == nil, scope.isEmpty {
            let form = try await gateway.approval(id, for: person, flow: flow, record: record).form
            ticked = form.lines.filter { $0.kind != .optional }.map(\.rule.scope.text)
        }
        let answer = try await gateway.decide(
            id, by: person, flow: flow, approved: ticked, record: record, days: days, through: .page, request: nil)
        guard let grant = answer.grant, let code = Self.parameter("code", of: answer.redirectTo) else {
            throw Unexpected("an approval gave no grant")
        }
        return TestConsent(grant: grant, code: code, redirectTo: answer.redirectTo)
    }

    public func exchange(_ consent: TestConsent, by application: TestApplication) async throws -> TokenAnswer {
        try await gateway.exchange(
            code: consent.code, redirectURI: application.redirectURI, verifier: Self.verifier,
            client: application.client, request: nil)
    }

    /// Consent and its token.
    public func authorize(
        _ person: PersonID, _ application: TestApplication, scope: String = "rule:heart rule:walking",
        approved: [String]? = nil, for record: RecordID? = nil, days: Int? = nil
    ) async throws -> (grant: GrantID, token: String, record: String) {
        let consent = try await consent(
            person, to: application, scope: scope, approved: approved, for: record, days: days)
        let answer = try await exchange(consent, by: application)
        guard let record = answer.record else { throw Unexpected("a token named no record") }
        return (consent.grant, answer.accessToken, record.text)
    }

    public func read(
        _ token: String, _ record: String, types: [String]? = nil, limit: Int = 100, after: String? = nil
    ) async throws(Declined) -> Disclosure {
        try await gateway.read(token: token, record: record, types: types, limit: limit, after: after, request: nil)
    }

    @discardableResult
    public func revoke(_ grant: GrantID, by person: PersonID) async throws -> GrantView {
        try await gateway.revoke(grant, by: person, through: .page, request: nil)
    }

    /// Runs an import of the text to its end.
    @discardableResult
    public func importing(_ export: String, for person: PersonID) async throws -> ImportView {
        try await importing(export, for: person) {}
    }

    /// The same; `meanwhile` runs on the import's thread whenever it tells how far it is.
    @discardableResult
    public func importing(
        _ export: String, for person: PersonID, meanwhile: @escaping @Sendable () -> Void
    ) async throws -> ImportView {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.file("export.xml")
        try Data(export.utf8).write(to: URL(filePath: path))
        return try await gateway.runImport(.path(path), person: person, request: nil) { _ in meanwhile() }
    }

    /// A parameter of a URI's query, decoded.
    public static func parameter(_ name: String, of uri: String) -> String? {
        URLComponents(string: uri)?.queryItems?.first { $0.name == name }?.value
    }
}
