// The rows of the HealthVault study that a pure function can show and no other file does.

import Domain
import Testing

struct StudyRowTests {
    private static let r1 = Make.rule("r1", [.steps], required: true)
    private static let r2 = Make.rule("r2", [.distance], required: true)

    @Test("A2: required rules are all or nothing: there is no way to give one without the other (row B03)")
    func allOrNothing() throws {
        let form = try Make.form("", Make.rules(Self.r1, Self.r2))
        #expect(form.lines.map(\.kind) == [.required, .required])
        #expect(form.decide(approved: ["rule:r1"]) == .incomplete(missing: ["rule:r2"]))
    }

    @Test("A3: no flags, first visit: an optional rule is not shown and not granted (row B04)")
    func noFlags() throws {
        let form = try optional(display: false)
        #expect(form.shown == ["r1*"])
        #expect(form.decide(approved: ["rule:r1", "rule:o1"]) == .notAsked(["rule:o1"]))
    }

    @Test("A3: display first time: shown, unticked (row B05)")
    func displayed() throws { #expect(try optional(display: true).shown == ["r1*", "o1"]) }

    @Test("A3: display and checked first time: shown, ticked, and the person may untick it (row B06)")
    func checked() throws {
        let form = try optional(display: true, checkedFirst: true)
        #expect(form.shown == ["r1*", "o1*"])
        #expect(form.decide(approved: ["rule:r1"]).approved?.rules.map(\.name.text) == ["r1"])
    }

    @Test("A3, A7: checked by default, a returning person, named: shown, ticked (row B07)")
    func checkedByDefault() throws {
        let form = try optional(display: false, checkedDefault: true, "rule:o1", Make.holding([Self.r1]))
        #expect(form.shown == ["[r1]", "o1*"])
    }

    @Test("A3, A7: checked first time only, first visit, named: shown, ticked (row B08)")
    func checkedAndNamed() throws {
        #expect(try optional(display: false, checkedFirst: true, "rule:o1").shown == ["r1*", "o1*"])
    }

    @Test("A1, A7: names are unique in an application, online and offline together, so a name means one rule (row B11)")
    func oneName() {
        let drafts = Mode.allCases.map { mode in RuleSetTests.draft { $0.mode = mode.rawValue } }
        #expect(throws: FieldFaults([FieldFault("rules[1].name", "another rule has this name")])) {
            try RuleSet.validate(drafts, version: 1)
        }
    }

