// Telling applications what happens to grants and records (B11, F3): by the sender that stands, signed like any message.
// A suspended application is told nothing; its notices wait, and what lapses meanwhile is gone.

import Domain
import Logging
import Metrics
import Vault

extension Gateway {
    private static let noticeLease = Span.seconds(45)
    private static let noticesPerRound = 64

    /// One round: each application's notices one after the other, applications beside each other. Answers how many were tried.
    public func noticeRound(with courier: any Courier, applications most: Int = 16) async throws(Declined) -> Int {
        let now = world.now()
        let due = try await write { tx in
            _ = try NoticeTable.reclaimExpiredLeases(at: now, in: tx)
            return try NoticeTable.due(at: now, limit: most, in: tx)
        }
        return await withTaskGroup(of: Int.self) { group in
            for application in due {
                group.addTask {
                    do throws(Declined) {
                        return try await notify(application, with: courier)
                    } catch {
                        logger.error("a notice failed", metadata: ["problem": "\(error.problem.rawValue)"])
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
    }

    private func notify(_ id: ApplicationID, with courier: any Courier) async throws(Declined) -> Int {
        var tried = 0
        while tried < Self.noticesPerRound {
            let now = world.now()
            let leaseUntil = now + Self.noticeLease
            let load = try await write { tx -> (ApplicationRow, ClaimedNotice)? in
                guard let application = try ApplicationTable.find(id, in: tx), application.isActive,
                    let claimed = try NoticeTable.claim(of: id, at: now, leaseUntil: leaseUntil, in: tx)
                else { return nil }
                return (application, claimed)
            }
            guard let (application, claimed) = load else { return tried }
            tried += 1
            let result = try await send(claimed.notice, to: application, with: courier)
            let after = world.now()
            guard case .accepted = result else {
                let gap = RetrySchedule.gap(afterAttempts: claimed.attempts + 1, dice: world.number())
                Counter(label: "licet_notices", dimensions: [("outcome", "failed")]).increment()
                logger.info(
                    "a notice was not accepted",
                    metadata: ["notice": "\(claimed.notice.id)", "outcome": "\(result)"])
                try await write { tx in
                    try NoticeTable.putBack(
                        claimed.notice.id, of: id, nextAttemptAt: after + gap, leaseUntil: leaseUntil, in: tx)
                }
                return tried
            }
            Counter(label: "licet_notices", dimensions: [("outcome", "accepted")]).increment()
            try await write { tx in
                _ = try NoticeTable.accept(claimed.notice.id, leaseUntil: leaseUntil, at: after, in: tx)
            }
        }
        return tried
    }

    private func send(
        _ notice: Notice, to application: ApplicationRow, with courier: any Courier
    ) async throws(Declined) -> SendResult {
        let key = try await dataKey(of: application.organization)
        guard let url = application.noticeURL, let sealed = application.sealedWebhookSecret,
            let secret = try? key.openUnsealed(sealed, webhookOf: application.id)
        else { return .unreachable("not_sendable") }
        let message = WebhookMessage(notice, askURL: askURL(of: notice))
        guard let headers = message.headers(secret: secret, at: world.now()) else {
            return .unreachable("not_sendable")
        }
        return await courier.send(message.body, headers: headers, to: url, environment: application.environment)
    }

    /// Where the person can be asked again, where asking helps.
    private func askURL(of notice: Notice) -> String? {
        switch notice.event {
        case .grantRevoked, .grantExpired, .grantNarrowed: askURL(notice.application, record: notice.record)
        case .grantGiven, .grantExtended, .grantRenewed, .recordAccessLost, .recordAccessNarrowed, .recordSuspended,
            .recordResumed:
            nil
        }
    }
}
