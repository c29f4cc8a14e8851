// The steps of tests about what changes with time: owners who publish rules, records of others, two nodes over one store.

public import Domain
public import Gateway
import Vault

extension Stage {
    public static let password = "correct horse battery"

    /// Two gateways over one store, in one world: what two nodes of a deployment are.
    public static func onTwo(
        _ engine: EngineUnderTest, clock: TestWorld = TestWorld(), policy: Policy = Stage.policy,
        _ play: @Sendable (Stage, Stage) async throws -> Void
    ) async throws {
        try await engine.tryingTwo { one, other in
            let first = try await Stage(engine: one, clock: clock, policy: policy)
            try await play(first, try await Stage(engine: other, clock: clock, policy: policy))
        }
    }

    /// Somebody with an organization of their own.
    public func owner(
        _ login: String = "olga@cardia.example", name: String = "Olga"
    ) async throws -> (person: PersonID, organization: OrganizationID) {
        let made = try await gateway.createOrganization(
            name: "Cardia Ltd", environment: .sandbox, responsible: "Data office, data@cardia.example", request: nil)
        let person = try await person(login, name: name)
        _ = try await gateway.acceptInvitation(made.invitation, by: person, request: nil)
        return (person, made.organization)
    }

    /// As the operator, whatever stands.
    @discardableResult
    public func publish(
        _ rules: [RuleDraft], for application: TestApplication
    ) async throws -> RuleVersionView {
        try await gateway.publishRules(rules, of: application.id, over: nil, by: nil, request: nil)
    }

    /// A child's record, unless another relationship is given.
    public func child(
        of person: PersonID, _ name: String = "Cleo", relationship: String = "child", country: String? = nil,
        endsOn: String? = nil
    ) async throws -> RecordID {
        try await gateway.createRecord(
            name: name, relationship: relationship, country: country, endsOn: endsOn, by: person, request: nil)
    }

    public func ownRecord(of person: PersonID) async throws -> RecordID {
        guard let own = try await gateway.records(of: person).first else { throw Unexpected("no record is held") }
        return own.record
    }

    /// Invites and accepts.
    public func share(
        _ record: RecordID, from giver: PersonID, with taker: PersonID, relationship: String = "child",
        asCustodian: Bool = false, types: [String] = [], accesses: [String] = [], endsOn: String? = nil
    ) async throws {
        let made = try await gateway.invite(
            to: record,
            HoldingDraft(
                relationship: relationship, isCustodian: asCustodian, types: types, accesses: accesses, endsOn: endsOn),
            by: giver, request: nil)
        _ = try await gateway.acceptRecordInvitation(made.token, by: taker, request: nil)
    }

    public func narrow(
        _ grant: GrantID, by person: PersonID, types: [String] = [], rules: [String] = [], days: Int? = nil
    ) async throws -> GrantView {
        try await gateway.narrow(
            grant, by: person, NarrowingRequest(types: types, rules: rules, days: days), through: .page, request: nil)
    }

    /// The application acting alone.
    public func alone(_ application: TestApplication) async throws -> String {
        try await gateway.clientCredentials(client: application.client, scope: "", request: nil).accessToken
    }

    /// What the application sees of its person and their records.
    public func info(_ token: String, person: String? = nil) async throws(Declined) -> PersonInfo {
        try await gateway.personInfo(token: token, person: person, request: nil)
    }

    public func masks(_ token: String, _ record: String, _ types: [String]) async throws(Declined) -> PermissionAnswer {
        try await gateway.queryPermissions(token: token, record: record, types: types, request: nil)
    }
}

public struct NoticeLine: Sendable, Hashable {
    public let id: String
    public let event: String
    public let actor: String
    public let grant: String
    public let state: String
    public let attempts: Int
    public let nextAttemptAt: Moment
    public let lapsesAt: Moment
}

extension Stage {
    /// The outbox, in the order in which it came about.
    public func notices() async throws -> [NoticeLine] {
        try await engine.read { tx in
            try tx.query(
                """
                SELECT id, event, actor, grant_id, state, attempts, next_attempt_at, lapses_at FROM notice ORDER BY at, id
                """
            ) { row in
                NoticeLine(
                    id: row.text(0), event: row.text(1), actor: row.text(2), grant: row.text(3), state: row.text(4),
                    attempts: Int(row.int(5)), nextAttemptAt: row.moment(6), lapsesAt: row.moment(7))
            }
        }
    }
}
