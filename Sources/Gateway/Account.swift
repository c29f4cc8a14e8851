// The person's account after it was made: another password, a way back in, and closing it.

public import Domain
import Vault

extension Gateway {
    /// Every other session of the person ends with the old password, and so does a recovery code.
    public func changePassword(
        of person: PersonID, current: String, new: String, keeping session: String?, request: RequestID?
    ) async throws(Declined) {
        let row = try await read { tx in try PersonTable.find(person, in: tx) }
        guard let row else { throw Declined(.notFound) }
        guard try await isConfirmed(current, of: row) else {
            throw Declined(.invalidFields, faults: [FieldFault("current_password", "is not right")])
        }
        let faults = Self.passwordFaults(new, login: row.login, field: "new_password")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        let hash = try await passwords.hash(new, salt: world.roll(16), cost: policy.passwordCost)
        let stamp = stamp(.passwordChanged, request)
        try await write { tx in
            try PersonTable.updatePassword(of: person, hash: hash, in: tx)
            _ = try SessionTable.endAll(of: person, but: session.map(hashSecret), in: tx)
            try AuditTable.append(stamp.entry(person: row.auditName), in: tx)
        }
    }

    /// One code at a time; a new one replaces the one before, and it lasts until it is used. Shown once. A session alone is
    /// not enough: the code outlives every session.
    public func makeRecoveryCode(
        for person: PersonID, password: String, request: RequestID?
    ) async throws(Declined) -> String {
        let row = try await read { tx in try PersonTable.find(person, in: tx) }
        guard let row else { throw Declined(.notFound) }
        let wrong = Declined(.invalidFields, faults: [FieldFault("password", "is not right")])
        guard try await isConfirmed(password, of: row) else { throw wrong }
        guard let code = try await makeRecoveryCode(for: row, until: nil, request) else { throw wrong }
        return code
    }

    /// For the operator's command: a code for somebody who has none, good for a day.
    public func makeRecoveryCode(login: String, request: RequestID?) async throws(Declined) -> String {
        guard let person = try await person(login: login),
            let row = try await read({ tx in try PersonTable.find(person, in: tx) }),
            let code = try await makeRecoveryCode(for: row, until: world.now() + .hours(24), request)
        else { throw Declined(.notFound) }
        return code
    }

    // Nil when the password, or all of the account, changed meanwhile.
    private func makeRecoveryCode(
        for row: PersonRow, until: Moment?, _ request: RequestID?
    ) async throws(Declined) -> String? {
        let code = world.secret(.recovery)
        let stamp = stamp(.recoveryCodeMade, request)
        let isMade = try await write { tx in
            guard try PersonTable.find(row.id, in: tx)?.passwordHash == row.passwordHash else { return false }
            try PersonTable.setRecovery(of: row.id, hash: hashSecret(code), until: until, in: tx)
            try AuditTable.append(stamp.entry(person: row.auditName), in: tx)
            return true
        }
        return isMade ? code : nil
    }

    public func hasRecoveryCode(_ person: PersonID) async throws(Declined) -> Bool {
        try await read { tx in try PersonTable.hasRecovery(of: person, in: tx) }
    }

