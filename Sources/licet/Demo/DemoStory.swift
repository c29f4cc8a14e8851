// The story of the demonstration, step by step. It stops at the first thing that is not as it should be.

import ArgumentParser
import AsyncHTTPClient
import Connectors
import Domain
import Gateway
import Glibc
import Hummingbird
import NIOHTTP1
import ServiceLifecycle

struct DemoStory {
    let deployment: Deployment
    let client: HTTPClient
    let exports: [String]

    private static let receiverPort = 8099
    private static let redirectURI = "http://127.0.0.1:\(receiverPort)/callback"

    func play() async throws {
        let receiver = DemoReceiver()
        let application = receiver.application(port: Self.receiverPort)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            try await tell(receiver)
            group.cancelAll()
        }
    }

    private func tell(_ receiver: DemoReceiver) async throws {
        let show = { (line: String) in Terminal.say("    \(line)") }
        let base = deployment.settings.publicURL
        let suffix = Hex.encode(World.real.roll(3))

        step(1, "An organization, its owner and an application")
        let organization = try await deployment.gateway.createOrganization(
            name: "Demo \(suffix)", environment: .sandbox, responsible: "Demo \(suffix), privacy@demo.example",
            request: nil)
        Terminal.say("    licet organization create  → \(organization.organization)")
        let owner = DemoBrowser(client, base: base, show: show)
        try await signUp(owner, "owner-\(suffix)", "Owner")
        let ownerToken = try await bearer(owner, "owner-\(suffix)")
        try expect(
            await owner.json(
                .POST, "/developer/invitations", bearer: ownerToken,
                body: "{\"invitation\":\"\(organization.invitation)\"}"), 200)
        let registered = try expect(
            await owner.json(.POST, "/developer/apps", bearer: ownerToken, body: Self.application(suffix)), 201)
        guard let id = JSONText.string("client_id", in: registered.body),
            let secret = JSONText.string("client_secret", in: registered.body),
            let webhookSecret = JSONText.string("webhook_secret", in: registered.body)
        else { throw DemoFault("the registration lacks its secrets") }
        receiver.trust(webhookSecret)
        Terminal.say("    client_id \(id), client_secret and webhook_secret shown once")

        step(2, "A person makes an account and signs in")
        let person = DemoBrowser(client, base: base, show: show)
        try await signUp(person, "maria-\(suffix)", "Maria")

        step(3, "The application asks; the person approves the required rule and leaves the optional one")
        let pair = PKCEPair(World.real)
        let query = [
            ("response_type", "code"), ("client_id", id), ("redirect_uri", Self.redirectURI),
            ("scope", "rule:activity rule:sleep offline_access"), ("state", suffix), ("code_challenge", pair.challenge),
            ("code_challenge_method", "S256"),
        ].map { "\($0.0)=\(DemoBrowser.encode($0.1))" }.joined(separator: "&")
        let asked = try expect(await person.call(.GET, "/oauth/authorize?" + query), 303)
        guard let address = asked.location else { throw DemoFault("no page to go to") }
        let page = try expect(await person.call(.GET, address), 200)
        guard let formToken = JSONText.hidden("form_token", in: page.text, after: "class=\"decision\"") else {
            throw DemoFault("no form")
        }
        let path = address.hasPrefix(base) ? String(address.dropFirst(base.count)) : address
        let decided = try expect(
            await person.form(
                path,
                [
                    ("form_token", formToken), ("decision", "approve"), ("scope", "rule:activity"),
                    ("scope", "offline_access"),
                ]), 303)
        guard let back = decided.location, let code = JSONText.parameter("code", of: back) else {
            throw DemoFault("no code came back")
        }

        step(4, "Code → token")
        let basic = "Basic " + Hex.base64("\(id):\(secret)")
        let answer = try expect(
            await person.form(
                "/oauth/token",
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Self.redirectURI),
                    ("code_verifier", pair.verifier),
                ], headers: [("authorization", basic)], note: "(client authenticated)"), 200)
        guard let token = JSONText.string("access_token", in: answer.body),
            let record = JSONText.string("record", in: answer.body)
        else { throw DemoFault("no token") }
        Terminal.say("    scope \"\(JSONText.string("scope", in: answer.body) ?? "")\" for record \(record)")

        step(5, "The person imports an Apple Health export; it becomes harmonised items")
        for file in exports {
            guard let who = try await deployment.gateway.person(login: "maria-\(suffix)") else {
                throw DemoFault("the person is gone")
            }
            let view = try await deployment.gateway.runImport(.path(file), person: who, request: nil) { progress in
                Terminal.showProgress("    \(progress.records) records")
            }
            Terminal.endProgress()
            Terminal.say("    licet import \(file)")
            if let failure = view.failure { throw DemoFault(failure) }
            for line in ImportAccount.lines(view) { Terminal.say("      \(line)") }
        }

        step(6, "What the permission covers arrives by signed webhook")
        try await settle(receiver)
        let received = receiver.received
        for (type, parcels) in Dictionary(grouping: received, by: \.type).sorted(by: { $0.key < $1.key }) {
            Terminal.say("    \(type): \(parcels.count) messages, \(parcels.reduce(0) { $0 + $1.bytes }) bytes, signed")
        }
        guard received.allSatisfy(\.isGenuine) else { throw DemoFault("a signature was wrong") }
        Terminal.say("    \(received.count) messages, every signature right; their payloads are gone from the database")

        step(7, "What is not delivered can be read on demand; after delivery there is nothing left")
        let items = try expect(
            await person.json(.GET, "/api/v1/records/\(record)/items", bearer: token), 200)
        Terminal.say("    \(items.text.prefix(100))")

        step(8, "The person ends the permission; the very next request fails")
        let session = try await bearer(person, "maria-\(suffix)")
        let grants = try expect(await person.json(.GET, "/partner/consent/grants", bearer: session), 200)
        guard let grant = JSONText.string("id", in: grants.body) else { throw DemoFault("no grant is listed") }
        try expect(await person.json(.DELETE, "/partner/consent/grants/\(grant)", bearer: session), 200)
        let refused = try expect(
            await person.json(.GET, "/api/v1/records/\(record)/items", bearer: token), 403)
        Terminal.say("    \(JSONText.string("code", in: refused.body) ?? "")")
        let listed = try expect(await person.json(.GET, "/partner/consent/grants", bearer: session), 200)
        Terminal.say("    the grant stays listed: status \(JSONText.string("status", in: listed.body) ?? "?")")
        Terminal.say("\nThat is the whole of it. Each access and each refusal above has its line in the audit trail.")
    }

    private func step(_ number: Int, _ title: String) { Terminal.say("\n\(number). \(title)") }

    private static func application(_ suffix: String) -> String {
        let port = receiverPort
        return """
            {"name":"Demo Coach \(suffix)","description":"Plans your week around your days.",\
            "redirect_uris":["\(redirectURI)"],"webhook_url":"http://127.0.0.1:\(port)/webhook","rules":[\
            {"name":"activity","mode":"offline","required":true,"accesses":["read"],\
            "data_types":["steps","distance","heart_rate","body_mass_index"],"why":"To plan your week around what you did."},\
            {"name":"sleep","mode":"offline","required":false,"accesses":["read"],"data_types":["sleep"],\
            "why":"To move hard days away from short nights. It works without."}]}
            """
    }

    private func signUp(_ browser: DemoBrowser, _ login: String, _ name: String) async throws {
        let page = try expect(await browser.call(.GET, "/sign-up"), 200)
        var fields = [("login", login), ("password", Self.password), ("name", name)]
        if let token = JSONText.hidden("form_token", in: page.text) { fields.append(("form_token", token)) }
        try expect(await browser.form("/sign-up", fields), 303)
    }

    private func bearer(_ browser: DemoBrowser, _ login: String) async throws -> String {
        let opened = try expect(
            await browser.json(
                .POST, "/partner/session", body: "{\"login\":\"\(login)\",\"password\":\"\(Self.password)\"}"), 201)
        guard let token = JSONText.string("token", in: opened.body) else { throw DemoFault("no session") }
        return token
    }

    private static let password = "a demonstration password"

    /// Waits until nothing has come for a while.
    private func settle(_ receiver: DemoReceiver) async throws {
        var last = 0
        var waits = 0
        var unchanged = 0
        while unchanged < 4 {
            try await Task.sleep(for: .milliseconds(500))
            let now = receiver.received.count
            unchanged = now == last ? unchanged + 1 : 0
            last = now
            Terminal.showProgress("    \(now) messages")
            // The first one may need a moment; without any, something is wrong.
            if now == 0, unchanged == 4 {
                waits += 1
                guard waits < 15 else { throw DemoFault("no webhook came: is the server running?") }
                unchanged = 0
            }
        }
        Terminal.endProgress()
    }

    @discardableResult
    private func expect(_ answer: DemoAnswer, _ status: Int) throws -> DemoAnswer {
        guard answer.status == status else {
            throw DemoFault("expected \(status): \(answer.text.prefix(300))")
        }
        return answer
    }
}

struct DemoFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
