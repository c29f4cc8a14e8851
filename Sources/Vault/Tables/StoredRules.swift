// Rules at rest: JSON as opaque text. Decoding is total: a word that is not known any more is an error that names its column.

import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum StoredRules {
    private struct Stored: Codable {
        let name: String
        let mode: String
        let required: Bool
        let accesses: [String]
        let types: [String]
        let why: String
        let displayFirstTime: Bool
        let checkedFirstTime: Bool
        let checkedByDefault: Bool
        // Absent in rules written before wordings had languages and versions.
        var language: String?
        var translations: [String: String]?
        var wordingSince: Int?
        var materialSince: Int?
    }

    static func encode(_ rules: [AuthorizationRule]) throws(StorageError) -> String {
        let stored = rules.map { rule in
            Stored(
                name: rule.name.text, mode: rule.mode.rawValue, required: rule.isRequired,
                accesses: Access.allCases.filter(rule.accesses.contains).map(\.rawValue),
                types: rule.types.map(\.rawValue), why: rule.why, displayFirstTime: rule.displayFirstTime,
                checkedFirstTime: rule.checkedFirstTime, checkedByDefault: rule.checkedByDefault,
                language: rule.whyText.language.tag,
                translations: Dictionary(
                    uniqueKeysWithValues: rule.whyText.translations.map { ($0.key.tag, $0.value) }),
                wordingSince: rule.wordingSince, materialSince: rule.materialSince)
        }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(stored), as: UTF8.self)
        } catch {
            throw StorageError(.other, "rule_set.rules could not be written")
        }
    }

    private static let known = Memo<[AuthorizationRule]>(limit: 256)

    static func decode(_ text: String) throws(StorageError) -> [AuthorizationRule] {
        try known.meaning(of: text, read)
    }

    private static func read(_ text: String) throws(StorageError) -> [AuthorizationRule] {
        let corrupt = StorageError(.corrupt, "rule_set.rules cannot be read")
        let decoded: [Stored]
        do { decoded = try JSONDecoder().decode([Stored].self, from: Data(text.utf8)) } catch { throw corrupt }
        var rules: [AuthorizationRule] = []
        for rule in decoded {
            let accesses = rule.accesses.compactMap(Access.init(rawValue:))
            let types = rule.types.compactMap(DataType.init(rawValue:))
            var translations: [Language: String] = [:]
            for (tag, text) in rule.translations ?? [:] {
                guard let language = Language(tag) else { throw corrupt }
                translations[language] = text
            }
            guard let name = RuleName(rule.name), let mode = Mode(rawValue: rule.mode),
                let language = Language(rule.language ?? Language.english.tag), accesses.count == rule.accesses.count,
                types.count == rule.types.count
            else { throw corrupt }
            rules.append(
                AuthorizationRule(
                    name: name, mode: mode, isRequired: rule.required, accesses: Set(accesses),
                    types: DataTypeSet(types),
                    why: WhyText(rule.why, in: language, translations: translations),
                    wordingSince: rule.wordingSince ?? 1, materialSince: rule.materialSince ?? 1,
                    displayFirstTime: rule.displayFirstTime,
                    checkedFirstTime: rule.checkedFirstTime, checkedByDefault: rule.checkedByDefault))
        }
        return rules
    }
}
