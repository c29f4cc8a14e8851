// Delivery by webhook (F2, F4, F6): lanes are claimed under a lease after the gate has decided again, sent in order, and settled.
// A 2xx ends the payload; anything else makes the whole lane wait, so that order is kept.

import Domain
import Logging
import Metrics
import Vault

extension Gateway {
    private static let leaseLife = Span.minutes(2)
    private static let parcelsPerLane = 16

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

    private struct Load: Sendable {
        let application: ApplicationRow
        let record: RecordPseudonym
        let person: PersonPseudonym
        let parcels: [SealedParcel]
    }

    private func deliver(_ lane: Lane, with courier: any Courier) async throws(Declined) -> Int {
        let stamp = stamp(.deliver, nil)
        let leaseUntil = stamp.at + Self.leaseLife
        guard let load = try await claim(lane, stamp, leaseUntil) else { return 0 }
        var tried = 0
        for parcel in load.parcels {
            tried += 1
            let result = try await send(parcel, load, lane, with: courier)
            let now = world.now()
            guard case .accepted = result else {
                Counter(label: "licet_deliveries", dimensions: [("outcome", "failed")]).increment()
                logger.info(
                    "a delivery was not accepted",
                    metadata: ["parcel": "\(parcel.id)", "outcome": "\(result)", "attempt": "\(parcel.attempts + 1)"])
                let gap = RetrySchedule.gap(afterAttempts: parcel.attempts + 1, dice: world.number())
                try await write { tx in
                    try ParcelTable.putBack(
                        lane, failed: parcel.id, nextAttemptAt: now + gap, leaseUntil: leaseUntil, in: tx)
                }
                return tried
            }
            Counter(label: "licet_deliveries", dimensions: [("outcome", "accepted")]).increment()
            try await write { tx in
                if try ParcelTable.accept(parcel.id, leaseUntil: leaseUntil, at: now, in: tx) {
                    try GrantTable.addDelivered(parcel.count, to: parcel.grant, in: tx)
                }
            }
            // A long lane must not outlive its lease: what is left is put back and claimed anew.
            if now + .seconds(30) > leaseUntil {
                try await write { tx in
                    try ParcelTable.putBack(lane, failed: nil, nextAttemptAt: now, leaseUntil: leaseUntil, in: tx)
                }
                return tried
            }
        }
        return tried
    }

    // The verdict, the claim and the audit line in one transaction, before the first byte leaves.
    private func claim(
        _ lane: Lane, _ stamp: AuditStamp, _ leaseUntil: Moment
    ) async throws(Declined) -> Load? {
        try await writeRecorded { tx -> Load? in
            guard let known = try FactsTable.byGrant(lane.grant, in: tx),
                let application = try ApplicationTable.find(lane.application, in: tx),
                let record = known.recordPseudonym, let person = known.personPseudonym
            else { return nil }
            let question = Question(
                application: lane.application, purpose: .delivery, mode: .offline, access: .read, types: nil)
            let passage = try Gate.open(question, known: known, stamp: stamp, in: tx) {
                tx, permit throws(StorageError) in
                // What the grant covered at fan-out and no longer does goes now, unsent.
                let gone = DataTypeSet.all.subtracting(permit.types)
                if !gone.isEmpty {
                    _ = try ParcelTable.withdrawPushed(ofGrant: lane.grant, gone, at: stamp.at, in: tx)
                }
                let parcels = try ParcelTable.claim(
                    permit, limit: Self.parcelsPerLane, at: stamp.at, leaseUntil: leaseUntil, in: tx)
                return Taking(
                    taken: parcels, items: parcels.reduce(0) { $0 + $1.count }, types: DataTypeSet(parcels.map(\.type)))
            }
            switch passage {
            case .passed(let parcels):
                return Load(application: application, record: record, person: person, parcels: parcels)
            case .refused:
                _ = try ParcelTable.withdrawPushed(ofGrant: lane.grant, .all, at: stamp.at, in: tx)
                return nil
            }
        }
    }

    private func send(
        _ parcel: SealedParcel, _ load: Load, _ lane: Lane, with courier: any Courier
    ) async throws(Declined) -> SendResult {
        let key = try await dataKey(of: parcel.organization)
        let binding = ParcelBinding(
            id: parcel.id, application: lane.application, record: lane.record, type: parcel.type)
        guard let url = load.application.webhookURL, let sealedSecret = load.application.sealedWebhookSecret,
            let items = try? key.openUnsealed(parcel.sealed, parcel: binding),
            let secret = try? key.openUnsealed(sealedSecret, webhookOf: lane.application)
        else {
            logger.error("a parcel does not open", metadata: ["parcel": "\(parcel.id)"])
            return .unreachable("not_sendable")
        }
        let message = WebhookMessage(
            parcel: parcel.id, type: parcel.type, createdAt: parcel.createdAt, record: load.record,
            person: load.person, items: items)
        guard let headers = message.headers(secret: secret, at: world.now()) else {
            return .unreachable("not_sendable")
        }
        return await courier.send(
            message.body, headers: headers, to: url, environment: load.application.environment)
    }
}
