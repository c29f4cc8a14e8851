// What every attempt of the refusal matrix is made against: a person with a grant, data that waits and one thing of each kind,
// so that there is something to be found or changed; and one credential of each kind, good and spoilt.

import Domain
import Gateway
import HTTPTypes
import Testing
import Vault

@testable import Web

struct RefusalScene: Sendable {
    let house: HouseUnderTest
    // Good ones
    let browser: HTTPFields
    let app: HTTPFields
    let token: HTTPFields
    let basic: HTTPFields
    let somebodysApp: HTTPFields
    let somebodysBrowser: HTTPFields
    // Others
    let texts: Texts
    let boundToken: String
    let key: HouseKey
    /// Of the browser's pages, of its approval's page, and of somebody else's browser.
    private let formTokens: (session: String, approval: String, strangers: String)
    private let places: [String: String]

    /// The bare words of credentials.
    struct Texts: Sendable {
        var token = ""
        var cookieSession = ""
        var appSession = ""
        var refresh = ""
        var code = ""
        var oldToken = ""
        var oldCookie = ""
        var oldApp = ""
        var endedToken = ""
        var endedCookie = ""
        var endedApp = ""
        var revokedToken = ""
        var strangersToken = ""
    }

    private static let scope = "rule:activity rule:sleep rule:always offline_access"

