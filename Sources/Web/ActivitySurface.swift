// Who looked, for the person's own app: the list, thirty days at a glance, what is new, and whether to be told.

import Domain
import Gateway
import Hummingbird

/// `application`, `grant`, `before` and `limit` of a list of accesses.
struct ActivityListQuery: Equatable {
    var query: ActivityQuery

    init(_ form: Form, limit: Int = 100) throws(Declined) {
        var faults = form.faults(knowing: ["application", "grant", "before", "limit"])
        query = ActivityQuery(limit: limit)
        if let text = form.field("limit") {
            query.limit = Int(text) ?? 0
            if !(1...1_000).contains(query.limit) {
                faults.append(FieldFault("limit", "a whole number from 1 to 1000"))
            }
        }
        if let text = form.field("before") {
            query.before = Int(text)
            if query.before == nil { faults.append(FieldFault("before", "the 'next' of the page before was expected")) }
        }
        if let text = form.field("application") {
            query.application = ApplicationID(text)
            if query.application == nil { faults.append(FieldFault("application", "a client_id was expected")) }
        }
        if let text = form.field("grant") {
            query.grant = GrantID(text)
            if query.grant == nil { faults.append(FieldFault("grant", "a grant's id was expected")) }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

extension Server {
    func listActivity(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let asked = try ActivityListQuery(try incoming.query()).query
        return Answer.json(.activity(try await gateway.activity(asked, of: person.person)))
    }

    func tellActivity(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let overview = try await gateway.activityOverview(of: person.person)
        return Answer.json(
            .object([
                "at": .moment(overview.at), "told": .bool(overview.unseen != nil),
                "unseen": overview.unseen.map { .count($0) }, "seen_at": .optionalMoment(overview.seenAt),
                "days": .array(
                    overview.days.map {
                        .object([
                            "day": .string(CivilDate.text(ofDay: $0.day)), "served": .count($0.served),
                            "refused": .count($0.refused),
                        ])
                    }),
                "applications": .array(
                    overview.applications.map {
                        .object([
                            "client_id": .string($0.application.text), "name": .string($0.name),
                            "served": .count($0.served), "refused": .count($0.refused),
                        ])
                    }),
            ]))
    }

    /// 204. `told` switches the telling; `seen_until` says up to when the person has seen what there was.
    func changeTelling(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let isTold = fields.optionalFlag("told")
        var seen: Moment?
        if let text = fields.optionalText("seen_until") {
            seen = Moment(rfc3339: text)
            if seen == nil { fields.fault("seen_until", "a time such as 2026-11-21T10:00:00Z was expected") }
        }
        try fields.finish()
        if let isTold { try await gateway.tellOfAccess(isTold, to: person.person) }
        if let seen { try await gateway.sawActivity(until: seen, by: person.person) }
        return Answer.noContent()
    }
}

extension JSONValue {
    static func activity(_ page: ActivityPage) -> JSONValue {
        .object([
            "accesses": .array(page.accesses.map { .access($0) }), "next": page.next.map { .count($0) } ?? .null,
            "kept_from": page.keptFrom.map { .moment($0) },
        ])
    }

    private static func access(_ access: AccessView) -> JSONValue {
        .object([
            "id": .string(access.id.text), "at": .moment(access.at), "action": .string(access.action.rawValue),
            "outcome": .string(access.outcome.text), "client_id": .text(access.application?.text),
            "application": .text(access.applicationName), "organization": .text(access.organization),
            "grant_id": .text(access.grant?.text), "own_grant": .bool(access.isOwnGrant),
            "record_name": .text(access.recordName), "data_types": .types(access.types),
            "items": .count(access.items), "times": .count(access.repetition?.times ?? 1),
            "first_at": access.repetition.map { .moment($0.first) }, "mode": .text(access.mode?.rawValue),
            "log_index": access.index.map { .count($0) } ?? .null,
        ])
    }
}
