// Why: everything that a decision stands on, for the operator who asks (`licet explain`).

public import Domain
import Vault

extension Gateway {
    /// `record` is the application's name for it, or our own id. At an earlier moment everything that the verdict stands on is
    /// taken as it was then. Only where the record lies, and where the application serves, is always today's.
    public func explain(
        application: ApplicationID, record: String, type: DataType, access: Access, mode: Mode, at moment: Moment?
    ) async throws(Declined) -> Explanation {
        let now = world.now()
        let at = moment ?? now
        let question = Question(
            application: application, purpose: .hold, mode: mode, access: access, types: [type])
        let found = try await read { tx -> (Facts, RecordStatus?)? in
            var pseudonym = RecordPseudonym(record)
            if pseudonym == nil, let id = RecordID(record) {
                pseudonym = try PseudonymTable.find(record: id, for: application, in: tx)
            }
            guard let row = try ApplicationTable.find(application, in: tx) else { return nil }
            let name = pseudonym?.text ?? record
            return at < now
                ? try Self.past(question, name, row, at: at, in: tx)
                : try Self.present(question, name, row, at: at, in: tx)
        }
        guard let (facts, status) = found else { throw Declined(.notFound) }
        let ladder = Domain.explain(question, given: facts, at: at)
        var types = DataTypeSet.none
        var refusal: Refusal?
        switch foresee(question, given: facts, at: at) {
        case .wouldPermit(let permitted): types = permitted
        case .wouldRefuse(let why): refusal = why
        }
        return Explanation(
            question: question, facts: facts, at: at, isPast: at < now, ladder: ladder, refusal: refusal, types: types,
            effective: facts.grant.map {
                EffectiveAccess(
                    grant: $0.permissions, own: facts.recordAccess?.permissions,
                    rules: facts.application?.currentRules ?? .none)
            }, status: status)
    }

    // As the decision itself chooses among several grants: the newest that would permit, else the newest.
    private static func present(
        _ question: Question, _ record: String, _ row: ApplicationRow, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (Facts, RecordStatus?)? {
        let inForce = try FactsTable.inForce(under: record, for: row.id, of: nil, at: now, in: tx).map(\.facts)
        let good = inForce.first { !foresee(question, given: $0, at: now).types.isEmpty } ?? inForce.first
        let facts: Facts
        if let good {
            facts = good
        } else if let last = try FactsTable.byPseudonym(record, for: row.id, at: now, in: tx)?.facts {
            facts = last
        } else {
            return nil
        }
        guard let grant = facts.grant, let rules = try RuleTable.find(of: row.id, at: now, in: tx) else {
            return (facts, nil)
        }
        let standing = try PersonStanding(of: grant.person, with: row.id, at: now, in: tx)
        return (facts, standing.status(of: grant.record, rules: rules, countries: row.countries).0)
    }

    private static func past(
        _ question: Question, _ record: String, _ row: ApplicationRow, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> (Facts, RecordStatus?) {
        let rules = try RuleTable.find(of: row.id, at: moment, in: tx)
        let isActive = try ApplicationTable.state(of: row.id, at: moment, in: tx) == .active
        let application = Facts.ApplicationFacts(
            id: row.id, isInGoodStanding: isActive, currentRules: rules?.coverage ?? .none)
        var candidates: [(facts: Facts, grant: GrantRow, terms: GrantTerms)] = []
        for id in try GrantTable.counted(for: row.id, record: record, at: moment, limit: 16, in: tx) {
            guard let grant = try GrantTable.find(id, in: tx),
                let last = try GrantTable.changes(of: id, in: tx).last(where: { $0.at <= moment })
            else { continue }
            let facts = Facts(
                application: application,
                grant: Facts.GrantFacts(
                    id: id, application: row.id, person: grant.person, record: grant.record,
                    permissions: last.permissions, expiresAt: last.expiresAt, isRevoked: last.event == .revoked,
                    dates: last.limits),
                recordAccess: try RecordTable.access(of: grant.person, in: grant.record, at: moment, tx: tx),
                recordIsSuspended: try RecordTable.wasSuspended(grant.record, at: moment, in: tx))
            candidates.append((facts, grant, last.terms))
        }
        let good = candidates.first { !foresee(question, given: $0.facts, at: moment).types.isEmpty }
        guard let counted = good ?? candidates.first else {
            return (Facts(application: application, grant: nil, recordAccess: nil, recordIsSuspended: false), nil)
        }
        let status = try rules.map { rules throws(StorageError) in
            let holding = try RecordTable.holding(of: counted.grant.person, in: counted.grant.record, tx: tx)
            let own = counted.facts.recordAccess
            let isOver = counted.facts.grant?.isRevoked == true || moment >= counted.terms.expiresAt
            let standing = RecordStanding(
                grant: isOver ? nil : counted.terms,
                own: own?.expiresAt.map { moment < $0 } ?? true ? own?.permissions : nil,
                isSuspended: counted.facts.recordIsSuspended, country: holding?.record.country)
            return rules.status(of: standing, countries: row.countries).status
        }
        return (counted.facts, status)
    }
}
