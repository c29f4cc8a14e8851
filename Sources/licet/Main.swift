// The command. Each subcommand is one file under Commands; what they share is in Settings and Wiring.

import ArgumentParser

@main
struct Licet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "licet",
        abstract: "A health-data gateway that asks the person first.",
        discussion: """
            Settings come from licet.yaml (--config) and from the environment (LICET_PUBLIC_URL, LICET_DATABASE, …).
            `licet check` prints what holds.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Migrate.self, Check.self, OrganizationCommand.self, ApplicationCommand.self, PersonCommand.self,
            Import.self, Explain.self, Demo.self, Seed.self, Backup.self, Restore.self, KeysCommand.self,
            AuditCommand.self, AuditorCommand.self, ReceiptCommand.self,
        ])
}
