// The person's account after it was made: another password, a way back in, and closing it.

public import Domain
import Vault

extension Gateway {
    /// Every other session of the person ends with the old password.
    public func changePassword(
        of person: PersonID, current: String, new: String, keeping session: String?, request: RequestID?
    ) async throws(Declined) {
        let row = try await read { tx in try PersonTable.find(person, in: tx) }
        guard let row else { throw Declined(.notFound) }
        guard try await isPassword(current, of: row) else {
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

    /// One code at a time; a new one replaces the one before. Shown once.
    public func makeRecoveryCode(for person: PersonID, request: RequestID?) async throws(Declined) -> String {
        try await makeRecoveryCode(for: person, until: nil, request: request)
    }

    /// For the operator's command: a code for somebody who has none, good for an hour.
    public func makeRecoveryCode(login: String, request: RequestID?) async throws(Declined) -> String {
        guard let person = try await person(login: login) else { throw Declined(.notFound) }
        return try await makeRecoveryCode(for: person, until: world.now() + .hours(1), request: request)
    }

    private func makeRecoveryCode(
        for person: PersonID, until: Moment?, request: RequestID?
    ) async throws(Declined) -> String {
        let code = world.secret(.recovery)
        try await write { tx in
            try PersonTable.setRecovery(of: person, hash: hashSecret(code), until: until, in: tx)
        }
        return code
    }

    public func hasRecoveryCode(_ person: PersonID) async throws(Declined) -> Bool {
        try await read { tx in try PersonTable.hasRecovery(of: person, in: tx) }
    }

    /// A new password by the recovery code, which is spent; every session ends. An unknown login and a wrong code look alike,
    /// and both cost a hash.
    public func recover(
        login: String, code: String, new: String, request: RequestID?
    ) async throws(Declined) {
        let login = login.trimmedOfSpaces.lowercased()
        let faults = Self.passwordFaults(new, login: login, field: "new_password")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        let hash = try await passwords.hash(new, salt: world.roll(16), cost: policy.passwordCost)
        let given = hashSecret(code.trimmedOfSpaces)
        let stamp = stamp(.passwordRecovered, request)
        let isDone = try await write { tx in
            guard !login.holdsControlCharacters, let row = try PersonTable.find(login: login, in: tx) else {
                return false
            }
            guard try PersonTable.spendRecovery(of: row.id, hash: given, at: stamp.at, in: tx) else {
                try AuditTable.append(stamp.entry(.failed(.signInFailed), person: row.auditName), in: tx)
                return false
            }
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
    /// under names that say nothing.
    public func closeAccount(of person: PersonID, password: String, request: RequestID?) async throws(Declined) {
        let now = world.now()
        let found = try await read { tx in
            (try PersonTable.find(person, in: tx), try ClosingPlan(of: person, at: now, in: tx))
        }
        guard let row = found.0 else { throw Declined(.notFound) }
        guard try await isPassword(password, of: row) else {
            throw Declined(.invalidFields, faults: [FieldFault("password", "is not right")])
        }
        // Drawn before the body, which may run twice; some more, should a grant or a record have come meanwhile.
        let ends = stamps(found.1.grants.count + 16, at: now, actor: .person, request)
        let lines = (0..<(found.1.left.count + found.1.closed.count + 16)).map { _ in
            AuditStamp(id: world.identify(), at: now, action: .recordAccessEnded, request: request)
        }
        let closed = AuditStamp(id: world.identify(), at: now, action: .accountClosed, request: request)
        let isDone = try await write { tx in
            let plan = try ClosingPlan(of: person, at: now, in: tx)
            guard plan.inTheWay.isEmpty, plan.grants.count <= ends.count else { return false }
            for (stamp, grant) in zip(ends, plan.grants) {
                _ = try stamp.end(grant, by: .revoke, try GrantParties(grant, in: tx), in: tx)
            }
            for (line, holding) in zip(lines, plan.left) {
                _ = try Self.end(.leave, person, holding.record.id, actor: person, line, [], in: tx)
            }
            for holding in plan.closed {
                _ = try RecordTable.suspend(holding.record.id, true, in: tx)
                try RecordInvitationTable.cancelAll(to: holding.record.id, by: person, at: now, in: tx)
                try RecordTable.describe(holding.record.id, name: "", country: nil, in: tx)
            }
            _ = try SessionTable.endAll(of: person, but: nil, in: tx)
            try PersonTable.close(person, at: now, in: tx)
            try AuditTable.append(closed.entry(person: row.auditName), in: tx)
            return true
        }
        guard isDone else { throw Declined(.lastCustodian) }
    }

    private func isPassword(_ password: String, of row: PersonRow) async throws(Declined) -> Bool {
        guard password.utf8.count <= Self.mostPasswordBytes else { return false }
        return try await passwords.verify(password, against: row.passwordHash)
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
        for mine in try RecordTable.of(person: person, in: tx) where mine.state == .active {
            let others = try RecordTable.holders(of: mine.record.id, in: tx).filter {
                $0.person != person && $0.state == .active
            }
            let hasCustodian = others.contains { $0.holding.isCustodian && $0.holding.expiresAt == nil }
            if others.isEmpty {
                closed.append(mine)
            } else if mine.holding.isCustodian, !hasCustodian {
                inTheWay.append(mine)
            } else {
                left.append(mine)
            }
        }
    }
}