    init(_ house: HouseUnderTest) async throws {
        self.house = house
        key = try HouseKey(7)
        var texts = Texts()
        _ = try await house.gateway.acceptInvitation(house.invitation, by: house.person, request: nil)
        _ = try await house.gateway.publishRules(
            Self.rules, of: house.application.id, over: nil, by: nil, request: nil)
        // What has run out by the time that it is tried.
        let first = try await Self.given(house)
        texts.oldToken = first.token
        texts.oldCookie = try await Self.session(house, .cookie)
        texts.oldApp = try await Self.session(house, .bearer)
        house.time.pass(.hours(13))
        // What was ended.
        texts.endedCookie = try await Self.session(house, .cookie)
        try await house.gateway.signOut(token: texts.endedCookie, kind: .cookie, request: nil)
        texts.endedApp = try await Self.session(house, .bearer)
        try await house.gateway.signOut(token: texts.endedApp, kind: .bearer, request: nil)
        let revoked = try await Self.given(house)
        texts.revokedToken = revoked.token
        _ = try await house.gateway.revoke(
            try #require(GrantID(revoked.grant)), by: house.person, through: .page, request: nil)
        texts.strangersToken = try await Self.strangersToken(house)
        // What is good.
        let good = try await Self.given(house)
        // Its grant goes on.
        texts.endedToken = try await Self.given(house).token
        _ = try await house.postForm("/oauth/revoke", [:], "\(Self.client(house))&token=\(texts.endedToken)")
        texts.token = good.token
        texts.refresh = good.refresh
        texts.code = try await Self.code(house).code
        texts.cookieSession = try await Self.session(house, .cookie)
        texts.appSession = try await Self.session(house, .bearer)
        browser = [.cookie: "licet_session=\(texts.cookieSession)"]
        app = [.authorization: "Bearer \(texts.appSession)"]
        token = [.authorization: "Bearer \(texts.token)"]
        basic = [.authorization: "Basic \(Self.base64("\(house.application.id.text):\(house.application.secret)"))"]
        somebodysApp = try await house.somebody("bob").app
        let bob = try await house.gateway.signIn(
            login: "bob", password: HouseUnderTest.password, kind: .cookie, request: nil)
        somebodysBrowser = [.cookie: "licet_session=\(bob.token)"]
        let code = try await Self.code(house).code
        let proof = try key.proof(
            .post, "/oauth/token", serial: 1, nonce: house.gateway.proofNonce(), at: house.time.now)
        let bound = try await house.postForm("/oauth/token", [.dpop: proof], Self.exchangeForm(house, code))
        #expect(try bound.member("token_type") == "DPoP")
        boundToken = try bound.member("access_token")
        self.texts = texts
        try await house.importSample()
        places = try await Self.places(house, good, app, browser)
        let pages = try await house.ask(.get, "/approvals/\(places["/approvals/{id}"] ?? "")", browser).formTokens
        let strangers = try await house.ask(.get, "/", somebodysBrowser).formToken
        formTokens = (try #require(pages.first), try #require(pages.last), strangers)
    }

    func formToken(_ route: Route) -> String {
        route.admission == .approvalForm ? formTokens.approval : formTokens.session
    }
    func otherFormToken(_ route: Route) -> String {
        route.admission == .approvalForm ? formTokens.session : formTokens.approval
    }
    var strangersFormToken: String { formTokens.strangers }
    /// What no refusal may say.
    var secrets: [String] {
        [texts.token, texts.refresh, texts.code, texts.cookieSession, texts.appSession, boundToken]
            + [places["{record}"] ?? "", places["/grants/{id}"] ?? "", "Runner", "61.5", "heart_rate"]
    }

    // MARK: making it

    private static let rules = [
        RuleDraft(
            name: "activity", mode: "online", required: true, accesses: ["read"], types: ["steps", "heart_rate"],
            why: "To show your days"),
        RuleDraft(
            name: "sleep", mode: "online", required: false, accesses: ["read"], types: ["sleep"],
            why: "For your nights"),
        RuleDraft(
            name: "always", mode: "offline", required: false, accesses: ["read"], types: ["steps"],
            why: "For the weekly letter"),
    ]

    private static func session(_ house: HouseUnderTest, _ kind: SessionKind) async throws -> String {
        try await house.gateway.signIn(login: "ada", password: HouseUnderTest.password, kind: kind, request: nil).token
    }

    static func client(_ house: HouseUnderTest) -> String {
        "client_id=\(house.application.id.text)&client_secret=\(house.application.secret)"
    }

    private static func exchangeForm(_ house: HouseUnderTest, _ code: String) -> String {
        "grant_type=authorization_code&code=\(code)&redirect_uri=\(HouseUnderTest.redirectURI)"
            + "&code_verifier=\(HouseUnderTest.verifier)&\(client(house))"
    }

    private static func code(_ house: HouseUnderTest) async throws -> (code: String, grant: String) {
        let start = try await house.postForm(
            "/oauth/authorize", [:], "\(house.startForm)&scope=\(scope.formEncoded)")
        let id = try start.member("approval_id")
        let cookie = try await session(house, .cookie)
        let page = try await house.ask(.get, "/approvals/\(id)", [.cookie: "licet_session=\(cookie)"])
        #expect(page.status == 200)
        let decision = try await house.postJSON(
            "/partner/consent/pending/\(id)/approve", [.authorization: "Bearer \(try await session(house, .bearer))"],
            #"{"approvedScopes":["rule:activity","rule:sleep","rule:always","offline_access"]}"#)
        return (
            HouseUnderTest.parameter("code", of: try decision.member("redirect_to")), try decision.member("grant_id")
        )
    }

    private struct Given {
        let token: String
        let refresh: String
        let record: String
        let grant: String
    }

    private static func given(_ house: HouseUnderTest) async throws -> Given {
        let (code, grant) = try await code(house)
        let answer = try await house.postForm("/oauth/token", [:], exchangeForm(house, code))
        #expect(answer.status == 200)
        return Given(
            token: try answer.member("access_token"), refresh: try answer.member("refresh_token"),
            record: try answer.member("record"), grant: grant)
    }

    // Another application, which acts alone and holds nothing here.
    private static func strangersToken(_ house: HouseUnderTest) async throws -> String {
        let owner: HTTPFields = [.authorization: "Bearer \(try await session(house, .bearer))"]
        let made = try await house.postJSON(
            "/developer/apps", owner,
            "{\"name\":\"Other\",\"redirect_uris\":[\"https://b.example/cb\"],\"rules\":["
                + HouseUnderTest.rule("steps", mode: "offline") + "]}")
        let answer = try await house.postForm(
            "/oauth/token", [:],
            "grant_type=client_credentials&client_id=\(try made.member("client_id"))"
                + "&client_secret=\(try made.member("client_secret"))")
        #expect(answer.status == 200)
        return try answer.member("access_token")
    }

    private static func places(
        _ house: HouseUnderTest, _ good: Given, _ app: HTTPFields, _ browser: HTTPFields
    ) async throws -> [String: String] {
        let record = try #require(try await house.gateway.records(of: house.person).first).record
        let invited = try await house.gateway.invite(
            to: record,
            HoldingDraft(relationship: "other", isCustodian: false, types: ["steps"], accesses: ["read"], endsOn: nil),
            by: house.person, request: nil)
        let approval = try await house.startFromServer()
        _ = try await house.ask(.get, "/approvals/\(approval)", browser)
        let person = try await house.ask(
            .get, "/api/v1/person", [.authorization: "Bearer \(good.token)"]
        ).member("person")
        let imports = try await house.engine.read { tx in
            try tx.query("SELECT id FROM data_import") { row in row.text(0) }
        }
        // Somebody looked once.
        let read = try await house.ask(
            .get, "/api/v1/records/\(good.record)/items", [.authorization: "Bearer \(good.token)"])
        #expect(read.status == 200)
        let access = try #require(
            try await house.gateway.activity(ActivityQuery(), of: house.person).accesses.first)
        let audit = try await house.engine.read { tx in
            try AuditTable.entries(about: .application(house.application.id), limit: .max, in: tx).first {
                $0.entry.person != nil
            }
        }
        let entry = try #require(audit).entry.id.text
        return [
            "/api/v1/audit/{id}": entry, "/partner/audit/{id}": entry, "/activity/{id}": access.id.text,
            "/audit/{id}": entry,
            "/approvals/{id}": approval, "/partner/consent/pending/{id}": approval, "/grants/{id}": good.grant,
            "/partner/consent/grants/{id}": good.grant, "/oauth/grants/{id}": good.grant,
            "/partner/records/{id}": record.text, "/records/{id}": record.text,
            "/partner/invitations/{id}": invited.id.text, "/imports/{id}": try #require(imports.first),
            "/partner/imports/{id}": try #require(imports.first), "/apps/{id}": house.application.id.text,
            "/developer/apps/{id}": house.application.id.text, "{record}": good.record,
            "/{version}": "1", "/{form}": "jwt", "/people/{person}": house.person.text,
            "/api/v1/people/{person}": person,
        ]
    }

    // MARK: what is asked

    /// The route's place with things that are there in place of its parameters.
    func path(_ route: Route) -> String {
        var path = route.path
        for (pattern, value) in places.sorted(by: { $0.key.count > $1.key.count }) where path.contains(pattern) {
            let parameter = pattern.drop { $0 != "{" }
            path = path.replacing(pattern, with: pattern.dropLast(parameter.count) + value)
        }
        return path
    }

    /// What a good question of this route has in its query.
    func query(_ route: Route) -> String {
        switch route.name {
        case .queryPermissions: "types=steps"
        case .fhirObservations: "patient=\(places["{record}"] ?? "")"
        case .authorize: String(house.authorizePath.drop { $0 != "?" }.dropFirst())
        default: ""
        }
    }

    /// What a good question has in its body, where that is looked at before the token.
    func fittingBody(_ route: Route) -> String? {
        route.name == .acknowledge ? "{\"parcels\":[\"msg_00000000000000000000000000\"]}" : nil
    }

    static func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 3).map { start in
            let three = bytes[start..<min(start + 3, bytes.count)]
            let number = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
            return (0..<4).map { place in
                place <= three.count ? String(alphabet[number >> (6 * (3 - place)) & 63]) : "="
            }.joined()
        }.joined()
    }
}
