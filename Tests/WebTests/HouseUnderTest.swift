// A whole house in memory behind the router: a fixed clock, counted dice, one application, one person, and a client that
// asks as a browser, as the person's app or as the application would.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import Vault

@testable import Web

/// A clock that moves only when it is told to, and dice that count.
final class TestWorld: Sendable {
    private let clock = Mutex(Moment(seconds: 1_795_255_632))
    private let rolled = Mutex<UInt64>(0)

    var now: Moment { clock.withLock { $0 } }
    func pass(_ span: Span) { clock.withLock { $0 = $0 + span } }

    var world: World {
        World(
            now: { self.clock.withLock { $0 } },
            roll: { count in
                (0..<count).map { _ in
                    self.rolled.withLock { state in
                        // SplitMix64: spread, repeatable, and never for anything but tests.
                        state &+= 0x9e37_79b9_7f4a_7c15
                        var mixed = state
                        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
                        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
                        return UInt8(truncatingIfNeeded: mixed >> 56)
                    }
                }
            })
    }
}

struct HouseUnderTest: Sendable {
    static let redirectURI = "https://app.example/cb"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  // RFC 7636, appendix B
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let password = "correct horse battery"

    let gateway: Gateway
    /// For looking at what lies there (`contents`).
    let engine: any Engine
    let time: TestWorld
    let client: any TestClientProtocol
    /// What it was told when it was registered.
    struct Registered: Sendable {
        let id: ApplicationID
        let secret: String
    }
    let application: Registered
    let person: PersonID
    let invitation: String

