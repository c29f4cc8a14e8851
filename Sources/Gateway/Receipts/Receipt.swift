// What a receipt of one change of a grant says (ISO/IEC TS 27560): made from the history whenever it is asked for, so that there
// is one for every change ever made and no second copy of anything.

public import Domain
import Vault

public struct Receipt: Sendable, Equatable {
    /// A rule as it read when it was agreed to.
    public struct Part: Sendable, Equatable {
        public let rule: AuthorizationRule
        /// What of its types the grant gave after the change.
        public let types: DataTypeSet
        public let dates: DatePeriods
    }

    public let grant: GrantID
    /// Of the grant; the receipt's own number.
    public let version: Int
    public let change: GrantChangeView
    /// Every change until this one, oldest first; this one is the last.
    public let events: [GrantChangeView]
    public let application: ApplicationView
    public let organization: OrganizationID
    /// The application's names for the person and the record: a receipt knows no others.
    public let person: PersonPseudonym
    public let record: RecordPseudonym
    public let parts: [Part]
    public let permissions: Permissions
    public let scopes: [String]
    /// How long what waits for the application is kept before it is sealed.
    public let bucketDays: Int
    /// For the end of a grant: tokens that ended with it. Nil where nobody counted.
    public let tokensEnded: Int?
    /// For the end of a grant: when the application last read under it, or was last sent something. Nil where it never did.
    public let lastRead: Moment?
    /// For the end of a grant whose last read nobody knows any more: from when on the trail is kept. Nil where it is known whether
    /// there was one.
    public let trailKeptFrom: Moment?
    /// Where the person sees the grant, changes it and ends it.
    public let manageURL: String
    /// When this copy was made.
    public let issuedAt: Moment

    /// Of this receipt among all: `grt_…/3`.
    public var name: String { "\(grant.text)/\(version)" }
    /// The grant gave nothing from this change on.
    public var isEnd: Bool { change.isEnd }
}

extension GrantChangeView {
    public var isEnd: Bool { event == "revoked" || event == "expired" }
}

extension Gateway {
    /// Of a grant that the person gave.
    public func receipt(_ version: Int, of grant: GrantID, for person: PersonID) async throws(Declined) -> Receipt {
        let now = world.now()
        let found = try await read { tx -> Receipt? in
            guard let row = try GrantTable.find(grant, in: tx), row.person == person else { return nil }
            return try self.receipt(version, of: row, at: now, in: tx)
        }
        guard let found else { throw Declined(.notFound) }
        return found
    }

    /// The changes that there are receipts of, oldest first.
    public func receipts(
        of grant: GrantID, token: String, key: String?
    ) async throws(Declined) -> [GrantChangeView] {
        let hash = hashSecret(token)
        let now = world.now()
        let result = try await read { tx -> Result<[GrantChangeView], Declined> in
            switch try Self.reached(grant, by: hash, key, at: now, in: tx) {
            case .failure(let declined): return .failure(declined)
            case .success(let row):
                var desk = GrantDesk(now: now)
                return .success(try desk.history(row, in: tx))
            }
        }
        return try result.get()
    }

    /// Of a grant that the token reaches. Any other is as good as none, whether it exists or not.
    public func receipt(
        _ version: Int, of grant: GrantID, token: String, key: String?
    ) async throws(Declined) -> Receipt {
        let hash = hashSecret(token)
        let now = world.now()
        let result = try await read { tx -> Result<Receipt, Declined> in
            switch try Self.reached(grant, by: hash, key, at: now, in: tx) {
            case .failure(let declined): return .failure(declined)
            case .success(let row):
                guard let receipt = try self.receipt(version, of: row, at: now, in: tx) else {
                    return .failure(Declined(.notFound))
                }
                return .success(receipt)
            }
        }
        return try result.get()
    }

    // The token's own grant, its person's, or all of an application that acts alone. After the end of a grant only the
    // application itself may ask: a token that stood on it is good for nothing (C10).
    private static func reached(
        _ grant: GrantID, by hash: [UInt8], _ key: String?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<GrantRow, Declined> {
        guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
        if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
        guard token.known.facts.application?.isInGoodStanding == true, !token.hasEnded,
            let row = try GrantTable.find(grant, in: tx), row.application == token.application,
            token.grant == nil || token.grant == grant, token.person == nil || token.person == row.person
        else { return .failure(Declined(.consentRequired)) }
        return .success(row)
    }

    private func receipt(
        _ version: Int, of row: GrantRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Receipt? {
        let changes = try GrantTable.changes(of: row.id, in: tx)
        guard let change = changes.first(where: { $0.version == version }) else { return nil }
        guard let application = try ApplicationTable.find(row.application, in: tx) else {
            throw StorageError(.corrupt, "a grant's application is missing")
        }
        let uris = try ApplicationTable.redirectURIs(of: row.application, in: tx)
        var desk = GrantDesk(now: change.at)
        let events = try desk.history(row, in: tx).filter { $0.version <= version }
        guard let view = events.last else { return nil }
        let lastRead = view.isEnd ? try AuditTable.lastRead(under: row.id, in: tx) : nil
        let keptFrom = view.isEnd && lastRead == nil ? try MonthTable.floor(in: tx).keptFrom : nil
        let terms = change.terms
        let rules = try RuleTable.definitions(of: terms, application: row.application, in: tx)
        return Receipt(
            grant: row.id, version: version, change: view, events: events,
            application: ApplicationView(application, uris: uris), organization: application.organization,
            person: row.personPseudonym, record: row.recordPseudonym,
            parts: rules.map { rule in
                Receipt.Part(
                    rule: rule, types: terms.held(of: rule), dates: terms.granted(rule.name)?.dates ?? .always)
            }, permissions: change.permissions, scopes: terms.scopeTokens,
            bucketDays: application.environment.bucketDays,
            tokensEnded: change.tokensEnded,
            lastRead: lastRead,
            trailKeptFrom: keptFrom.flatMap { from in (events.first?.at).map { $0 < from } == true ? from : nil },
            manageURL: "\(policy.publicURL)/grants/\(row.id.text)", issuedAt: now)
    }

    /// Signed as what it is, so that it can be taken for nothing else (RFC 8725 §3.11). `payload` is a JSON object.
    public func signReceipt(_ payload: [UInt8]) async throws(Declined) -> String {
        try await sign(payload, type: ReceiptCheck.type)
    }
}
