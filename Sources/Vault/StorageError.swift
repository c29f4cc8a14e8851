// Hides two engines' error codes behind seven kinds. What it says never holds a value that was bound or stored.

/// Why the store did not do as asked. Nothing of the body that met it remains.
public struct StorageError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Others held what was needed for longer than we wait, or kept winning the race. Asking again may succeed.
        case busy
        case full
        /// The store is read-only, or a `read` tried to write.
        case readOnly
        /// The store cannot be reached, was closed, or a commit's fate is unknown.
        case unavailable
        /// What was broken: PostgreSQL's constraint name, SQLite's `table.column` list or name of the check.
        case constraint(String)
        /// The file is damaged, or a cell does not hold what was asked of it.
        case corrupt
        case other
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// True when the same call may succeed later, with nothing about it changed.
    public var isPassing: Bool {
        switch kind {
        case .busy, .full, .unavailable: true
        case .readOnly, .constraint, .corrupt, .other: false
        }
    }

    public var description: String { "\(kind): \(message)" }

    /// What a body threw, typed. Of a stranger only the type is told: its text could hold values.
    init(body error: any Error) {
        self = error as? StorageError ?? StorageError(.other, "the body threw \(type(of: error))")
    }

    static let closed = StorageError(.unavailable, "the engine was closed")
}
