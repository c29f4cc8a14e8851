// Who holds a record: inviting, accepting, narrowing, leaving, removing. A record is never without a custodian.

public import Domain
import Vault

extension Gateway {
    private static let invitationLife = Span.days(14)

    /// One-time, good for fourteen days; whoever brings it and accepts holds the record.
    public func invite(
        to record: RecordID, _ draft: HoldingDraft, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> MadeInvitation {
        let stamp = stamp(.recordInvited, request)
        let holding = try Self.holding(draft, at: stamp.at)
        let id: RecordInvitationID = world.identify()
        let token = world.secret(.invitation)
        let until = stamp.at + Self.invitationLife
        try await asCustodian(of: record, person, at: stamp.at, needsForce: false) { mine, tx in
            // Nobody gives more than they hold. Whose own time is over may only hand the record on to a custodian.
            guard holding.permissions.isSubset(of: mine.holding.permissions) else {
                return Declined(.beyondOwnAccess)
            }
            if !mine.holding.isInForce(at: stamp.at), !holding.isCustodian { return Declined(.notPermitted) }
            try RecordInvitationTable.insert(
                id, tokenHash: hashSecret(token), to: record, by: person, holding, at: stamp.at, until: until, in: tx)
            try AuditTable.append(stamp.entry(person: mine.personAuditName, record: mine.record.auditName), in: tx)
            return nil
        }
        return MadeInvitation(id: id, token: token, expiresAt: until)
    }

    /// What an invitation offers; not found when it is unknown.
    public func recordInvitation(_ token: String) async throws(Declined) -> RecordInvitationView {
        let now = world.now()
        let row = try await read { tx in try RecordInvitationTable.find(tokenHash: hashSecret(token), in: tx) }
        guard let row else { throw Declined(.notFound) }
        return RecordInvitationView(row, at: now)
    }

    public func acceptRecordInvitation(
        _ token: String, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> RecordID {
        let stamp = stamp(.recordAccessGiven, request)
        return try await answer(token, .accept, by: person, at: stamp.at) { row, who, tx in
            let mine = try RecordTable.holding(of: person, in: row.record, tx: tx)
            if let mine, mine.state == .active, mine.holding.isInForce(at: stamp.at),
                !row.holding.reaches(asFarAs: mine.holding)
            {
                return Declined(.alreadyExists, "You hold more than that already.")
            }
            var holding = row.holding
            // What the record is to somebody does not change because they are invited again.
            if let mine, mine.state == .active {
                holding.relationship = mine.holding.relationship
                holding.isCustodian = holding.isCustodian || mine.holding.isCustodian
            }
            try RecordTable.give(row.record, to: person, holding, at: stamp.at, in: tx)
            try RecordTable.remember(.given, row.record, person, actor: row.invitedBy, at: stamp.at, in: tx)
            try AuditTable.append(
                stamp.entry(
                    person: who.auditName, record: try RecordTable.auditName(of: row.record, in: tx),
                    types: holding.permissions.types), in: tx)
            return nil
        }
    }

    public func declineRecordInvitation(
        _ token: String, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordInvitationEnded, request)
        _ = try await answer(token, .decline, by: person, at: stamp.at) { row, who, tx in
            try AuditTable.append(
                stamp.entry(person: who.auditName, record: try RecordTable.auditName(of: row.record, in: tx)), in: tx)
            return nil
        }
    }

    private func answer(
        _ token: String, _ event: RecordAccessState.Event, by person: PersonID, at now: Moment,
        _ body: @escaping @Sendable (RecordInvitationRow, PersonRow, borrowing Transaction) throws -> Declined?
    ) async throws(Declined) -> RecordID {
        let result = try await write { tx -> Result<RecordID, Declined> in
            let gone = Result<RecordID, Declined>.failure(
                Declined(.invalidFields, faults: [FieldFault("invitation", "not known here, used already, or expired")])
            )
            guard let row = try RecordInvitationTable.find(tokenHash: hashSecret(token), in: tx),
                let who = try PersonTable.find(person, in: tx)
            else { return gone }
            var state = row.state
            guard now < row.expiresAt, (try? state.apply(event)) != nil else { return gone }
            // The inviting person must still be able to give it.
            guard let giver = try RecordTable.holding(of: row.invitedBy, in: row.record, tx: tx),
                giver.state == .active || giver.state == .expired, giver.holding.isCustodian
            else { return gone }
            if let declined = try body(row, who, tx) { return .failure(declined) }
            guard try RecordInvitationTable.end(row.id, as: state, by: person, at: now, in: tx) else { return gone }
            return .success(row.record)
        }
        return try result.get()
    }

    public func cancelRecordInvitation(
        _ id: RecordInvitationID, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordInvitationEnded, request)
        let row = try await read { tx in try RecordInvitationTable.find(id, in: tx) }
        guard let row else { throw Declined(.notFound) }
        try await asCustodian(of: row.record, person, at: stamp.at, needsForce: false) { mine, tx in
            guard try RecordInvitationTable.end(id, as: .cancelled, by: person, at: stamp.at, in: tx) else {
                return nil
            }
            try AuditTable.append(stamp.entry(person: mine.personAuditName, record: mine.record.auditName), in: tx)
            return nil
        }
    }

