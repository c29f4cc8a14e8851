// Records: a person's own and those of others, what they are called, and pausing everything about one.

public import Domain
import Vault

extension Gateway {
    /// What the person holds, their own first, and what the clock has ended; what they left or lost is not among them.
    public func records(of person: PersonID) async throws(Declined) -> [HoldingView] {
        let now = world.now()
        return try await read { tx in
            try RecordTable.of(person: person, in: tx).filter(\.isKnown).map { HoldingView($0, at: now) }
        }
    }

    /// With everybody who holds it, is invited to it or may get something of it, for a custodian. A custodian whose time is
    /// over sees the invitations alone.
    public func record(_ id: RecordID, of person: PersonID) async throws(Declined) -> RecordView {
        let now = world.now()
        let view = try await read { tx -> RecordView? in
            guard let mine = try RecordTable.holding(of: person, in: id, tx: tx), mine.isKnown else { return nil }
            let holding = HoldingView(mine, at: now)
            guard mine.holding.isCustodian else {
                return RecordView(holding: holding, holders: [], invitations: [], grants: [])
            }
            let invitations = try RecordInvitationTable.of(record: id, in: tx).map { RecordInvitationView($0, at: now) }
            guard holding.isInForce else {
                return RecordView(holding: holding, holders: [], invitations: invitations, grants: [])
            }
            let holders = try RecordTable.holders(of: id, in: tx)
            return RecordView(
                holding: holding, holders: holders.map { HolderView($0, isYou: $0.person == person) },
                invitations: invitations,
                grants: try Self.grants(inForceOn: id, by: holders, seenBy: person, at: now, in: tx))
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    /// Newest first, whoever of the holders gave them.
    private static func grants(
        inForceOn record: RecordID, by holders: [HoldingRow], seenBy person: PersonID, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> [RecordGrantView] {
        var desk = GrantDesk(now: now)
        var views: [RecordGrantView] = []
        for row in try GrantTable.active(ofRecord: record, at: now, in: tx).reversed() {
            let giver = holders.first { $0.person == row.person }
            let view = try desk.view(row, in: tx)
            views.append(
                RecordGrantView(
                    grant: view.id, application: view.application, giver: row.person,
                    giverName: giver?.personName ?? "Somebody", isYours: row.person == person,
                    types: view.effective.types, periods: view.periods, expiresAt: view.expiresAt))
        }
        return views
    }

    /// A record of somebody else that the person looks after: a child's, a parent's. `endsOn` ends the person's own access.
    public func createRecord(
        name: String, relationship: String, country: String?, endsOn: String?, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> RecordID {
        let stamp = stamp(.recordCreated, request)
        var faults: [FieldFault] = []
        let name = Self.recordName(name, &faults)
        let country = Self.country(country, &faults)
        let relation = Relationship(rawValue: relationship)
        if relation == nil { faults.append(FieldFault("relationship", "own, child, parent or other")) }
        let end = Self.end(endsOn, after: stamp.at, &faults)
        guard faults.isEmpty, let relation else { throw Declined(.invalidFields, faults: faults) }
        let id: RecordID = world.identify()
        let auditName: AuditName = world.pseudonym()
        let isMade = try await write { tx in
            guard let who = try PersonTable.find(person, in: tx) else { return false }
            try RecordTable.insert(
                id, auditName: auditName, name: name, country: country, of: person, as: relation, until: end,
                at: stamp.at, in: tx)
            try AuditTable.append(stamp.entry(person: who.auditName, record: auditName), in: tx)
            return true
        }
        guard isMade else { throw Declined(.notFound) }
        return id
    }

    public func describeRecord(
        _ id: RecordID, name: String, country: String?, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordDescribed, request)
        var faults: [FieldFault] = []
        let name = Self.recordName(name, &faults)
        let country = Self.country(country, &faults)
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        try await asCustodian(of: id, person, at: stamp.at) { mine, tx in
            try RecordTable.describe(id, name: name, country: country, in: tx)
            try AuditTable.append(stamp.entry(person: mine.personAuditName, record: mine.record.auditName), in: tx)
            return nil
        }
    }

    /// Pauses everything about the record: no application gets anything until a custodian resumes it.
    public func suspendRecord(
        _ id: RecordID, _ isSuspended: Bool, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(isSuspended ? .recordSuspended : .recordResumed, request)
        try await announcing(to: id, at: stamp.at, request) { (stamps) async throws(Declined) in
            try await asCustodian(of: id, person, at: stamp.at) { mine, tx in
                let grants = try Self.grants(on: id, of: nil, at: stamp.at, in: tx)
                guard grants.count <= stamps.count else { return Declined(.busy) }
                guard try RecordTable.suspend(id, isSuspended, in: tx) else { return nil }
                try RecordTable.remember(
                    isSuspended ? .suspended : .resumed, id, person, actor: person, at: stamp.at, in: tx)
                try AuditTable.append(
                    stamp.entry(person: mine.personAuditName, record: mine.record.auditName), in: tx)
                try Self.tell(isSuspended ? .recordSuspended : .recordResumed, grants, stamps, in: tx)
                return nil
            }
        }
    }

    /// Not found for whoever does not hold the record; not permitted for whoever holds it and does not look after it. An
    /// expired custodian may still hand the record over, which `needsForce` false allows.
    func asCustodian(
        of record: RecordID, _ person: PersonID, at now: Moment, needsForce: Bool = true,
        _ body: @escaping @Sendable (HoldingRow, borrowing Transaction) throws -> Declined?
    ) async throws(Declined) {
        let declined = try await write { tx -> Declined? in
            guard let mine = try RecordTable.holding(of: person, in: record, tx: tx),
                mine.state == .active || (!needsForce && mine.state == .expired)
            else { return Declined(.notFound) }
            guard mine.holding.isCustodian, !needsForce || mine.holding.isInForce(at: now) else {
                return Declined(.notPermitted)
            }
            return try body(mine, tx)
        }
        if let declined { throw declined }
    }

    private static func recordName(_ text: String, _ faults: inout [FieldFault]) -> String {
        let name = text.trimmedOfSpaces
        if !(1...100).contains(name.count) || name.holdsControlCharacters {
            faults.append(FieldFault("name", "1 to 100 characters"))
        }
        return name
    }

    static func country(_ text: String?, _ faults: inout [FieldFault], field: String = "country") -> String? {
        guard let text = text?.trimmedOfSpaces, !text.isEmpty else { return nil }
        let code = text.uppercased()
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        if code.utf8.count != 2 || !code.utf8.allSatisfy(letters.contains) {
            faults.append(FieldFault(field, "two letters, as ISO 3166-1 has them"))
        }
        return code
    }

    /// `2030-05-01`, the moment at which that day begins in UTC.
    static func end(_ text: String?, after now: Moment, _ faults: inout [FieldFault]) -> Moment? {
        guard let text = text?.trimmedOfSpaces, !text.isEmpty else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard text.utf8.count == 10, parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            let date = CivilDate(year: year, month: month, day: day)
        else {
            faults.append(FieldFault("ends_on", "a day to come, as 2030-05-01"))
            return nil
        }
        let end = Moment(microseconds: Int64(date.daysSinceEpoch) * 86_400_000_000)
        if end <= now { faults.append(FieldFault("ends_on", "a day to come, as 2030-05-01")) }
        return end
    }
}

extension HoldingRow {
    /// What the clock has ended may still be seen: a custodian hands the record on from there.
    fileprivate var isKnown: Bool { state == .active || state == .expired }
}

extension HoldingView {
    init(_ row: HoldingRow, at now: Moment) {
        self.init(
            record: row.record.id, name: row.displayName, relationship: row.holding.relationship,
            isCustodian: row.holding.isCustodian, permissions: row.holding.permissions,
            expiresAt: row.holding.expiresAt, country: row.record.country, isSuspended: row.record.isSuspended,
            isInForce: row.reach(at: now) != nil)
    }
}

extension HolderView {
    init(_ row: HoldingRow, isYou: Bool) {
        self.init(
            person: row.person, name: row.personName, isYou: isYou, relationship: row.holding.relationship,
            isCustodian: row.holding.isCustodian, permissions: row.holding.permissions,
            expiresAt: row.holding.expiresAt, state: row.state)
    }
}
