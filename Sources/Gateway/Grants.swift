// The person's grants: seeing them, taking part of one back, renewing and ending it (C8, C9). Each takes effect in the
// transaction that says so.

public import Domain
import Vault

extension Gateway {
    /// Newest first, active and not; empty when there are none.
    public func grants(
        of person: PersonID, after: GrantID? = nil, limit: Int = 1_000
    ) async throws(Declined) -> GrantPage {
        guard (1...1_000).contains(limit) else {
            throw Declined(.invalidFields, faults: [FieldFault("limit", "1 to 1000")])
        }
        let now = world.now()
        return try await read { tx in
            let rows = try GrantTable.of(person: person, after: after, limit: limit, in: tx)
            var desk = GrantDesk(now: now)
            var views: [GrantView] = []
            for row in rows { views.append(try desk.view(row, in: tx)) }
            return GrantPage(grants: views, next: rows.count == limit ? rows.last?.id : nil)
        }
    }

    /// Those in force now, newest first.
    public func activeGrants(of person: PersonID) async throws(Declined) -> [GrantView] {
        let now = world.now()
        return try await read { tx in
            var desk = GrantDesk(now: now)
            var views: [GrantView] = []
            for row in try GrantTable.active(ofPerson: person, at: now, in: tx) {
                views.append(try desk.view(row, in: tx))
            }
            return views
        }
    }

    public func grant(_ id: GrantID, of person: PersonID) async throws(Declined) -> GrantView {
        let now = world.now()
        let view = try await read { tx -> GrantView? in
            guard let row = try GrantTable.find(id, in: tx), row.person == person else { return nil }
            var desk = GrantDesk(now: now)
            return try desk.view(row, withHistory: true, in: tx)
        }
        guard let view else { throw Declined(.notFound) }
        return view
    }

    /// Ends the grant, every code and token of it, and withdraws what waits; the row stays. Ending it twice changes nothing.
    public func revoke(
        _ id: GrantID, by person: PersonID, through surface: Surface, request: RequestID?
    ) async throws(Declined) -> GrantView {
        let stamp = GrantStamp(world: world, actor: .person, method: surface.rawValue, request: request)
        return try await change(id, of: person, at: stamp.at) { row, tx in
            _ = try stamp.end(row, by: .revoke, try GrantParties(row, in: tx), in: tx)
            return nil
        }
    }

    /// Takes types, rules or time back, and never gives any. What is left is in force at once, for live tokens too.
    public func narrow(
        _ id: GrantID, by person: PersonID, _ asked: NarrowingRequest, through surface: Surface, request: RequestID?
    ) async throws(Declined) -> GrantView {
        let stamp = GrantStamp(world: world, actor: .person, method: surface.rawValue, request: request)
        let narrowing = try Self.narrowing(asked, at: stamp.at)
        return try await change(id, of: person, at: stamp.at) { row, tx in
            guard row.state(at: stamp.at) == .active else { return Declined(.grantNotActive) }
            let definitions = try RuleTable.definitions(of: row.terms, application: row.application, in: tx)
            let terms: GrantTerms
            do throws(Narrowing.Fault) {
                terms = try row.terms.narrowed(by: narrowing, definitions: definitions, at: stamp.at)
            } catch {
                return Declined(.invalidFields, faults: [error.fault])
            }
            let changed = try stamp.change(
                row, by: .narrow, to: terms, ruleVersion: row.ruleVersion, try GrantParties(row, in: tx), in: tx)
            return changed == nil ? Declined(.grantNotActive) : nil
        }
    }

    /// Moves the end to as many days from now; id and history stay, and the end never comes nearer that way.
    public func renew(
        _ id: GrantID, by person: PersonID, days: Int?, through surface: Surface, request: RequestID?
    ) async throws(Declined) -> GrantView {
        let stamp = GrantStamp(world: world, actor: .person, method: surface.rawValue, request: request)
        return try await change(id, of: person, at: stamp.at) { row, tx in
            guard row.state(at: stamp.at) == .active else { return Declined(.grantNotActive) }
            let parties = try GrantParties(row, in: tx)
            let most = parties.application.grantLife
            guard let life = GrantLife(days: days ?? most.days), life.days <= most.days else {
                return Declined(.invalidFields, faults: [FieldFault("days", "1 to \(most.days)")])
            }
            let changed = try stamp.change(
                row, by: .renew, to: row.terms.renewed(for: life, at: stamp.at), ruleVersion: row.ruleVersion, parties,
                in: tx)
            return changed == nil ? Declined(.grantNotActive) : nil
        }
    }

    private func change(
        _ id: GrantID, of person: PersonID, at now: Moment,
        _ body: @escaping @Sendable (Vault.GrantRow, borrowing Transaction) throws -> Declined?
    ) async throws(Declined) -> GrantView {
        let result = try await write { tx -> Result<GrantView, Declined> in
            guard let row = try GrantTable.find(id, in: tx), row.person == person else {
                return .failure(Declined(.notFound))
            }
            if let declined = try body(row, tx) { return .failure(declined) }
            guard let after = try GrantTable.find(id, in: tx) else { return .failure(Declined(.notFound)) }
            var desk = GrantDesk(now: now)
            return .success(try desk.view(after, withHistory: true, in: tx))
        }
        return try result.get()
    }

    private static func narrowing(_ asked: NarrowingRequest, at now: Moment) throws(Declined) -> Narrowing {
        var faults: [FieldFault] = []
        var narrowing = Narrowing()
        for (place, word) in asked.types.enumerated() {
            if let type = DataType(rawValue: word) {
                narrowing.types.insert(type)
            } else if let category = Category(rawValue: word) {
                narrowing.types = narrowing.types.union(category.types)
            } else {
                faults.append(FieldFault("data_types[\(place)]", "not a data type or category known here"))
            }
        }
        for (place, word) in asked.rules.enumerated() {
            if let name = RuleName(word) {
                narrowing.rules.insert(name)
            } else {
                faults.append(FieldFault("rules[\(place)]", "not the name of a rule"))
            }
        }
        if let days = asked.days {
            if (1...365).contains(days) {
                narrowing.until = now + .days(Int64(days))
            } else {
                faults.append(FieldFault("days", "1 to 365"))
            }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        return narrowing
    }
}

extension Narrowing.Fault {
    var fault: FieldFault {
        switch self {
        case .nothingLeft: FieldFault("data_types", "nothing would be left: end the grant instead")
        case .nothingTaken: FieldFault("data_types", "nothing is taken back that the grant gives")
        case .notGranted: FieldFault("rules", "a rule that the grant does not hold")
        case .endNotEarlier: FieldFault("days", "the new end must be before the present one")
        }
    }
}
