// One question with everything that is known when it is asked. It begins as a scene that is permitted; a test spoils a
// part.

import Domain

struct Scene: Sendable {
    static let application = ApplicationID(stored: "app_asking")
    static let otherApplication = ApplicationID(stored: "app_other")
    static let now = Moment(seconds: 1_795_255_632)

    var asks: Mode = .online
    var access: Access = .read
    var types: DataTypeSet? = [.heartRate]
    var purpose: Question.Purpose = .onDemand

    var applicationID = Scene.application
    var isInGoodStanding = true
    var isApplicationKnown = true
    var rules = Permissions([.read], to: [.heartRate, .steps], in: Mode.allCases)

    var hasGrant = true
    var grantedTo = Scene.application
    var granted = Permissions([.read], to: [.heartRate, .steps], in: Mode.allCases)
    var isRevoked = false
    var dates = ReadingDays.none
    var grantEnds = Scene.now + .days(30)

    var hasOwnAccess = true
    var own = Permissions.everything
    var ownEnds: Moment?
    var isSuspended = false
    var person = PersonID(stored: "per_anna")
    var record = RecordID(stored: "rec_anna")

    init() {}

    init(_ change: (inout Scene) -> Void) {
        change(&self)
    }

    var question: Question {
        Question(application: Scene.application, purpose: purpose, mode: asks, access: access, types: types)
    }

    var facts: Facts {
        Facts(
            application: isApplicationKnown
                ? Facts.ApplicationFacts(id: applicationID, isInGoodStanding: isInGoodStanding, currentRules: rules)
                : nil,
            grant: hasGrant
                ? Facts.GrantFacts(
                    id: GrantID(stored: "grt_1"), application: grantedTo, person: person, record: record,
                    permissions: granted, expiresAt: grantEnds, isRevoked: isRevoked,
                    dates: dates) : nil,
            recordAccess: hasOwnAccess ? Facts.RecordAccessFacts(permissions: own, expiresAt: ownEnds) : nil,
            recordIsSuspended: isSuspended)
    }

    func decided(at moment: Moment = Scene.now) -> Foresight { told(decide(question, given: facts, at: moment)) }
    func foreseen(at moment: Moment = Scene.now) -> Foresight { foresee(question, given: facts, at: moment) }
}

/// What a verdict says, in a value that can be compared.
func told(_ verdict: consuming Verdict) -> Foresight {
    switch consume verdict {
    case .permit(let permit): .wouldPermit(permit.types)
    case .refuse(let refusal): .wouldRefuse(refusal)
    }
}

extension Permissions {
    static func reading(_ types: DataTypeSet, _ modes: [Mode] = Mode.allCases) -> Permissions {
        Permissions([.read], to: types, in: modes)
    }
}
