// The applications' questions about their connection to records: who the person is to them, how each record stands, what may be
// done there and what cuts the rest, and the way out (A6, B8–B11).

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    /// With a person in the path or, for a token of theirs, without.
    func tellPersonInfo(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let named = incoming.parameter("person")
        let info = try await gateway.personInfo(
            token: token.text, key: token.key, person: named.isEmpty ? nil : named, request: incoming.id)
        return Answer.json(.personInfo(info))
    }

    func tellAuthorizedRecords(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let asked = try RecordsQuery(try incoming.query())
        let info = try await gateway.authorizedRecords(
            token: token.text, key: token.key, person: asked.person, records: asked.records, request: incoming.id)
        return Answer.json(.personInfo(info))
    }

    func tellPermissions(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let asked = try PermissionsQuery(try incoming.query())
        let answer = try await gateway.queryPermissions(
            token: token.text, key: token.key, record: incoming.parameter("record"), types: asked.types,
            request: incoming.id)
        return Answer.json(
            .object([
                "record": .string(answer.record.text),
                "permissions": .array(answer.entries.map { .permissionEntry($0) }),
                "reauthorize_url": .text(answer.askURL),
            ]))
    }

    func giveUpAuthorization(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        try await gateway.revoke(
            token: token.text, key: token.key, record: incoming.parameter("record"), request: incoming.id)
        return Answer.noContent()
    }
}

extension JSONValue {
    static func personInfo(_ info: PersonInfo) -> JSONValue {
        .object(["person": .string(info.person.text), "records": .array(info.records.map { .recordStatus($0) })])
    }

    private static func recordStatus(_ view: RecordStatusView) -> JSONValue {
        .object([
            "record": .string(view.record.text), "relationship": .string(view.relationship.rawValue),
            "status": .string(view.status.rawValue), "state": .string(view.isSuspended ? "suspended" : "active"),
            "selected": .bool(view.isSelected), "missing": .array(view.shortfalls.map { .object(members($0)) }),
            "authorization_expires_at": .optionalMoment(view.grantExpiresAt),
            "reauthorize_url": .text(view.askURL),
        ])
    }

    /// `rule`, `reason` and the data types that are lacking; a new wording lacks none.
    static func members(_ shortfall: Shortfall) -> [Member] {
        let (reason, types): (String, DataTypeSet) =
            switch shortfall.reason {
            case .notGranted(let lacking): ("not_granted", lacking.types)
            case .newWording: ("new_wording", .none)
            case .beyondOwnAccess(let lacking): ("beyond_own_access", lacking.types)
            }
        return [
            Member(name: "rule", value: .string(shortfall.rule.text)), Member(name: "reason", value: .string(reason)),
            Member(name: "data_types", value: .types(types)),
        ]
    }

    fileprivate static func permissionEntry(_ entry: PermissionEntry) -> JSONValue {
        .object([
            "data_type": .string(entry.type.rawValue), "online": .accesses(entry.online),
            "offline": .accesses(entry.offline),
            "withheld": .array(
                entry.withheld.map {
                    .object([
                        "mode": .string($0.mode.rawValue), "access": .string($0.access.rawValue),
                        "cut_by": .texts($0.cuts.map(\.rawValue)),
                    ])
                }),
        ])
    }
}
