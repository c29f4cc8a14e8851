// The steps of tests about authorization details (RFC 9396): asking in them, and seeing which days came out.

public import Domain
public import Gateway
import Vault

extension Stage {
    /// One element for a rule, from a day to a day.
    public static func detail(_ rule: String, _ from: String? = nil, _ to: String? = nil) -> String {
        let ends = [("from", from), ("to", to)].compactMap { name, day in day.map { "\"\(name)\":\"\($0)\"" } }
        let period = ends.isEmpty ? "" : ",\"period\":{\(ends.joined(separator: ","))}"
        return "{\"type\":\"health_data\",\"purpose\":\"\(rule)\"\(period)}"
    }

    public func request(
        _ application: TestApplication, details: [String], scope: String = "", action: String? = nil,
        grant: GrantID? = nil
    ) -> AuthorizationRequest {
        var asked = request(application, scope: scope)
        asked.details = "[\(details.joined(separator: ","))]"
        asked.grantManagementAction = action
        asked.grantID = grant?.text
        return asked
    }

    /// Asks in details, says yes to these rules, and redeems the code.
    public func authorize(
        _ person: PersonID, _ application: TestApplication, details: [String], scope: String = "",
        action: String? = nil, grant: GrantID? = nil, approved: [String], for record: RecordID? = nil
    ) async throws -> TokenAnswer {
        let asked = request(application, details: details, scope: scope, action: action, grant: grant)
        let consent = try await consent(person, asked: asked, approved: approved, for: record)
        return try await exchange(consent, by: application)
    }

    /// The form that such a request leads to.
    public func form(
        of person: PersonID, _ application: TestApplication, details: [String], scope: String = ""
    ) async throws -> ApprovalForm {
        let start = try await gateway.startAuthorization(
            request(application, details: details, scope: scope), client: nil, request: nil)
        guard case .pending(let id, expiresAt: _, let flow) = start else { throw Unexpected("it is not pending") }
        return try await gateway.approval(id, for: person, flow: flow).form
    }

    /// The local days, ascending, that the bearer can read items of a type from.
    public func days(_ token: String, _ record: String, _ type: DataType = .steps) async throws -> [String] {
        let parcels = try await read(token, record, types: [type.rawValue]).parcels
        return parcels.flatMap { parcel in
            String(decoding: parcel.items, as: UTF8.self).split(separator: "\"start\":\"").dropFirst()
                .map { String($0.prefix(10)) }
        }.sorted()
    }
}
