// Hides group commit: bodies that wait together share one transaction and one fsync, each in its own savepoint, and
// nobody is answered before the commit. One thread writes.

import Dispatch
import Synchronization

/// A body with the caller who waits for it.
class WriteJob: @unchecked Sendable {
    let isReadOnly: Bool

    init(isReadOnly: Bool) { self.isReadOnly = isReadOnly }

    /// Runs the body and keeps its outcome. Returns the error it ended with. Only on the writer's queue.
    func run(on connection: SQLiteConnection) -> StorageError? { nil }

    /// Wakes the caller, with the group's error if there is one, else with the body's outcome.
    func answer(_ groupError: StorageError?) {}
}

final class BodyJob<T: Sendable>: WriteJob, @unchecked Sendable {
    typealias Body = @Sendable (borrowing Transaction) throws -> T
    private let body: Body
    private let caller: UnsafeContinuation<Result<T, StorageError>, Never>
    private var outcome: Result<T, StorageError> = .failure(.closed)

    init(isReadOnly: Bool, caller: UnsafeContinuation<Result<T, StorageError>, Never>, body: @escaping Body) {
        self.body = body
        self.caller = caller
        super.init(isReadOnly: isReadOnly)
    }

    override func run(on connection: SQLiteConnection) -> StorageError? {
        let error = connection.attempt(readOnly: isReadOnly) {
            outcome = .success(try body(Transaction(session: connection)))
        }
        if let error { outcome = .failure(error) }
        return error
    }

    override func answer(_ groupError: StorageError?) {
        caller.resume(returning: groupError.map { .failure($0) } ?? outcome)
    }
}

final class SQLiteWriter: @unchecked Sendable {
    /// Bounds how long the first of a group waits for the last.
    private static let groupLimit = 256

    private struct Inbox {
        var waiting: [WriteJob] = []
        var isServed = false
        var isClosed = false
    }

    private let path: String?
    /// Nil for a store in memory, which nobody else can have.
    private let turn: SQLiteTurn?
    private let queue = DispatchQueue(label: "licet.vault.writer")
    private let inbox = Mutex(Inbox())
    /// Only on `queue`. Nil after it was given up: the next group opens another.
    private var connection: SQLiteConnection?

    init(path: String?, connection: SQLiteConnection) {
        self.path = path
        turn = path.flatMap(SQLiteTurn.init)
        self.connection = connection
    }

    func submit(_ job: WriteJob) {
        let (isAccepted, mustServe) = inbox.withLock { inbox in
            if inbox.isClosed { return (false, false) }
            inbox.waiting.append(job)
            defer { inbox.isServed = true }
            return (true, !inbox.isServed)
        }
        if mustServe { queue.async { self.serve() } }
        if !isAccepted { job.answer(.closed) }
    }

    func close() async {
        inbox.withLock { $0.isClosed = true }
        await withUnsafeContinuation { (answer: UnsafeContinuation<Void, Never>) in
            // Behind whatever is being served: the queue is serial.
            queue.async {
                self.connection = nil
                answer.resume()
            }
        }
    }

    /// Runs something on the writer's connection between two groups.
    func aside(_ work: @escaping @Sendable (SQLiteConnection) throws(StorageError) -> Void) async throws(StorageError) {
        let outcome: Result<Void, StorageError> = await withUnsafeContinuation { answer in
            queue.async {
                guard let connection = self.connection else { return answer.resume(returning: .failure(.closed)) }
                answer.resume(returning: Result { () throws(StorageError) in try work(connection) })
            }
        }
        try outcome.get()
    }

    private func serve() {
        while true {
            let group = inbox.withLock { inbox in
                let group = Array(inbox.waiting.prefix(Self.groupLimit))
                inbox.waiting.removeFirst(group.count)
                if group.isEmpty { inbox.isServed = false }
                return group
            }
            if group.isEmpty { return }
            let error = commit(group)
            for job in group { job.answer(error) }
        }
    }

    /// The error that befell the whole group, or nil: then each job holds its own outcome.
    private func commit(_ group: [WriteJob]) -> StorageError? {
        let connection: SQLiteConnection
        do {
            connection = try openIfNeeded()
            try begin(on: connection)
        } catch {
            // Busy means that another process writes. Anything else, and the next group starts on a fresh connection.
            if error.kind != .busy { giveUp() }
            return error
        }
        let isAlone = group.count == 1
        // A file that was opened while it might not be written stays so for its handle: the next group opens another.
        var mayWrite = true
        defer { if !mayWrite { giveUp() } }
        do throws(StorageError) {
            for job in group {
                if !isAlone { try connection.command("SAVEPOINT body") }
                let error = job.run(on: connection)
                if error?.kind == .readOnly, !job.isReadOnly { mayWrite = false }
                guard connection.isInTransaction else {
                    // SQLite has rolled back all of it, the neighbours' work too.
                    throw error ?? StorageError(.other, "a body ended the transaction")
                }
                if isAlone, error != nil {
                    try connection.command("ROLLBACK")
                    return nil
                }
                if error != nil { try connection.command("ROLLBACK TO body") }
                if !isAlone { try connection.command("RELEASE body") }
            }
            try connection.command("COMMIT")
            return nil
        } catch {
            // After a failed fsync the pages' state is unknown: never try the same commit again on this handle.
            giveUp()
            return isAlone || error.kind == .full ? error : StorageError(.unavailable, error.message)
        }
    }

    private func begin(on connection: SQLiteConnection) throws(StorageError) {
        guard let turn else { return try connection.command("BEGIN IMMEDIATE") }
        try turn.during { () throws(StorageError) in try connection.command("BEGIN IMMEDIATE") }
    }

    private func openIfNeeded() throws(StorageError) -> SQLiteConnection {
        if let connection { return connection }
        let opened = try SQLiteConnection(path: path)
        connection = opened
        return opened
    }

    private func giveUp() {
        // A store in memory dies with its connection.
        if path == nil {
            try? connection?.command("ROLLBACK")
        } else {
            connection = nil
        }
    }
}
