// The one place with an opinion on permission. `decide` climbs a ladder and the first rung that fails names the refusal; it
// alone makes a permit. `foresee` climbs the same ladder and only tells.

/// Proof that a question was decided in the asker's favour. It cannot be copied, kept or made elsewhere.
public struct Permit: ~Copyable {
    public let grant: GrantID
    public let application: ApplicationID
    public let record: RecordID
    public let person: PersonID
    public let access: Access
    /// Exactly what may be touched; never empty.
    public let types: DataTypeSet
    /// The days that what is touched must lie in: those of this grant and this mode alone.
    public let dates: DataPeriods
    public let until: Moment

    fileprivate init(_ ground: Ground, _ question: Question) {
        grant = ground.grant.id
        application = question.application
        record = ground.grant.record
        person = ground.grant.person
        access = question.access
        types = ground.types
        dates = ground.grant.dates[question.mode].only(ground.types)
        until = ground.grant.expiresAt
    }
}

public enum Verdict: ~Copyable {
    case permit(Permit)
    case refuse(Refusal)
}

/// What `foresee` tells: the same answer, without a permit.
public enum Foresight: Hashable, Sendable {
    case wouldPermit(DataTypeSet)
    case wouldRefuse(Refusal)

    /// What would be permitted; none where it would be refused.
    public var types: DataTypeSet {
        switch self {
        case .wouldPermit(let types): types
        case .wouldRefuse: .none
        }
    }
}

public func decide(_ question: Question, given facts: Facts, at now: Moment) -> Verdict {
    switch judge(question, facts, now) {
    case .success(let ground): .permit(Permit(ground, question))
    case .failure(let fall): .refuse(fall.refusal)
    }
}

public func foresee(_ question: Question, given facts: Facts, at now: Moment) -> Foresight {
    switch judge(question, facts, now) {
    case .success(let ground): .wouldPermit(ground.types)
    case .failure(let fall): .wouldRefuse(fall.refusal)
    }
}

/// One rung of the ladder, named by the refusal that falling from it means.
public struct Rung: Hashable, Sendable {
    public enum Footing: String, Sendable, Hashable { case held, fell, notReached = "not_reached" }

    public let refusal: Refusal
    public let footing: Footing
}

/// The whole climb, for people who want to see why. `Refusal.allCases` is in the order of the ladder.
public func explain(_ question: Question, given facts: Facts, at now: Moment) -> [Rung] {
    var fallen: Refusal?
    if case .failure(let fall) = judge(question, facts, now) { fallen = fall.refusal }
    var isAbove = false
    return Refusal.allCases.map { refusal in
        let footing: Rung.Footing = isAbove ? .notReached : refusal == fallen ? .fell : .held
        isAbove = isAbove || refusal == fallen
        return Rung(refusal: refusal, footing: footing)
    }
}

private struct Ground {
    let grant: Facts.GrantFacts
    let types: DataTypeSet
}

private struct Fall: Error {
    let refusal: Refusal
}

// INVARIANT: the order is the contract. The grant comes before the person's access, so that the ladder is no oracle for
// strangers: whoever holds no active grant learns nothing about the record.
private func judge(_ question: Question, _ facts: Facts, _ now: Moment) -> Result<Ground, Fall> {
    func refuse(_ refusal: Refusal) -> Result<Ground, Fall> { .failure(Fall(refusal: refusal)) }

    guard let application = facts.application, application.id == question.application, application.isInGoodStanding
    else { return refuse(.applicationNotInGoodStanding) }

    guard let grant = facts.grant, grant.application == question.application else { return refuse(.noGrant) }
    guard !grant.isRevoked else { return refuse(.grantRevoked) }
    guard now < grant.expiresAt else { return refuse(.grantExpired) }

    guard let own = facts.recordAccess, own.expiresAt.map({ now < $0 }) ?? true else {
        return refuse(.recordAccessLost)
    }
    guard !facts.recordIsSuspended else { return refuse(.recordSuspended) }

    // The grant is never widened by a rule change; what a rule no longer asks for, it no longer gives.
    let given = grant.permissions.intersection(application.currentRules)
    let anyAccess = Access.allCases.reduce(DataTypeSet.none) { $0.union(given[question.mode, $1]) }
    guard !anyAccess.isEmpty else { return refuse(.modeNotGranted) }

    let covered = given[question.mode, question.access]
    let wanted = question.types ?? covered
    guard !wanted.isEmpty, wanted.isSubset(of: covered) else { return refuse(.notCovered) }

    // A person is present in their own record whenever they use it: their own access knows no mode.
    let reach = own.permissions[.online, question.access].union(own.permissions[.offline, question.access])
    let types = question.types == nil ? wanted.intersection(reach) : wanted
    guard !types.isEmpty, types.isSubset(of: reach) else { return refuse(.recordAccessTooSmall) }

    return .success(Ground(grant: grant, types: types))
}
