// Telling applications what becomes of a record, or of the access that a grant stands on: one stamp for each grant, drawn before
// the transaction. No grant goes untold: where more are there than were counted, nothing is done, and all is tried anew.

import Domain
import Vault

extension Gateway {
    private static let mostAttempts = 4

    /// As many stamps as there may be grants to tell about, drawn before the transaction.
    func stamps(_ count: Int, at now: Moment, actor: Notice.Actor, _ request: RequestID?) -> [GrantStamp] {
        (0..<count).map { _ in GrantStamp(world: world, at: now, actor: actor, method: "none", request: request) }
    }

    /// `attempt` draws for what it counts, and declines with `BUSY`, having written nothing, when more came meanwhile. It is
    /// tried a few times.
    func untilEnoughIsDrawn<T: Sendable>(
        _ attempt: () async throws(Declined) -> T
    ) async throws(Declined) -> T {
        for _ in 1..<Self.mostAttempts {
            do throws(Declined) { return try await attempt() } catch {
                guard error.problem == .busy else { throw error }
            }
        }
        return try await attempt()
    }

    /// A change that is told to the grants on a record: everybody's, or one person's. `attempt` gets a stamp for each.
    func announcing(
        to record: RecordID, of person: PersonID? = nil, at now: Moment, _ request: RequestID?,
        _ attempt: ([GrantStamp]) async throws(Declined) -> Void
    ) async throws(Declined) {
        try await untilEnoughIsDrawn { () async throws(Declined) in
            let count = try await read { tx in try Self.grants(on: record, of: person, at: now, in: tx).count }
            try await attempt(stamps(count, at: now, actor: .person, request))
        }
    }

    static func grants(
        on record: RecordID, of person: PersonID?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [Vault.GrantRow] {
        try GrantTable.active(ofRecord: record, at: now, in: tx).filter { person == nil || $0.person == person }
    }

    /// There are stamps for all of them: whoever calls has made sure before anything was written.
    static func tell(
        _ event: Notice.Event, _ grants: [Vault.GrantRow], _ stamps: [GrantStamp], in tx: borrowing Transaction
    ) throws(StorageError) {
        guard grants.count <= stamps.count else { throw StorageError(.busy, "more grants than stamps") }
        for (stamp, grant) in zip(stamps, grants) {
            guard let application = try ApplicationTable.find(grant.application, in: tx) else { continue }
            try stamp.announce(event, grant, application, in: tx)
        }
    }
}
