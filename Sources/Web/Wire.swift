// How the views look as JSON. Moments are RFC 3339 in UTC.

import Domain
import Gateway

extension JSONValue {
    static func moment(_ moment: Moment) -> JSONValue { .string(moment.rfc3339) }
    /// Null when there is none.
    static func optionalMoment(_ moment: Moment?) -> JSONValue { moment.map { .moment($0) } ?? .null }

    static func application(_ view: ApplicationView) -> JSONValue {
        .object([
            "name": .string(view.name), "description": .string(view.description),
            "organization": .string(view.organization), "environment": .string(view.environment.rawValue),
            "responsible": .string(view.responsible),
        ])
    }

    /// One entry for each scope asked, with the rule that covers it and its why in the best of the wanted languages (C2).
    static func approval(_ view: ApprovalView, in languages: [Language]) -> JSONValue {
        .object([
            "id": .string(view.id.text), "client_id": .string(view.application.id.text),
            "application": .application(view.application), "rule_version": .count(view.ruleVersion),
            "scopes": .array(view.form.lines.flatMap { entries($0, in: languages) }),
            "offline_access": .text(view.form.offlineAccess.map { $0 == .open ? "open" : "settled" }),
            "obstacle": .text(view.obstacle?.rawValue), "asks_something": .bool(view.form.asksSomething),
            "out_of_reach": .bool(view.form.isOutOfReach), "records": .array(view.records.map { .choice($0) }),
            "days": .count(view.life.days), "standing_until": .optionalMoment(view.standingUntil),
            "standing": .string(view.standingMark), "created_at": .moment(view.createdAt),
            "expires_at": .moment(view.expiresAt),
        ])
    }

    private static func entries(_ line: ApprovalForm.Line, in languages: [Language]) -> [JSONValue] {
        let why = line.shown.whyText.best(for: languages)
        return line.scopes.map { scope in
            .object([
                "scope": .string(scope.text), "rule": .string(line.rule.name.text),
                "required": .bool(line.rule.isRequired), "kind": .string(line.kind.rawValue), "why": .string(why.text),
                "why_language": .string(why.language.tag), "mode": .string(line.shown.mode.rawValue),
                "accesses": .accesses(line.shown.accesses), "data_types": .types(line.shown.types),
                "periods": .periods(DataPeriods(line.dates.after, of: line.shown.types), of: line.shown.types),
                "checked": .bool(line.isChecked), "within_reach": .bool(line.isWithinReach),
            ])
        }
    }

    private static func choice(_ choice: RecordChoice) -> JSONValue {
        .object([
            "record_id": .string(choice.id.text), "name": .string(choice.name),
            "relationship": .string(choice.relationship.rawValue), "chosen": .bool(choice.isChosen),
            "status": .string(choice.status.rawValue),
        ])
    }

    static func grant(_ view: GrantView) -> JSONValue { .object(members(view)) }

    /// With what became of it, change by change.
    static func grantWithHistory(_ view: GrantView) -> JSONValue {
        .object(members(view) + [Member(name: "history", value: .array(view.history.map { .change($0) }))])
    }

    private static func members(_ view: GrantView) -> [Member] {
        let object = JSONValue.object([
            "id": .string(view.id.text), "clientId": .string(view.application.id.text),
            "application": .application(view.application), "record_id": .string(view.record.text),
            "record_name": .string(view.recordName), "scopes": .texts(view.scopes),
            "refused_scopes": .texts(view.refusedScopes), "rules": .texts(view.rules.map(\.name.text)),
            "permissions": .permissions(view.permissions), "effective": .permissions(view.effective),
            "periods": .periods(view.dates),
            "version": .count(view.version), "created_at": .moment(view.createdAt),
            "expires_at": .moment(view.expiresAt), "revoked_at": view.revokedAt.map { .moment($0) },
            "status": .string(view.state.rawValue), "record_status": .string(view.status.rawValue),
        ])
        guard case .object(let members) = object else { return [] }
        return members
    }

    private static func change(_ change: GrantChangeView) -> JSONValue {
        .object([
            "version": .count(change.version), "at": .moment(change.at), "event": .string(change.event),
            "actor": .string(change.actor), "method": .string(change.method), "data_types": .types(change.types),
            "periods": .periods(change.dates),
            "expires_at": .moment(change.expiresAt),
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
                        "application": .string($0.application), "data_types": .types($0.types),
                        "items": .count($0.items),
                    ])
                }),
            "failure": view.failure.map { .string($0) },
        ])
    }
}

extension JSONValue {
    static func types(_ types: DataTypeSet) -> JSONValue { .texts(types.map(\.rawValue)) }
    static func accesses(_ accesses: some Collection<Access>) -> JSONValue {
        .texts(Access.allCases.filter { accesses.contains($0) }.map(\.rawValue))
    }

    /// One entry for each data type that is permitted at all, with a mask in each mode.
    static func permissions(_ permissions: Permissions) -> JSONValue {
        .array(
            permissions.types.map { type in
                func mask(_ mode: Mode) -> JSONValue {
                    .accesses(Access.allCases.filter { permissions[mode, $0].contains(type) })
                }
                return .object([
                    "data_type": .string(type.rawValue), "online": mask(.online), "offline": mask(.offline),
                ])
            })
    }

    /// The same for a person's own access, which knows no mode.
    static func ownPermissions(_ permissions: Permissions) -> JSONValue {
        let permissions = permissions.withoutModes
        return .array(
            permissions.types.map { type in
                .object([
                    "data_type": .string(type.rawValue),
                    "accesses": .accesses(Access.allCases.filter { permissions[.online, $0].contains(type) }),
                ])
            })
    }
}
