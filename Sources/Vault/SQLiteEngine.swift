// Hides that there is one writer and a few readers. Promises the contract of `Engine` on a file or in memory.

/// A store in one SQLite file (WAL, every commit synced), or in memory for tests and demonstrations.
public final class SQLiteEngine: Engine {
    private let writer: SQLiteWriter
    /// Nil in memory, where the one connection does everything.
    private let readers: Pool<SQLiteConnection>?

    public var dialect: Dialect { .sqlite }

    /// Nil as the path is a store in memory, gone with the engine.
    public init(path: String?, readers: Int = 2) throws(StorageError) {
        writer = SQLiteWriter(path: path, connection: try SQLiteConnection(path: path))
        guard let path else {
            self.readers = nil
            return
        }
        var seats: [Seat<SQLiteConnection>] = []
        for number in 0..<max(1, readers) {
            let connection = try SQLiteConnection(path: path)
            seats.append(Seat(number: number, label: "licet.vault.reader", connection: connection))
        }
        self.readers = Pool(seats)
    }

    public func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let outcome = await withUnsafeContinuation { caller in
            writer.submit(BodyJob(isReadOnly: false, caller: caller, body: body))
        }
        return try outcome.get()
    }

    public func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let outcome: Result<T, StorageError> = await withUnsafeContinuation { caller in
            let job = BodyJob(isReadOnly: true, caller: caller, body: body)
            guard let readers else { return writer.submit(job) }
            let isAccepted = readers.submit { seat in
                let error = Self.look(seat, job)
                readers.free(seat)
                job.answer(error)
            }
            if !isAccepted { job.answer(.closed) }
        }
        return try outcome.get()
    }

    /// Writes a whole copy of the store into a new file. Others go on reading and writing meanwhile.
    public func backup(to path: String) async throws(StorageError) {
        guard let readers else {
            return try await writer.aside { (connection) throws(StorageError) in try connection.copy(to: path) }
        }
        let outcome: Result<Void, StorageError> = await withUnsafeContinuation { caller in
            let isAccepted = readers.submit { seat in
                let outcome = Result { () throws(StorageError) in
                    guard let connection = seat.connection else { throw .closed }
                    try connection.copy(to: path)
                }
                readers.free(seat)
                caller.resume(returning: outcome)
            }
            if !isAccepted { caller.resume(returning: .failure(.closed)) }
        }
        try outcome.get()
    }

    public func close() async {
        await readers?.close()
        await writer.close()
    }

    /// One snapshot: SQLite takes it at the first statement and keeps it until the end.
    private static func look(_ seat: Seat<SQLiteConnection>, _ job: WriteJob) -> StorageError? {
        guard let connection = seat.connection else { return .closed }
        do {
            try connection.command("BEGIN DEFERRED")
            _ = job.run(on: connection)
            try connection.command("COMMIT")
            return nil
        } catch {
            if connection.isInTransaction { try? connection.command("ROLLBACK") }
            return error
        }
    }
}
