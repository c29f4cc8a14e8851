// What a person sees of the trail: who looked at data of theirs, or of a record that they look after; when, at what, under which
// permission, and what was refused. Only accesses to health data; what they did themselves stands on other pages.

public import Domain
import Vault

/// Which accesses a person asks for.
public struct ActivityQuery: Sendable, Equatable {
    public var application: ApplicationID?
    public var grant: GrantID?
    /// The `next` of the page before.
    public var before: Int?
    /// 1 to 1,000.
    public var limit: Int

    public init(application: ApplicationID? = nil, grant: GrantID? = nil, before: Int? = nil, limit: Int = 50) {
        self.application = application
        self.grant = grant
        self.before = before
        self.limit = limit
    }
}

/// One access, served or refused.
public struct AccessView: Sendable, Equatable {
    public let id: AuditID
    public let at: Moment
    /// `read` or `deliver`: fetched by the application, or sent to it.
    public let action: AuditEntry.Action
    public let outcome: AuditEntry.Outcome
    public let application: ApplicationID?
    /// Nil for an application that is not there any more.
    public let applicationName: String?
    public let organization: String?
    public let grant: GrantID?
    /// The person gave the grant; else it is somebody else's who holds the record too.
    public let isOwnGrant: Bool
    /// What the person calls the record; nil for one that they do not hold any more.
    public let recordName: String?
    public let types: DataTypeSet
    public let items: Int
    /// Several refusals alike are one entry: how many, the first and the last.
    public let repetition: AuditEntry.Repetition?
    public let mode: Mode?
    /// The place in the log; nil for the second or so until it has one.
    public let index: Int?

    public var isServed: Bool { outcome == .done }
}

public struct ActivityPage: Sendable, Equatable {
    /// Newest first.
    public let accesses: [AccessView]
    /// Hand it back as `before` for older ones; nil when these were the last.
    public let next: Int?
    /// Accesses before that are not kept any more; nil while all are.
    public let keptFrom: Moment?
}

/// The last thirty days at a glance, and what is new.
public struct ActivityOverview: Sendable, Equatable {
    public struct Day: Sendable, Equatable {
        /// Counted from 1970-01-01, in UTC.
        public let day: Int
        public let served: Int
        public let refused: Int
    }

    public struct Share: Sendable, Equatable {
        public let application: ApplicationID
        public let name: String
        public let served: Int
        public let refused: Int
    }

    /// Thirty of them, the last one today.
    public let days: [Day]
    /// Most accesses first.
    public let applications: [Share]
    /// Accesses since the person last said that they have seen them; nil where they do not want to be told.
    public let unseen: Int?
    public let seenAt: Moment?
    /// When this was so: what comes later is not seen yet.
    public let at: Moment
}

extension Gateway {
    /// Days of the overview.
    static let overviewDays = 30
    /// Accesses that an overview counts at most, for each record: older ones are in the list.
    static let mostOverviewed = 50_000
    /// What counts as somebody looking.
    static let looks: [AuditEntry.Action] = [.read, .deliver]

    public func activity(_ asked: ActivityQuery, of person: PersonID) async throws(Declined) -> ActivityPage {
        guard (1...1_000).contains(asked.limit) else {
            throw Declined(.invalidFields, faults: [FieldFault("limit", "1 to 1000")])
        }
        let now = world.now()
        let page = try await read { tx -> ActivityPage? in
            guard let sight = try PersonSight(of: person, at: now, in: tx) else { return nil }
            var filter = AuditFilter()
            filter.actions = Self.looks
            filter.application = asked.application
            filter.grant = asked.grant
            var found: [LoggedEntry] = []
            for subject in sight.subjects {
                found += try AuditTable.newest(
                    about: subject, sight.narrow(filter, for: subject), before: asked.before, limit: asked.limit, in: tx
                )
            }
            // Those without a place are the newest; among them time decides.
            found.sort { ($0.index ?? .max, $0.entry.at) > ($1.index ?? .max, $1.entry.at) }
            let logged = found.filter { $0.index != nil }.prefix(asked.limit)
            var desk = AccessDesk(sight)
            var accesses: [AccessView] = []
            for entry in found.filter({ $0.index == nil }) + logged { accesses.append(try desk.view(entry, in: tx)) }
            let last = logged.count == asked.limit ? logged.last?.index : nil
            return ActivityPage(accesses: accesses, next: last, keptFrom: try MonthTable.floor(in: tx).keptFrom)
        }
        guard let page else { throw Declined(.notFound) }
        return page
    }