    /// A new password by the recovery code, which is spent; every session ends. An unknown login and a wrong code look alike,
    /// and both cost a hash. Failures are budgeted as those of signing in are, but apart from them.
    public func recover(
        login: String, code: String, new: String, from address: String? = nil, request: RequestID?
    ) async throws(Declined) {
        let login = login.trimmedOfSpaces.lowercased()
        let faults = Self.passwordFaults(new, login: login, field: "new_password")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        let names = [BudgetName.recovery(login: login)] + Self.places(address)
        try await admit(names, at: world.now())
        let hash: String
        do throws(Declined) {
            hash = try await passwords.hash(new, salt: world.roll(16), cost: policy.passwordCost)
        } catch {
            try await giveBack(names, at: world.now())
            throw error
        }
        let given = hashSecret(code.trimmedOfSpaces)
        let stamp = stamp(.passwordRecovered, request)
        // Whoever forgot the password has tried some: with the new one they come in at once.
        let forgiving = forgive(names + [.account(login: login)])
        let isDone = try await write { tx in
            guard !login.holdsControlCharacters, let row = try PersonTable.find(login: login, in: tx) else {
                return false
            }
            guard try PersonTable.spendRecovery(of: row.id, hash: given, at: stamp.at, in: tx) else {
                try AuditTable.append(stamp.entry(.failed(.signInFailed), person: row.auditName), in: tx)
                return false
            }
            try forgiving.apply(at: stamp.at, in: tx)
            try PersonTable.updatePassword(of: row.id, hash: hash, in: tx)
            _ = try SessionTable.endAll(of: row.id, but: nil, in: tx)
            try AuditTable.append(stamp.entry(person: row.auditName), in: tx)
            return true
        }
        guard isDone else { throw Declined(.signInFailed) }
    }

    /// What closing the account would do, said before it is done.
    public func closing(of person: PersonID) async throws(Declined) -> ClosingView {
        let now = world.now()
        return try await read { tx in
            let plan = try ClosingPlan(of: person, at: now, in: tx)
            var desk = GrantDesk(now: now)
            var names: [String] = []
            for grant in plan.grants { names.append(try desk.view(grant, in: tx).application.name) }
            return ClosingView(
                recordsClosed: plan.closed.map(\.displayName), recordsLeft: plan.left.map(\.displayName),
                recordsInTheWay: plan.inTheWay.map(\.displayName), grantsEnded: names)
        }
    }

    /// Grants end, records that nobody else holds are closed, sessions end, and what says who it was goes. The history stays
    /// under names that lead to nobody any more, which is what the proof states.
    @discardableResult
    public func closeAccount(
        of person: PersonID, password: String, request: RequestID?
    ) async throws(Declined) -> ErasureProof {
        let row = try await read { tx in try PersonTable.find(person, in: tx) }
        guard let row else { throw Declined(.notFound) }
        guard try await isConfirmed(password, of: row) else {
            throw Declined(.invalidFields, faults: [FieldFault("password", "is not right")])
        }
        return try await untilEnoughIsDrawn { () async throws(Declined) in
            let now = world.now()
            let plan = try await read { tx in try ClosingPlan(of: person, at: now, in: tx) }
            let draws = ClosingDraws(for: plan, of: row, world: world, at: now, request)
            // Signed first: once the account is closed, nobody could come back for it.
            let statement = draws.names.statement(
                issuer: policy.publicURL, entry: draws.account.id, at: now)
            let token = try await sign(statement, type: ErasureProof.type)
            try await close(row, draws, at: now)
            return ErasureProof(entry: draws.account.id, at: now, token: token)
        }
    }

    private func close(_ row: PersonRow, _ draws: ClosingDraws, at now: Moment) async throws(Declined) {
        let declined = try await write { tx -> Declined? in
            let plan = try ClosingPlan(of: row.id, at: now, in: tx)
            guard plan.inTheWay.isEmpty else { return Declined(.lastCustodian) }
            guard draws.areEnough(for: plan) else { return Declined(.busy) }
            for (stamp, grant) in zip(draws.grants, plan.grants) {
                _ = try stamp.end(grant, by: .revoke, try GrantParties(grant, in: tx), in: tx)
            }
            for (line, holding) in zip(draws.left, plan.left) {
                _ = try Self.end(.leave, row.id, holding.record.id, actor: row.id, line, [], in: tx)
            }
            for (line, holding) in zip(draws.closed, plan.closed) {
                _ = try RecordTable.suspend(holding.record.id, true, in: tx)
                try RecordTable.remember(.suspended, holding.record.id, row.id, actor: row.id, at: now, in: tx)
                try RecordInvitationTable.cancelAll(to: holding.record.id, by: row.id, at: now, in: tx)
                try RecordTable.describe(holding.record.id, name: "", country: nil, in: tx)
                try AuditTable.append(line.entry(person: row.auditName, record: holding.record.auditName), in: tx)
            }
            _ = try SessionTable.endAll(of: row.id, but: nil, in: tx)
            try AuditTable.append(draws.account.entry(person: row.auditName), in: tx)
            try PersonTable.close(row.id, login: draws.login, auditName: draws.names.person.fresh, at: now, in: tx)
            for (record, name) in draws.names.records { try RecordTable.rename(record, to: name.fresh, in: tx) }
            return nil
        }
        if let declined { throw declined }
    }

