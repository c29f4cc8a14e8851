// A store in which something happens right after a read: what another node does between two steps of a verb.

import Synchronization
import TestKit
import Vault

final class InterruptedEngine: Engine {
    typealias Event = @Sendable () async throws(StorageError) -> Void

    private struct Plan {
        var skipped = 0
        var left = 0
        var event: Event?
    }

    private let inner: any Engine
    private let plan = Mutex(Plan())

    init(_ inner: any Engine) { self.inner = inner }

    /// `event` happens after each of so many reads, once some were skipped.
    func after(reads: Int, skipping: Int = 0, _ event: @escaping Event) {
        plan.withLock { $0 = Plan(skipped: skipping, left: reads, event: event) }
    }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let answer = try await inner.read(body)
        let event = plan.withLock { plan -> Event? in
            if plan.skipped > 0 {
                plan.skipped -= 1
                return nil
            }
            guard plan.left > 0 else { return nil }
            plan.left -= 1
            return plan.event
        }
        try await event?()
        return answer
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T { try await inner.write(body) }

    var dialect: Dialect { inner.dialect }
    func close() async { await inner.close() }
}

extension Stage {
    /// The same house, in which something may happen between two steps.
    func interrupted() async throws -> (stage: Stage, engine: InterruptedEngine) {
        let engine = InterruptedEngine(self.engine)
        return (try await Stage(engine: engine, clock: clock, policy: policy), engine)
    }
}
