// The trail over the APIs: an application's own entries as JSON; for an auditor everything, as lines of JSON or as FHIR AuditEvents.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension HTTPField.Name {
    static let next = named("Licet-Next")
    /// From when on the trail is kept, where something was pruned.
    static let keptFrom = named("Licet-Kept-From")
}

/// What a list of entries is narrowed to.
struct TrailListQuery: Equatable {
    var query = TrailQuery()

    /// `isAuditor` may also ask for an application, a person and a record, by the trail's names.
    init(_ form: Form, isAuditor: Bool) throws(Declined) {
        let auditors: Set = ["application", "person", "record"]
        let known: Set = ["from", "to", "action", "outcome", "grant", "after", "limit"]
        var faults = form.faults(knowing: isAuditor ? known.union(auditors) : known)
        func read<Value>(_ name: String, _ wanted: String, _ parse: (String) -> Value?) -> Value? {
            guard let text = form.field(name) else { return nil }
            let value = parse(text)
            if value == nil { faults.append(FieldFault(name, wanted)) }
            return value
        }
        let time = "a time such as 2026-11-21T10:00:00Z was expected"
        query.from = read("from", time) { Moment(rfc3339: $0) }
        query.to = read("to", time) { Moment(rfc3339: $0) }
        query.actions =
            read("action", "actions of the trail, with commas between, were expected") { text in
                let words = text.split(separator: ",", omittingEmptySubsequences: false)
                let actions = words.compactMap { AuditEntry.Action(rawValue: String($0)) }
                return actions.count == words.count && actions.count <= 20 ? actions : nil
            } ?? []
        query.isDone = read("outcome", "done or refused was expected") { text in
            text == "done" ? true : text == "refused" ? false : nil
        }
        query.grant = read("grant", "a grant's id was expected") { GrantID($0) }
        query.after = read("after", "the 'next' of the page before was expected") {
            Int($0).flatMap { $0 >= 0 ? $0 : nil }
        }
        query.limit =
            read("limit", "a whole number from 1 to 1000") { Int($0).flatMap { (1...1_000).contains($0) ? $0 : nil } }
            ?? 100
        if isAuditor {
            query.application = read("application", "a client_id was expected") { ApplicationID($0) }
            query.person = read("person", "a name of the trail's was expected") { AuditName($0) }
            query.record = read("record", "a name of the trail's was expected") { AuditName($0) }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

extension Server {
    func listOwnEntries(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let asked = try TrailListQuery(try incoming.query(), isAuditor: false).query
        let page = try await gateway.ownEntries(asked, token: token.text, key: token.key)
        return Answer.json(
            .object([
                "entries": .array(page.entries.map { .ownEntry($0) }), "next": page.next.map { .count($0) } ?? .null,
                "kept_from": page.keptFrom.map { .moment($0) },
            ]))
    }

    /// A line for each entry: its place, and the entry letter for letter as it stands in the log.
    func listTrail(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        Self.lines(try await trail(incoming, person))
    }

    static func lines(_ page: TrailPage) -> Response {
        var body = ByteBuffer()
        for entry in page.entries {
            body.writeString("{\"log_index\":\(entry.index),\"entry\":")
            body.writeBytes(entry.leaf)
            body.writeStaticString("}\n")
        }
        var response = Answer.bytes(body, contentType: "application/jsonl")
        response.headers[.next] = page.next.map { String($0) }
        response.headers[.keptFrom] = page.keptFrom?.rfc3339
        return response
    }

    func listAuditEvents(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let page = try await trail(incoming, person)
        let base = settings.publicURL + RouteTable.fhirBase
        let bundle = JSONValue.object([
            "resourceType": .string("Bundle"), "type": .string("searchset"),
            "link": page.next.map { next in
                .array([
                    .object([
                        "relation": .string("next"),
                        "url": .string(Self.address(settings.publicURL, incoming, after: next)),
                    ])
                ])
            },
            // FHIR has no empty arrays.
            "entry": page.entries.isEmpty
                ? nil
                : .array(
                    page.entries.map {
                        .object([
                            "fullUrl": .string("\(base)/AuditEvent/\($0.entry.id.fhirText)"),
                            "resource": .auditEvent($0, publicURL: settings.publicURL),
                        ])
                    }),
        ])
        var response = Answer.json(bundle, contentType: ProblemResponse.fhirContentType)
        response.headers[.keptFrom] = page.keptFrom?.rfc3339
        return response
    }

    /// C2SP tlog-tiles: the path below is that of a tile.
    func giveBundle(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let path = "tile/entries/" + incoming.request.uri.path.dropFirst("/auditor/log/entries/".count)
        // Whoever may not read learns nothing of what is a path.
        guard let tile = LogTile(path: path) ?? LogTile(.hashes(level: 0), index: 0) else { throw Declined(.notFound) }
        let bundle = try await gateway.trailBundle(tile, by: person.person, request: incoming.id)
        return Answer.bytes(ByteBuffer(bytes: bundle), contentType: "application/octet-stream")
    }

    private func trail(_ incoming: Incoming, _ person: SignedIn) async throws(Declined) -> TrailPage {
        let asked = try TrailListQuery(try incoming.query(), isAuditor: true).query
        return try await gateway.trail(asked, by: person.person, request: incoming.id)
    }

    // The same question, from the next entry on. What is in it was read: nothing in it needs escaping but what came escaped.
    private static func address(_ publicURL: String, _ incoming: Incoming, after: Int) -> String {
        let parts = (incoming.request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("after=") }
        return "\(publicURL)/auditor/events?" + (parts + ["after=\(after)"]).joined(separator: "&")
    }
}

extension AuditEntry {
    /// The id of a request that the application made itself. One that a person made may be on the entries of several applications,
    /// and two could find out by it that they know the same person (F8).
    var ownRequest: RequestID? {
        switch action {
        case .read, .acknowledge, .tokenIssued, .tokenRevoked: request
        default: nil
        }
    }
}

extension JSONValue {
    fileprivate static func ownEntry(_ view: TrailEntry) -> JSONValue {
        let entry = view.entry
        return .object([
            "log_index": .count(view.index), "id": .string(entry.id.text), "at": .moment(entry.at),
            "action": .string(entry.action.rawValue), "outcome": .string(entry.outcome.text),
            "grant_id": .text(entry.grant?.text), "person": .text(view.person?.text),
            "record": .text(view.record?.text),
            "actor": .text(entry.actor?.rawValue), "method": .text(entry.method?.rawValue),
            "mode": .text(entry.mode?.rawValue), "data_types": .types(entry.types), "items": .count(entry.items),
            "times": .count(entry.repetition?.times ?? 1), "first_at": entry.repetition.map { .moment($0.first) },
            "request_id": .text(entry.ownRequest?.text),
        ])
    }
}
