// `licet migrate`, `licet check`, `licet backup`, `licet restore`: what an operator does around a deployment.

import ArgumentParser
import Domain
import Gateway
import Glibc
import Vault
import Web

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the database to this version's schema.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let settings = try await Settings.load(file: options.config)
        try Directories.make(settings.dataDirectory)
        let engine = try await Deployment.openEngine(settings)
        let applied = try await Deployment.migrateOnRecord(engine)
        await engine.close()
        Terminal.say(applied.isEmpty ? "nothing to do" : "applied \(applied.map(String.init).joined(separator: ", "))")
    }
}

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the settings that hold, and try the storage.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let settings = try await Settings.load(file: options.config)
        let width = settings.printable.map(\.0.count).max() ?? 0
        for (key, value) in settings.printable {
            Terminal.say(key + String(repeating: " ", count: width - key.count + 2) + value)
        }
        try await withDeployment(options) { deployment in
            // What only the web surface reads is tried as `serve` would.
            do throws(WebFault) {
                _ = try makeRouter(
                    gateway: deployment.gateway, settings: WebSettings(settings), metricsText: { "" },
                    logger: deployment.logger)
            } catch { throw SettingFault(error) }
            guard await deployment.gateway.isReady() else { throw ValidationError("the storage does not answer") }
            Terminal.say("the storage answers")
        }
    }
}

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the embedded database to a file while it is in use.",
        discussion: "The sealing key is not in it: keep sealing.key apart. For PostgreSQL use pg_dump.")

    @OptionGroup var options: CommonOptions
    @Argument(help: "The file to write; it must not exist.")
    var file: String

    func run() async throws {
        let settings = try await Settings.load(file: options.config)
        guard !settings.usesPostgres else { throw ValidationError("This deployment is on PostgreSQL: use pg_dump.") }
        guard access(file, F_OK) != 0 else { throw ValidationError("\(file) is there already.") }
        let engine = try SQLiteEngine(path: settings.database)
        try await engine.backup(to: file)
        try await Gateway.recordOperation(.backupMade, in: engine, world: .real)
        await engine.close()
        chmod(file, 0o600)
        Terminal.say("backed up to \(file); keep \(settings.dataDirectory)/sealing.key apart from it")
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in place of the embedded database.",
        discussion: "Stop the server first. What was there is kept beside it as .before-restore.")

    @OptionGroup var options: CommonOptions
    @Argument(help: "A file that `licet backup` wrote.")
    var file: String

    func run() async throws {
        let settings = try await Settings.load(file: options.config)
        guard !settings.usesPostgres else { throw ValidationError("This deployment is on PostgreSQL: use pg_restore.") }
        try Directories.make(settings.dataDirectory)
        let incoming = settings.database + ".restoring"
        unlink(incoming)
        // Through the database engine, so that a damaged file is noticed before anything is replaced.
        let source = try SQLiteEngine(path: file)
        try await source.backup(to: incoming)
        await source.close()
        chmod(incoming, 0o600)
        if access(settings.database, F_OK) == 0 {
            let current = try SQLiteEngine(path: settings.database)
            await current.close()
            guard rename(settings.database, settings.database + ".before-restore") == 0 else {
                throw ValidationError("\(settings.database) cannot be moved aside")
            }
            unlink(settings.database + "-wal")
            unlink(settings.database + "-shm")
        }
        guard rename(incoming, settings.database) == 0 else {
            throw ValidationError("\(settings.database) cannot be written")
        }
        let restored = try SQLiteEngine(path: settings.database)
        _ = try await Deployment.migrateOnRecord(restored)
        try await Gateway.recordOperation(.backupRestored, in: restored, world: .real)
        await restored.close()
        Terminal.say("restored from \(file)")
    }
}
