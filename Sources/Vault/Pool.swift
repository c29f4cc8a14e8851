// Hides who waits for which connection: jobs are served in the order they came, each seat on a serial queue of its own,
// so that no thread of Swift's concurrency pool ever blocks.

import Dispatch
import Synchronization

/// One connection's place: the connection itself is touched only on the seat's queue.
final class Seat<Connection>: @unchecked Sendable {
    let number: Int
    let queue: DispatchQueue
    /// Nil while there is none, e.g. after it was lost. Only on `queue`.
    var connection: Connection?

    init(number: Int, label: String, connection: Connection?) {
        self.number = number
        self.queue = DispatchQueue(label: "\(label).\(number)")
        self.connection = connection
    }
}

/// Connections and the jobs that wait for them.
final class Pool<Connection>: Sendable {
    /// Runs on the seat's queue and calls the pool's `free` exactly once, then or later.
    typealias Job = @Sendable (Seat<Connection>) -> Void

    private struct State {
        var idle: [Seat<Connection>]
        var waiting: [Job] = []
        /// The jobs of `waiting` before this place have been handed out.
        var handedOut = 0
        var isClosed = false
        var whenEmpty: (@Sendable () -> Void)?
    }

    private let seats: [Seat<Connection>]
    private let state: Mutex<State>

    init(_ seats: [Seat<Connection>]) {
        self.seats = seats
        state = Mutex(State(idle: seats.reversed()))
    }

    /// False once the pool is closed: the job will not run.
    func submit(_ job: @escaping Job) -> Bool {
        let (accepted, seat) = state.withLock { state -> (Bool, Seat<Connection>?) in
            if state.isClosed { return (false, nil) }
            if let seat = state.idle.popLast() { return (true, seat) }
            state.waiting.append(job)
            return (true, nil)
        }
        if let seat { seat.queue.async { job(seat) } }
        return accepted
    }

    /// The seat takes the job that has waited longest, or rests.
    func free(_ seat: Seat<Connection>) {
        let (next, isEmpty) = state.withLock { state -> (Job?, (@Sendable () -> Void)?) in
            if state.handedOut < state.waiting.count {
                let job = state.waiting[state.handedOut]
                state.handedOut += 1
                if state.handedOut == state.waiting.count || state.handedOut == 1_024 {
                    state.waiting.removeFirst(state.handedOut)
                    state.handedOut = 0
                }
                return (job, nil)
            }
            state.idle.append(seat)
            return (nil, state.idle.count == seats.count ? state.whenEmpty : nil)
        }
        if let next { seat.queue.async { next(seat) } }
        isEmpty?()
    }

    /// Refuses new jobs, lets the others finish, then drops every connection.
    func close() async {
        await withUnsafeContinuation { (answer: UnsafeContinuation<Void, Never>) in
            let isEmptyNow = state.withLock { state in
                if state.isClosed { return true }
                state.isClosed = true
                if state.idle.count == seats.count { return true }
                state.whenEmpty = { answer.resume() }
                return false
            }
            if isEmptyNow { answer.resume() }
        }
        for seat in seats {
            await withUnsafeContinuation { (answer: UnsafeContinuation<Void, Never>) in
                seat.queue.async {
                    seat.connection = nil
                    answer.resume()
                }
            }
        }
    }
}