    /// Opens a fresh house, runs the test and closes the house again.
    static func trying(
        _ setup: TestingSetup = .router, secureCookies: Bool = false, uploadLimit: Int64 = 1 << 30,
        _ test: @escaping @Sendable (HouseUnderTest) async throws -> Void
    ) async throws {
        let engine = try SQLiteEngine(path: nil)
        _ = try await migrate(engine, Schema.migrations, at: Moment(seconds: 0))
        let time = TestWorld()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let gateway = Gateway(
            engine: engine, world: time.world, policy: Policy(publicURL: "http://127.0.0.1:8080", passwordCost: 4),
            masterKey: try #require(MasterKey(Array(repeating: 7, count: 32))), logger: logger)
        let (organization, invitation) = try await gateway.createOrganization(
            name: "Runners Ltd", environment: .sandbox, responsible: "privacy@app.example", request: nil)
        let registered = try await gateway.registerApplication(
            draft, in: organization, by: nil, request: nil)
        let application = Registered(id: registered.id, secret: try #require(registered.secret))
        let person = try await gateway.register(login: "ada", password: password, name: "Ada <b>", request: nil)
        let settings = WebSettings(
            publicURL: "http://127.0.0.1:8080", secureCookies: secureCookies, metricsToken: "watch",
            uploadLimit: uploadLimit,
            scratchDirectory: "/tmp")
        let app = try makeApplication(
            gateway: gateway, settings: settings, host: "127.0.0.1", port: 0, metricsText: { "up 1\n" }, logger: logger)
        try await app.test(setup) { client in
            try await test(
                HouseUnderTest(
                    gateway: gateway, engine: engine, time: time, client: client, application: application,
                    person: person,
                    invitation: invitation))
        }
        await engine.close()
    }

    private static let draft = ApplicationDraft(
        name: "Runner", description: "", redirectURIs: [redirectURI], webhookURL: nil,
        rules: [
            RuleDraft(
                name: "activity", mode: "online", required: true, accesses: ["read"], types: ["steps", "heart_rate"],
                why: "To <show> your days"),
            RuleDraft(
                name: "sleep", mode: "online", required: false, accesses: ["read"], types: ["sleep"],
                why: "For your nights"),
        ])

    // MARK: asking

    struct Reply: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String

        var location: String { headers[.location] ?? "" }
        /// The value of a cookie that is set; nil when none is.
        func cookie(_ name: String) -> String? {
            headers[values: .setCookie].first { $0.hasPrefix("\(name)=") }
                .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
        }
        /// Of a JSON object's member, as text.
        func member(_ name: String) throws -> String {
            guard case .object(let members) = try JSONParser.parse(Array(text.utf8)),
                let value = members.first(where: { $0.name == name })?.value
            else { return "" }
            if case .string(let text) = value { return text }
            return String(buffer: value.buffer)
        }
        /// Of the last form that a page shows; the first is the header's, for signing out.
        var formToken: String { formTokens.last ?? "" }
        var formTokens: [String] {
            text.ranges(of: "name=\"form_token\" value=\"").map { start in
                String(text[start.upperBound...].prefix { $0 != "\"" })
            }
        }
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], type: String? = nil,
        body: String? = nil
    ) async throws -> Reply {
        var headers = headers
        headers[.contentType] = type
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Reply(
            status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    func postForm(_ path: String, _ headers: HTTPFields = [:], _ body: String) async throws -> Reply {
        try await ask(.post, path, headers, type: "application/x-www-form-urlencoded", body: body)
    }

    func postJSON(_ path: String, _ headers: HTTPFields = [:], _ body: String) async throws -> Reply {
        try await ask(.post, path, headers, type: "application/json", body: body)
    }

    // MARK: what most tests begin with

    /// The person's browser, signed in.
    func browser(flow: String? = nil) async throws -> HTTPFields {
        let session = try await gateway.signIn(login: "ada", password: Self.password, kind: .cookie, request: nil)
        let rest = flow.map { "; licet_flow=\($0)" } ?? ""
        return [.cookie: "licet_session=\(session.token)\(rest)"]
    }

    /// The person's own app, signed in.
    func app() async throws -> HTTPFields {
        let session = try await gateway.signIn(login: "ada", password: Self.password, kind: .bearer, request: nil)
        return [.authorization: "Bearer \(session.token)"]
    }

    var authorizePath: String {
        "/oauth/authorize?response_type=code&client_id=\(application.id.text)&state=s%201&code_challenge=\(Self.challenge)"
            + "&code_challenge_method=S256"
    }

    var startForm: String {
        "response_type=code&client_id=\(application.id.text)&client_secret=\(application.secret)"
            + "&code_challenge=\(Self.challenge)&code_challenge_method=S256"
    }

    /// An approval that the application's server began.
    func startFromServer() async throws -> String {
        try await postForm("/oauth/authorize", [:], startForm).member("approval_id")
    }

    func exchange(_ code: String) async throws -> Reply {
        try await postForm(
            "/oauth/token", [:],
            "grant_type=authorization_code&code=\(code)&redirect_uri=\(Self.redirectURI)&client_id=\(application.id.text)"
                + "&client_secret=\(application.secret)&code_verifier=\(Self.verifier)")
    }

    /// A grant of everything asked, with its token: the header to read with, and the record's name.
    func granted(_ scopes: String = "\"rule:activity\"", as somebody: HTTPFields? = nil) async throws -> (
        token: HTTPFields, record: String, grant: String
    ) {
        let id = try await startFromServer()
        let app: HTTPFields
        if let somebody {
            app = somebody
        } else {
            app = try await self.app()
            // A person who opens the page takes a server's approval for their own.
            _ = try await ask(.get, "/approvals/\(id)", try await browser())
        }
        let decision = try await postJSON(
            "/partner/consent/pending/\(id)/approve", app, "{\"approvedScopes\":[\(scopes)]}")
        let code = try Self.parameter("code", of: decision.member("redirect_to"))
        let token = try await exchange(code)
        return (
            [.authorization: "Bearer \(try token.member("access_token"))"], try token.member("record"),
            try decision.member("grant_id")
        )
    }

    static func parameter(_ name: String, of url: String) -> String {
        let query = url.split(separator: "?", maxSplits: 1).last ?? ""
        return Form(urlencoded: query.utf8)?.text(name) ?? ""
    }
}
