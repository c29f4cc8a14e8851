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
    /// Each type's days, as far as no newer grant of the application has them: apart by who may read them.
    let parts: [DataType: [SharePart]]
    /// All of them together.
    let periods: DataPeriods
    let key: DataKey
    /// Names items for this application alone.
    let itemKey: ItemKey
    let bucketLife: Span
}

/// Days of one type that the same modes may read, in none of which another part has a share. So a parcel that lies inside one
/// range of a part lies wholly inside or outside the dates of either mode.
struct SharePart: Sendable {
    let days: DatePeriods
    /// Goes to the webhook by itself; the rest waits to be fetched. A webhook is the application acting alone.
    let isPushed: Bool

    /// Where neither mode has a limit, one part without one.
    static func apart(online: DatePeriods, offline: DatePeriods, hasWebhook: Bool) -> [SharePart] {
        [
            SharePart(days: offline.intersection(online), isPushed: hasWebhook),
            SharePart(days: offline.subtracting(online), isPushed: hasWebhook),
            SharePart(days: online.subtracting(offline), isPushed: false),
        ].filter { !$0.days.isEmpty }
    }
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
                    parts: share.parts, periods: share.periods,
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
            let online = readable(.online, application.id, known.facts, at: now)
            let limits = grant.terms.limits
            var types = DataTypeSet.none
            var parts: [DataType: [SharePart]] = [:]
            var periods = DataPeriods.none
            for type in offline.union(online) {
                let taken = covered[application.id]?[type] ?? .never
                let present = online.contains(type) ? limits.online[type].subtracting(taken) : .never
                let alone = offline.contains(type) ? limits.offline[type].subtracting(taken) : .never
                let days = present.union(alone)
                guard !days.isEmpty else { continue }
                types.insert(type)
                parts[type] = SharePart.apart(
                    online: present, offline: alone, hasWebhook: application.webhookURL != nil)
                periods[type] = days
                covered[application.id, default: [:]][type] = taken.union(days)
            }
            if !types.isEmpty {
                found.append(
                    Share(grant: grant, application: application, types: types, parts: parts, periods: periods))
            }
        }
        return found
    }

    private struct Share: Sendable {
        let grant: Vault.GrantRow
        let application: ApplicationRow
        let types: DataTypeSet
        let parts: [DataType: [SharePart]]
        let periods: DataPeriods
    }

    /// What of an import one recipient may still have when the import ends, of which dates, and what of that goes to its webhook.
    /// A pause that came meanwhile withholds it and does not end it.
    static func released(
        to recipient: Recipient, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (all: ParcelReach, pushed: ParcelReach) {
        guard let facts = try FactsTable.byGrant(recipient.grant, in: tx)?.facts.unpaused, let grant = facts.grant
        else { return (ParcelReach(.none), ParcelReach(.none)) }
        let offline = readable(.offline, recipient.application, facts, at: now)
        let online = readable(.online, recipient.application, facts, at: now)
        var days = DataPeriods.none
        for type in offline.union(online) where !grant.dates.isEmpty {
            days[type] = (online.contains(type) ? grant.dates.online[type] : .never)
                .union(offline.contains(type) ? grant.dates.offline[type] : .never)
        }
        // What was staged to be fetched is not pushed for that: it is not due.
        return (
            ParcelReach(recipient.types.intersection(offline.union(online)), days),
            ParcelReach(recipient.types.intersection(offline), grant.dates.offline)
        )
    }

    private static func readable(
        _ mode: Mode, _ application: ApplicationID, _ facts: Facts, at now: Moment
    ) -> DataTypeSet {
        let question = Question(application: application, purpose: .delivery, mode: mode, access: .read, types: nil)
        return foresee(question, given: facts, at: now).types
    }
}
