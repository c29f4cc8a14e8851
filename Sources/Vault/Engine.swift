// The storage contract. Hides which database is behind it and promises the same of both: a body is whole or nothing,
// and what `write` has answered is on the disk.

/// A store. Bodies are synchronous and run away from Swift's concurrency threads, so a body may take its time but can
/// await nothing.
///
/// A body may run twice: ids and random bytes are drawn before it. A statement that fails dooms its transaction:
/// whatever the body does next, nothing of it stays and the caller gets that first error.
///
/// A body throws `StorageError` and nothing else; whatever must survive (a refusal, say) is returned. The closures are
/// declared with plain `throws` because the compiler does not yet infer a typed one from their statements. Any other
/// error arrives as `.other`, named by its type alone.
public protocol Engine: Sendable {
    /// Everything the body reads is of one instant. Writing throws `.readOnly`.
    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T

    /// When this returns, what the body wrote is durable; when it throws, nothing of it is there, unless the kind is
    /// `.unavailable`, when the commit's fate may be unknown. Writers behave as if they had run one after another.
    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T

    var dialect: Dialect { get }

    /// Lets the bodies that wait finish, then lets go of the database. Later calls throw `.unavailable`.
    func close() async
}

/// The hand on the store inside a body. It cannot be kept, copied or carried out.
public struct Transaction: ~Copyable {
    private let session: any Session

    // Swift 6.3's optimiser aborts when it inlines the making of a `~Copyable` struct from a borrowed reference.
    @inline(never)
    init(session: any Session) { self.session = session }

    public var dialect: Dialect { session.dialect }

    /// The number of rows changed.
    @discardableResult
    public func execute(_ sql: SQL) throws(StorageError) -> Int {
        try session.run(sql) { (_: borrowing Row) throws(StorageError) in true }
    }

    public func query<T>(
        _ sql: SQL, _ map: (borrowing Row) throws -> T
    ) throws(StorageError) -> [T] {
        var found: [T] = []
        _ = try session.run(sql) { (row: borrowing Row) throws(StorageError) in
            do { found.append(try map(row)) } catch { throw StorageError(body: error) }
            return true
        }
        return found
    }

    /// The first row, or nil when there is none.
    public func queryOne<T>(
        _ sql: SQL, _ map: (borrowing Row) throws -> T
    ) throws(StorageError) -> T? {
        var found: T?
        _ = try session.run(sql) { (row: borrowing Row) throws(StorageError) in
            do { found = try map(row) } catch { throw StorageError(body: error) }
            return false
        }
        return found
    }
}

/// One connection inside one transaction, as `Transaction` sees it.
protocol Session: AnyObject {
    var dialect: Dialect { get }

    /// Runs one statement and shows each row until `each` returns false. Returns the number of rows changed.
    func run(_ sql: SQL, _ each: (borrowing Row) throws(StorageError) -> Bool) throws(StorageError) -> Int
}
