// What a deployment sets, from a file and the environment, checked at once. Printing it never shows a secret.

import Configuration
import Domain
import Gateway
import Logging
import SystemPackage

/// A setting that cannot be used; names the key and what it should be.
struct SettingFault: Error, CustomStringConvertible {
    let description: String
    init(_ key: String, _ message: String) { description = "setting \(key): \(message)" }
}

struct Settings: Sendable {
    let publicURL: String
    let host: String
    let port: Int
    /// A file path, or a `postgresql://` URL.
    let database: String
    let dataDirectory: String
    let sealingKey: String?
    let trustedProxies: [String]
    let secureCookies: Bool
    let approvalWindow: ApprovalWindow
    let mayPreCheck: Bool
    let metricsToken: String?
    let logLevel: Logger.Level
    let logsJSON: Bool

    /// The file may be missing unless it was named. The environment wins over the file.
    static func load(file: String?) async throws -> Settings {
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "licet")
        let yaml = try await FileProvider<YAMLSnapshot>(
            filePath: FilePath(file ?? "licet.yaml"), allowMissing: file == nil)
        return try Settings(ConfigReader(providers: [environment, yaml]))
    }

    init(_ config: ConfigReader) throws(SettingFault) {
        host = config.string(forKey: "listen.host", default: "127.0.0.1")
        port = config.int(forKey: "listen.port", default: 8080)
        guard (1...65_535).contains(port) else { throw SettingFault("listen.port", "1 to 65535") }
        var address = config.string(forKey: "public_url", default: "http://127.0.0.1:\(port)")
        while address.hasSuffix("/") { address.removeLast() }
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw SettingFault("public_url", "an http or https URL")
        }
        publicURL = address
        dataDirectory = config.string(forKey: "data_directory", default: "data")
        database = config.string(forKey: "database", isSecret: true, default: "\(dataDirectory)/licet.sqlite")
        sealingKey = config.string(forKey: "sealing_key", isSecret: true)
        trustedProxies = config.string(forKey: "trusted_proxies", default: "")
            .split(separator: ",").map { String($0).trimmedOfSpaces }
        secureCookies = config.bool(forKey: "secure_cookies", default: address.hasPrefix("https://"))
        guard let window = ApprovalWindow(minutes: config.int(forKey: "approval_minutes", default: 15)) else {
            throw SettingFault("approval_minutes", "1 to 60")
        }
        approvalWindow = window
        mayPreCheck = config.bool(forKey: "pre_check", default: false)
        metricsToken = config.string(forKey: "metrics_token", isSecret: true)
        guard let level = Logger.Level(rawValue: config.string(forKey: "log_level", default: "info")) else {
            throw SettingFault("log_level", "trace, debug, info, notice, warning, error or critical")
        }
        logLevel = level
        let format = config.string(forKey: "log_format", default: "text")
        guard format == "text" || format == "json" else { throw SettingFault("log_format", "text or json") }
        logsJSON = format == "json"
    }

    var usesPostgres: Bool { database.hasPrefix("postgresql://") || database.hasPrefix("postgres://") }

    var policy: Policy {
        Policy(publicURL: publicURL, approvalWindow: approvalWindow, mayPreCheck: mayPreCheck)
    }

    /// One line each; secrets are named, never shown.
    var printable: [(String, String)] {
        [
            ("public_url", publicURL), ("listen", "\(host):\(port)"),
            ("database", usesPostgres ? "PostgreSQL" : database), ("data_directory", dataDirectory),
            ("sealing_key", sealingKey == nil ? "\(dataDirectory)/sealing.key" : "from the settings"),
            ("trusted_proxies", trustedProxies.isEmpty ? "none" : trustedProxies.joined(separator: ", ")),
            ("secure_cookies", "\(secureCookies)"),
            ("approval_minutes", "\(approvalWindow.span.seconds / 60)"), ("pre_check", "\(mayPreCheck)"),
            ("metrics", metricsToken == nil ? "this machine only" : "with a token"), ("log_level", logLevel.rawValue),
        ]
    }
}
