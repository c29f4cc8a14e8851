// The person's grants: seeing them all, and ending one (C8, C9). Ending takes effect in the transaction that says so.

public import Domain
import Vault

extension Gateway {
    /// Newest first, active and not; empty when there are none.
    public func grants(of person: PersonID) async throws(Declined) -> [GrantView] {
        let now = world.now()
        return try await read { tx in
            let waiting = try ParcelTable.waitingCounts(ofPerson: person, in: tx)
            var views: [GrantView] = []
            for row in try GrantTable.of(person: person, in: tx) {
                views.append(try Self.view(row, waiting: waiting[row.id] ?? 0, at: now, in: tx))
            }
            return views
        }
    }

    public func grant(_ id: GrantID, of person: PersonID) async throws(Declined) -> GrantView {
        let now = world.now()
        let view = try await read { tx -> GrantView? in
            guard let row = try GrantTable.find(id, in: tx), row.person == person else { return nil }
            let waiting = try ParcelTable.waitingCounts(ofPerson: person, in: tx)
            return try Self.view(row, waiting: waiting[id] ?? 0, at: now, in: tx)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    /// Ends the grant, every code and token of it, and withdraws what waits; the row stays. Ending it twice changes nothing.
    public func revoke(
        _ id: GrantID, by person: PersonID, through surface: Surface, request: RequestID?
    ) async throws(Declined) -> GrantView {
        let stamp = stamp(.grantRevoked, request)
        let withdrawn = AuditStamp(id: world.identify(), at: stamp.at, action: .withdraw, request: request)
        let view = try await write { tx -> GrantView? in
            guard let row = try GrantTable.find(id, in: tx), row.person == person,
                let who = try PersonTable.find(person, in: tx)
            else { return nil }
            var state = row.state
            if let effects = try? state.apply(.revoke), try GrantTable.revoke(id, at: stamp.at, in: tx) {
                try GrantTable.record(
                    "revoked", of: id, actor: "person", method: surface.rawValue, at: stamp.at, in: tx)
                let record = try RecordTable.auditName(of: row.record, in: tx)
                try AuditTable.append(
                    stamp.entry(
                        application: row.application, person: who.auditName, record: record, grant: id,
                        types: row.permissions.types), in: tx)
                let items = try Self.perform(effects, on: row, at: stamp.at, in: tx)
                if items > 0 {
                    try AuditTable.append(
                        withdrawn.entry(
                            application: row.application, person: who.auditName, record: record, grant: id,
                            items: items), in: tx)
                }
            }
            guard let ended = try GrantTable.find(id, in: tx) else { return nil }
            return try Self.view(ended, waiting: 0, at: stamp.at, in: tx)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    /// Answers how many items were withdrawn.
    static func perform(
        _ effects: [Effect], on grant: GrantRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        var items = 0
        for effect in effects {
            switch effect {
            case .endTokens: _ = try TokenTable.endAll(ofGrant: grant.id, at: now, in: tx)
            case .withdrawParcels: items += try ParcelTable.withdraw(ofGrant: grant.id, at: now, in: tx)
            case .makeGrant, .issueCode, .dropPayload: break
            }
        }
        return items
    }

    private static func view(
        _ row: GrantRow, waiting: Int, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> GrantView {
        guard let application = try ApplicationTable.find(row.application, in: tx) else {
            throw StorageError(.corrupt, "a grant's application is missing")
        }
        let rules = try ApplicationTable.rules(of: row.application, version: row.ruleVersion, in: tx)?.rules ?? []
        return GrantView(
            id: row.id,
            application: ApplicationView(
                application, uris: try ApplicationTable.redirectURIs(of: row.application, in: tx)),
            permissions: row.permissions, scopes: row.scope.split(separator: " ").map(String.init),
            refusedScopes: row.refusedScope.split(separator: " ").map(String.init),
            rules: rules.filter { row.rules.contains($0.name) }, createdAt: row.createdAt, expiresAt: row.expiresAt,
            revokedAt: row.revokedAt, state: row.state.effective(expiresAt: row.expiresAt, at: now),
            itemsDelivered: row.itemsDelivered, itemsWaiting: waiting)
    }
}
