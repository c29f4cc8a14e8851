// The cases of docs/decision-table.md: what differs from the plain story, in words and in facts. The answers are not
// here; the decision gives them.

import Domain

struct DecisionCase: Sendable {
    let chapter: String
    let story: String
    let rows: String
    let scene: Scene

    init(_ chapter: String, _ story: String, _ rows: String, _ change: (inout Scene) -> Void) {
        self.chapter = chapter
        self.story = story
        self.rows = rows
        scene = Scene(change)
    }
}

extension DecisionCase {
    static let all = plain + grant + person + rules + question

    private static let plain: [DecisionCase] = [
        DecisionCase("The plain story", "nothing differs", "C7") { _ in },
        DecisionCase("The plain story", "the application asks alone", "C7") { $0.asks = .offline },
        DecisionCase("The plain story", "it asks for all there is", "C7") { $0.types = nil },
        DecisionCase("The plain story", "it asks for both types by name", "C7") { $0.types = [.heartRate, .steps] },
        DecisionCase("The plain story", "the application is suspended", "C7") { $0.isInGoodStanding = false },
        DecisionCase("The plain story", "the application is suspended and was never granted anything", "C7") {
            $0.isInGoodStanding = false
            $0.hasGrant = false
        },
    ]

    private static let grant: [DecisionCase] = [
        DecisionCase("The grant", "Anna was never asked", "C7") { $0.hasGrant = false },
        DecisionCase("The grant", "Anna was never asked, and the record is suspended", "C7") {
            $0.hasGrant = false
            $0.isSuspended = true
        },
        DecisionCase("The grant", "there is no such record", "C7") {
            $0.hasGrant = false
            $0.hasOwnAccess = false
        },
        DecisionCase("The grant", "Anna granted it to another application only", "C7") {
            $0.grantedTo = Scene.otherApplication
        },
        DecisionCase("The grant", "Anna revoked the grant", "C9, C10") { $0.isRevoked = true },
        DecisionCase("The grant", "Anna revoked the grant, which has run out since", "C9, C10") {
            $0.isRevoked = true
            $0.grantEnds = Scene.now - .days(1)
        },
        DecisionCase("The grant", "the grant ends in a microsecond", "C6") {
            $0.grantEnds = Scene.now + Span(microseconds: 1)
        },
        DecisionCase("The grant", "the grant ends at this very microsecond", "C6, C10") { $0.grantEnds = Scene.now },
        DecisionCase("The grant", "the grant ran out yesterday, and Anna lost the record", "C10") {
            $0.grantEnds = Scene.now - .days(1)
            $0.hasOwnAccess = false
        },
        DecisionCase("The grant", "the grant is for her presence only, and she is present", "C7") {
            $0.granted = .reading([.heartRate], [.online])
        },
        DecisionCase("The grant", "the grant is for her presence only, and the application asks alone", "C7") {
            $0.granted = .reading([.heartRate], [.online])
            $0.asks = .offline
        },
        DecisionCase("The grant", "Anna left heart rate out", "C5, C7") { $0.granted = .reading([.steps]) },
        DecisionCase("The grant", "Anna left heart rate out, and all there is is asked", "C5, C7") {
            $0.granted = .reading([.steps])
            $0.types = nil
        },
        DecisionCase("The grant", "Anna left heart rate out, and both types are asked", "C5, C7") {
            $0.granted = .reading([.steps])
            $0.types = [.heartRate, .steps]
        },
    ]

    private static let person: [DecisionCase] = [
        DecisionCase("The person's own access", "Anna lost the record", "B5, B7") { $0.hasOwnAccess = false },
        DecisionCase("The person's own access", "Anna's access ends at this very microsecond", "B5, B7") {
            $0.ownEnds = Scene.now
        },
        DecisionCase("The person's own access", "Anna's access ends in a microsecond", "B5, B7") {
            $0.ownEnds = Scene.now + Span(microseconds: 1)
        },
        DecisionCase("The person's own access", "the record is suspended", "B7") { $0.isSuspended = true },
        DecisionCase("The person's own access", "Anna lost the record, and what is asked was never granted", "B7") {
            $0.hasOwnAccess = false
            $0.types = [.bloodGlucose]
        },
        DecisionCase("The person's own access", "it is her mother's record, of which Anna may see steps", "B5") {
            $0.own = .reading([.steps])
        },
        DecisionCase("The person's own access", "the same, and all there is is asked", "B5") {
            $0.own = .reading([.steps])
            $0.types = nil
        },
        DecisionCase("The person's own access", "the same, and both types are asked by name", "B5") {
            $0.own = .reading([.steps])
            $0.types = [.heartRate, .steps]
        },
    ]

    private static let rules: [DecisionCase] = [
        DecisionCase("The rules have changed", "they ask for steps only", "B3") { $0.rules = .reading([.steps]) },
        DecisionCase("The rules have changed", "they ask for steps only, and all there is is asked", "B3") {
            $0.rules = .reading([.steps])
            $0.types = nil
        },
        DecisionCase("The rules have changed", "they ask for blood glucose as well, and that is asked", "B2, B6") {
            $0.rules = .reading([.heartRate, .steps, .bloodGlucose])
            $0.types = [.bloodGlucose]
        },
        DecisionCase("The rules have changed", "they ask for blood glucose as well, and all there is is asked", "B6") {
            $0.rules = .reading([.heartRate, .steps, .bloodGlucose])
            $0.types = nil
        },
        DecisionCase("The rules have changed", "no rule is for acting alone any more, and it asks alone", "B6") {
            $0.rules = .reading([.heartRate, .steps], [.online])
            $0.asks = .offline
        },
        DecisionCase("The rules have changed", "there are none", "B3, B6") { $0.rules = .none },
    ]

    private static let question: [DecisionCase] = [
        DecisionCase("Another question", "it asks to change what it may only read", "C7") { $0.access = .update },
        DecisionCase("Another question", "it asks to delete all there is", "C7") {
            $0.access = .delete
            $0.types = nil
        },
        DecisionCase("Another question", "it asks for something that was never granted", "C7") {
            $0.types = [.bloodGlucose]
        },
        DecisionCase("Another question", "it asks for one thing granted and one that was not", "C7") {
            $0.types = [.heartRate, .bloodGlucose]
        },
        DecisionCase("Another question", "it asks for nothing", "C7") { $0.types = DataTypeSet.none },
        DecisionCase("Another question", "it asks whether its token is still worth something", "C7, C9") {
            $0.purpose = .hold
            $0.types = nil
        },
        DecisionCase("Another question", "the webhook is about to carry heart rate away", "C7, F2") {
            $0.purpose = .delivery
            $0.asks = .offline
        },
        DecisionCase("Another question", "the webhook is about to carry it away, and Anna has just revoked", "C10, F2")
        {
            $0.purpose = .delivery
            $0.asks = .offline
            $0.isRevoked = true
        },
    ]
}
