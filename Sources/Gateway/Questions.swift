// What an application may ask about itself (A6, B9, B10): the person's records with a status each, and the masks of a record.
// No health data passes here; every answer is foreseen, and a stranger learns nothing.

public import Domain
import Vault

extension Gateway {
    /// *Get person info* (B9). `person` is the application's name for the person; only a token that stands on no person needs it.
    public func personInfo(
        token: String, key: String? = nil, person: String?, request: RequestID?
    ) async throws(Declined) -> PersonInfo {
        try await authorizedRecords(token: token, key: key, person: person, records: nil, request: request)
    }

    /// *Get authorized records* (B10): only those asked for, silently without those that the application may not know.
    public func authorizedRecords(
        token: String, key: String? = nil, person: String?, records: [String]?, request: RequestID?
    ) async throws(Declined) -> PersonInfo {
        let now = world.now()
        let hash = hashSecret(token)
        let result = try await read { tx -> Result<PersonInfo, Declined> in
            guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
            if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
            guard token.known.facts.application?.isInGoodStanding == true,
                let id = try Self.person(of: token, named: person, in: tx)
            else { return .failure(Declined(.consentRequired, repairURL: self.askURL(token.application, record: nil))) }
            return try self.info(of: id, for: token, records: records, at: now, in: tx)
        }
        return try result.get()
    }

    // The token's own person; otherwise the one that is named, if the application knows them by that name.
    private static func person(
        of token: KnownToken, named name: String?, in tx: borrowing Transaction
    ) throws(StorageError) -> PersonID? {
        if let person = token.person ?? token.known.facts.grant?.person {
            guard let name else { return person }
            let meant = try PersonPseudonym(name).flatMap { name throws(StorageError) in
                try PseudonymTable.person(named: name, of: token.application, in: tx)
            }
            return meant == person ? person : nil
        }
        guard !token.isForGrantsAlone, let name = name.flatMap({ PersonPseudonym($0) }) else { return nil }
        return try PseudonymTable.person(named: name, of: token.application, in: tx)
    }

