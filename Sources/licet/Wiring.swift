// The only file that knows every concrete type: which engine, which clock, which keys.

import AsyncHTTPClient
import Domain
import Gateway
import Logging
import Vault

/// A deployment with its storage open and migrated.
struct Deployment: Sendable {
    let settings: Settings
    let engine: any Engine
    let gateway: Gateway
    let logger: Logger
    /// For everything that goes out; it follows no redirect.
    let client: HTTPClient

    /// `quiet` for commands that talk to a person: only warnings are logged then.
    static func open(_ settings: Settings, quiet: Bool) async throws -> Deployment {
        try Directories.make(settings.dataDirectory)
        let logger = makeLogger(settings, quiet: quiet)
        let engine = try await openEngine(settings)
        _ = try await migrateOnRecord(engine)
        let given = try MasterKeyFile.load(settings)
        let masterKey: MasterKey
        do throws(MasterKeyFault) {
            masterKey = try await given.settled(in: engine, at: World.real.now())
        } catch {
            await engine.close()
            throw SettingFault(error)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPCourier.configuration)
        let keySets = RemoteKeySets(source: HTTPKeySetSource(client), allowedHosts: Set(settings.keySetHosts))
        let gateway = Gateway(
            engine: engine, world: .real, policy: settings.policy, masterKey: masterKey, keySets: keySets,
            logger: logger)
        return Deployment(settings: settings, engine: engine, gateway: gateway, logger: logger, client: client)
    }

    /// The last thing to do with it.
    func close() async {
        try? await client.shutdown()
        await engine.close()
    }

    /// Brings the store to this version's schema, which is told in its trail; the numbers applied.
    static func migrateOnRecord(_ engine: any Engine) async throws -> [Int] {
        let applied = try await migrate(engine, Schema.migrations, at: World.real.now())
        if !applied.isEmpty { try await Gateway.recordOperation(.schemaMigrated, in: engine, world: .real) }
        return applied
    }

    static func openEngine(_ settings: Settings) async throws(StorageError) -> any Engine {
        if settings.usesPostgres { return try await PostgresEngine(url: settings.database) }
        return try SQLiteEngine(path: settings.database)
    }

    private static func makeLogger(_ settings: Settings, quiet: Bool) -> Logger {
        let json = settings.logsJSON
        var logger = Logger(label: "licet") { label in LineLog(label: label, json: json) }
        logger.logLevel = quiet ? max(settings.logLevel, .warning) : settings.logLevel
        return logger
    }
}
