// `licet audit rotate-key` and `checkpoint`: a new key for the log, and a checkpoint for somebody else to keep.

import ArgumentParser
import Domain
import Gateway

extension AuditCommand {
    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the audit log a new key, while the server runs.",
            discussion: """
                For the overlap checkpoints are signed by both keys; then the former one is destroyed. Who knows a former key
                comes to the present one by the handovers, which the server and every copy have: /log/handover/1 and so on.
                After a key got into wrong hands: --overlap-days 0. Tell those who check the log of the new key by another way.
                """)

        @OptionGroup var options: CommonOptions
        @Option(help: "How many days the former key signs beside the new one: 0 to 3650.")
        var overlapDays = 90

        func run() async throws {
            guard (0...3_650).contains(overlapDays) else { throw ValidationError("--overlap-days: 0 to 3650") }
            let overlap = Span.days(Int64(overlapDays))
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                let key = try await deployment.gateway.rotateLogKey(overlap: overlap, request: nil)
                try await AuditCommand.seal(log)
                _ = try await deployment.gateway.logKeyRound()
                Terminal.say("key  \(key)")
                Terminal.say("It signs from now on. \(deployment.settings.publicURL)/log/keys has all keys.")
            }
        }
    }

    struct GiveCheckpoint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint",
            abstract: "Print the newest checkpoint, for somebody else to keep.",
            discussion: """
                The newest that the log's witnesses signed, if there are any. With --mail it is a whole message, to be piped into
                a mailer: licet audit checkpoint --mail auditor@example.org --from licet@example.org | sendmail -t
                """)

        @OptionGroup var options: CommonOptions
        @Option(help: "To whom; prints a message with the checkpoint attached.")
        var mail: String?
        @Option(help: "Who sends it; needed with --mail.")
        var from: String?

        func run() async throws {
            guard (mail == nil) == (from == nil) else { throw ValidationError("--mail and --from go together") }
            let (mail, from) = (mail, from)
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                try await AuditCommand.seal(log)
                guard let mail, let from else {
                    let note = try await deployment.gateway.checkpointToKeep()
                    return Terminal.say(String(decoding: note.dropLast(), as: UTF8.self))
                }
                guard let message = try await deployment.gateway.checkpointMail(to: mail, from: from) else {
                    throw ValidationError("--mail and --from: plain addresses, such as auditor@example.org")
                }
                Terminal.say(String(message.text.dropLast()))
            }
        }
    }

    /// A policy from a file, with what is wrong in it as the command's fault.
    static func policy(_ file: String) throws -> WitnessPolicy {
        guard let bytes = FileBytes.read(file, atMost: WitnessPolicy.longest) else {
            throw ValidationError("--policy: \(file) cannot be read")
        }
        do throws(WitnessPolicy.Fault) { return try WitnessPolicy(parsing: bytes) } catch {
            throw ValidationError("--policy: \(file): \(error.words)")
        }
    }
}
