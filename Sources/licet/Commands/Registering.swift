// `licet organization create`, `licet application register`, `licet person create`: what an operator may do without a browser.

import ArgumentParser
import Domain
import Gateway
import Glibc
import Vault

struct OrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization", abstract: "Organizations.", subcommands: [Create.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an organization and print a one-time invitation for its owner.")

        @OptionGroup var options: CommonOptions
        @Option(help: "The organization's name, as people will read it.")
        var name: String
        @Option(help: "sandbox or production.")
        var environment: String
        @Option(help: "Who answers for the data and how to reach them.")
        var responsible: String

        func run() async throws {
            guard let place = Environment(rawValue: environment) else {
                throw ValidationError("--environment: sandbox or production")
            }
            try await withDeployment(options) { deployment in
                let made = try await deployment.gateway.createOrganization(
                    name: name, environment: place, responsible: responsible, request: nil)
                Terminal.say("organization  \(made.organization)")
                Terminal.say("invitation    \(made.invitation)")
                Terminal.say("")
                Terminal.say("The invitation works once, for seven days. Its owner signs up at")
                Terminal.say("\(deployment.settings.publicURL) and enters it there.")
            }
        }
    }
}

struct ApplicationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "application", abstract: "Applications.", subcommands: [Register.self, Suspend.self, Resume.self])

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register an application from a YAML file; prints its secret once.",
            discussion: """
                name: Example Coach
                description: Plans your training.
                redirect_uris: [https://coach.example/callback]
                webhook_url: https://coach.example/webhook
                notice_url: https://coach.example/notices     # what happens to grants and records
                interaction: single_record                     # or multi_record, offline
                grant_days: 90
                token_endpoint_auth_method: client_secret_basic  # or private_key_jwt (with jwks or jwks_uri), none
                application_type: web                          # or native
                rules:
                  - name: activity
                    mode: offline
                    required: true
                    accesses: [read]
                    data_types: [steps, heart_rate]
                    why: To plan your week around what you did.
                """)

        @OptionGroup var options: CommonOptions
        @Option(help: "The id of the organization it belongs to.")
        var organization: String
        @Option(help: "The YAML file that describes it.")
        var file: String

        func run() async throws {
            guard let owner = OrganizationID(organization) else {
                throw ValidationError("--organization: an id such as org_…")
            }
            let draft = try ApplicationFile.read(file)
            try await withDeployment(options) { deployment in
                let made = try await deployment.gateway.registerApplication(draft, in: owner, by: nil, request: nil)
                Terminal.say("client_id       \(made.id)")
                if let secret = made.secret { Terminal.say("client_secret   \(secret)") }
                if let webhook = made.webhookSecret { Terminal.say("webhook_secret  \(webhook)") }
                guard made.secret != nil || made.webhookSecret != nil else { return }
                Terminal.say("")
                Terminal.say("The secrets are shown this once.")
            }
        }
    }
}

extension ApplicationCommand {
    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop everything for an application at once; its grants stay as they are.")

        @OptionGroup var options: CommonOptions
        @Argument(help: "The application's client_id.")
        var application: String

        func run() async throws { try await ApplicationCommand.move(application, .suspend, options) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a suspended application work again.")

        @OptionGroup var options: CommonOptions
        @Argument(help: "The application's client_id.")
        var application: String

        func run() async throws { try await ApplicationCommand.move(application, .resume, options) }
    }

    fileprivate static func move(
        _ application: String, _ event: ApplicationState.Event, _ options: CommonOptions
    ) async throws {
        guard let id = ApplicationID(application) else { throw ValidationError("a client_id such as app_…") }
        try await withDeployment(options) { deployment in
            let state = try await deployment.gateway.setStanding(of: id, event, request: nil)
            Terminal.say("\(id) is \(state.rawValue)")
        }
    }
}

struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "People.", subcommands: [Create.self, Recover.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account; the password is read from standard input.")

        @OptionGroup var options: CommonOptions
        @Option(help: "How the person signs in.")
        var login: String
        @Option(help: "What the person is called.")
        var name: String

        func run() async throws {
            guard let password = readLine(strippingNewline: true), !password.isEmpty else {
                throw ValidationError("the password is read from standard input: one line")
            }
            try await withDeployment(options) { deployment in
                let person = try await deployment.gateway.register(
                    login: login, password: password, name: name, request: nil)
                Terminal.say("person  \(person)")
            }
        }
    }

    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a code with which somebody sets a new password; good for one day, once.")

        @OptionGroup var options: CommonOptions
        @Option(help: "How the person signs in.")
        var login: String

        func run() async throws {
            try await withDeployment(options) { deployment in
                let code = try await deployment.gateway.makeRecoveryCode(login: login, request: nil)
                Terminal.say("recovery code  \(code)")
                Terminal.say("Make sure that you know whom you give it to. They enter it at")
                Terminal.say("\(deployment.settings.publicURL)/recover")
            }
        }
    }
}
