// The one way to health data on demand (C7, D1, D3): the credential, the verdict, the rows and the audit line in one transaction.
// What cannot be recorded is not given; a refusal that cannot be recorded is still a refusal.

import Domain
import Logging
import Metrics
import Vault

/// What an application asks of a record, with the token that it came with.
struct AccessRequest: Sendable {
    let access: Access
    /// Nil is whatever is permitted.
    var types: DataTypeSet?
    var parcels: [ParcelID] = []
    /// The token's hash.
    let token: [UInt8]
    /// Of the key that came with it.
    let key: String?
    /// As the application calls it.
    let record: String

    /// What makes it the same request as another.
    var repeated: RepeatedRequest {
        RepeatedRequest(access: access, types: types, token: token, record: RecordPseudonym(record))
    }
    /// Whatever else is asked with the token of records that are none of its own: they are all refused alike.
    var astray: RepeatedRequest { RepeatedRequest(access: access, types: nil, token: token, record: nil) }
}

struct RepeatedRequest: Hashable, Sendable {
    let access: Access
    let types: DataTypeSet?
    let token: [UInt8]
    /// Nil for any that is unknown: what somebody spells is not kept.
    let record: RecordPseudonym?
}

/// What came of asking, and the line of a refusal that is still to be written.
struct Asked<Taken: Sendable>: Sendable {
    enum Answer: Sendable {
        case taken(Taken)
        /// With the optional rules that would cover what was asked.
        case refused(Refusal, ApplicationID, [AuthorizationRule])
        /// The person permits it, and the token that was asked for says less. No person can repair that.
        case beyondToken(Refusal)
        /// 401, for the credential itself is no good; or nothing can be recorded now.
        case failed(Problem)
    }

    let answer: Answer
    var owed: AuditEntry?
}

extension Gateway {
    /// Asks, takes and records. When this returns, the line is durable; when it throws, nothing was taken.
    func access<Taken: Sendable>(
        _ request: AccessRequest, _ stamp: AuditStamp,
        _ take:
            @escaping @Sendable (Known, borrowing Transaction, borrowing Permit) throws(StorageError) -> Taking<
                Taken
            >
    ) async throws(Declined) -> Taken {
        let pen = await pen(at: stamp.at)
        let asked: Asked<Taken>
        do throws(StorageError) {
            if let refused: Asked<Taken> = try await refusedAgain(request, stamp) {
                asked = refused
            } else {
                asked = try await engine.write { tx in try Self.ask(request, stamp, pen, in: tx, take) }
            }
        } catch {
            asked = try await refusal(of: request, stamp, unless: error)
            if let owed = asked.owed {
                denials.remember(owed)
                Self.unrecordedDenials.increment()
            }
            return try open(asked.answer)
        }
        if let owed = asked.owed {
            denials.expect(owed.record == nil ? request.astray : request.repeated, at: stamp.at)
            if !(await denials.count(owed, in: engine)) { Self.unrecordedDenials.increment() }
        }
        switch asked.answer {
        case .taken: trailClock.see(stamp.at)
        case .failed(.accessNotRecorded): Self.lateAccesses.increment()
        case .failed, .refused, .beyondToken: break
        }
        return try open(asked.answer)
    }

    // What was refused so often that its refusals are only counted is asked where it costs no write. Nil where that is not so, or
    // it is permitted by now: then it is asked where what is taken can be recorded.
    private func refusedAgain<Taken: Sendable>(
        _ request: AccessRequest, _ stamp: AuditStamp
    ) async throws(StorageError) -> Asked<Taken>? {
        guard [request.repeated, request.astray].contains(where: { denials.expects($0, at: stamp.at) }) else {
            return nil
        }
        let asked: Asked<Taken> = try await engine.read { tx in
            try Self.ask(request, stamp, .none, in: tx) { _, _, _ throws(StorageError) in
                throw StorageError(.readOnly, "nothing is taken without a line")
            }
        }
        guard let owed = asked.owed, denials.isOnlyCounted(owed) else { return nil }
        return asked
    }

