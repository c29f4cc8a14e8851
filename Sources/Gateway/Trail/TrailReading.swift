// The trail as an application and an auditor read it: in the order of the log. An application sees what names it, and people and
// records by its own names; an auditor sees everything by the trail's pseudonyms, and that they looked is recorded too.

public import Domain
import Vault

/// Which entries are asked for. Nil and empty ask nothing.
public struct TrailQuery: Sendable, Equatable {
    public var actions: [AuditEntry.Action] = []
    /// True: what was done. False: what was refused or failed.
    public var isDone: Bool?
    public var application: ApplicationID?
    public var grant: GrantID?
    public var person: AuditName?
    public var record: AuditName?
    /// From this moment on, and before that one.
    public var from: Moment?
    public var to: Moment?
    /// The place of the last entry seen.
    public var after: Int?
    /// Newest first: `before` is then the place of the last entry seen, and `after` counts for nothing.
    public var isNewestFirst = false
    public var before: Int?
    /// 1 to 1,000.
    public var limit = 100

    public init() {}

    // What the fewest entries name: the search goes by its index.
    fileprivate var subject: AuditSubject {
        if let grant { return .grant(grant) }
        if let record { return .record(record) }
        if let person { return .person(person) }
        if let application { return .application(application) }
        return .anything
    }

    fileprivate var filter: AuditFilter {
        var filter = AuditFilter()
        filter.actions = actions
        filter.isDone = isDone
        filter.application = application
        filter.grant = grant
        filter.person = person
        filter.record = record
        filter.from = from
        filter.to = to
        return filter
    }
}

/// An entry with its place in the log.
public struct TrailEntry: Sendable, Equatable {
    public let index: Int
    public let entry: AuditEntry
    /// As it stands in the log: canonical JSON.
    public let leaf: [UInt8]
    /// The application's names, where a grant of its own tells them; an auditor gets none.
    public let person: PersonPseudonym?
    public let record: RecordPseudonym?
}

public struct TrailPage: Sendable, Equatable {
    public let entries: [TrailEntry]
    /// Hand it back as `after`; nil when there are no more at the moment.
    public let next: Int?
    /// Entries before that are not kept any more; nil while all are.
    public let keptFrom: Moment?
}

extension Gateway {
    /// What names the application: all of it for a token of its own, else what belongs to the token's grant or person.
    public func ownEntries(_ asked: TrailQuery, token: String, key: String?) async throws(Declined) -> TrailPage {
        try Self.check(asked)
        let hash = hashSecret(token)
        let now = world.now()
        let result = try await read { tx -> Result<TrailPage, Declined> in
            let sight: TokenSight
            switch try TokenSight.of(hash, key: key, at: now, in: tx) {
            case .success(let found): sight = found
            case .failure(let declined): return .failure(declined)
            }
            let found = try AuditTable.inOrder(
                about: sight.subject, sight.narrow(asked.filter), after: asked.after, limit: asked.limit, in: tx)
            var names: [GrantID: GrantRow] = [:]
            for id in Set(found.compactMap(\.entry.grant)) { names[id] = try GrantTable.find(id, in: tx) }
            return .success(
                Self.page(found, limit: asked.limit, try MonthTable.floor(in: tx)) { entry in
                    let grant = entry.grant.flatMap { names[$0] }
                    guard let grant, grant.application == sight.application else { return (nil, nil) }
                    return (grant.personPseudonym, grant.recordPseudonym)
                })
        }
        return try result.get()
    }

