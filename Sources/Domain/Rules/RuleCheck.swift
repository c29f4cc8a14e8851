// Turns one rule as it arrived into a rule, and collects every fault by field on the way.

struct RuleCheck {
    let at: String
    private(set) var faults: [FieldFault] = []

    init(at place: String) { at = place }

    mutating func blame(_ field: String, _ message: String) { faults.append(FieldFault("\(at).\(field)", message)) }

    /// Nil when anything is wrong.
    mutating func rule(from draft: RuleDraft, version: Int, after previous: RuleSet) -> AuthorizationRule? {
        let name = RuleName(draft.name)
        if name == nil { blame("name", "1 to 64 of a-z, 0-9, '_', '-', '.'") }
        let mode = Mode(rawValue: draft.mode)
        if mode == nil { blame("mode", "'online' or 'offline'") }
        let accesses = accesses(draft.accesses)
        let types = types(draft.types)
        let why = why(draft)
        guard faults.isEmpty, let name, let mode, let why else { return nil }

        // A wording is as old as the text; a rule that is new, or was taken away and came back, is as old as this version.
        let former = previous.rule(named: name)
        let isSameWording = former?.whyText == why
        return AuthorizationRule(
            name: name, mode: mode, isRequired: draft.required, accesses: accesses, types: types, why: why,
            wordingSince: isSameWording ? former?.wordingSince ?? version : version,
            materialSince: isSameWording || !draft.isMaterialChange ? former?.materialSince ?? version : version,
            displayFirstTime: draft.displayFirstTime, checkedFirstTime: draft.checkedFirstTime,
            checkedByDefault: draft.checkedByDefault)
    }

    private mutating func accesses(_ words: [String]) -> Set<Access> {
        var accesses: Set<Access> = []
        for (place, word) in words.enumerated() {
            if let access = ScopeAccess(rawValue: word) {
                accesses.formUnion(access.accesses)
            } else {
                blame("accesses[\(place)]", "one of create, read, update, delete, write")
            }
        }
        if words.isEmpty { blame("accesses", "at least one access is needed") }
        return accesses
    }

    private mutating func types(_ words: [String]) -> DataTypeSet {
        var types = DataTypeSet.none
        for (place, word) in words.enumerated() {
            if let type = DataType(rawValue: word) {
                types.insert(type)
            } else if let category = Category(rawValue: word) {
                types = types.union(category.types)
            } else {
                blame("data_types[\(place)]", "not a data type or category known here")
            }
        }
        if words.isEmpty { blame("data_types", "at least one data type is needed") }
        return types
    }

    private mutating func why(_ draft: RuleDraft) -> WhyText? {
        let text = draft.why.trimmedOfSpaces
        if text.isEmpty { blame("why", "say why, in words the person understands") }
        if text.count > 500 { blame("why", "at most 500 characters") }
        let language = Language(draft.defaultLanguage)
        if language == nil { blame("default_language", "a language tag such as 'en' or 'de-ch'") }
        var translations: [Language: String] = [:]
        if draft.translations.count > 50 { blame("why_translations", "at most 50 languages") }
        for (tag, words) in draft.translations.sorted(by: { $0.key < $1.key }) {
            let words = words.trimmedOfSpaces
            guard let tagged = Language(tag) else {
                blame("why_translations", "every key is a language tag such as 'en' or 'de-ch'")
                continue
            }
            if !(1...500).contains(words.count) { blame("why_translations.\(tagged.tag)", "1 to 500 characters") }
            if tagged == language {
                blame("why_translations.\(tagged.tag)", "this is the default language: it is 'why'")
            }
            if translations.updateValue(words, forKey: tagged) != nil {
                blame("why_translations.\(tagged.tag)", "this language is there twice")
            }
        }
        guard let language else { return nil }
        return WhyText(text, in: language, translations: translations)
    }
}
