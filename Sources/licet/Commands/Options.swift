// What every command takes, and how a command that talks to a person ends badly.

import ArgumentParser
import Domain
import Gateway
import Glibc
import Vault

struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "A YAML file of settings; without it, licet.yaml if it is there.")
    var config: String?

    func open(quiet: Bool = true) async throws -> Deployment {
        try await Deployment.open(try await Settings.load(file: config), quiet: quiet)
    }
}

/// Runs a command's body with its deployment and closes the storage after it, also when it failed.
func withDeployment(
    _ options: CommonOptions, _ body: @Sendable (Deployment) async throws -> Void
) async throws {
    let deployment = try await options.open()
    do {
        try await body(deployment)
    } catch let declined as Declined {
        await deployment.close()
        throw ValidationError(declined.sentences)
    } catch {
        await deployment.close()
        throw error
    }
    await deployment.close()
}

extension Declined {
    /// For a terminal: the problem and every fault on a line of its own.
    var sentences: String {
        var lines = [problem.title]
        if let detail { lines.append(detail) }
        for fault in faults { lines.append("  \(fault.field): \(fault.message)") }
        return lines.joined(separator: "\n")
    }
}

enum Terminal {
    /// How this program was called, so that what it suggests can be typed as it stands.
    static let program = CommandLine.arguments.first ?? "licet"

    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// Overwrites the line where there is a terminal; silent elsewhere.
    static func showProgress(_ line: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let bytes = Array("\r\u{1B}[K\(line)".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    static func endProgress() {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let bytes = Array("\r\u{1B}[K".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