    // A session that somebody else got hold of is no place to guess the password either.
    private func isConfirmed(_ password: String, of row: PersonRow) async throws(Declined) -> Bool {
        let names = [BudgetName.confirmation(row.id)]
        try await admit(names, at: world.now())
        let isRight: Bool
        do throws(Declined) { isRight = try await isPassword(password, of: row) } catch {
            try await giveBack(names, at: world.now())
            throw error
        }
        guard isRight else { return false }
        let forgiving = forgive(names)
        let now = world.now()
        try await write { tx in try forgiving.apply(at: now, in: tx) }
        return true
    }
}

/// What closing an account means for each record and grant.
private struct ClosingPlan: Sendable {
    var closed: [HoldingRow] = []
    var left: [HoldingRow] = []
    var inTheWay: [HoldingRow] = []
    var grants: [Vault.GrantRow]

    init(of person: PersonID, at now: Moment, in tx: borrowing Transaction) throws(StorageError) {
        grants = try GrantTable.active(ofPerson: person, at: now, in: tx)
        for mine in try RecordTable.of(person: person, in: tx) where Self.counts(mine) {
            let others = try RecordTable.holders(of: mine.record.id, in: tx).filter {
                $0.person != person && Self.counts($0)
            }
            let hasCustodian = others.contains {
                $0.state == .active && $0.holding.isCustodian && $0.holding.expiresAt == nil
            }
            if others.isEmpty {
                closed.append(mine)
            } else if mine.holding.isCustodian, !hasCustodian {
                inTheWay.append(mine)
            } else {
                left.append(mine)
            }
        }
    }

    // A custodian whose time is over may be the one who hands the record on.
    private static func counts(_ row: HoldingRow) -> Bool {
        row.state == .active || (row.state == .expired && row.holding.isCustodian)
    }
}

/// What closing needs from the clock and the dice, drawn before its transaction, because the body may run twice.
private struct ClosingDraws: Sendable {
    /// What the closed account is called: nothing that leads to the person.
    let login: String
    let account: AuditStamp
    let grants: [GrantStamp]
    let left: [AuditStamp]
    let closed: [AuditStamp]
    let names: NamesToForget

    init(for plan: ClosingPlan, of row: PersonRow, world: World, at now: Moment, _ request: RequestID?) {
        func line(_ action: AuditEntry.Action) -> AuditStamp {
            AuditStamp(id: world.identify(), at: now, action: action, request: request)
        }
        login = Gateway.closedLogin + Base64.urlEncode(world.roll(16))
        account = line(.accountClosed)
        grants = plan.grants.map { _ in
            GrantStamp(world: world, at: now, actor: .person, method: "none", request: request)
        }
        left = plan.left.map { _ in line(.recordAccessEnded) }
        closed = plan.closed.map { _ in line(.recordSuspended) }
        names = NamesToForget(
            person: row.auditName, records: plan.closed.map { ($0.record.id, $0.record.auditName) }, world: world)
    }

    /// The proof is signed already and says which records are closed: those and no others.
    func areEnough(for plan: ClosingPlan) -> Bool {
        plan.grants.count <= grants.count && plan.left.count <= left.count
            && Set(plan.closed.map(\.record.id)) == Set(names.records.keys)
    }
}
