// Delivery by webhook (F2, F4, F6): message by message the gate decides again, then it is sent under a lease and settled.
// A 2xx ends the payload; anything else makes the whole lane wait, so that order is kept.

import Domain
import Logging
import Metrics
import Vault

extension Gateway {
    private static let leaseLife = Span.seconds(45)
    private static let parcelsPerRound = 32
    /// How long a lane rests while its record or its application is paused.
    private static let pause = Span.minutes(10)

    /// One round: every lane that is due, one after the other within a lane, lanes beside each other. Answers how many parcels
    /// were tried, so that the caller knows whether to pause.
    public func deliverRound(with courier: any Courier, lanes most: Int = 16) async throws(Declined) -> Int {
        let now = world.now()
        let lanes = try await write { tx in
            _ = try ParcelTable.reclaimExpiredLeases(at: now, in: tx)
            return try ParcelTable.dueLanes(at: now, limit: most, in: tx)
        }
        return await withTaskGroup(of: Int.self) { group in
            for lane in lanes {
                group.addTask {
                    do throws(Declined) {
                        return try await deliver(lane, with: courier)
                    } catch {
                        logger.error("a delivery failed", metadata: ["problem": "\(error.problem.rawValue)"])
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
    }

    /// One message, claimed under its own verdict and its own audit line.
    private struct Load: Sendable {
        let application: ApplicationRow
        let record: RecordPseudonym
        let person: PersonPseudonym
        let parcel: SealedParcel
        let leaseUntil: Moment
        let audit: AuditID
        let known: Known
    }

    private func deliver(_ lane: Lane, with courier: any Courier) async throws(Declined) -> Int {
        var tried = 0
        var accepted: Load?
        while tried < Self.parcelsPerRound, let load = try await settle(accepted, andClaimFrom: lane) {
            tried += 1
            accepted = nil
            let result = try await send(load, lane, with: courier)
            guard case .accepted = result else {
                try await putBack(load, lane, after: result)
                return tried
            }
            Counter(label: "licet_deliveries", dimensions: [("outcome", "accepted")]).increment()
            accepted = load
        }
        // Only a lane that was cut short by the round's end still has something to settle.
        if let accepted {
            let now = world.now()
            try await write { tx in try Self.settle(accepted, at: now, in: tx) }
        }
        return tried
    }

    // INVARIANT: the verdict, the claim and the audit line of each message are one transaction, before its first byte leaves: a
    // revocation stops the very next message. What was accepted before is settled in the same transaction.
    private func settle(_ accepted: Load?, andClaimFrom lane: Lane) async throws(Declined) -> Load? {
        let stamp = stamp(.deliver, nil)
        let withdrawal = AuditStamp(id: world.identify(), at: stamp.at, action: .withdraw, request: nil)
        let leaseUntil = stamp.at + Self.leaseLife
        guard case .counting = await pen(at: stamp.at) else { return try await wait(accepted) }
        let claimed = try await recorded { tx -> Load? in
            if let accepted { try Self.settle(accepted, at: stamp.at, in: tx) }
            guard try ParcelTable.hasDue(lane, at: stamp.at, in: tx),
                let known = try FactsTable.byGrant(lane.grant, in: tx),
                let application = try ApplicationTable.find(lane.application, in: tx),
                let record = known.recordPseudonym, let person = known.personPseudonym
            else { return nil }
            let question = Question(
                application: lane.application, purpose: .delivery, mode: .offline, access: .read, types: nil)
            // A pause, and access that may be given back, leave waiting what the grant covers: it is asked for again later,
            // and retention ends it. What the grant covered at fan-out and no longer does goes now, unsent.
            let covered = foresee(question, given: known.facts.unimpeded, at: stamp.at).types
            let reached = foresee(question, given: known.facts, at: stamp.at).types
            let rest = covered.subtracting(reached)
            if !rest.isEmpty { try ParcelTable.pause(lane, rest, until: stamp.at + Self.pause, in: tx) }
            let reach = ParcelReach(covered, known.facts.grant?.dates.offline ?? .none)
            try Self.withdraw(beyond: reach, from: lane, known, withdrawal, in: tx)
            // What was covered and is over is refused on record. Otherwise no line about nothing.
            guard try covered.isEmpty || ParcelTable.hasDue(lane, at: stamp.at, in: tx) else { return nil }
            let passage = try Gate.open(question, known: known, stamp: stamp, pen: .inFull, in: tx) {
                tx, permit throws(StorageError) in
                let parcel = try ParcelTable.claim(permit, at: stamp.at, leaseUntil: leaseUntil, in: tx)
                return Taking(
                    taken: parcel, items: parcel?.count ?? 0, types: DataTypeSet(parcel.map { [$0.type] } ?? []))
            }
            guard case .passed(let parcel?) = passage else { return nil }
            return Load(
                application: application, record: record, person: person, parcel: parcel, leaseUntil: leaseUntil,
                audit: stamp.id, known: known)
        }
        if claimed != nil { trailClock.see(stamp.at) }
        return claimed
    }

    // What cannot be recorded is not sent (D3); what was accepted is settled all the same.
    private func wait(_ accepted: Load?) async throws(Declined) -> Load? {
        Self.lateAccesses.increment()
        guard let accepted else { return nil }
        let now = world.now()
        try await write { tx in try Self.settle(accepted, at: now, in: tx) }
        return nil
    }

    private func recorded<Taken: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Taken
    ) async throws(Declined) -> Taken {
        do { return try await engine.write(body) } catch { throw notRecorded(error) }
    }

    private static func withdraw(
        beyond reach: ParcelReach, from lane: Lane, _ known: Known, _ stamp: AuditStamp, in tx: borrowing Transaction
    ) throws(StorageError) {
        let items = try ParcelTable.withdrawPushed(ofGrant: lane.grant, beyond: reach, at: stamp.at, in: tx)
        guard items > 0 else { return }
        try AuditTable.append(
            stamp.entry(
                application: lane.application, person: known.person, record: known.record, grant: lane.grant,
                mode: .offline, items: items), in: tx)
    }

    private static func settle(_ load: Load, at now: Moment, in tx: borrowing Transaction) throws(StorageError) {
        guard try ParcelTable.accept(load.parcel.id, leaseUntil: load.leaseUntil, at: now, in: tx) else { return }
        try GrantTable.addDelivered(load.parcel.count, to: load.parcel.grant, in: tx)
    }

    private func putBack(_ load: Load, _ lane: Lane, after result: SendResult) async throws(Declined) {
        let attempt = load.parcel.attempts + 1
        Counter(label: "licet_deliveries", dimensions: [("outcome", "failed")]).increment()
        logger.info(
            "a delivery was not accepted",
            metadata: ["parcel": "\(load.parcel.id)", "outcome": "\(result)", "attempt": "\(attempt)"])
        let next = world.now() + RetrySchedule.gap(afterAttempts: attempt, dice: world.number())
        try await write { tx in
            try ParcelTable.putBack(load.parcel.id, lane, nextAttemptAt: next, leaseUntil: load.leaseUntil, in: tx)
        }
    }

    private func send(
        _ load: Load, _ lane: Lane, with courier: any Courier
    ) async throws(Declined) -> SendResult {
        let parcel = load.parcel
        // It may be away as well: then nothing leaves, and the trail must say so.
        let key = try? await dataKey(of: parcel.organization)
        let binding = ParcelBinding(
            id: parcel.id, application: lane.application, record: lane.record, type: parcel.type)
        guard let key, let url = load.application.webhookURL, let sealedSecret = load.application.sealedWebhookSecret,
            let items = try? key.openUnsealed(parcel.sealed, parcel: binding),
            let secret = try? key.openUnsealed(sealedSecret, webhookOf: lane.application)
        else {
            logger.error("a parcel does not open", metadata: ["parcel": "\(parcel.id)"])
            await recordNotGiven(.deliver, load.known, [parcel.type], nil, because: .unexpected)
            return .unreachable("not_sendable")
        }
        let message = WebhookMessage(
            parcel: parcel.id, type: parcel.type, createdAt: parcel.createdAt, record: load.record,
            person: load.person, items: items)
        guard let headers = message.headers(secret: secret, at: world.now(), audit: load.audit) else {
            await recordNotGiven(.deliver, load.known, [parcel.type], nil, because: .unexpected)
            return .unreachable("not_sendable")
        }
        return await courier.send(
            message.body, headers: headers, to: url, environment: load.application.environment)
    }
}
