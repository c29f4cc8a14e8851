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
    public let why: String
    public let displayFirstTime: Bool
    public let checkedFirstTime: Bool
    public let checkedByDefault: Bool

    public init(
        name: RuleName, mode: Mode, isRequired: Bool, accesses: Set<Access>, types: DataTypeSet, why: String,
        displayFirstTime: Bool = true, checkedFirstTime: Bool = false, checkedByDefault: Bool = false
    ) {
        self.name = name
        self.mode = mode
        self.isRequired = isRequired
        self.accesses = accesses
        self.types = types
        self.why = why
        self.displayFirstTime = displayFirstTime
        self.checkedFirstTime = checkedFirstTime
        self.checkedByDefault = checkedByDefault
    }

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
    public var why: String
    public var displayFirstTime: Bool
    public var checkedFirstTime: Bool
    public var checkedByDefault: Bool

    public init(
        name: String, mode: String, required: Bool, accesses: [String], types: [String], why: String,
        displayFirstTime: Bool = true, checkedFirstTime: Bool = false, checkedByDefault: Bool = false
    ) {
        self.name = name
        self.mode = mode
        self.required = required
        self.accesses = accesses
        self.types = types
        self.why = why
        self.displayFirstTime = displayFirstTime
        self.checkedFirstTime = checkedFirstTime
        self.checkedByDefault = checkedByDefault
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
