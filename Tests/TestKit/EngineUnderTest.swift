// Hides how a fresh, empty store of each kind is come by. SQLite in memory is also the test double for everything above.

import Foundation
import Synchronization
public import Testing
public import Vault

/// The stores that one suite holds to one contract.
public enum EngineUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqliteMemory, sqliteFile, postgres

    public var testDescription: String {
        switch self {
        case .sqliteMemory: "SQLite in memory"
        case .sqliteFile: "SQLite file"
        case .postgres: "PostgreSQL"
        }
    }

    /// A libpq URL of a database in which the tests may make and drop schemas.
    public static let postgresURL: String? = ProcessInfo.processInfo.environment["LICET_TEST_POSTGRES"].flatMap { url in
        url.isEmpty ? nil : url
    }

    /// True when a run without PostgreSQL is a failure (`LICET_REQUIRE_POSTGRES=1`).
    public static let isPostgresRequired = ProcessInfo.processInfo.environment["LICET_REQUIRE_POSTGRES"] == "1"

    public static var available: [EngineUnderTest] {
        allCases.filter { $0 != .postgres || postgresURL != nil }
    }

    /// Fresh and empty. Closing it removes what it left behind.
    public func open() async throws -> any Engine {
        switch self {
        case .sqliteMemory:
            return try SQLiteEngine(path: nil)
        case .sqliteFile:
            let folder = try TemporaryFolder()
            return DisposableEngine(try SQLiteEngine(path: folder.file("licet.db"))) { folder.remove() }
        case .postgres:
            await postgresPlaces.take()
            do {
                let schema = try await PostgresSchema()
                return DisposableEngine(try await PostgresEngine(url: schema.url)) {
                    await schema.drop()
                    postgresPlaces.free()
                }
            } catch {
                postgresPlaces.free()
                throw error
            }
        }
    }

    /// Two hands on one fresh store, as two nodes have; in memory there is only the one.
    public func tryingTwo(_ test: (any Engine, any Engine) async throws -> Void) async throws {
        switch self {
        case .sqliteMemory:
            try await trying { engine in try await test(engine, engine) }
        case .sqliteFile:
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let engines = try (0..<2).map { _ in try SQLiteEngine(path: folder.file("licet.db")) }
            try await Self.closing(engines[0], engines[1], after: test)
        case .postgres:
            await postgresPlaces.take()
            defer { postgresPlaces.free() }
            let schema = try await PostgresSchema()
            do {
                try await Self.closing(
                    try await PostgresEngine(url: schema.url), try await PostgresEngine(url: schema.url), after: test)
            } catch {
                await schema.drop()
                throw error
            }
            await schema.drop()
        }
    }

    private static func closing(
        _ one: any Engine, _ other: any Engine, after test: (any Engine, any Engine) async throws -> Void
    ) async throws {
        do {
            try await test(one, other)
        } catch {
            await one.close()
            await other.close()
            throw error
        }
        await one.close()
        await other.close()
    }

    /// Opens, runs and closes, also when the test throws.
    public func trying(_ test: (any Engine) async throws -> Void) async throws {
        let engine = try await open()
        do {
            try await test(engine)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
    }
}

extension Engine {
    /// One statement in a transaction of its own. Returns the number of rows changed.
    @discardableResult
    public func execute(_ sql: SQL) async throws(StorageError) -> Int {
        try await write { tx in try tx.execute(sql) }
    }
}

/// A folder of its own for one test's files.
public struct TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "/licet-test-\(freshName())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }
    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// A schema of its own in the test database, so that tests can run side by side.
public struct PostgresSchema: Sendable {
    public struct NoDatabase: Error {}

    /// Names the test database with this schema as the only one searched.
    public let url: String
    private let base: String
    private let name: String

    public init() async throws {
        guard let base = EngineUnderTest.postgresURL else { throw NoDatabase() }
        self.base = base
        let name = "licet_test_\(freshName())"
        self.name = name
        url = "\(base)\(base.contains("?") ? "&" : "?")options=-csearch_path%3D\(name)"
        let owner = try await PostgresEngine(url: base, connections: 1)
        try await owner.write { tx in
            try tx.execute("DROP SCHEMA IF EXISTS \(raw: name) CASCADE")
            try tx.execute("CREATE SCHEMA \(raw: name)")
        }
        await owner.close()
    }

    public func drop() async {
        guard let owner = try? await PostgresEngine(url: base, connections: 1) else { return }
        let name = name
        _ = try? await owner.write { tx in try tx.execute("DROP SCHEMA \(raw: name) CASCADE") }
        await owner.close()
    }
}

/// An engine that tidies up after itself.
private final class DisposableEngine: Engine {
    private let engine: any Engine
    private let tidy: @Sendable () async -> Void

    init(_ engine: any Engine, tidy: @escaping @Sendable () async -> Void) {
        self.engine = engine
        self.tidy = tidy
    }

    var dialect: Dialect { engine.dialect }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        try await engine.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws(StorageError) -> T {
        try await engine.write(body)
    }

    func close() async {
        await engine.close()
        await tidy()
    }
}

/// However many tests run side by side, the database has only so many connections.
private let postgresPlaces = Places(8)

private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { caller in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(caller)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { caller.resume() }
        }
    }

    func free() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return CheckedContinuation<Void, Never>?.none
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// Unique among the test processes of this machine, without dice.
private func freshName() -> String {
    "\(ProcessInfo.processInfo.processIdentifier)_\(counter.add(1, ordering: .relaxed).newValue)"
}

private let counter = Atomic(0)
