// What changed between two versions, kind by kind.

import Domain
import Testing

struct RuleSetDiffTests {
    private static let german = Language("de") ?? .english
    private static let old = Make.rule("subject", [.steps, .distance], accesses: [.read, .create])

    struct Kind: Sendable, CustomTestStringConvertible {
        let new: AuthorizationRule
        let changes: [RuleSetDiff.Change]
        let sentences: [String]
        var testDescription: String { sentences.joined(separator: "; ") }
    }

    @Test("A4: every kind of change to a rule is found, and said in a sentence", arguments: RuleSetDiffTests.kinds)
    func kind(_ kind: Kind) {
        let diff = RuleSetDiff(from: Make.rules(Self.old), to: Make.rules(kind.new, version: 2))
        #expect(diff.added.isEmpty && diff.removed.isEmpty)
        #expect(diff.changed.map(\.name.text) == (kind.changes.isEmpty ? [] : ["subject"]))
        #expect(diff.changed.flatMap(\.changes) == kind.changes)
        #expect(diff.changed.flatMap(\.changes).map(\.sentence) == kind.sentences)
        #expect(diff.isEmpty == kind.changes.isEmpty)
    }

    @Test("A4: rules that came and rules that went are named, in the order of their sets; a new name is a new rule")
    func cameAndWent() {
        let (a, b, c) = (Make.rule("a", [.steps]), Make.rule("b", [.steps]), Make.rule("c", [.steps]))
        let diff = RuleSetDiff(from: Make.rules(b, a), to: Make.rules(c, a, version: 2))
        #expect(diff.added.map(\.text) == ["c"])
        #expect(diff.removed.map(\.text) == ["b"])
        #expect(diff.changed.isEmpty && !diff.isEmpty)
        #expect(RuleSetDiff(from: .empty, to: Make.rules(c, b)).added.map(\.text) == ["c", "b"])
        #expect(RuleSetDiff(from: Make.rules(c, b), to: .empty).removed.map(\.text) == ["c", "b"])
        #expect(RuleSetDiff(from: Make.rules(a, b), to: Make.rules(b, a, version: 2)).isEmpty, "order says nothing")
    }

    @Test("A4: a default language that moves is a change of wording, though no text changed")
    func defaultLanguage() {
        let french = Language("fr") ?? .english
        let english = worded(WhyText("Why", translations: [Self.german: "Warum", french: "Pourquoi"]))
        let german = worded(WhyText("Warum", in: Self.german, translations: [.english: "Why", french: "Pourquoi"]))
        let diff = RuleSetDiff(from: Make.rules(english), to: Make.rules(german, version: 2))
        #expect(diff.changed.flatMap(\.changes) == [.wordingChanged([Self.german, .english], isMaterial: false)])
    }

    private static let kinds: [Kind] = [
        Kind(new: old, changes: [], sentences: []),
        Kind(
            new: like(accesses: [.read, .create, .update, .delete]), changes: [.accessesAdded([.update, .delete])],
            sentences: ["accesses added: update, delete"]),
        Kind(
            new: like(accesses: [.read]), changes: [.accessesRemoved([.create])],
            sentences: ["accesses removed: create"]),
        Kind(
            new: like([.steps, .distance, .heartRate]), changes: [.typesAdded([.heartRate])],
            sentences: ["data types added: heart_rate"]),
        Kind(
            new: like([.distance]), changes: [.typesRemoved([.steps])], sentences: ["data types removed: steps"]),
        Kind(
            new: like(mode: .offline), changes: [.modeChanged(from: .online, to: .offline)],
            sentences: ["mode changed from online to offline"]),
        Kind(
            new: like(required: true), changes: [.becameRequired], sentences: ["optional before, required now"]),
        Kind(
            new: like(why: WhyText("Another reason.")), changes: [.wordingChanged([.english], isMaterial: false)],
            sentences: ["wording changed in en"]),
        Kind(
            new: like(why: WhyText("Another reason."), material: 2),
            changes: [.wordingChanged([.english], isMaterial: true)],
            sentences: ["wording changed in en, materially"]),
        Kind(
            new: like(why: WhyText(old.why, translations: [german: "Warum"])),
            changes: [.wordingChanged([german], isMaterial: false)], sentences: ["wording changed in de"]),
        Kind(new: like(display: false), changes: [.displayFlagsChanged], sentences: ["display flags changed"]),
        Kind(new: like(checkedFirst: true), changes: [.displayFlagsChanged], sentences: ["display flags changed"]),
        Kind(new: like(checkedDefault: true), changes: [.displayFlagsChanged], sentences: ["display flags changed"]),
        Kind(
            new: like([.steps, .heartRate], accesses: [.read, .delete], required: true),
            changes: [
                .accessesAdded([.delete]), .accessesRemoved([.create]), .typesAdded([.heartRate]),
                .typesRemoved([.distance]), .becameRequired,
            ],
            sentences: [
                "accesses added: delete", "accesses removed: create", "data types added: heart_rate",
                "data types removed: distance", "optional before, required now",
            ]),
    ]

    @Test("A4: a required rule that becomes optional is said")
    func becameOptional() {
        let diff = RuleSetDiff(from: Make.rules(Self.like(required: true)), to: Make.rules(Self.old, version: 2))
        #expect(diff.changed.flatMap(\.changes) == [.becameOptional])
        #expect(RuleSetDiff.Change.becameOptional.sentence == "required before, optional now")
    }

    private func worded(_ why: WhyText) -> AuthorizationRule { Self.like(why: why) }

    private static func like(
        _ types: DataTypeSet = old.types, mode: Mode = .online, accesses: Set<Access> = old.accesses,
        required: Bool = false, why: WhyText = old.whyText, material: Int = 1, display: Bool = true,
        checkedFirst: Bool = false, checkedDefault: Bool = false
    ) -> AuthorizationRule {
        AuthorizationRule(
            name: old.name, mode: mode, isRequired: required, accesses: accesses, types: types, why: why,
            materialSince: material, displayFirstTime: display, checkedFirstTime: checkedFirst,
            checkedByDefault: checkedDefault)
    }
}
