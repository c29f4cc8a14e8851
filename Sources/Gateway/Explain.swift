// Why: everything that a decision stands on, for the operator who asks (`licet explain`).

public import Domain
import Vault

extension Gateway {
    /// `record` is the application's name for it, or our own id. At an earlier moment the grant is taken as it read then, and so
    /// are the rules; the person's own access is always today's.
    public func explain(
        application: ApplicationID, record: String, type: DataType, access: Access, mode: Mode, at moment: Moment?
    ) async throws(Declined) -> Explanation {
        let now = world.now()
        let at = moment ?? now
        let found = try await read { tx -> (Facts, RecordStatus?)? in
            var pseudonym = RecordPseudonym(record)
            if pseudonym == nil, let id = RecordID(record) {
                pseudonym = try PseudonymTable.find(record: id, for: application, in: tx)
            }
            let name = pseudonym?.text ?? record
            guard let row = try ApplicationTable.find(application, in: tx),
                var facts = try FactsTable.byPseudonym(name, for: application, at: at, in: tx)?.facts
            else { return nil }
            if at < now {
                if let then = try GrantTable.counted(for: application, record: name, at: at, in: tx),
                    let known = try FactsTable.byGrant(then, in: tx)
                {
                    facts = known.facts
                }
                facts = try Self.past(facts, row, at: at, in: tx)
            }
            var status: RecordStatus?
            if let grant = facts.grant,
                let rules = try RuleTable.find(of: application, at: at, in: tx)
            {
                let standing = try PersonStanding(of: grant.person, with: application, at: now, in: tx)
                status = standing.status(of: grant.record, rules: rules, countries: row.countries).0
            }
            return (facts, status)
        }
        guard let (facts, status) = found else { throw Declined(.notFound) }
        let question = Question(
            application: application, purpose: .hold, mode: mode, access: access, types: [type])
        let ladder = Domain.explain(question, given: facts, at: at)
        var types = DataTypeSet.none
        var refusal: Refusal?
        switch foresee(question, given: facts, at: at) {
        case .wouldPermit(let permitted): types = permitted
        case .wouldRefuse(let why): refusal = why
        }
        return Explanation(
            question: question, facts: facts, at: at, ladder: ladder, refusal: refusal, types: types,
            effective: facts.grant.map {
                EffectiveAccess(
                    grant: $0.permissions, own: facts.recordAccess?.permissions,
                    rules: facts.application?.currentRules ?? .none)
            }, status: status)
    }

    private static func past(
        _ facts: Facts, _ row: ApplicationRow, at moment: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Facts {
        var facts = facts
        facts.application = Facts.ApplicationFacts(
            id: row.id, isInGoodStanding: row.isActive,
            currentRules: try RuleTable.find(of: row.id, at: moment, in: tx)?.coverage ?? .none)
        guard let grant = facts.grant else { return facts }
        let last = try GrantTable.changes(of: grant.id, in: tx).last { $0.at <= moment }
        facts.grant = last.map { change in
            Facts.GrantFacts(
                id: grant.id, application: grant.application, person: grant.person, record: grant.record,
                permissions: change.permissions, expiresAt: change.expiresAt, isRevoked: change.event == .revoked)
        }
        return facts
    }
}
