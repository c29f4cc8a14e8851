// `licet import`: a person's export from a file on this machine, with progress and a plain account of who gets what.

import ArgumentParser
import Connectors
import Domain
import Gateway

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import an Apple Health export (export.xml or export.zip) for a person.")

    @OptionGroup var options: CommonOptions
    @Option(help: "The person's login.")
    var person: String
    @Argument(help: "The file.")
    var file: String

    func run() async throws {
        try await withDeployment(options) { deployment in
            guard let who = try await deployment.gateway.person(login: person) else {
                throw ValidationError("--person: nobody signs in as that here")
            }
            let view = try await deployment.gateway.runImport(.path(file), person: who, request: nil) { progress in
                let share = progress.bytesTotal > 0 ? " \(progress.bytesRead * 100 / progress.bytesTotal) %" : ""
                Terminal.showProgress("reading\(share)  \(progress.records) records")
            }
            Terminal.endProgress()
            if let failure = view.failure { throw ValidationError(failure) }
            for line in ImportAccount.lines(view) { Terminal.say(line) }
        }
    }
}

/// What an import did, for a terminal.
enum ImportAccount {
    static func lines(_ view: ImportView) -> [String] {
        var lines = ["\(view.items) readings understood"]
        for (type, count) in view.itemsByType { lines.append("  \(type.plainName): \(count)") }
        for recipient in view.recipients {
            lines.append("\(recipient.application) gets \(recipient.items)")
        }
        if view.recipients.isEmpty {
            lines.append("Nobody gets anything: there is no permission that covers a reading.")
        }
        if view.itemsForNobody > 0 {
            lines.append("\(view.itemsForNobody) readings are covered by no permission and went nowhere.")
        }
        return lines + view.remarks
    }
}
