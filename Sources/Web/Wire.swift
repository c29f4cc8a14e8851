// How the views look as JSON. Moments are RFC 3339 in UTC.

import Domain
import Gateway

extension JSONValue {
    static func moment(_ moment: Moment) -> JSONValue { .string(moment.rfc3339) }

    static func application(_ view: ApplicationView) -> JSONValue {
        .object([
            "name": .string(view.name), "description": .string(view.description),
            "organization": .string(view.organization), "environment": .string(view.environment.rawValue),
            "responsible": .string(view.responsible),
        ])
    }

    /// One entry for each scope asked, with the rule that covers it and its why (C2).
    static func approval(_ view: ApprovalView) -> JSONValue {
        var scopes: [JSONValue] = []
        for line in view.form.lines {
            for scope in line.scopes {
                scopes.append(
                    .object([
                        "scope": .string(scope.text), "rule": .string(line.rule.name.text),
                        "required": .bool(line.rule.isRequired), "why": .string(line.rule.why),
                        "mode": .string(line.rule.mode.rawValue),
                        "accesses": .texts(Access.allCases.filter(line.rule.accesses.contains).map(\.rawValue)),
                        "data_types": .texts(line.rule.types.map(\.rawValue)), "checked": .bool(line.isChecked),
                    ]))
            }
        }
        return .object([
            "id": .string(view.id.text), "client_id": .string(view.application.id.text),
            "application": .application(view.application), "scopes": .array(scopes),
            "offline_access": .bool(view.form.asksOfflineAccess), "created_at": .moment(view.createdAt),
            "expires_at": .moment(view.expiresAt),
        ])
    }

    static func grant(_ view: GrantView) -> JSONValue {
        .object([
            "id": .string(view.id.text), "clientId": .string(view.application.id.text),
            "application": .application(view.application), "scopes": .texts(view.scopes),
            "refused_scopes": .texts(view.refusedScopes), "created_at": .moment(view.createdAt),
            "expires_at": .moment(view.expiresAt), "revoked_at": view.revokedAt.map { .moment($0) },
            "status": .string(view.state.rawValue),
        ])
    }

    static func progress(_ view: ImportView) -> JSONValue {
        .object([
            "import_id": .string(view.id.text), "state": .string(view.state.rawValue),
            "started_at": .moment(view.startedAt), "finished_at": view.finishedAt.map { .moment($0) },
            "bytes_read": .count(view.bytesRead), "bytes_total": .count(view.bytesTotal),
            "records": .count(view.records), "items": .count(view.items),
            "items_by_type": .object(
                view.itemsByType.map { Member(name: $0.type.rawValue, value: .count($0.count)) }),
            "items_for_nobody": .count(view.itemsForNobody), "remarks": .texts(view.remarks),
            "recipients": .array(
                view.recipients.map {
                    .object([
                        "application": .string($0.application), "data_types": .texts($0.types.map(\.rawValue)),
                        "items": .count($0.items),
                    ])
                }),
            "failure": view.failure.map { .string($0) },
        ])
    }
}