    /// Takes something of another's access away, or lets it end by itself. Live grants are cut at once.
    public func narrowHolding(
        of holder: PersonID, in record: RecordID, _ draft: HoldingDraft, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordAccessNarrowed, request)
        let wanted = try Self.holding(draft, at: stamp.at)
        let stamps = try await stamps(forGrantsOf: holder, in: record, at: stamp.at, .person, request)
        try await asCustodian(of: record, person, at: stamp.at) { _, tx in
            guard let theirs = try RecordTable.holding(of: holder, in: record, tx: tx), theirs.state == .active else {
                return Declined(.notFound)
            }
            let others = try Self.custodians(of: record, but: holder, in: tx)
            let narrowed: RecordHolding
            do throws(RecordHolding.Fault) {
                narrowed = try theirs.holding.narrowed(
                    to: wanted.permissions.intersection(theirs.holding.permissions), custodian: wanted.isCustodian,
                    until: wanted.expiresAt ?? theirs.holding.expiresAt, at: stamp.at, otherCustodians: others)
            } catch .lastCustodian {
                return Declined(.lastCustodian)
            } catch {
                return Declined(.invalidFields, faults: [error.fault])
            }
            try RecordTable.narrow(record, of: holder, to: narrowed, in: tx)
            try RecordTable.remember(.narrowed, record, holder, actor: person, at: stamp.at, in: tx)
            try AuditTable.append(
                stamp.entry(
                    person: theirs.personAuditName, record: theirs.record.auditName,
                    types: narrowed.permissions.types), in: tx)
            try Self.tell(.recordAccessNarrowed, grantsOf: holder, in: record, stamps, tx)
            return nil
        }
    }

    public func removeHolder(
        _ holder: PersonID, from record: RecordID, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordAccessEnded, request)
        let stamps = try await stamps(forGrantsOf: holder, in: record, at: stamp.at, .person, request)
        try await asCustodian(of: record, person, at: stamp.at) { _, tx in
            try Self.end(.remove, holder, record, actor: person, stamp, stamps, in: tx)
        }
    }

    public func leaveRecord(_ record: RecordID, by person: PersonID, request: RequestID?) async throws(Declined) {
        let stamp = stamp(.recordAccessEnded, request)
        let stamps = try await stamps(forGrantsOf: person, in: record, at: stamp.at, .person, request)
        let declined = try await write { tx in
            try Self.end(.leave, person, record, actor: person, stamp, stamps, in: tx)
        }
        if let declined { throw declined }
    }

    /// Ends somebody's access for whatever reason; the last custodian stays. What waits under their grants is withdrawn.
    static func end(
        _ event: RecordAccessState.Event, _ holder: PersonID, _ record: RecordID, actor: PersonID?,
        _ stamp: AuditStamp, _ stamps: [GrantStamp], in tx: borrowing Transaction
    ) throws(StorageError) -> Declined? {
        guard let theirs = try RecordTable.holding(of: holder, in: record, tx: tx) else { return Declined(.notFound) }
        var state = theirs.state
        guard (try? state.apply(event)) != nil else { return Declined(.notFound) }
        // The clock may end a last custodian's access to the data; they stay the one who can hand the record over.
        if event != .expire, theirs.holding.isCustodian, try custodians(of: record, but: holder, in: tx) == 0 {
            return Declined(.lastCustodian)
        }
        guard try RecordTable.end(record, of: holder, as: state, in: tx) else { return Declined(.notFound) }
        let word: RecordTable.Event = event == .leave ? .left : event == .remove ? .removed : .expired
        try RecordTable.remember(word, record, holder, actor: actor, at: stamp.at, in: tx)
        try AuditTable.append(
            stamp.entry(person: theirs.personAuditName, record: theirs.record.auditName), in: tx)
        try tell(.recordAccessLost, grantsOf: holder, in: record, stamps, tx)
        return nil
    }

    private static func custodians(
        of record: RecordID, but person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try RecordTable.holders(of: record, in: tx).count {
            $0.person != person && $0.state == .active && $0.holding.isCustodian && $0.holding.expiresAt == nil
        }
    }

    func stamps(
        forGrantsOf person: PersonID, in record: RecordID, at now: Moment, _ actor: Notice.Actor, _ request: RequestID?
    ) async throws(Declined) -> [GrantStamp] {
        let count = try await read { tx in
            try GrantTable.active(ofRecord: record, at: now, in: tx).count { $0.person == person }
        }
        return stamps(count + 8, at: now, actor: actor, request)
    }

    private static func tell(
        _ event: Notice.Event, grantsOf person: PersonID, in record: RecordID, _ stamps: [GrantStamp],
        _ tx: borrowing Transaction
    ) throws(StorageError) {
        guard let now = stamps.first?.at else { return }
        let grants = try GrantTable.active(ofRecord: record, at: now, in: tx).filter { $0.person == person }
        for (stamp, grant) in zip(stamps, grants) {
            guard let application = try ApplicationTable.find(grant.application, in: tx) else { continue }
            try stamp.announce(event, grant, application, in: tx)
        }
    }

    private static func holding(_ draft: HoldingDraft, at now: Moment) throws(Declined) -> RecordHolding {
        var faults: [FieldFault] = []
        let relationship = Relationship(rawValue: draft.relationship)
        if relationship == nil { faults.append(FieldFault("relationship", "own, child, parent or other")) }
        var types = draft.types.isEmpty ? DataTypeSet.all : .none
        for (place, word) in draft.types.enumerated() {
            if let type = DataType(rawValue: word) {
                types.insert(type)
            } else if let category = Category(rawValue: word) {
                types = types.union(category.types)
            } else {
                faults.append(FieldFault("data_types[\(place)]", "not a data type or category known here"))
            }
        }
        var accesses = draft.accesses.isEmpty ? Set(Access.allCases) : []
        for (place, word) in draft.accesses.enumerated() {
            if let access = ScopeAccess(rawValue: word) {
                accesses.formUnion(access.accesses)
            } else {
                faults.append(FieldFault("accesses[\(place)]", "one of create, read, update, delete, write"))
            }
        }
        if draft.isCustodian, !draft.types.isEmpty || !draft.accesses.isEmpty {
            faults.append(FieldFault("custodian", "a custodian holds everything: leave types and accesses out"))
        }
        let end = end(draft.endsOn, after: now, &faults)
        guard faults.isEmpty, let relationship else { throw Declined(.invalidFields, faults: faults) }
        return RecordHolding(
            relationship: relationship, isCustodian: draft.isCustodian,
            permissions: Permissions(accesses, to: types, in: Mode.allCases), expiresAt: end)
    }
}

extension RecordHolding.Fault {
    var fault: FieldFault {
        switch self {
        case .lastCustodian: FieldFault("custodian", "a record is never without a custodian")
        case .notNarrower: FieldFault("ends_on", "access is only taken away here: invite the person to give more")
        case .nothingLeft: FieldFault("data_types", "nothing would be left: remove the person instead")
        case .endInThePast: FieldFault("ends_on", "a day to come")
        }
    }
}

extension RecordInvitationView {
    init(_ row: RecordInvitationRow, at now: Moment) {
        self.init(
            id: row.id, recordName: row.recordName.isEmpty ? "A record" : row.recordName, invitedBy: row.invitedByName,
            relationship: row.holding.relationship, isCustodian: row.holding.isCustodian,
            permissions: row.holding.permissions, accessExpiresAt: row.holding.expiresAt, expiresAt: row.expiresAt,
            state: row.state == .invited && now >= row.expiresAt ? .lapsed : row.state)
    }
}