    // The store took nothing. What it still tells may be enough for a no; a yes needs its line.
    private func refusal<Taken: Sendable>(
        of request: AccessRequest, _ stamp: AuditStamp, unless failure: StorageError
    ) async throws(Declined) -> Asked<Taken> {
        let asked: Asked<Taken>
        do throws(StorageError) {
            asked = try await engine.read { tx in
                try Self.ask(request, stamp, .none, in: tx) { _, _, _ throws(StorageError) in
                    throw StorageError(.readOnly, "nothing is taken without a line")
                }
            }
        } catch {
            throw notRecorded(failure)
        }
        if case .failed(.accessNotRecorded) = asked.answer { throw notRecorded(failure) }
        logger.error("a refusal is not recorded", metadata: ["kind": "\(failure)"])
        return asked
    }

    /// For access to health data: what cannot be recorded is not given (D3).
    func notRecorded(_ error: StorageError) -> Declined {
        Counter(label: "licet_unrecorded_accesses", dimensions: [("why", "storage")]).increment()
        return unavailable(error, .accessNotRecorded)
    }

    static let lateAccesses = Counter(label: "licet_unrecorded_accesses", dimensions: [("why", "clock")])
    private static let unrecordedDenials = Counter(label: "licet_unrecorded_denials")

    /// With what an access is recorded now.
    func pen(at now: Moment) async -> AuditPen {
        // Where the store does not say it, it will not take the line either.
        if !trailClock.isSet, let newest = try? await engine.read({ tx in try AuditTable.newest(in: tx) }) {
            trailClock.see(newest)
        }
        switch trailClock.standing(at: now) {
        case .right: return .counting(denials)
        case .recovered:
            logger.notice("the clock is right again: access is given")
            return .counting(denials)
        case .behind(let span, let isNews):
            if isNews {
                logger.error(
                    "the clock is behind the audit trail: no access is given", metadata: ["seconds": "\(span.seconds)"])
            }
            return .refusals(denials)
        }
    }

    // A known credential that fails is audited; an unknown one has nobody to be audited under.
    private static func ask<Taken: Sendable>(
        _ request: AccessRequest, _ stamp: AuditStamp, _ pen: AuditPen, in tx: borrowing Transaction,
        _ take: (Known, borrowing Transaction, borrowing Permit) throws(StorageError) -> Taking<Taken>
    ) throws(StorageError) -> Asked<Taken> {
        guard let token = try FactsTable.byToken(request.token, in: tx) else {
            return Asked(answer: .failed(.notAuthenticated))
        }
        if let problem = try token.problem(at: stamp.at, key: request.key, in: tx) {
            let line = stamp.entry(.failed(problem), application: token.application, grant: token.grant)
            return Asked(answer: .failed(problem), owed: try pen.deny(line, in: tx))
        }
        func asking(_ types: DataTypeSet?) -> Question {
            Question(
                application: token.application, purpose: .onDemand, mode: token.mode, access: request.access,
                types: types)
        }
        let question = asking(request.types)
        var questions = [question]
        // Where several grants could be meant, the parcels say which.
        if token.grant == nil, !request.parcels.isEmpty {
            questions.insert(
                asking(try ParcelTable.types(of: request.parcels, for: token.application, in: tx)), at: 0)
        }
        let known = try token.known(of: request.record, asking: questions, at: stamp.at, in: tx)
        let passage = try Gate.open(question, known: known, stamp: stamp, pen: pen, in: tx) {
            tx, permit throws(StorageError) in try take(known, tx, permit)
        }
        switch passage {
        case .passed(let taken): return Asked(answer: .taken(taken))
        case .unrecordable: return Asked(answer: .failed(.accessNotRecorded))
        case .refused(let refusal, let owed):
            if token.isBeyondLimit(question), refusal == .notCovered || refusal == .modeNotGranted {
                let whole = try token.unlimited.known(of: request.record, asking: questions, at: stamp.at, in: tx)
                if !foresee(question, given: whole.facts, at: stamp.at).types.isEmpty {
                    return Asked(answer: .beyondToken(refusal), owed: owed)
                }
            }
            let rules = try helpful(request.access, request.types, token, at: stamp.at, in: tx)
            return Asked(answer: .refused(refusal, token.application, rules), owed: owed)
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

    private func open<Taken: Sendable>(_ answer: Asked<Taken>.Answer) throws(Declined) -> Taken {
        switch answer {
        case .taken(let taken): return taken
        case .refused(let refusal, let application, let rules):
            throw Declined(refusal.problem, repairURL: repairURL(after: refusal, application, rules))
        case .beyondToken(let refusal):
            throw Declined(refusal.problem, "The token was asked for with a scope that does not reach this.")
        case .failed(let problem): throw Declined(problem)
        }
    }
}
