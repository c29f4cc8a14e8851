// Who may receive what of an import: the active grants of the record, foreseen one by one. What no grant covers has no
// recipient, is never sealed and goes nowhere.

import Domain
import Harmony
import Vault

/// One grant's share of an import.
struct Recipient: Sendable {
    let grant: GrantID
    let application: ApplicationID
    let applicationName: String
    let organization: OrganizationID
    let record: RecordID
    let types: DataTypeSet
    /// Of these, what goes to the webhook by itself; the rest waits to be fetched.
    let pushed: DataTypeSet
    let key: DataKey
    /// Names items for this application alone.
    let itemKey: ItemKey
    let bucketLife: Span
}

extension Gateway {
    func recipients(of record: RecordID, at now: Moment) async throws(Declined) -> [Recipient] {
        let found = try await read { tx in
            var found: [Share] = []
            var covered: [ApplicationID: DataTypeSet] = [:]
            // Newest first: where two grants of one application cover a type, it gets each item once, under the newer.
            for grant in try GrantTable.active(ofRecord: record, at: now, in: tx).reversed() {
                guard let known = try FactsTable.byGrant(grant.id, in: tx),
                    let application = try ApplicationTable.find(grant.application, in: tx)
                else { continue }
                let offline = Self.readable(.offline, application.id, known, at: now)
                let types = offline.union(Self.readable(.online, application.id, known, at: now))
                    .subtracting(covered[application.id] ?? .none)
                covered[application.id] = (covered[application.id] ?? .none).union(types)
                // A webhook is the application acting alone.
                let pushed = application.webhookURL == nil ? .none : offline.intersection(types)
                if !types.isEmpty {
                    found.append(Share(grant: grant.id, application: application, types: types, pushed: pushed))
                }
            }
            return found
        }
        var recipients: [Recipient] = []
        for share in found {
            recipients.append(
                Recipient(
                    grant: share.grant, application: share.application.id, applicationName: share.application.name,
                    organization: share.application.organization, record: record, types: share.types,
                    pushed: share.pushed, key: try await dataKey(of: share.application.organization),
                    itemKey: ItemKey(keyring.itemKey(of: share.application.id)),
                    bucketLife: share.application.environment.bucketLife))
        }
        return recipients
    }

    private struct Share: Sendable {
        let grant: GrantID
        let application: ApplicationRow
        let types: DataTypeSet
        let pushed: DataTypeSet
    }

    private static func readable(
        _ mode: Mode, _ application: ApplicationID, _ known: Known, at now: Moment
    ) -> DataTypeSet {
        let question = Question(application: application, purpose: .delivery, mode: mode, access: .read, types: nil)
        switch foresee(question, given: known.facts, at: now) {
        case .wouldPermit(let types): return types
        case .wouldRefuse: return .none
        }
    }
}
