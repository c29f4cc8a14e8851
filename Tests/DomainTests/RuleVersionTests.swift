// What a new version of a rule set takes over from the one before: the age of each wording. And what a bare scope becomes.

import Domain
import Testing

struct RuleVersionTests {
    @Test("A4: a wording that stays is as old as it was; a new one is as old as its version")
    func wording() throws {
        let first = try next([RuleSetTests.draft], after: .empty)
        #expect(ages(first) == [1, 1])
        let second = try next([RuleSetTests.draft { $0.types = ["distance"] }], after: first)
        #expect(ages(second) == [1, 1], "other types are no other words")
        let third = try next([RuleSetTests.draft { $0.why = "We count steps." }], after: second)
        #expect(ages(third) == [3, 1], "new words, the same meaning")
        let fourth = try next([RuleSetTests.draft { $0.why = " We count steps.\n" }], after: third)
        #expect(ages(fourth) == [3, 1], "spaces at the ends are no words")
    }

    @Test("B2: a material wording is as old as its version, and later minor ones leave it so")
    func material() throws {
        let first = try next([RuleSetTests.draft], after: .empty)
        let sold = RuleSetTests.draft {
            $0.why = "We sell it."; $0.isMaterialChange = true
        }
        let second = try next([sold], after: first)
        #expect(ages(second) == [2, 2])
        #expect(ages(try next([sold], after: second)) == [2, 2], "called material again, but the words are the same")
        let third = try next([RuleSetTests.draft { $0.why = "We sell all of it." }], after: second)
        #expect(ages(third) == [3, 2])
    }

    @Test("A4: a rule that was taken away and comes back is new: an old yes was said to something else")
    func returned() throws {
        let first = try next([RuleSetTests.draft], after: .empty)
        let second = try next([RuleSetTests.draft { $0.name = "other" }], after: first)
        let third = try next([RuleSetTests.draft], after: second)
        #expect(ages(third) == [3, 3])
        let required = try next([RuleSetTests.draft { $0.required = true }], after: second)
        #expect(required.word(Make.terms(first.rules)) == .reauthorizationRequired)
    }

    @Test("A4: a translation that is added, changed or removed is a new wording", arguments: [0, 1, 2])
    func translations(step: Int) throws {
        let texts: [[String: String]] = [[:], ["de": "Wir zählen."], ["de": "Wir zählen Schritte."], [:]]
        let first = try next([RuleSetTests.draft { $0.translations = texts[step] }], after: .empty)
        let second = try next([RuleSetTests.draft { $0.translations = texts[step + 1] }], after: first)
        #expect(ages(second) == [2, 1])
    }

    @Test("A1: each field of a wording that is wrong is named", arguments: WordingFault.all)
    func wordingFaults(fault: WordingFault) {
        do throws(FieldFaults) {
            _ = try RuleSet.validate([fault.draft], version: 1)
            #expect(fault.fields.isEmpty)
        } catch {
            #expect(error.faults.map(\.field) == fault.fields)
        }
    }

