// A store that takes nothing for a while: what a full disk, a read-only file or a lost database is to a verb.

import Synchronization
import TestKit
import Vault

final class BrokenEngine: Engine {
    private struct State {
        var fault: StorageError?
        var readsFail = false
        /// The transaction is whole, and the caller never hears of it.
        var isSilent = false
        var writes = 0
    }

    private let inner: any Engine
    private let state = Mutex(State())

    init(_ inner: any Engine) { self.inner = inner }

    /// From now on; nil mends it. With `silently` what is written is there, but its fate is told as unknown.
    func fail(with kind: StorageError.Kind?, readsToo: Bool = false, silently: Bool = false) {
        state.withLock { state in
            state.fault = kind.map { StorageError($0, "planted") }
            state.readsFail = readsToo
            state.isSilent = silently
        }
    }

    /// How many write transactions were asked for.
    var writes: Int { state.withLock { $0.writes } }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let fault = state.withLock { $0.readsFail ? $0.fault : nil }
        if let fault { throw fault }
        return try await inner.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        let (fault, isSilent) = state.withLock { state in
            state.writes += 1
            return (state.fault, state.isSilent)
        }
        if let fault, !isSilent { throw fault }
        let answer = try await inner.write(body)
        if let fault { throw fault }
        return answer
    }

    var dialect: Dialect { inner.dialect }
    func close() async { await inner.close() }
}

extension Stage {
    /// The same house over a store that can be broken.
    func breakable() async throws -> (stage: Stage, engine: BrokenEngine) {
        let engine = BrokenEngine(self.engine)
        return (try await Stage(engine: engine, clock: clock, policy: policy), engine)
    }
}
