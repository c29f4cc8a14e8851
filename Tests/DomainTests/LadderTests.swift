// The rungs of the decision and their order. Each rung has every way in which it can fail.

import Domain
import Testing

struct LadderTests {
    struct Way: Sendable {
        let name: String
        let spoil: @Sendable (inout Scene) -> Void
        init(_ name: String, _ spoil: @escaping @Sendable (inout Scene) -> Void) {
            self.name = name
            self.spoil = spoil
        }
    }

    /// In the order of the contract. What spoils a later rung leaves every earlier one whole.
    static let rungs: [(refusal: Refusal, ways: [Way])] = [
        (
            .applicationNotInGoodStanding,
            [
                Way("the application is not known") { $0.isApplicationKnown = false },
                Way("the facts are another application's") { $0.applicationID = Scene.otherApplication },
                Way("the application is suspended") { $0.isInGoodStanding = false },
            ]
        ),
        (
            .noGrant,
            [
                Way("there is no grant") { $0.hasGrant = false },
                Way("the grant is another application's") { $0.grantedTo = Scene.otherApplication },
            ]
        ),
        (.grantRevoked, [Way("the grant was revoked") { $0.isRevoked = true }]),
        (
            .grantExpired,
            [
                Way("the grant ends now") { $0.grantEnds = Scene.now },
                Way("the grant ended long ago") { $0.grantEnds = Scene.now - .days(400) },
            ]
        ),
        (
            .recordAccessLost,
            [
                Way("the person has no access to the record") { $0.hasOwnAccess = false },
                Way("the person's access ends now") { $0.ownEnds = Scene.now },
            ]
        ),
        (.recordSuspended, [Way("the record is suspended") { $0.isSuspended = true }]),
        (
            .modeNotGranted,
            [
                Way("the grant is for the other mode") { $0.granted = .reading([.heartRate], [$0.asks.other]) },
                Way("the rules ask in the other mode only") { $0.rules = .reading([.heartRate], [$0.asks.other]) },
                Way("grant and rules have nothing in common") {
                    $0.granted = .reading([.heartRate])
                    $0.rules = .reading([.sleepStage])
                },
            ]
        ),
        (
            .notCovered,
            [
                Way("a type was not granted") { $0.types = [.heartRate, .bloodGlucose] },
                Way("an access was not granted") { $0.access = .delete },
                Way("an access was not granted, and no type is named") {
                    $0.access = .delete
                    $0.types = nil
                },
                Way("nothing is asked") { $0.types = DataTypeSet.none },
            ]
        ),
        (
            .recordAccessTooSmall,
            [
                Way("the person's access lacks the types") { $0.own = .reading([.bodyFat]) },
                Way("the person's access is empty") { $0.own = .none },
            ]
        ),
    ]

    @Test("C7: the undisturbed question is permitted, for exactly what was asked", arguments: Mode.allCases)
    func permits(mode: Mode) {
        let scene = Scene { $0.asks = mode }
        #expect(scene.decided() == .wouldPermit([.heartRate]))
        #expect(Scene { $0.types = nil }.decided() == .wouldPermit([.heartRate, .steps]))
    }

    @Test("Every refusal has a rung, and the rungs stand in the order of the catalogue")
    func allRungs() {
        #expect(Self.rungs.map(\.refusal) == Refusal.allCases)
    }

    @Test("C7, B7: each way of failing a rung is refused by that rung's name, in both modes", arguments: Mode.allCases)
    func eachRung(mode: Mode) {
        for rung in Self.rungs {
            for way in rung.ways {
                var scene = Scene { $0.asks = mode }
                way.spoil(&scene)
                #expect(scene.decided() == .wouldRefuse(rung.refusal), "\(way.name)")
            }
        }
    }

    @Test("Every earlier failure wins over every later one, in all combinations of failures")
    func order() {
        var tried = 0
        func climb(_ scene: Scene, from place: Int, first: Refusal?, story: [String]) {
            guard place < Self.rungs.count else {
                tried += 1
                let decided = scene.decided()
                let expected = first.map { Foresight.wouldRefuse($0) } ?? .wouldPermit([.heartRate])
                if decided != expected { Issue.record("\(decided) instead of \(expected): \(story)") }
                return
            }
            climb(scene, from: place + 1, first: first, story: story)
            for way in Self.rungs[place].ways {
                var spoiled = scene
                way.spoil(&spoiled)
                climb(spoiled, from: place + 1, first: first ?? Self.rungs[place].refusal, story: story + [way.name])
            }
        }
        climb(Scene(), from: 0, first: nil, story: [])
        #expect(tried == Self.rungs.reduce(1) { $0 * ($1.ways.count + 1) })
        #expect(tried == 25_920)
    }

    @Test("C7: a permit says what it is for: grant, application, record, person, access, types and end")
    func permitFields() {
        let scene = Scene { $0.types = [.steps] }
        switch decide(scene.question, given: scene.facts, at: Scene.now) {
        case .permit(let permit):
            #expect(permit.grant == GrantID(stored: "grt_1"))
            #expect(permit.application == Scene.application)
            #expect(permit.record == scene.record)
            #expect(permit.person == scene.person)
            #expect(permit.access == .read)
            #expect(permit.types == [.steps])
            #expect(permit.until == scene.grantEnds)
        case .refuse(let refusal): Issue.record("refused: \(refusal)")
        }
    }
}

extension Mode {
    var other: Mode { self == .online ? .offline : .online }
}
