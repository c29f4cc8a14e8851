// `licet keys`: what the deployment signs with, and under which key it keeps its secrets.

import ArgumentParser
import Domain
import Gateway

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Signing keys, and the key that seals.",
        subcommands: [List.self, Rotate.self, Rewrap.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the signing keys, newest first.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            try await withDeployment(options) { deployment in
                let keys = try await deployment.gateway.signingKeys()
                if keys.isEmpty { Terminal.say("There is none yet; the first is made when the server starts.") }
                let now = World.real.now()
                for key in keys { Terminal.say("\(key.id)  \(key.algorithm)  \(Self.words(key, at: now))") }
            }
        }

        static func words(_ key: SigningKeyView, at now: Moment) -> String {
            let made = "made \(key.createdAt.rfc3339)"
            guard let retired = key.retiredAt, let until = key.publishedUntil else { return "\(made)  signs" }
            let state = now < until ? "published until \(until.rfc3339)" : "published no more"
            return "\(made)  retired \(retired.rfc3339)  \(state)"
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new signing key; the former one stays published for a while.",
            discussion: "After a key got into wrong hands: --overlap-days 0. What it signed is then good no more.")

        @OptionGroup var options: CommonOptions
        @Option(help: "How many days the former key stays published: 0 to 90.")
        var overlapDays = 7

        func run() async throws {
            guard (0...90).contains(overlapDays) else { throw ValidationError("--overlap-days: 0 to 90") }
            let overlap = Span.days(Int64(overlapDays))
            try await withDeployment(options) { deployment in
                let kid = try await deployment.gateway.rotateSigningKey(overlap: overlap, request: nil)
                Terminal.say("kid  \(kid)")
                Terminal.say("It signs from now on. \(deployment.settings.publicURL)/oauth/jwks has it.")
            }
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put everything under the sealing key of today.",
            discussion: """
                First give every server the new key as sealing_key and the former one as sealing_key_previous, and restart it.
                Then run this. When it says that nothing is left under the former key, sealing_key_previous can go.
                """)

        @OptionGroup var options: CommonOptions

        func run() async throws {
            try await withDeployment(options) { deployment in
                let report = try await deployment.gateway.rewrapKeys(request: nil) { report in
                    Terminal.showProgress("\(report.rewrapped + report.untouched + report.broken) keys looked at")
                }
                Terminal.endProgress()
                Terminal.say("sealed anew   \(report.rewrapped)")
                Terminal.say("needed nothing \(report.untouched)")
                guard report.broken == 0 else {
                    throw ValidationError("\(report.broken) open with neither key: keep sealing_key_previous.")
                }
                Terminal.say("Nothing is left under a former key: sealing_key_previous can go.")
            }
        }
    }
}