    @Test("A1: translations are kept by language, in lower case, without spaces at the ends")
    func keptTranslations() throws {
        let draft = RuleSetTests.draft {
            $0.defaultLanguage = "EN"
            $0.translations = ["DE-ch": " Wir zählen. ", "zh-Hant": "步數"]
        }
        let rule = try #require(try RuleSet.validate([draft], version: 1).rules.first)
        #expect(rule.whyText.language == .english)
        #expect(
            Dictionary(uniqueKeysWithValues: rule.whyText.translations.map { ($0.key.tag, $0.value) }) == [
                "de-ch": "Wir zählen.", "zh-hant": "步數",
            ])
    }

    @Test("A5: the person reads the why string in their language, or in the default one (row B14)")
    func best() throws {
        let german = try #require(Language("de")), swiss = try #require(Language("de-CH"))
        let french = try #require(Language("fr"))
        let why = WhyText("Why", translations: [german: "Warum", .english: "ignored"])
        #expect(why.best(for: [german]).text == "Warum")
        #expect(why.best(for: [swiss]).text == "Warum", "by its base")
        #expect(why.best(for: [french, swiss]).language == german, "the second wish")
        #expect(why.best(for: [french]).text == "Why")
        #expect(why.best(for: []).language == .english)
        let exact = WhyText("Why", translations: [german: "Warum", swiss: "Worum"])
        #expect(exact.best(for: [swiss]).text == "Worum")
        #expect(WhyText("Why", translations: [swiss: "Worum"]).best(for: [german]).text == "Worum")
    }

    @Test(
        "A language is written as in BCP 47, and nothing else is one",
        arguments: [
            ("en", "en"), ("DE-ch", "de-ch"), ("zh-Hant-TW", "zh-hant-tw"), ("gsw", "gsw"), ("e", nil), ("engl", nil),
            ("", nil), ("de_CH", nil), ("de-", nil), ("de-c", nil), ("de-123456789", nil), ("dé", nil),
            ("de-a1-b2-c3-d4", nil), ("-de", nil),
        ] as [(String, String?)])
    func languages(text: String, tag: String?) {
        #expect(Language(text)?.tag == tag)
    }

    @Test("C2: a bare scope becomes an optional, online rule of one, with its why")
    func ruleOfOne() throws {
        for access in ScopeAccess.allCases {
            for target in ["steps", "heart"] {
                let text = "\(access.rawValue):\(target)"
                let draft = try #require(RuleDraft(scope: text, why: "We say why."))
                let set = try RuleSet.validate([draft], version: 1)
                let rule = try #require(set.rules.first)
                #expect(rule.name.text == "\(access.rawValue).\(target)")
                #expect(!rule.isRequired && rule.mode == .online && rule.why == "We say why.")
                let asked = try ScopeRequest.resolve(text, against: set)
                #expect(asked.lines.map(\.rule) == [rule])
                #expect(rule.displayFirstTime && !rule.checkedFirstTime && !rule.checkedByDefault)
            }
        }
        #expect(throws: FieldFaults.self) {
            try RuleSet.validate([RuleDraft(scope: "read:steps", why: " ")].compactMap { $0 }, version: 1)
        }
    }

    @Test(
        "C2: what is no data scope makes no rule of one",
        arguments: ["offline_access", "rule:steps", "openid", "", "read:all"])
    func noRuleOfOne(text: String) {
        #expect(RuleDraft(scope: text, why: "We say why.") == nil)
    }

    private func next(_ drafts: [RuleDraft], after former: RuleSet) throws -> RuleSet {
        try RuleSet.validate(drafts, version: former.version + 1, after: former)
    }

    private func ages(_ set: RuleSet) -> [Int] { set.rules.flatMap { [$0.wordingSince, $0.materialSince] } }
}

struct WordingFault: Sendable, CustomTestStringConvertible {
    let name: String
    let fields: [String]
    let draft: RuleDraft
    var testDescription: String { name }

    init(_ name: String, _ fields: [String], _ change: (inout RuleDraft) -> Void) {
        self.name = name
        self.fields = fields.map { "rules[0].\($0)" }
        draft = RuleSetTests.draft(change)
    }

    static let all = [
        WordingFault("a default language that is none", ["default_language"]) { $0.defaultLanguage = "English" },
        WordingFault("no default language", ["default_language"]) { $0.defaultLanguage = "" },
        WordingFault("a key that is no language", ["why_translations"]) { $0.translations = ["German": "Warum"] },
        WordingFault("an empty translation", ["why_translations.de"]) { $0.translations = ["de": " "] },
        WordingFault("a translation that is too long", ["why_translations.de"]) {
            $0.translations = ["de": String(repeating: "w", count: 501)]
        },
        WordingFault("500 characters", []) { $0.translations = ["de": String(repeating: "ß", count: 500)] },
        WordingFault("the default language among the translations", ["why_translations.en"]) {
            $0.translations = ["EN": "Why"]
        },
        WordingFault("one language twice", ["why_translations.de"]) { $0.translations = ["de": "a", "DE": "b"] },
        WordingFault("fifty-one languages", ["why_translations"]) {
            for place in 0..<51 { $0.translations["de-x\(place)"] = "Warum" }
        },
        WordingFault("several at once", ["why", "why_translations.de", "why_translations.fr"]) {
            $0.why = ""
            $0.translations = ["fr": "", "de": ""]
        },
    ]
}
