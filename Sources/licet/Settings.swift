// What a deployment sets, from a file and the environment, checked at once. Printing it never shows a secret.

import Configuration
import Domain
import Gateway
import Logging
import SystemPackage
import Vault
import Web

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
    /// The key that is being replaced: it still opens.
    let formerSealingKey: String?
    let trustedProxies: [String]
    let secureCookies: Bool
    let approvalWindow: ApprovalWindow
    let mayPreCheck: Bool
    let accountBudget: SpendingBudget
    let addressBudget: SpendingBudget
    /// Where clients' key sets may be fetched from: host names, in lower case.
    let keySetHosts: [String]
    let refreshWindow: Span
    /// Of the audit log, from its first start on; nil is where it is found.
    let logName: String?
    /// How many years entries of the trail are kept at least.
    let trailRetentionYears: Int
    /// Where the policy of the log's witnesses is, and what it says.
    let witnesses: (file: String, policy: WitnessPolicy)?
    /// Between two rounds of asking them.
    let witnessPause: Span
    let metricsToken: String?
    let logLevel: Logger.Level
    let logsJSON: Bool

    /// The file may be missing unless it was named. The environment wins over the file.
    static func load(file: String?) async throws -> Settings {
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "licet")
        let yaml = try await FileProvider<YAMLSnapshot>(
            filePath: FilePath(file ?? "licet.yaml"), allowMissing: file == nil)
        return try await Settings(ConfigReader(providers: [environment, yaml]))
    }

    /// A setting of the wrong kind is a fault, never a silent default.
    private init(_ config: ConfigReader) async throws {
        func fetch<Value>(_ key: String, _ kind: String, _ read: () async throws -> Value) async throws(SettingFault)
            -> Value
        {
            do { return try await read() } catch { throw SettingFault(key, kind) }
        }
        func text(_ key: ConfigKey, _ standard: String, isSecret: Bool = false) async throws(SettingFault) -> String {
            try await fetch(key.description, "a text") {
                try await config.fetchString(forKey: key, isSecret: isSecret, default: standard)
            }
        }
        func secret(_ key: ConfigKey) async throws(SettingFault) -> String? {
            try await fetch(key.description, "a text") { try await config.fetchString(forKey: key, isSecret: true) }
        }
        func number(_ key: ConfigKey, _ standard: Int) async throws(SettingFault) -> Int {
            try await fetch(key.description, "a whole number") {
                try await config.fetchInt(forKey: key, default: standard)
            }
        }
        func flag(_ key: ConfigKey, _ standard: Bool) async throws(SettingFault) -> Bool {
            try await fetch(key.description, "true or false") {
                try await config.fetchBool(forKey: key, default: standard)
            }
        }

        host = try await text("listen.host", "127.0.0.1")
        port = try await number("listen.port", 8080)
        guard (1...65_535).contains(port) else { throw SettingFault("listen.port", "1 to 65535") }
        var address = try await text("public_url", "http://127.0.0.1:\(port)")
        while address.hasSuffix("/") { address.removeLast() }
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw SettingFault("public_url", "an http or https URL")
        }
        publicURL = address
        dataDirectory = try await text("data_directory", "data")
        database = try await text("database", "\(dataDirectory)/licet.sqlite", isSecret: true)
        sealingKey = try await secret("sealing_key")
        formerSealingKey = try await secret("sealing_key_previous")
        func list(_ key: ConfigKey, _ kind: String) async throws(SettingFault) -> [String] {
            try await fetch(key.description, kind) { try await config.fetchStringArray(forKey: key, default: []) }
                .map(\.trimmedOfSpaces).filter { !$0.isEmpty }
        }
        trustedProxies = try await list("trusted_proxies", "a list of addresses or CIDR blocks")
        secureCookies = try await flag("secure_cookies", address.hasPrefix("https://"))
        guard let window = ApprovalWindow(minutes: try await number("approval_minutes", 15)) else {
            throw SettingFault("approval_minutes", "1 to 60")
        }
        approvalWindow = window
        mayPreCheck = try await flag("pre_check", false)
        func budget(_ whose: String, _ standard: SpendingBudget) async throws(SettingFault) -> SpendingBudget {
            let tries = try await number(ConfigKey("sign_in.\(whose)_tries"), standard.size)
            let seconds = try await number(ConfigKey("sign_in.\(whose)_seconds"), Int(standard.refill.seconds))
            guard (1...10_000).contains(tries) else { throw SettingFault("sign_in.\(whose)_tries", "1 to 10000") }
            guard (1...3_600).contains(seconds),
                let budget = SpendingBudget(size: tries, refill: .seconds(Int64(seconds)))
            else { throw SettingFault("sign_in.\(whose)_seconds", "1 to 3600") }
            return budget
        }
        accountBudget = try await budget("account", .ofAccount)
        addressBudget = try await budget("address", .ofAddress)
        keySetHosts = try await list("key_set_hosts", "a list of host names").map { $0.lowercased() }
        guard keySetHosts.allSatisfy(Self.isHost) else {
            throw SettingFault("key_set_hosts", "host names, without scheme, port or path")
        }
        let refreshSeconds = try await number("refresh_window_seconds", 60)
        guard (1...300).contains(refreshSeconds) else { throw SettingFault("refresh_window_seconds", "1 to 300") }
        refreshWindow = .seconds(Int64(refreshSeconds))
        let name = try await text("log_name", "")
        guard name.isEmpty || NoteName(name) != nil else {
            throw SettingFault("log_name", "a name without spaces and plus signs, such as licet.example/log")
        }
        logName = name.isEmpty ? nil : name
        trailRetentionYears = try await number("trail_retention_years", 6)
        guard (1...100).contains(trailRetentionYears) else { throw SettingFault("trail_retention_years", "1 to 100") }
        witnesses = try Self.witnesses(in: try await text("witnesses", ""))
        let witnessSeconds = try await number("witness_seconds", 10)
        guard (1...3_600).contains(witnessSeconds) else { throw SettingFault("witness_seconds", "1 to 3600") }
        witnessPause = .seconds(Int64(witnessSeconds))
        metricsToken = try await secret("metrics_token")
        guard let level = Logger.Level(rawValue: try await text("log_level", "info")) else {
            throw SettingFault("log_level", "trace, debug, info, notice, warning, error or critical")
        }
        logLevel = level
        let format = try await text("log_format", "text")
        guard format == "text" || format == "json" else { throw SettingFault("log_format", "text or json") }
        logsJSON = format == "json"
    }

    // Where serving asks for more than checking does, that is said here too.
    private static func witnesses(in file: String) throws(SettingFault) -> (file: String, policy: WitnessPolicy)? {
        guard !file.isEmpty else { return nil }
        guard let bytes = FileBytes.read(file, atMost: WitnessPolicy.longest) else {
            throw SettingFault("witnesses", "\(file) cannot be read, or is longer than \(WitnessPolicy.longest) bytes")
        }
        let policy: WitnessPolicy
        do throws(WitnessPolicy.Fault) { policy = try WitnessPolicy(parsing: bytes) } catch {
            throw SettingFault("witnesses", "\(file): \(error.words)")
        }
        if let fault = policy.faultForServing { throw SettingFault("witnesses", "\(file): \(fault)") }
        return (file, policy)
    }

    // A name, or an address; one of IPv6 has at least two colons, a port but one.
    private static func isHost(_ text: String) -> Bool {
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
        }
        return isPlain && colons != 1
    }

    var usesPostgres: Bool { database.hasPrefix("postgresql://") || database.hasPrefix("postgres://") }

    var policy: Policy {
        Policy(
            publicURL: publicURL, approvalWindow: approvalWindow, mayPreCheck: mayPreCheck,
            refreshWindow: refreshWindow, logName: logName, trailRetentionYears: trailRetentionYears,
            accountBudget: accountBudget, addressBudget: addressBudget)
    }

    /// One line each; secrets are named, never shown.
    var printable: [(String, String)] {
        [
            ("public_url", publicURL), ("listen", "\(host):\(port)"),
            ("database", usesPostgres ? "PostgreSQL" : database), ("data_directory", dataDirectory),
            ("sealing_key", sealingKey == nil ? "\(dataDirectory)/sealing.key" : "from the settings"),
            ("sealing_key_previous", formerSealingKey == nil ? "none" : "from the settings"),
            ("trusted_proxies", trustedProxies.isEmpty ? "none" : trustedProxies.joined(separator: ", ")),
            ("secure_cookies", "\(secureCookies)"),
            ("approval_minutes", "\(approvalWindow.span.seconds / 60)"), ("pre_check", "\(mayPreCheck)"),
            ("sign_in", "\(accountBudget.said) for an account, \(addressBudget.said) for an address"),
            ("key_set_hosts", keySetHosts.isEmpty ? "none" : keySetHosts.joined(separator: ", ")),
            ("refresh_window_seconds", "\(refreshWindow.seconds)"),
            ("log_name", logName ?? Gateway.logName(of: publicURL)),
            ("trail_retention_years", "\(trailRetentionYears)"),
            (
                "witnesses",
                witnesses.map { "\($0.policy.witnesses.count) in \($0.file), asked each \(witnessPause.seconds) s" }
                    ?? "none"
            ),
            ("metrics", metricsToken == nil ? "this machine only" : "with a token"), ("log_level", logLevel.rawValue),
        ]
    }
}

extension WebSettings {
    init(_ settings: Settings) {
        self.init(
            publicURL: settings.publicURL, secureCookies: settings.secureCookies,
            trustedProxies: settings.trustedProxies, metricsToken: settings.metricsToken,
            scratchDirectory: settings.dataDirectory)
    }
}

extension SpendingBudget {
    fileprivate var said: String { "\(size) failures, then one every \(refill.seconds) s" }
}

extension SettingFault {
    init(_ fault: WebFault) {
        switch fault {
        case .publicURL: self.init("public_url", "an http or https URL")
        case .trustedProxy(let text): self.init("trusted_proxies", "\(text) is no address or CIDR block")
        case .template(let name): self.init("pages", "\(name) does not parse")
        case .route(let name): self.init("routes", "\(name) has no handler that fits")
        }
    }
}

extension SettingFault {
    init(_ fault: MasterKeyFault) {
        switch fault {
        case .doesNotOpen:
            self.init("sealing_key", "the key that this database was sealed with; the one that is set is another")
        case .storage(let error): self.init("database", "\(error)")
        }
    }
}