    @Test("A7: an unknown name is refused before anything is shown (row B12, decided otherwise)")
    func unknownName() {
        #expect(throws: ScopeRequest.Fault.unknown("rule:o9")) {
            try ScopeRequest.resolve("rule:o9", against: Make.rules(Self.r1))
        }
    }

    @Test("B2: a required rule that gained a type: ReauthorizationRequired (rows B22, B23)")
    func gained() { #expect(Self.grown.word(Make.terms([Self.agreed])) == .reauthorizationRequired) }

    @Test("B6: meanwhile the application alone goes on with the old type (row B24)")
    func oldType() { #expect(alone([.steps]) == .wouldPermit([.steps])) }

    @Test("B6: the new type is not there: all there is is the old one (row B25)")
    func newType() {
        #expect(alone([.distance]) == .wouldRefuse(.notCovered))
        #expect(alone(nil) == .wouldPermit([.steps]))
    }

    @Test("B6: old and new asked together are refused together (row B26)")
    func oldAndNew() {
        #expect(alone([.steps, .distance], access: .create) == .wouldRefuse(.notCovered))
        #expect(alone([.steps], access: .create) == .wouldPermit([.steps]))
    }

    @Test("B5: a person who may only look cannot give what is required: ReauthorizationNotPossible (row B28)")
    func onlyLooks() {
        #expect(Self.grown.word(Make.terms([Self.agreed]), own: .reading(.all)) == .reauthorizationNotPossible)
    }

    @Test("B3: what a rule no longer asks for is no longer given, and is in no mask (rows B31, B32, decided strictly)")
    func lostType() {
        let effective = EffectiveAccess(
            grant: Self.grown.coverage, own: .everything, rules: RuleSet(version: 3, rules: [Self.agreed]).coverage)
        #expect(effective.mask(of: .distance, in: .offline).isEmpty)
        #expect(effective.cuts(.read, to: .distance, in: .offline) == [.rules])
        #expect(effective.mask(of: .steps, in: .offline) == [.create, .read])
    }

    @Test("C9, C10: a revoked record answers CONSENT_REQUIRED, whoever revoked (rows B37, B41)")
    func revoked() {
        let scene = Scene { $0.isRevoked = true }
        #expect(scene.decided() == .wouldRefuse(.grantRevoked))
        #expect(Refusal.grantRevoked.problem == .consentRequired)
    }

    @Test("B9: a record whose grant is gone asks from the start; the other goes on (rows B35, B36)")
    func oneRevoked() {
        let rules = Make.rules(Self.r1)
        #expect(rules.word(nil) == .authorizationRequired)
        #expect(rules.word(Make.terms([Self.r1])) == .noActionRequired)
    }

    @Test("B5, B7: a share whose end has come gives nothing more (row B42)")
    func shareEnded() { #expect(Scene { $0.ownEnds = Scene.now }.decided() == .wouldRefuse(.recordAccessLost)) }

    @Test("B8: of two records one is fine and one is stale: each has its own status (rows B44, B45)")
    func twoRecords() {
        #expect(Self.grown.word(Make.terms(Self.grown.rules)) == .noActionRequired)
        #expect(Self.grown.word(Make.terms([Self.agreed])) == .reauthorizationRequired)
    }

    @Test("C7: a person who never authorised, and an application alone: CONSENT_REQUIRED (row B50)")
    func never() {
        let scene = Scene {
            $0.hasGrant = false; $0.asks = .offline
        }
        #expect(scene.decided() == .wouldRefuse(.noGrant))
    }

    @Test("C7: an online grant is nothing to an application alone (row B51)")
    func onlineOnly() {
        let scene = Scene {
            $0.granted = .reading([.heartRate], [.online]); $0.asks = .offline
        }
        #expect(scene.decided() == .wouldRefuse(.modeNotGranted))
    }

    @Test("C7: who may create may not update, and without delete nothing is deleted (rows B52, B53)")
    func otherAccess() {
        for access in [Access.update, .delete] {
            let creates = Permissions([.create, .read], to: [.heartRate], in: [.online])
            let scene = Scene {
                $0.granted = creates; $0.rules = .everything; $0.access = access
            }
            #expect(scene.decided() == .wouldRefuse(.notCovered))
        }
    }

    @Test("C7: asked for all there is, only what was granted comes (row B54)")
    func filtered() {
        #expect(
            Scene {
                $0.granted = .reading([.steps]); $0.types = nil
            }.decided() == .wouldPermit([.steps]))
    }

    @Test("A1: a name of 65 characters, no reason, or no data type is refused (rows B69, B70, B71)")
    func refusedRules() {
        for draft in [
            RuleSetTests.draft { $0.name = String(repeating: "n", count: 65) }, RuleSetTests.draft { $0.why = " " },
            RuleSetTests.draft { $0.types = [] },
        ] {
            #expect(throws: FieldFaults.self) { try RuleSet.validate([draft], version: 1) }
        }
    }

    @Test("B9: a record in a country that the application does not serve (row B77)")
    func country() {
        let standing = RecordStanding(grant: Make.terms([Self.r1]), own: .everything, country: "CH")
        #expect(Make.rules(Self.r1).status(of: standing, countries: ["DE"]).status == .recordLocationNotSupported)
    }

    @Test("A4, B6: new rules leave the stored grant as it is; only what it gives now is less (row B83)")
    func storedGrant() {
        let online = Make.rules(Make.rule("r1", [.steps], required: true), version: 2)
        let grant = Make.terms([Self.agreed])
        let effective = EffectiveAccess(grant: grant.permissions, own: .everything, rules: online.coverage)
        #expect(effective.permissions.isEmpty && effective.cuts(.read, to: .steps, in: .offline) == [.rules])
        #expect(Self.grown.word(grant) == .reauthorizationRequired)
    }

    @Test("B11: a revocation ends the tokens, withdraws what waits and is announced (row B86)")
    func announced() throws {
        var state = GrantState.active
        #expect(try state.apply(.revoke) == [.endTokens, .withdrawParcels, .announce])
    }

    // The required rule of rows B22 to B29: it asked for steps, and asks for distance as well now.
    private static let agreed = Make.rule("r", [.steps], mode: .offline, required: true, accesses: [.read, .create])
    private static let grown = RuleSet(
        version: 2,
        rules: [Make.rule("r", [.steps, .distance], mode: .offline, required: true, accesses: [.read, .create])])

    private func alone(_ types: DataTypeSet?, access: Access = .read) -> Foresight {
        Scene {
            $0.asks = .offline
            $0.granted = Self.agreed.permissions
            $0.rules = Self.grown.coverage
            $0.types = types
            $0.access = access
        }.decided()
    }

    private func optional(
        display: Bool, checkedFirst: Bool = false, checkedDefault: Bool = false, _ scope: String = "",
        _ standing: Standing = .firstTime
    ) throws -> ApprovalForm {
        let o1 = Make.rule(
            "o1", [.heartRate], display: display, checkedFirst: checkedFirst, checkedDefault: checkedDefault)
        return try Make.form(scope, Make.rules(Self.r1, o1), standing)
    }
}
