// Accounts and sessions: registering, signing in and out.

public import Domain
import Vault

extension Gateway {
    /// Makes an account and the person's own record. Every fault is named by its field.
    public func register(
        login: String, password: String, name: String, request: RequestID?
    ) async throws(Declined) -> PersonID {
        let login = login.trimmedOfSpaces.lowercased()
        let name = name.trimmedOfSpaces
        var faults: [FieldFault] = []
        let isPrintable = login.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value >= 0x20 }
        if !(3...254).contains(login.count) || !isPrintable {
            faults.append(FieldFault("login", "3 to 254 characters without spaces"))
        }
        if login.hasPrefix(Self.closedLogin) { faults.append(FieldFault("login", "not one that begins so")) }
        if !(1...100).contains(name.count) || name.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            faults.append(FieldFault("name", "1 to 100 characters"))
        }
        faults += Self.passwordFaults(password, login: login, field: "password")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }

        let hash = try await passwords.hash(password, salt: world.roll(16), cost: policy.passwordCost)
        let row = PersonRow(
            id: world.identify(), login: login, name: name, passwordHash: hash, auditName: world.pseudonym())
        let record: RecordID = world.identify()
        let recordName: AuditName = world.pseudonym()
        let stamp = stamp(.personRegistered, request)
        let isNew = try await write { tx in
            guard try PersonTable.insert(row, at: stamp.at, in: tx) else { return false }
            try RecordTable.insert(record, auditName: recordName, name: name, of: row.id, at: stamp.at, in: tx)
            try PersonTable.setOwnRecord(of: row.id, to: record, in: tx)
            try AuditTable.append(stamp.entry(person: row.auditName, record: recordName), in: tx)
            return true
        }
        guard isNew else {
            throw Declined(.alreadyExists, faults: [FieldFault("login", "somebody has an account of this name")])
        }
        return row.id
    }

    /// A new session with a new id. Unknown logins cost as much time as wrong passwords and look the same; failures under one
    /// login, and from one address, are budgeted. `address` is the client's, as far as it is known.
    public func signIn(
        login: String, password: String, kind: SessionKind, from address: String? = nil, request: RequestID?
    ) async throws(Declined) -> OpenedSession {
        let login = login.trimmedOfSpaces.lowercased()
        let names = [BudgetName.account(login: login)] + Self.places(address)
        do throws(Declined) { try await admit(names, at: world.now()) } catch {
            if error.problem == .tooManyRequests { SignInOutcome.overBudget.count() }
            throw error
        }
        // A control character is in nobody's login, and a storage may refuse to look for it.
        let row =
            login.holdsControlCharacters ? nil : try await read { tx in try PersonTable.find(login: login, in: tx) }
        let isRight: Bool
        do throws(Declined) { isRight = try await isPassword(password, of: row) } catch {
            try await giveBack(names, at: world.now())
            throw error
        }
        guard let row, isRight else {
            (row == nil ? SignInOutcome.unknown : .wrong).count()
            if let row {
                let stamp = stamp(.signedIn, request)
                _ = try await write { tx in
                    try AuditTable.append(stamp.entry(.failed(.signInFailed), person: row.auditName), in: tx)
                }
            }
            throw Declined(.signInFailed)
        }
        let token = world.secret(.session)
        let formToken = Base64.urlEncode(world.roll(24))
        let stamp = stamp(.signedIn, request)
        let until = stamp.at + policy.sessionLife
        let forgiving = forgive(names)
        try await write { tx in
            try forgiving.apply(at: stamp.at, in: tx)
            try SessionTable.insert(
                tokenHash: hashSecret(token), kind: kind.rawValue, person: row.id, formToken: formToken, at: stamp.at,
                until: until, in: tx)
            try AuditTable.append(stamp.entry(person: row.auditName), in: tx)
        }
        SignInOutcome.right.count()
        return OpenedSession(token: token, expiresAt: until)
    }

    static func places(_ address: String?) -> [BudgetName] { address.map { [.address($0)] } ?? [] }

    /// Without a row it takes as long, and is false.
    func isPassword(_ password: String, of row: PersonRow?) async throws(Declined) -> Bool {
        guard password.utf8.count <= Self.mostPasswordBytes else { return false }
        return try await passwords.verify(password, against: row?.passwordHash ?? decoyHash)
    }

    public func signedIn(token: String, kind: SessionKind) async throws(Declined) -> SignedIn? {
        let now = world.now()
        let session = try await read { tx in
            try SessionTable.find(tokenHash: hashSecret(token), kind: kind.rawValue, at: now, in: tx)
        }
        return session.map {
            SignedIn(
                person: $0.person, login: $0.login, name: $0.name, formToken: $0.formToken, isAuditor: $0.isAuditor,
                approvalKey: hashSecret("approvals \(token)"))
        }
    }

    public func signOut(token: String, kind: SessionKind, request: RequestID?) async throws(Declined) {
        let stamp = stamp(.signedOut, request)
        try await write { tx in
            let hash = hashSecret(token)
            let session = try SessionTable.find(tokenHash: hash, kind: kind.rawValue, at: stamp.at, in: tx)
            guard try SessionTable.end(tokenHash: hash, kind: kind.rawValue, in: tx), let session else { return }
            try AuditTable.append(stamp.entry(person: session.auditName), in: tx)
        }
    }

    public func person(login: String) async throws(Declined) -> PersonID? {
        let login = login.trimmedOfSpaces.lowercased()
        guard !login.holdsControlCharacters else { return nil }
        return try await read { tx in try PersonTable.find(login: login, in: tx)?.id }
    }

    static let mostPasswordBytes = 1_024
    /// What the logins of closed accounts begin with.
    static let closedLogin = "closed:"

    static func passwordFaults(_ password: String, login: String, field: String) -> [FieldFault] {
        var faults: [FieldFault] = []
        // The second bound is what signing in accepts: emoji may have many bytes in one character.
        if !(10...256).contains(password.count) || password.utf8.count > mostPasswordBytes {
            faults.append(FieldFault(field, "10 to 256 characters"))
        }
        if !login.isEmpty, password.lowercased() == login {
            faults.append(FieldFault(field, "not the same as the login"))
        }
        return faults
    }

    // A hash of nothing anybody knows, at the deployment's cost.
    var decoyHash: String {
        let zeros = Base64.encode([UInt8](repeating: 0, count: 32))
        return "$scrypt$ln=\(policy.passwordCost),r=8,p=3$\(Base64.encode([UInt8](repeating: 0, count: 16)))$\(zeros)"
    }
}

extension AuditStamp {
    func entry(
        _ outcome: AuditEntry.Outcome = .done, application: ApplicationID? = nil, person: AuditName? = nil,
        record: AuditName? = nil, grant: GrantID? = nil, mode: Mode? = nil, types: DataTypeSet = .none, items: Int = 0
    ) -> AuditEntry {
        AuditEntry(
            id: id, at: at, action: action, outcome: outcome, application: application, person: person, record: record,
            grant: grant, mode: mode, types: types, items: items, request: request, actor: actor, method: method)
    }
}

extension String {
    /// True where a text that is kept as one line, or looked up, must not be believed.
    var holdsControlCharacters: Bool { unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f } }
}
