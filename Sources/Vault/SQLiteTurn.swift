// Hides whose turn it is to write where several processes share one file. SQLite's own lock knows no queue: a process that
// writes without a pause can keep another out for long. Who waits for that lock holds the turn meanwhile, so a neighbour
// that has just written comes after.

import Glibc

final class SQLiteTurn: @unchecked Sendable {
    /// How often the turn is asked for, 5 ms apart after the first few: about as long as SQLite's lock is waited for.
    private static let patience = 3_000

    private let file: Int32

    /// `path` is the database's; the turn is an empty file beside it. Nil where none can be made: then there is no order, as
    /// without it.
    init?(path: String) {
        file = open(path + "-turn", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
    }

    deinit { close(file) }

    /// Runs `asking`, which waits for SQLite's lock, while no other process may ask. A process that stands still with the turn in
    /// its hand is passed by in the end.
    func during<T, Failure: Error>(_ asking: () throws(Failure) -> T) throws(Failure) -> T {
        var attempt = 0
        while flock(file, LOCK_EX | LOCK_NB) != 0, attempt < Self.patience {
            usleep(attempt < 10 ? 300 : 5_000)
            attempt += 1
        }
        defer { flock(file, LOCK_UN) }
        return try asking()
    }
}
