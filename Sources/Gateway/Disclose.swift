// On-demand access to what waits in an application's bucket (F4, F7; C7, C10, D1, D3): the verdict, the rows and the audit line
// in one transaction; unsealing only after it is on disk.

public import Domain
import Logging
import Vault

extension Gateway {
    /// Up to `limit` parcels, oldest first.
    public func read(
        token: String, key: String? = nil, record: String, types: [String]?, limit: Int, after: String?,
        request: RequestID?
    ) async throws(Declined) -> Disclosure {
        let wanted = try Self.dataTypes(types)
        var faults: [FieldFault] = []
        if !(1...100).contains(limit) { faults.append(FieldFault("limit", "1 to 100 parcels")) }
        let cursor = after.flatMap { ParcelID($0) }
        if after != nil, cursor == nil { faults.append(FieldFault("after", "the id of a parcel")) }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }

        let stamp = stamp(.read, request)
        let hash = hashSecret(token)
        let answer = try await writeRecorded { tx -> Answer<(Known, [SealedParcel])> in
            try Self.ask(.read, wanted, token: hash, key: key, record: record, stamp: stamp, in: tx) {
                known, tx, permit throws(StorageError) in
                let parcels = try ParcelTable.waiting(permit, after: cursor, limit: limit, at: stamp.at, in: tx)
                return Taking(
                    taken: (known, parcels), items: parcels.reduce(0) { $0 + $1.count },
                    types: DataTypeSet(parcels.map(\.type)))
            }
        }
        let (known, parcels) = try open(answer)
        guard let name = known.recordPseudonym, let grant = known.facts.grant else { throw Declined(.unexpected) }
        var disclosed: [DisclosedParcel] = []
        disclosed.reserveCapacity(parcels.count)
        for parcel in parcels {
            disclosed.append(try await unseal(parcel, application: grant.application, record: grant.record))
        }
        return Disclosure(
            record: name, parcels: disclosed, next: parcels.count == limit ? parcels.last?.id : nil, audit: stamp.id)
    }

    /// The application has them: they go. Answers how many parcels ended; those that were gone already do not count.
    public func acknowledge(
        token: String, key: String? = nil, record: String, parcels: [String], request: RequestID?
    ) async throws(Declined) -> Int {
        let ids = parcels.map { ParcelID($0) }
        let faults = ids.enumerated().filter { $0.element == nil }.map {
            FieldFault("parcels[\($0.offset)]", "the id of a parcel")
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        guard (1...1_000).contains(ids.count) else {
            throw Declined(.invalidFields, faults: [FieldFault("parcels", "1 to 1000 ids")])
        }
        let known = ids.compactMap { $0 }
        let stamp = stamp(.acknowledge, request)
        let hash = hashSecret(token)
        let answer = try await writeRecorded { tx -> Answer<Int> in
            try Self.ask(.read, nil, about: known, token: hash, key: key, record: record, stamp: stamp, in: tx) {
                _, tx, permit throws(StorageError) in
                let ended = try ParcelTable.acknowledge(known, permit, at: stamp.at, in: tx)
                let byGrant = Dictionary(ended.map { ($0.grant, $0.count) }, uniquingKeysWith: +)
                for (grant, items) in byGrant { try GrantTable.addDelivered(items, to: grant, in: tx) }
                return Taking(taken: ended.count, items: byGrant.values.reduce(0, +), types: .none)
            }
        }
        return try open(answer)
    }

    enum Answer<Taken: Sendable>: Sendable {
        case taken(Taken)
        /// With the optional rules that would cover what was asked.
        case refused(Refusal, ApplicationID, [AuthorizationRule])
        /// The person permits it, and the token that was asked for says less. No person can repair that.
        case beyondToken(Refusal)
        /// 401: the credential itself is no good.
        case failed(Problem)
    }

    // A known credential that fails is audited; an unknown one has nobody to be audited under.
    static func ask<Taken: Sendable>(
        _ access: Access, _ types: DataTypeSet?, about parcels: [ParcelID] = [], token hash: [UInt8], key: String?,
        record: String, stamp: AuditStamp, in tx: borrowing Transaction,
        _ take: (Known, borrowing Transaction, borrowing Permit) throws(StorageError) -> Taking<Taken>
    ) throws(StorageError) -> Answer<Taken> {
        guard let token = try FactsTable.byToken(hash, in: tx) else { return .failed(.notAuthenticated) }
        if let problem = try token.problem(at: stamp.at, key: key, in: tx) {
            try AuditTable.append(
                stamp.entry(.failed(problem), application: token.application, grant: token.grant), in: tx)
            return .failed(problem)
        }
        func asking(_ types: DataTypeSet?) -> Question {
            Question(
                application: token.application, purpose: .onDemand, mode: token.mode, access: access, types: types)
        }
        let question = asking(types)
        var questions = [question]
        // Where several grants could be meant, the parcels say which.
        if token.grant == nil, !parcels.isEmpty {
            questions.insert(asking(try ParcelTable.types(of: parcels, for: token.application, in: tx)), at: 0)
        }
        let known = try token.known(of: record, asking: questions, at: stamp.at, in: tx)
        let passage = try Gate.open(question, known: known, stamp: stamp, in: tx) {
            tx, permit throws(StorageError) in try take(known, tx, permit)
        }
        switch passage {
        case .passed(let taken): return .taken(taken)
        case .refused(let refusal):
            if token.isBeyondLimit(question), refusal == .notCovered || refusal == .modeNotGranted {
                let whole = try token.unlimited.known(of: record, asking: questions, at: stamp.at, in: tx)
                if !foresee(question, given: whole.facts, at: stamp.at).types.isEmpty { return .beyondToken(refusal) }
            }
            return .refused(
                refusal, token.application, try Self.helpful(access, types, token, at: stamp.at, in: tx))
        }
    }

    // The optional rules to name when the person is asked again: those that cover what was wanted, or where nothing particular
    // was, all of them if nothing would be shown otherwise.
    private static func helpful(
        _ access: Access, _ types: DataTypeSet?, _ token: KnownToken, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [AuthorizationRule] {
        guard let rules = try RuleTable.find(of: token.application, at: now, in: tx) else { return [] }
        let optional = rules.rules.filter { !$0.isRequired && $0.mode == token.mode && $0.accesses.contains(access) }
        guard let types else { return (try? ScopeRequest.resolve("", against: rules)) == nil ? optional : [] }
        return optional.filter { !$0.types.intersection(types).isEmpty }
    }

    func open<Taken: Sendable>(_ answer: Answer<Taken>) throws(Declined) -> Taken {
        switch answer {
        case .taken(let taken): return taken
        case .refused(let refusal, let application, let rules):
            throw Declined(refusal.problem, repairURL: repairURL(after: refusal, application, rules))
        case .beyondToken(let refusal):
            throw Declined(refusal.problem, "The token was asked for with a scope that does not reach this.")
        case .failed(let problem): throw Declined(problem)
        }
    }

    /// Nil where sending the person cannot repair it.
    func repairURL(
        after refusal: Refusal, _ application: ApplicationID, _ rules: [AuthorizationRule] = []
    ) -> String? {
        switch refusal {
        case .noGrant, .grantExpired, .grantRevoked, .modeNotGranted, .notCovered:
            askURL(application, record: nil, rules: rules)
        case .applicationNotInGoodStanding, .recordAccessLost, .recordSuspended, .recordAccessTooSmall: nil
        }
    }

    func unseal(
        _ parcel: SealedParcel, application: ApplicationID, record: RecordID
    ) async throws(Declined) -> DisclosedParcel {
        let key = try await dataKey(of: parcel.organization)
        let binding = ParcelBinding(id: parcel.id, application: application, record: record, type: parcel.type)
        do {
            return DisclosedParcel(
                id: parcel.id, type: parcel.type, count: parcel.count, createdAt: parcel.createdAt,
                lapsesAt: parcel.lapsesAt, items: try key.openUnsealed(parcel.sealed, parcel: binding))
        } catch {
            logger.error("a parcel does not open", metadata: ["parcel": "\(parcel.id)"])
            throw Declined(.unexpected)
        }
    }

    static func dataTypes(_ words: [String]?) throws(Declined) -> DataTypeSet? {
        guard let words else { return nil }
        var types = DataTypeSet.none
        var faults: [FieldFault] = []
        for (place, word) in words.enumerated() {
            if let type = DataType(rawValue: word) {
                types.insert(type)
            } else if let category = Category(rawValue: word) {
                types = types.union(category.types)
            } else {
                faults.append(FieldFault("types[\(place)]", "not a data type or category known here"))
            }
        }
        if words.isEmpty { faults.append(FieldFault("types", "at least one, or leave it out")) }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        return types
    }
}