    private func info(
        of person: PersonID, for token: KnownToken, records asked: [String]?, at now: Moment,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Result<PersonInfo, Declined> {
        let standing = try PersonStanding(of: person, with: token.application, at: now, in: tx)
        // A revoked grant is no authorization; one that ran out is one that can be given again.
        var seen: Set<RecordID> = []
        let newest = standing.grants.filter { seen.insert($0.record).inserted }
        let latest = newest.filter { $0.state != .revoked }
        guard let name = latest.first?.personPseudonym else {
            return .failure(Declined(.accessDenied, repairURL: askURL(token.application, record: nil)))
        }
        // What the person agreed to again was not given to a token that ended before (C9, C10).
        guard !token.hasEnded else {
            return .failure(Declined(.consentRequired, repairURL: askURL(token.application, record: nil)))
        }
        guard let application = try ApplicationTable.find(token.application, in: tx),
            let rules = try ApplicationTable.rules(of: application.id, version: application.ruleVersion, in: tx)
        else { return .failure(Declined(.unexpected)) }
        let views = latest.filter { asked?.contains($0.recordPseudonym.text) ?? true }.map { grant in
            let holding = standing.holding(in: grant.record)
            let (status, shortfalls) = standing.status(
                of: grant.record, rules: rules, countries: application.countries)
            let canBeAsked = status == .reauthorizationRequired || status == .authorizationRequired
            return RecordStatusView(
                record: grant.recordPseudonym, relationship: holding?.holding.relationship ?? .other, status: status,
                isSuspended: holding?.record.isSuspended ?? false, isSelected: standing.selected == grant.record,
                shortfalls: shortfalls, grantExpiresAt: standing.activeGrant(for: grant.record)?.expiresAt,
                askURL: canBeAsked ? askURL(application.id, record: grant.recordPseudonym) : nil)
        }
        return .success(PersonInfo(person: name, records: views))
    }

    /// *Query permissions* (A6): online and offline masks side by side, whichever way the application asks.
    public func queryPermissions(
        token: String, key: String? = nil, record: String, types words: [String], request: RequestID?
    ) async throws(Declined) -> PermissionAnswer {
        var faults: [FieldFault] = []
        var types: [DataType] = []
        for (place, word) in words.enumerated() {
            if let type = DataType(rawValue: word) {
                types.append(type)
            } else if let category = Category(rawValue: word) {
                types += category.types.map { $0 }
            } else {
                faults.append(FieldFault("types[\(place)]", "not a data type or category known here"))
            }
        }
        if words.isEmpty { faults.append(FieldFault("types", "at least one data type")) }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        var seen: Set<DataType> = []
        let asked = types.filter { seen.insert($0).inserted }
        let now = world.now()
        let hash = hashSecret(token)
        let result = try await read { tx -> Result<PermissionAnswer, Declined> in
            guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
            if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
            let (standing, refusal) = try Self.standing(of: token, in: record, at: now, tx: tx)
            if let refusal {
                return .failure(
                    Declined(refusal.problem, repairURL: self.repairURL(after: refusal, token.application)))
            }
            guard let name = standing.first?.recordPseudonym,
                let row = try ApplicationTable.find(token.application, in: tx),
                let rules = try ApplicationTable.rules(of: row.id, version: row.ruleVersion, in: tx)
            else { return .failure(Declined(.unexpected)) }
            let agreed =
                token.limit == nil
                ? standing : try Self.standing(of: token.unlimited, in: record, at: now, tx: tx).standing
            let given = agreed.map { $0.facts.grant?.permissions ?? .none }
            let lacking = rules.rules.filter { rule in
                rule.types.contains { asked.contains($0) } && !given.contains { rule.permissions.isSubset(of: $0) }
            }
            return .success(
                PermissionAnswer(
                    record: name, entries: asked.compactMap { Self.entry($0, standing) },
                    askURL: lacking.isEmpty ? nil : self.askURL(token.application, record: name, rules: lacking)))
        }
        return try result.get()
    }

    /// The application gives up what it was permitted for the record (B11): as final as the person's own word.
    public func revoke(token: String, key: String? = nil, record: String, request: RequestID?) async throws(Declined) {
        let now = world.now()
        let hash = hashSecret(token)
        let count = try await read { tx in
            guard let token = try FactsTable.byToken(hash, in: tx) else { return 0 }
            return try Self.reached(by: token, record: record, at: now, in: tx)?.count ?? 0
        }
        let stamps = (0..<count + 8).map { _ in
            GrantStamp(world: world, at: now, actor: .application, method: Surface.api.rawValue, request: request)
        }
        let result = try await write { tx -> Result<Bool, Declined> in
            guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
            if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
            guard let rows = try Self.reached(by: token, record: record, at: now, in: tx) else {
                return .failure(Declined(.consentRequired))
            }
            // Some came meanwhile: all of them are to end, or none.
            guard rows.count <= stamps.count else { return .failure(Declined(.busy)) }
            for (stamp, row) in zip(stamps, rows) {
                _ = try stamp.end(row, by: .revoke, try GrantParties(row, in: tx), in: tx)
            }
            return .success(true)
        }
        _ = try result.get()
    }

    // The grants that the token's word ends: its person's in that record, or everybody's where the application acts alone. Where
    // none is in force, the one that ran out last. Nil when there is nothing to give up.
    private static func reached(
        by token: KnownToken, record: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [GrantRow]? {
        guard let id = try token.candidates(of: record, at: now, in: tx).first?.facts.grant?.id,
            let row = try GrantTable.find(id, in: tx), row.state != .revoked
        else { return nil }
        let person = token.grant == nil ? token.person : row.person
        let rows = try GrantTable.active(for: token.application, record: record, of: person, at: now, in: tx)
        return rows.isEmpty ? [row] : rows
    }

    /// The grants that the token reaches in a record and that stand, newest first; or why none does.
    static func standing(
        of token: KnownToken, in record: String, at now: Moment, tx: borrowing Transaction
    ) throws(StorageError) -> (standing: [Known], refusal: Refusal?) {
        let candidates = try token.candidates(of: record, at: now, in: tx)
        let refusals = candidates.map { standingRefusal($0, token.application, at: now) }
        let standing = zip(candidates, refusals).filter { $0.1 == nil }.map(\.0)
        return (standing, standing.isEmpty ? refusals.first ?? .noGrant : nil)
    }

    // Nothing asked, only whether there is anything to answer about: the rungs before the masks.
    static func standingRefusal(_ known: Known, _ application: ApplicationID, at now: Moment) -> Refusal? {
        for mode in Mode.allCases {
            for access in Access.allCases {
                let question = Question(
                    application: application, purpose: .hold, mode: mode, access: access, types: nil)
                guard case .wouldRefuse(let refusal) = foresee(question, given: known.facts, at: now) else {
                    return nil
                }
                switch refusal {
                case .modeNotGranted, .notCovered, .recordAccessTooSmall: continue
                case .applicationNotInGoodStanding, .noGrant, .grantRevoked, .grantExpired, .recordAccessLost,
                    .recordSuspended:
                    return refusal
                }
            }
        }
        return nil
    }

    // Of several grants that stand, the newest that gives anything of the type counts, as it does for the data.
    private static func entry(_ type: DataType, _ standing: [Known]) -> PermissionEntry? {
        let all = standing.map { known in
            EffectiveAccess(
                grant: known.facts.grant?.permissions ?? .none, own: known.facts.recordAccess?.permissions,
                rules: known.facts.application?.currentRules ?? .none)
        }
        let good = all.first { access in Mode.allCases.contains { !access.mask(of: type, in: $0).isEmpty } }
        guard let access = good ?? all.first else { return nil }
        return PermissionEntry(
            type: type, online: access.mask(of: type, in: .online), offline: access.mask(of: type, in: .offline),
            withheld: Mode.allCases.flatMap { mode in
                access.withheld(from: type, in: mode).map {
                    PermissionEntry.Withheld(mode: mode, access: $0.access, cuts: $0.cuts)
                }
            })
    }
}
