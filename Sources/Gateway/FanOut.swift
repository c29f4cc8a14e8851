// Who may receive what of an import: the active grants of the record, foreseen one by one. What no grant covers has no
// recipient, is never sealed and goes nowhere.

public import Domain
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
    /// The days that items may begin on, by type, as far as no newer grant of the application has them.
    let periods: DataPeriods
    let key: DataKey
    /// Names items for this application alone.
    let itemKey: ItemKey
    let bucketLife: Span
}

extension Gateway {
    func recipients(of record: RecordID, at now: Moment) async throws(Declined) -> [Recipient] {
        let found = try await read { tx in try Self.shares(of: record, at: now, in: tx) }
        var recipients: [Recipient] = []
        for share in found {
            recipients.append(
                Recipient(
                    grant: share.grant.id, application: share.application.id, applicationName: share.application.name,
                    organization: share.application.organization, record: record, types: share.types,
                    pushed: share.pushed, periods: share.periods,
                    key: try await dataKey(of: share.application.organization),
                    itemKey: ItemKey(keyring.itemKey(of: share.application.id)),
                    bucketLife: share.application.environment.bucketLife))
        }
        return recipients
    }

    /// What an import that begins now would hand to whom: said before the file is chosen.
    public func importOutlook(of person: PersonID) async throws(Declined) -> ImportOutlook {
        let now = world.now()
        return try await read { tx in
            guard let mine = try RecordTable.own(of: person, in: tx), let reach = mine.reach(at: now),
                Mode.allCases.contains(where: { !reach[$0, .create].isEmpty })
            else { return ImportOutlook(recordName: nil, receivers: []) }
            var receivers: [RecordGrantView] = []
            for share in try Self.shares(of: mine.record.id, at: now, in: tx) {
                let giver = try PersonTable.find(share.grant.person, in: tx)
                receivers.append(
                    RecordGrantView(
                        grant: share.grant.id, application: ApplicationView(share.application, uris: []),
                        giver: share.grant.person, giverName: giver?.name ?? "Somebody",
                        isYours: share.grant.person == person, types: share.types, periods: share.periods,
                        expiresAt: share.grant.expiresAt))
            }
            return ImportOutlook(recordName: mine.displayName, receivers: receivers)
        }
    }

    private static func shares(
        of record: RecordID, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [Share] {
        var found: [Share] = []
        var covered: [ApplicationID: [DataType: DatePeriods]] = [:]
        // Newest first: where two grants of one application cover a day of a type, it gets each item once, under the newer.
        for grant in try GrantTable.active(ofRecord: record, at: now, in: tx).reversed() {
            guard let known = try FactsTable.byGrant(grant.id, in: tx),
                let application = try ApplicationTable.find(grant.application, in: tx)
            else { continue }
            let offline = readable(.offline, application.id, known.facts, at: now)
            var types = DataTypeSet.none
            var periods = DataPeriods.none
            for type in offline.union(readable(.online, application.id, known.facts, at: now)) {
                let taken = covered[application.id]?[type] ?? .never
                let days = grant.terms.limits[type].subtracting(taken)
                guard !days.isEmpty else { continue }
                types.insert(type)
                periods[type] = days
                covered[application.id, default: [:]][type] = taken.union(days)
            }
            // A webhook is the application acting alone.
            let pushed = application.webhookURL == nil ? .none : offline.intersection(types)
            if !types.isEmpty {
                found.append(
                    Share(grant: grant, application: application, types: types, pushed: pushed, periods: periods))
            }
        }
        return found
    }

    private struct Share: Sendable {
        let grant: Vault.GrantRow
        let application: ApplicationRow
        let types: DataTypeSet
        let pushed: DataTypeSet
        let periods: DataPeriods
    }

    /// What of an import one recipient may still have when the import ends, of which dates, and what of that goes to its webhook.
    /// A pause that came meanwhile withholds it and does not end it.
    static func released(
        to recipient: Recipient, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (types: DataTypeSet, pushed: DataTypeSet, limits: DataPeriods) {
        guard let facts = try FactsTable.byGrant(recipient.grant, in: tx)?.facts.unpaused,
            let limits = try GrantTable.find(recipient.grant, in: tx)?.terms.limits
        else { return (.none, .none, .none) }
        let offline = readable(.offline, recipient.application, facts, at: now)
        let online = readable(.online, recipient.application, facts, at: now)
        return (recipient.types.intersection(offline.union(online)), recipient.pushed.intersection(offline), limits)
    }

    private static func readable(
        _ mode: Mode, _ application: ApplicationID, _ facts: Facts, at now: Moment
    ) -> DataTypeSet {
        let question = Question(application: application, purpose: .delivery, mode: mode, access: .read, types: nil)
        return foresee(question, given: facts, at: now).types
    }
}