    /// One access that the person may see.
    public func access(_ id: AuditID, of person: PersonID) async throws(Declined) -> AccessView {
        let now = world.now()
        let view = try await read { tx -> AccessView? in
            guard let found = try AuditTable.find(id, in: tx), let sight = try PersonSight(of: person, at: now, in: tx),
                Self.looks.contains(found.entry.action), sight.sees(found.entry)
            else { return nil }
            var desk = AccessDesk(sight)
            return try desk.view(found, in: tx)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    public func activityOverview(of person: PersonID) async throws(Declined) -> ActivityOverview {
        let now = world.now()
        let today = Int(now.seconds / 86_400)
        let first = today - Self.overviewDays + 1
        let view = try await read { tx -> ActivityOverview? in
            guard let sight = try PersonSight(of: person, at: now, in: tx) else { return nil }
            var filter = AuditFilter()
            filter.actions = Self.looks
            filter.from = Moment(seconds: Int64(first) * 86_400)
            var counts: [AuditCount] = []
            for subject in sight.subjects {
                counts += try AuditTable.counts(
                    about: subject, sight.narrow(filter, for: subject), limit: Self.mostOverviewed, in: tx)
            }
            var days = [Int: (served: Int, refused: Int)]()
            var shares = [ApplicationID: (served: Int, refused: Int)]()
            for count in counts {
                days[count.day, default: (0, 0)].served += count.isDone ? count.count : 0
                days[count.day, default: (0, 0)].refused += count.isDone ? 0 : count.count
                guard let id = count.application else { continue }
                shares[id, default: (0, 0)].served += count.isDone ? count.count : 0
                shares[id, default: (0, 0)].refused += count.isDone ? 0 : count.count
            }
            var named: [ActivityOverview.Share] = []
            for (id, share) in shares {
                let name = try ApplicationTable.find(id, in: tx)?.name ?? id.text
                named.append(.init(application: id, name: name, served: share.served, refused: share.refused))
            }
            return ActivityOverview(
                days: (first...today).map { day in
                    let count = days[day] ?? (0, 0)
                    return ActivityOverview.Day(day: day, served: count.served, refused: count.refused)
                },
                applications: named.sorted {
                    ($1.served + $1.refused, $0.application) < ($0.served + $0.refused, $1.application)
                }, unseen: try Self.unseen(by: sight, in: tx), seenAt: sight.seenAt, at: now)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    /// How many accesses are new to the person; nil where they do not want to be told. At most a thousand are counted.
    public func unseenAccesses(of person: PersonID) async throws(Declined) -> Int? {
        let now = world.now()
        return try await read { tx -> Int? in
            guard let sight = try PersonSight(of: person, at: now, in: tx) else { return nil }
            return try Self.unseen(by: sight, in: tx)
        }
    }

    private static func unseen(by sight: PersonSight, in tx: borrowing Transaction) throws(StorageError) -> Int? {
        guard sight.isTold else { return nil }
        var filter = AuditFilter()
        filter.actions = looks
        filter.from = sight.seenAt.map { $0 + Span(microseconds: 1) }
        var count = 0
        for subject in sight.subjects {
            let new = try AuditTable.counts(about: subject, sight.narrow(filter, for: subject), limit: 1_000, in: tx)
            count += new.reduce(0) { $0 + $1.count }
        }
        return count
    }

    /// The person has seen what there was at `moment`. What was seen before stays seen.
    public func sawActivity(until moment: Moment, by person: PersonID) async throws(Declined) {
        let now = world.now()
        try await write { tx in try NoticeOfAccessTable.see(until: min(moment, now), by: person, in: tx) }
    }

    /// Whether the person wants to be told of accesses (EHDS, Art. 9). Switching it on tells of what comes from now on.
    public func tellOfAccess(_ isTold: Bool, to person: PersonID) async throws(Declined) {
        let now = world.now()
        try await write { tx in
            let before = try NoticeOfAccessTable.find(person, in: tx)
            guard before?.isTold != isTold else { return }
            try NoticeOfAccessTable.set(isTold, for: person, in: tx)
            if isTold { try NoticeOfAccessTable.see(until: now, by: person, in: tx) }
        }
    }
}

/// Makes views of entries and remembers the names that they share.
struct AccessDesk {
    private let sight: PersonSight
    private var applications: [ApplicationID: ApplicationRow?] = [:]

    init(_ sight: PersonSight) { self.sight = sight }

    mutating func view(_ logged: LoggedEntry, in tx: borrowing Transaction) throws(StorageError) -> AccessView {
        let entry = logged.entry
        var application: ApplicationRow?
        if let id = entry.application {
            if let known = applications[id] {
                application = known
            } else {
                application = try ApplicationTable.find(id, in: tx)
                applications[id] = .some(application)
            }
        }
        let holding = sight.holdings.first { $0.record.auditName == entry.record }
        return AccessView(
            id: entry.id, at: entry.at, action: entry.action, outcome: entry.outcome, application: entry.application,
            applicationName: application?.name, organization: application?.organizationName, grant: entry.grant,
            isOwnGrant: entry.person == sight.name, recordName: holding?.displayName, types: entry.types,
            items: entry.items, repetition: entry.repetition, mode: entry.mode, index: logged.index)
    }
}