    /// Everything, for an auditor. That they asked is an entry of its own, durable before they have an answer. The search may be long,
    /// and is not in the transaction of that entry: nobody who writes waits for it.
    public func trail(_ asked: TrailQuery, by person: PersonID, request: RequestID?) async throws(Declined) -> TrailPage
    {
        try Self.check(asked)
        let stamp = stamp(.trailRead, request)
        let refusal = Declined(.notPermitted, "Only an auditor may read the trail.")
        let result = try await read { tx -> Result<TrailPage, Declined> in
            guard try AuditorTable.has(person, in: tx) else { return .failure(refusal) }
            // Only what has its place: before the end of any log.
            let found =
                asked.isNewestFirst
                ? try AuditTable.newest(
                    about: asked.subject, asked.filter, before: asked.before ?? Int.max, limit: asked.limit, in: tx)
                : try AuditTable.inOrder(
                    about: asked.subject, asked.filter, after: asked.after, limit: asked.limit, in: tx)
            return .success(Self.page(found, limit: asked.limit, try MonthTable.floor(in: tx)) { _ in (nil, nil) })
        }
        let page = try result.get()
        let isRecorded = try await write { tx in
            guard try AuditorTable.has(person, in: tx), let row = try PersonTable.find(person, in: tx) else {
                return false
            }
            try AuditTable.append(stamp.entry(person: row.auditName, items: page.entries.count), in: tx)
            return true
        }
        guard isRecorded else { throw refusal }
        return page
    }

    /// The proof of any entry, with the entry in it, for an auditor. That they asked is an entry, too.
    public func trailProof(
        _ id: AuditID?, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> LogProof {
        let stamp = stamp(.trailRead, request)
        guard try await read({ tx in try AuditorTable.has(person, in: tx) }) else { throw Declined(.notFound) }
        let proof = try await auditProof(id, for: .operation)
        let isRecorded = try await write { tx in
            guard try AuditorTable.has(person, in: tx), let row = try PersonTable.find(person, in: tx) else {
                return false
            }
            try AuditTable.append(stamp.entry(person: row.auditName, items: 1), in: tx)
            return true
        }
        guard isRecorded else { throw Declined(.notFound) }
        return proof
    }

    private static func check(_ asked: TrailQuery) throws(Declined) {
        guard (1...1_000).contains(asked.limit) else {
            throw Declined(.invalidFields, faults: [FieldFault("limit", "1 to 1000")])
        }
    }

    private static func page(
        _ found: [LoggedEntry], limit: Int, _ floor: TrailFloor,
        _ names: (AuditEntry) -> (PersonPseudonym?, RecordPseudonym?)
    ) -> TrailPage {
        let entries = found.compactMap { logged -> TrailEntry? in
            guard let index = logged.index else { return nil }
            let (person, record) = names(logged.entry)
            return TrailEntry(
                index: index, entry: logged.entry, leaf: logged.leaf.bytes, person: person, record: record)
        }
        return TrailPage(
            entries: entries, next: entries.count == limit ? entries.last?.index : nil, keptFrom: floor.keptFrom)
    }
}

// MARK: who may audit

extension Gateway {
    /// False when they are one already.
    public func addAuditor(login: String, request: RequestID?) async throws(Declined) -> Bool {
        let stamp = stamp(.auditorAdded, request)
        return try await changeAuditor(login, stamp) { person, tx in
            try AuditorTable.insert(person, at: stamp.at, in: tx)
        }
    }

    /// False when they are none.
    public func removeAuditor(login: String, request: RequestID?) async throws(Declined) -> Bool {
        try await changeAuditor(login, stamp(.auditorRemoved, request)) { person, tx in
            try AuditorTable.remove(person, in: tx)
        }
    }

    private func changeAuditor(
        _ login: String, _ stamp: AuditStamp,
        _ change: @escaping @Sendable (PersonID, borrowing Transaction) throws -> Bool
    ) async throws(Declined) -> Bool {
        let result = try await write { tx -> Result<Bool, Declined> in
            guard let person = try PersonTable.find(login: login.lowercased(), in: tx) else {
                return .failure(Declined(.notFound, "Nobody has an account of this name."))
            }
            guard try change(person.id, tx) else { return .success(false) }
            try AuditTable.append(stamp.entry(person: person.auditName), in: tx)
            return .success(true)
        }
        return try result.get()
    }

    /// Logins, in order.
    public func auditors() async throws(Declined) -> [String] {
        try await read { tx in try AuditorTable.logins(in: tx) }
    }
}
