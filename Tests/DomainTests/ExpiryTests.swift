// Where things end, to the microsecond: the moment of the end is already outside.

import Domain
import Testing

struct ExpiryTests {
    static let instant = Span(microseconds: 1)

    @Test("C6, C7, C10: a grant gives until the last microsecond before its end, and nothing from its end on")
    func grant() {
        for life in [1, 90, 365] {
            let end = Scene.now + .days(Int64(life))
            let scene = Scene { $0.grantEnds = end }
            #expect(scene.decided(at: end - Self.instant) == .wouldPermit([.heartRate]))
            #expect(scene.decided(at: end) == .wouldRefuse(.grantExpired))
            #expect(scene.decided(at: end + Self.instant) == .wouldRefuse(.grantExpired))
            #expect(scene.foreseen(at: end) == .wouldRefuse(.grantExpired))
        }
    }

    @Test("B5, B7: the person's own access ends to the microsecond, and where it has no end it does not")
    func ownAccess() {
        let end = Scene.now + .hours(1)
        let scene = Scene { $0.ownEnds = end }
        #expect(scene.decided(at: end - Self.instant) == .wouldPermit([.heartRate]))
        #expect(scene.decided(at: end) == .wouldRefuse(.recordAccessLost))
        let endless = Scene { $0.grantEnds = Moment(microseconds: .max) }
        #expect(endless.decided(at: Moment(microseconds: .max - 1)) == .wouldPermit([.heartRate]))
    }

    @Test("C9, C10: a revoked grant gives nothing, not even before the end it had")
    func revoked() {
        let scene = Scene { $0.isRevoked = true }
        for moment in [Scene.now - .days(1), Scene.now, scene.grantEnds - Self.instant] {
            #expect(scene.decided(at: moment) == .wouldRefuse(.grantRevoked))
        }
        #expect(Refusal.grantRevoked.problem == .consentRequired)
    }

    @Test("B3: what a rule no longer asks for, the grant no longer gives; the rest goes on")
    func narrowed() {
        let scene = Scene { $0.rules = .reading([.steps]) }
        #expect(scene.decided() == .wouldRefuse(.notCovered))
        #expect(
            Scene {
                $0.rules = .reading([.steps]); $0.types = [.steps]
            }.decided() == .wouldPermit([.steps]))
        #expect(
            Scene {
                $0.rules = .reading([.steps]); $0.types = nil
            }.decided() == .wouldPermit([.steps]))
    }

    @Test(
        "B6: offline access goes on after a rule changes, for what was granted and some rule of that mode asks for"
    )
    func offlineGoesOn() {
        let scene = Scene {
            $0.asks = .offline
            $0.types = nil
            $0.granted = .reading([.heartRate, .steps], [.offline])
            $0.rules = .reading([.heartRate, .sleepStage], [.offline]).union(.reading([.steps], [.online]))
        }
        #expect(scene.decided() == .wouldPermit([.heartRate]))
    }

    @Test("C4: an approval is pending until the last microsecond of its window")
    func approval() throws {
        for minutes in [1, 15, 60] {
            let window = try #require(ApprovalWindow(minutes: minutes))
            let end = Scene.now + window.span
            #expect(ApprovalState.pending.effective(expiresAt: end, at: end - Self.instant) == .pending)
            #expect(ApprovalState.pending.effective(expiresAt: end, at: end) == .expired)
            for decided in [ApprovalState.approved, .denied, .expired] {
                #expect(decided.effective(expiresAt: end, at: end + .days(1)) == decided)
            }
        }
    }

    @Test("C6: a grant is active until the last microsecond of its life; revoked stays revoked")
    func grantState() {
        let end = Scene.now + GrantLife.standard.span
        #expect(GrantState.active.effective(expiresAt: end, at: end - Self.instant) == .active)
        #expect(GrantState.active.effective(expiresAt: end, at: end) == .expired)
        for ended in [GrantState.expired, .revoked] {
            #expect(ended.effective(expiresAt: end, at: Scene.now) == ended)
            #expect(ended.effective(expiresAt: end, at: end + .days(1)) == ended)
        }
    }
}
