// Takes away what the clock made useless: codes, pushed requests, proofs, budgets, tokens; and marks approvals that nobody
// decided. Bounded batches, one transaction each; never a grant, never the audit.

import Domain
import Metrics
import Vault

extension Gateway {
    private static let batch = 500
    /// The gauge counts no further.
    private static let mostCounted = 10_000

    /// One round; answers how much there was. A kind that fails does not keep the others from their turn.
    public func tidyRound() async throws(Declined) -> Int {
        let now = world.now()
        var sum = 0
        var failure: Declined?
        for kind in Untidy.allCases {
            do throws(Declined) { sum += try await tidy(kind, at: now) } catch { failure = error }
        }
        if let failure, sum == 0 { throw failure }
        return sum
    }

    private func tidy(_ kind: Untidy, at now: Moment) async throws(Declined) -> Int {
        let end = now - keep(kind)
        let count = try await write { tx in try TidyTable.tidy(kind, before: end, limit: Self.batch, in: tx) }
        let what = [("what", kind.rawValue)]
        Counter(label: "licet_swept", dimensions: what).increment(by: count)
        var left = 0
        if count == Self.batch {
            left = try await read { tx in try TidyTable.left(kind, before: end, most: Self.mostCounted, in: tx) }
        }
        Meter(label: "licet_overdue_rows", dimensions: what).set(Int64(left))
        return count
    }

    // How long after its end a row still has something to say.
    private func keep(_ kind: Untidy) -> Span {
        switch kind {
        case .approvals, .pushedRequests, .proofs: Span(microseconds: 0)
        // A code that is used again ends what it bought (RFC 9700 §2.1.1), also when somebody comes late with it.
        case .codes: .days(1)
        // Whoever comes late is told that the token's time is over; with a grant that was revoked, that consent is missing (C10).
        case .accessTokens, .refreshTokens, .families: .days(1)
        // From its last failure on, until it is whole again.
        case .budgets: max(policy.accountBudget.whole, policy.addressBudget.whole)
        }
    }
}
