// `licet seed`: something to look at in a new deployment. Made once; afterwards it only says again what there is.

import ArgumentParser
import Connectors
import Domain
import Gateway
import Glibc

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a demonstration organization, application, person and a small sample of health data.")

    @OptionGroup var options: CommonOptions

    static let organization = "Demonstration Clinic"
    static let redirectURI = "http://127.0.0.1:8099/callback"

    func run() async throws {
        try await withDeployment(options) { deployment in
            let note = "\(deployment.settings.dataDirectory)/demonstration.txt"
            if try await deployment.gateway.organization(named: Self.organization) == nil {
                try await make(deployment, note)
            }
            if let text = TextFile.read(note) { Terminal.say(text) }
        }
    }

    private func make(_ deployment: Deployment, _ note: String) async throws {
        let gateway = deployment.gateway
        let (organization, _) = try await gateway.createOrganization(
            name: Self.organization, environment: .sandbox,
            responsible: "Demonstration Clinic, privacy@clinic.example", request: nil)
        let application = try await gateway.registerApplication(
            DemoRules.draft(name: "Demo Diary", redirectURI: Self.redirectURI, webhookURL: nil, mode: "online"),
            in: organization, by: nil, request: nil)
        let password = Words.password(World.real)
        let person = try await gateway.register(
            login: "ada@example.test", password: password, name: "Ada", request: nil)

        let pair = PKCEPair(World.real)
        let start = try await gateway.startAuthorization(
            AuthorizationRequest(
                responseType: "code", clientID: application.id.text, redirectURI: Self.redirectURI, scope: "",
                state: nil, codeChallenge: pair.challenge, codeChallengeMethod: "S256"),
            client: ClientCredentials(id: application.id.text, secret: application.secret ?? ""), request: nil)
        guard case .pending(let approval, _, _) = start else { throw ValidationError("the demonstration was refused") }
        _ = try await gateway.decide(
            approval, by: person, flow: nil, approved: ["rule:activity"], through: .api, request: nil)

        let sample = "\(deployment.settings.dataDirectory)/sample-export.xml"
        try DemoExport.write(to: sample, days: 14)
        let view = try await gateway.runImport(.path(sample), person: person, request: nil) { progress in
            Terminal.showProgress("sample data: \(progress.records) records")
        }
        Terminal.endProgress()
        TextFile.write(
            """
            Demonstration data
              sign in at  \(deployment.settings.publicURL)/sign-in
              as          ada@example.test
              password    \(password)
              there is    one permission (Demo Diary reads activity and heart data), \(view.items) readings imported,
                          and a sample export to import yourself: \(sample)
            What to try next
              \(Terminal.program) demo
                  the whole story in the terminal, against this server
              \(Terminal.program) organization create --help
                  an organization of your own; then register an application over HTTP

            """, to: note)
    }
}

/// The rules of the demonstrations: one required, one optional.
enum DemoRules {
    static func draft(name: String, redirectURI: String, webhookURL: String?, mode: String) -> ApplicationDraft {
        ApplicationDraft(
            name: name, description: "Shows you how your days and your heart go together.", redirectURIs: [redirectURI],
            webhookURL: webhookURL,
            rules: [
                RuleDraft(
                    name: "activity", mode: mode, required: true, accesses: ["read"],
                    types: ["steps", "distance", "heart_rate", "resting_heart_rate"],
                    why: "To draw your daily activity beside your heart rate."),
                RuleDraft(
                    name: "sleep", mode: mode, required: false, accesses: ["read"], types: ["sleep"],
                    why: "To show how rest changes your pulse. The diary works without it."),
            ])
    }
}
