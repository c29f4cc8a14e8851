// Who may receive what of an import: the active grants of the record, foreseen one by one. What no grant covers has no
// recipient, is never sealed and goes nowhere.

import Domain
import Vault

/// One grant's share of an import.
struct Recipient: Sendable {
    let grant: GrantID
    let application: ApplicationID
    let applicationName: String
    let organization: OrganizationID
    let record: RecordID
    let types: DataTypeSet
    let key: DataKey
    let isPushed: Bool
    let bucketLife: Span
}

extension Gateway {
    func recipients(of record: RecordID, at now: Moment) async throws(Declined) -> [Recipient] {
        let found = try await read { tx in
            var found: [(GrantRow, ApplicationRow, DataTypeSet)] = []
            for grant in try GrantTable.active(ofRecord: record, at: now, in: tx) {
                guard let known = try FactsTable.byGrant(grant.id, in: tx),
                    let application = try ApplicationTable.find(grant.application, in: tx)
                else { continue }
                let types = Mode.allCases.reduce(DataTypeSet.none) { types, mode in
                    let question = Question(
                        application: application.id, purpose: .delivery, mode: mode, access: .read, types: nil)
                    switch foresee(question, given: known.facts, at: now) {
                    case .wouldPermit(let more): return types.union(more)
                    case .wouldRefuse: return types
                    }
                }
                if !types.isEmpty { found.append((grant, application, types)) }
            }
            return found
        }
        var recipients: [Recipient] = []
        for (grant, application, types) in found {
            recipients.append(
                Recipient(
                    grant: grant.id, application: application.id, applicationName: application.name,
                    organization: application.organization, record: record, types: types,
                    key: try await dataKey(of: application.organization), isPushed: application.webhookURL != nil,
                    bucketLife: application.environment.bucketLife))
        }
        return recipients
    }
}
