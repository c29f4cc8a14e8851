// Hides the pool, the races and the losses. Promises the contract of `Engine` on a PostgreSQL: conflicts are tried again,
// a lost connection is ordinary, and a commit whose fate is unknown is never called a success or tried twice.

import Dispatch

/// A store in the PostgreSQL that a libpq URL names.
public final class PostgresEngine: Engine {
    private let url: String
    private let pool: Pool<PostgresConnection>
    /// Writers share it; one that has lost too often has it alone. It is fair: who comes later waits behind that one.
    private let arena = DispatchQueue(label: "licet.vault.postgres.arena", attributes: .concurrent)

    public var dialect: Dialect { .postgres }

    /// Connects once, to fail early; the other connections are made when they are needed.
    public init(url: String, connections: Int = 8) async throws(StorageError) {
        self.url = url
        pool = Pool(
            (0..<max(1, connections)).map { number in
                Seat(number: number, label: "licet.vault.postgres", connection: nil)
            })
        _ = try await read { tx in try tx.queryOne("SELECT 1") { row in row.int(0) } }
    }

    public func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        try await run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", in: nil, body)
    }

    public func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        try await run("BEGIN ISOLATION LEVEL SERIALIZABLE", in: arena, body)
    }

    public func close() async { await pool.close() }

    private func run<T: Sendable>(
        _ beginning: String, in arena: DispatchQueue?, _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let outcome = await withUnsafeContinuation { caller in
            let job = PostgresJob(url: url, beginning: beginning, arena: arena, body: body)
            let isAccepted = pool.submit { seat in
                job.run(on: seat) { outcome in
                    self.pool.free(seat)
                    caller.resume(returning: outcome)
                }
            }
            if !isAccepted { caller.resume(returning: .failure(.closed)) }
        }
        return try outcome.get()
    }
}

/// One body on its way to a commit.
private final class PostgresJob<T: Sendable>: @unchecked Sendable {
    typealias Outcome = Result<T, StorageError>

    private enum Step {
        case done(Outcome)
        case again(after: DispatchTimeInterval)
    }

    private let url: String
    private let beginning: String
    private let arena: DispatchQueue?
    private let body: @Sendable (borrowing Transaction) throws -> T
    // Only on the seat's queue.
    private var conflicts = 0
    private var losses = 0

    init(
        url: String, beginning: String, arena: DispatchQueue?,
        body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) {
        self.url = url
        self.beginning = beginning
        self.arena = arena
        self.body = body
    }

    /// Keeps the seat until the end: who waits for another try does not queue again.
    func run(on seat: Seat<PostgresConnection>, _ finish: @escaping @Sendable (Outcome) -> Void) {
        let step: Step =
            if let arena {
                // Without this a much wanted row could outlast all tries of somebody unlucky.
                arena.sync(flags: conflicts < 3 ? [] : .barrier) { attempt(seat) }
            } else {
                attempt(seat)
            }
        switch step {
        case .done(let outcome): finish(outcome)
        case .again(let delay): seat.queue.asyncAfter(deadline: .now() + delay) { self.run(on: seat, finish) }
        }
    }

    private func attempt(_ seat: Seat<PostgresConnection>) -> Step {
        let connection: PostgresConnection
        do {
            connection = if let kept = seat.connection { kept } else { try PostgresConnection(url: url) }
        } catch {
            return .done(.failure(error))
        }
        seat.connection = connection
        if let failure = connection.command(beginning, answers: "BEGIN") { return miss(failure, seat, connection) }
        var value: T?
        let failure = connection.attempt { value = try body(Transaction(session: connection)) }
        guard failure == nil, let value else {
            let failure = failure ?? PostgresFailure(error: .closed, state: "")
            if connection.isAlive, connection.command("ROLLBACK", answers: "ROLLBACK") != nil { seat.connection = nil }
            return miss(failure, seat, connection)
        }
        guard connection.isInTransaction || !connection.isAlive else {
            return .done(.failure(StorageError(.other, "a body ended the transaction")))
        }
        guard let failure = connection.command("COMMIT", answers: "COMMIT") else { return .done(.success(value)) }
        if connection.isAlive { return miss(failure, seat, connection) }
        seat.connection = nil
        return .done(.failure(StorageError(.unavailable, "the connection was lost at COMMIT: its fate is unknown")))
    }

    /// Before COMMIT nothing has happened, so a lost connection or a conflict is a reason to run the body again.
    private func miss(
        _ failure: PostgresFailure, _ seat: Seat<PostgresConnection>, _ connection: PostgresConnection
    ) -> Step {
        if !connection.isAlive {
            seat.connection = nil
            losses += 1
            return losses <= 2 ? .again(after: .nanoseconds(0)) : .done(.failure(failure.error))
        }
        guard failure.isConflict, conflicts < 10 else { return .done(.failure(failure.error)) }
        conflicts += 1
        return .again(after: .microseconds(backoff(conflict: conflicts, seat: seat.number)))
    }
}

/// 1 ms doubled with each conflict up to 128 ms, then spread between half and one and a half of that by seat, so that
/// those who collided do not meet again.
func backoff(conflict: Int, seat: Int) -> Int {
    let full = 1_000 << min(conflict - 1, 7)
    let scattered = (UInt64(seat) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(conflict) &* 0xBF58_476D_1CE4_E5B9) >> 40
    return full / 2 + Int(scattered % UInt64(full))
}
