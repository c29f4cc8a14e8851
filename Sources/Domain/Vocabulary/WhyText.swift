// Why an application wants something, in as many languages as it cares to say it in; one of them is the default (A1).

/// A language tag of the kind that people set in browsers (BCP 47): `de`, `de-ch`, `zh-hant`. Lower case.
public struct Language: Hashable, Sendable, Comparable {
    public let tag: String

    /// Nil unless it is two or three letters and at most three further parts of two to eight letters or digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, (2...3).contains(first.utf8.count), first.utf8.allSatisfy(Self.isLetter),
            parts.count <= 4
        else { return nil }
        for part in parts.dropFirst() {
            guard (2...8).contains(part.utf8.count),
                part.utf8.allSatisfy({ Self.isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
        }
        tag = parts.joined(separator: "-")
    }

    private init(known tag: String) { self.tag = tag }
    public static let english = Language(known: "en")

    /// The language without its region or script: `de` of `de-ch`.
    public var base: String { String(tag.prefix { $0 != "-" }) }

    public static func < (left: Self, right: Self) -> Bool { left.tag < right.tag }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
}

/// The *why string* of a rule. The default language always has a text.
public struct WhyText: Hashable, Sendable {
    public let language: Language
    /// In the default language.
    public let text: String
    /// In the others.
    public let translations: [Language: String]

    public init(_ text: String, in language: Language = .english, translations: [Language: String] = [:]) {
        self.language = language
        self.text = text
        self.translations = translations.filter { $0.key != language }
    }

    /// The first of the wanted languages that there is a text for, exactly or by its base; otherwise the default.
    public func best(for wanted: [Language]) -> (text: String, language: Language) {
        let known = translations.merging([language: text]) { stated, _ in stated }
        for want in wanted {
            if let exact = known[want] { return (exact, want) }
            let close = known.keys.filter { $0.base == want.base }.min()
            if let close, let text = known[close] { return (text, close) }
        }
        return (text, language)
    }
}
