// `licet auditor`: who may read the whole audit trail. Auditors sign in as everybody does; they read, and can do nothing else with it.

import ArgumentParser
import Gateway

struct AuditorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auditor", abstract: "Who may read the whole audit trail.",
        subcommands: [Add.self, Remove.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let somebody who has an account read the trail.")

        @OptionGroup var options: CommonOptions
        @Argument(help: "The name under which they sign in.")
        var login: String

        func run() async throws {
            let login = login
            try await withDeployment(options) { deployment in
                let isNew = try await deployment.gateway.addAuditor(login: login, request: nil)
                Terminal.say(isNew ? "\(login) may read the audit trail" : "\(login) is an auditor already")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take that away again.")

        @OptionGroup var options: CommonOptions
        @Argument(help: "The name under which they sign in.")
        var login: String

        func run() async throws {
            let login = login
            try await withDeployment(options) { deployment in
                let was = try await deployment.gateway.removeAuditor(login: login, request: nil)
                Terminal.say(was ? "\(login) may read the audit trail no more" : "\(login) is no auditor")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say who may.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            try await withDeployment(options) { deployment in
                let logins = try await deployment.gateway.auditors()
                Terminal.say(logins.isEmpty ? "nobody" : logins.joined(separator: "\n"))
            }
        }
    }
}
