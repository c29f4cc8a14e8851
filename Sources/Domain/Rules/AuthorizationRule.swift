// What an application declares it wants, and why (A1). Validation says every fault at once, by field.

/// A rule's name: 1 to 64 of `a-z 0-9 _ - .`, unique in its application.
public struct RuleName: Hashable, Sendable, Comparable {
    public let text: String

    public init?(_ text: String) {
        let allowed = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard allowed, (1...64).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

public struct AuthorizationRule: Hashable, Sendable {
    public let name: RuleName
    public let mode: Mode
    public let isRequired: Bool
    public let accesses: Set<Access>
    public let types: DataTypeSet
    /// Why the application wants this, in its own words, for the person.
    public let whyText: WhyText
    /// The rule-set version in which the wording last changed in any language.
    public let wordingSince: Int
    /// The rule-set version of the last change of wording that the application called material: an older yes was said to
    /// something else, and the person is asked again.
    public let materialSince: Int
    public let displayFirstTime: Bool
    public let checkedFirstTime: Bool
    public let checkedByDefault: Bool

    public init(
        name: RuleName, mode: Mode, isRequired: Bool, accesses: Set<Access>, types: DataTypeSet, why: WhyText,
        wordingSince: Int = 1, materialSince: Int = 1, displayFirstTime: Bool = true, checkedFirstTime: Bool = false,
        checkedByDefault: Bool = false
    ) {
        self.name = name
        self.mode = mode
        self.isRequired = isRequired
        self.accesses = accesses
        self.types = types
        whyText = why
        self.wordingSince = wordingSince
        self.materialSince = materialSince
        self.displayFirstTime = displayFirstTime
        self.checkedFirstTime = checkedFirstTime
        self.checkedByDefault = checkedByDefault
    }

    func only(_ types: DataTypeSet) -> AuthorizationRule {
        AuthorizationRule(
            name: name, mode: mode, isRequired: isRequired, accesses: accesses, types: types, why: whyText,
            wordingSince: wordingSince, materialSince: materialSince, displayFirstTime: displayFirstTime,
            checkedFirstTime: checkedFirstTime, checkedByDefault: checkedByDefault)
    }

    /// In the default language.
    public var why: String { whyText.text }
    public var permissions: Permissions { Permissions(accesses, to: types, in: [mode]) }
    public var scope: Scope { .rule(name) }
}

/// A rule as it arrives from outside: words that have not been checked.
public struct RuleDraft: Sendable, Equatable {
    public var name: String
    public var mode: String
    public var required: Bool
    /// `create`, `read`, `update`, `delete`, `write`.
    public var accesses: [String]
    /// Data types or categories.
    public var types: [String]
    /// In the default language.
    public var why: String
    /// By language tag.
    public var translations: [String: String]
    public var defaultLanguage: String
    /// Says that the wording now means something else: whoever agreed to the former one is asked again.
    public var isMaterialChange: Bool
    public var displayFirstTime: Bool
    public var checkedFirstTime: Bool
    public var checkedByDefault: Bool

    public init(
        name: String, mode: String, required: Bool, accesses: [String], types: [String], why: String,
        translations: [String: String] = [:], defaultLanguage: String = "en", isMaterialChange: Bool = false,
        displayFirstTime: Bool = true, checkedFirstTime: Bool = false, checkedByDefault: Bool = false
    ) {
        self.name = name
        self.mode = mode
        self.required = required
        self.accesses = accesses
        self.types = types
        self.why = why
        self.translations = translations
        self.defaultLanguage = defaultLanguage
        self.isMaterialChange = isMaterialChange
        self.displayFirstTime = displayFirstTime
        self.checkedFirstTime = checkedFirstTime
        self.checkedByDefault = checkedByDefault
    }

    /// A plain scope as a rule of one, optional and online, with its why. Nil for what is no data scope.
    public init?(scope text: String, why: String) {
        guard case .data(let access, let target) = Scope(text) else { return nil }
        let subject: String
        switch target {
        case .type(let type): subject = type.rawValue
        case .category(let category): subject = category.rawValue
        }
        self.init(
            name: "\(access.rawValue).\(subject)", mode: Mode.online.rawValue, required: false,
            accesses: [access.rawValue], types: [subject], why: why)
    }
}

/// What is wrong with one field of what was sent. The path is written as in JSON: `rules[0].why`.
public struct FieldFault: Hashable, Sendable {
    public let field: String
    public let message: String

    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}

public struct FieldFaults: Error, Sendable, Equatable {
    public let faults: [FieldFault]
    public init(_ faults: [FieldFault]) { self.faults = faults }
}
