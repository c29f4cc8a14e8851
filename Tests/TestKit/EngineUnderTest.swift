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
            let schema = try await PostgresSchema()
            return DisposableEngine(try await PostgresEngine(url: schema.url)) { await schema.drop() }
        }
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

/// Unique among the test processes of this machine, without dice.
private func freshName() -> String {
    "\(ProcessInfo.processInfo.processIdentifier)_\(counter.add(1, ordering: .relaxed).newValue)"
}

private let counter = Atomic(0)
