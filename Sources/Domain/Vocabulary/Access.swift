// What may be done with a data type, and in whose presence. Sets of both are single words in memory and plain words at rest.

/// One of the four accesses of a permission mask.
public enum Access: String, CaseIterable, Sendable, Hashable {
    case create, read, update, delete
}

/// Whether the person is present (`online`) or the application acts alone (`offline`).
public enum Mode: String, CaseIterable, Sendable, Hashable {
    case online, offline
}

/// Which accesses to which data types in which mode. Empty unless something was put in; every operation is on whole sets,
/// so an intersection can only narrow and a union can only widen.
public struct Permissions: Hashable, Sendable {
    private struct Grid: Hashable, Sendable {
        var create = DataTypeSet.none
        var read = DataTypeSet.none
        var update = DataTypeSet.none
        var delete = DataTypeSet.none

        subscript(access: Access) -> DataTypeSet {
            get {
                switch access {
                case .create: create
                case .read: read
                case .update: update
                case .delete: delete
                }
            }
            set {
                switch access {
                case .create: create = newValue
                case .read: read = newValue
                case .update: update = newValue
                case .delete: delete = newValue
                }
            }
        }
    }

    private var online = Grid()
    private var offline = Grid()

    public static let none = Permissions()
    /// What a custodian holds: everything, in both modes.
    public static let everything = Permissions(Access.allCases, to: .all, in: Mode.allCases)

    public init() {}
    public init(_ accesses: some Sequence<Access>, to types: DataTypeSet, in modes: some Sequence<Mode>) {
        let accesses = Array(accesses)
        for mode in modes {
            for access in accesses { self[mode, access] = types }
        }
    }

    /// The data types to which the access is permitted in the mode.
    public subscript(mode: Mode, access: Access) -> DataTypeSet {
        get { mode == .online ? online[access] : offline[access] }
        set { if mode == .online { online[access] = newValue } else { offline[access] = newValue } }
    }

    public var isEmpty: Bool { self == .none }
    /// Every data type that appears, whatever the access or mode.
    public var types: DataTypeSet { cells.reduce(DataTypeSet.none) { $0.union(self[$1.0, $1.1]) } }

    public func intersection(_ other: Self) -> Self { combined(with: other) { $0.intersection($1) } }
    public func union(_ other: Self) -> Self { combined(with: other) { $0.union($1) } }
    public func subtracting(_ other: Self) -> Self { combined(with: other) { $0.subtracting($1) } }
    public func isSubset(of other: Self) -> Bool { subtracting(other).isEmpty }
    public func isSuperset(of other: Self) -> Bool { other.isSubset(of: self) }
    /// Without these types, whatever the access or mode.
    public func removing(_ types: DataTypeSet) -> Self {
        var result = self
        for (mode, access) in cells { result[mode, access] = self[mode, access].subtracting(types) }
        return result
    }
    /// Each cell in both modes as soon as it is in one: what somebody may do who is present whenever they do it.
    public var withoutModes: Self {
        var result = self
        for access in Access.allCases {
            let both = self[.online, access].union(self[.offline, access])
            for mode in Mode.allCases { result[mode, access] = both }
        }
        return result
    }

    private var cells: [(Mode, Access)] { Mode.allCases.flatMap { mode in Access.allCases.map { (mode, $0) } } }

    private func combined(with other: Self, _ combine: (DataTypeSet, DataTypeSet) -> DataTypeSet) -> Self {
        var result = Permissions()
        for (mode, access) in cells { result[mode, access] = combine(self[mode, access], other[mode, access]) }
        return result
    }
}

extension Permissions {
    /// The form at rest of everything, also of what is added to the vocabulary later. Only a custodian's own access is
    /// written so: a grant or a rule set that happens to name every type must not grow with the vocabulary.
    public static let storedEverything = "*"

    /// The form at rest: `online.read=steps,heart_rate;offline.read=steps`. Empty sets are left out, every type is spelled.
    public var stored: String {
        cells.compactMap { mode, access in
            let types = self[mode, access]
            return types.isEmpty
                ? nil : "\(mode.rawValue).\(access.rawValue)=\(types.map(\.rawValue).joined(separator: ","))"
        }.joined(separator: ";")
    }

    /// Nil when any word is unknown: what cannot be read permits nothing, and the caller must notice.
    public init?(stored text: String) {
        if text == Self.storedEverything {
            self = .everything
            return
        }
        for part in text.split(separator: ";") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            let cell = sides[0].split(separator: ".", omittingEmptySubsequences: false)
            guard sides.count == 2, cell.count == 2, let mode = Mode(rawValue: String(cell[0])),
                let access = Access(rawValue: String(cell[1]))
            else { return nil }
            for word in sides[1].split(separator: ",") {
                guard let type = DataType(rawValue: String(word)) else { return nil }
                self[mode, access].insert(type)
            }
        }
    }
}
