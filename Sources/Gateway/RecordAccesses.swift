// Who holds a record: inviting, accepting, narrowing, leaving, removing. A record is never without a custodian.

public import Domain
import Vault

extension Gateway {
    private static let invitationLife = Span.days(14)

    /// One-time, good for fourteen days; whoever else brings it and accepts holds the record.
    public func invite(
        to record: RecordID, _ draft: HoldingDraft, by person: PersonID, request: RequestID?
    ) async throws(Declined) -> MadeInvitation {
        let stamp = stamp(.recordInvited, request)
        let holding = try Self.holding(draft, at: stamp.at)
        let id: RecordInvitationID = world.identify()
        let token = world.secret(.invitation)
        let until = stamp.at + Self.invitationLife
        try await asCustodian(of: record, person, at: stamp.at, needsForce: false) { mine, tx in
            if let refusal = try Self.refusal(ofGiving: holding, by: mine, at: stamp.at, in: tx) { return refusal }
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
            guard row.invitedBy != person else { return Self.faulty("somebody else has to accept what you offered") }
            var holding = row.holding
            let mine = try RecordTable.holding(of: person, in: row.record, tx: tx)
            if let mine, mine.state == .active || mine.state == .expired {
                if let refusal = try Self.refusal(ofTaking: holding, over: mine, at: stamp.at, in: tx) {
                    return refusal
                }
                // What the record is to somebody does not change because they are invited again.
                holding.relationship = mine.holding.relationship
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
            let gone = Result<RecordID, Declined>.failure(Self.faulty("not known here, used already, or expired"))
            guard let row = try RecordInvitationTable.find(tokenHash: hashSecret(token), in: tx),
                let who = try PersonTable.find(person, in: tx)
            else { return gone }
            var state = row.state
            guard now < row.expiresAt, (try? state.apply(event)) != nil else { return gone }
            // The inviting person must still be able to give it, and there must be something left of it.
            if event == .accept {
                guard let giver = try RecordTable.holding(of: row.invitedBy, in: row.record, tx: tx),
                    row.holding.isInForce(at: now),
                    try Self.refusal(ofGiving: row.holding, by: giver, at: now, in: tx) == nil
                else { return gone }
            }
            if let declined = try body(row, who, tx) { return .failure(declined) }
            guard try RecordInvitationTable.end(row.id, as: state, by: person, at: now, in: tx) else { return gone }
            return .success(row.record)
        }
        return try result.get()
    }

    private static func faulty(_ message: String) -> Declined {
        Declined(.invalidFields, faults: [FieldFault("invitation", message)])
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
        try await announcing(to: record, of: holder, at: stamp.at, request) { (stamps) async throws(Declined) in
            try await asCustodian(of: record, person, at: stamp.at) { _, tx in
                guard let theirs = try RecordTable.holding(of: holder, in: record, tx: tx), theirs.state == .active
                else { return Declined(.notFound) }
                let grants = try Self.grants(on: record, of: holder, at: stamp.at, in: tx)
                guard grants.count <= stamps.count else { return Declined(.busy) }
                let others = try Self.custodians(of: record, but: holder, in: tx)
                // Nobody else takes anything from the last custodian, least of all their time.
                if holder != person, theirs.holding.isCustodian, others == 0 { return Declined(.lastCustodian) }
                let narrowed: RecordHolding
                do throws(RecordHolding.Fault) {
                    narrowed = try theirs.holding.narrowed(
                        to: wanted.permissions.intersection(theirs.holding.permissions),
                        custodian: wanted.isCustodian, until: wanted.expiresAt ?? theirs.holding.expiresAt,
                        at: stamp.at, otherCustodians: others)
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
                try Self.tell(.recordAccessNarrowed, grants, stamps, in: tx)
                return nil
            }
        }
    }

    public func removeHolder(
        _ holder: PersonID, from record: RecordID, by person: PersonID, request: RequestID?
    ) async throws(Declined) {
        let stamp = stamp(.recordAccessEnded, request)
        try await announcing(to: record, of: holder, at: stamp.at, request) { (stamps) async throws(Declined) in
            try await asCustodian(of: record, person, at: stamp.at) { _, tx in
                try Self.end(.remove, holder, record, actor: person, stamp, stamps, in: tx)
            }
        }
    }

    public func leaveRecord(_ record: RecordID, by person: PersonID, request: RequestID?) async throws(Declined) {
        let stamp = stamp(.recordAccessEnded, request)
        try await announcing(to: record, of: person, at: stamp.at, request) { (stamps) async throws(Declined) in
            let declined = try await write { tx in
                try Self.end(.leave, person, record, actor: person, stamp, stamps, in: tx)
            }
            if let declined { throw declined }
        }
    }

    /// Ends somebody's access for whatever reason; the last custodian stays. Busy, with nothing written, where the stamps are
    /// fewer than the grants that must be told about.
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
        // What the clock ended was told then.
        let grants = theirs.state == .active ? try grants(on: record, of: holder, at: stamp.at, in: tx) : []
        guard grants.count <= stamps.count else { return Declined(.busy) }
        guard try RecordTable.end(record, of: holder, from: theirs.state, as: state, in: tx) else {
            return Declined(.notFound)
        }
        let word: RecordTable.Event = event == .leave ? .left : event == .remove ? .removed : .expired
        try RecordTable.remember(word, record, holder, actor: actor, at: stamp.at, in: tx)
        try AuditTable.append(
            stamp.entry(person: theirs.personAuditName, record: theirs.record.auditName), in: tx)
        try tell(.recordAccessLost, grants, stamps, in: tx)
        return nil
    }

    /// Why a custodian may not give that. Nobody gives more than they hold, nor for longer while somebody else looks after the
    /// record too. Whose own time is over may only hand it on to a custodian, and only where nobody's time reaches further.
    private static func refusal(
        ofGiving offer: RecordHolding, by giver: HoldingRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Declined? {
        guard giver.state == .active || giver.state == .expired, giver.holding.isCustodian else {
            return Declined(.notPermitted)
        }
        guard offer.permissions.isSubset(of: giver.holding.permissions) else { return Declined(.beyondOwnAccess) }
        guard let end = giver.holding.expiresAt else { return nil }
        let others = try RecordTable.holders(of: giver.record.id, in: tx).filter {
            $0.person != giver.person && $0.holding.isCustodian && ($0.state == .active || $0.state == .expired)
        }
        guard giver.reach(at: now) != nil else {
            let isOutlasted = others.contains { other in other.holding.expiresAt.map { $0 > end } ?? true }
            return offer.isCustodian && !isOutlasted ? nil : Declined(.notPermitted)
        }
        if offer.expiresAt.map({ $0 <= end }) ?? false { return nil }
        guard others.contains(where: { $0.reach(at: now) != nil }) else { return nil }
        let day = end.rfc3339.prefix(10)
        return Declined(.invalidFields, faults: [FieldFault("ends_on", "\(day) or earlier: your own access ends then")])
    }

    /// Why somebody who holds the record, or held it until the clock ended that, may not take the offer: nobody loses by
    /// accepting, and the last custodian stays one.
    private static func refusal(
        ofTaking offer: RecordHolding, over mine: HoldingRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Declined? {
        let isDemoted = mine.holding.isCustodian && !offer.isCustodian
        if mine.reach(at: now) != nil, isDemoted || !offer.reaches(asFarAs: mine.holding) {
            return Declined(.alreadyExists, "You hold more than that already.")
        }
        guard isDemoted, try custodians(of: mine.record.id, but: mine.person, in: tx) == 0 else { return nil }
        return faulty("you are a custodian, and nobody else is one without an end: be invited as a custodian")
    }

    // Those who stay: a custodian whose time ends is none to rely on.
    private static func custodians(
        of record: RecordID, but person: PersonID, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        try RecordTable.holders(of: record, in: tx).count {
            $0.person != person && $0.state == .active && $0.holding.isCustodian && $0.holding.expiresAt == nil
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
