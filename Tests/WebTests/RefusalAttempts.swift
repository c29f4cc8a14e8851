// Every way to come to a route wrongly, made from the route itself: by who may come there, what it reads and how it is dressed. A
// route that is added to the table is tried in all of them without a word here.

import Domain
import Gateway
import HTTPTypes

@testable import Web

struct Attempt: Sendable {
    enum Answer: Sendable, Equatable {
        case problem(Problem)
        /// A page leads whoever is not signed in to where they can be.
        case signIn
    }

    let what: String
    let headers: HTTPFields
    let answer: Answer
    var query: String?
    /// Nil is what the route expects.
    var type: String?
    var body: String?
    var method: HTTPRequest.Method?
    /// The person's own page may say more to them.
    var isOwn = false
}

extension RefusalScene {
    /// Spends proofs: make them and try them at once, in order.
    func attempts(_ route: Route) throws -> [Attempt] {
        var attempts: [Attempt]
        switch route.admission {
        case .anyone, .visitor, .sentBrowser: attempts = []
        case .visitorForm: attempts = foreignForms([:], body: "login=ada&password=x")
        case .person: attempts = signedOut + somebodyElse(route, somebodysBrowser)
        case .personForm, .approvalForm, .personUpload: attempts = signedOut + forms(route)
        case .session: attempts = sessions + somebodyElse(route, somebodysApp)
        case .application, .applicationOrBrowser: attempts = clients(route)
        case .token: attempts = try tokens(route)
        case .monitor: attempts = monitors
        }
        return attempts + bodies(route) + queries(route) + [
            Attempt(
                what: "by another method", headers: good(route), answer: .problem(.methodNotAllowed), method: .patch)
        ]
    }

    /// The credential that the route takes.
    func good(_ route: Route) -> HTTPFields {
        switch route.admission {
        case .person, .personForm, .approvalForm, .personUpload, .visitor: browser
        case .session: app
        case .application, .applicationOrBrowser: basic
        case .token: token
        case .monitor: [.authorization: "Bearer watch"]
        case .anyone, .sentBrowser, .visitorForm: [:]
        }
    }

    private func bearer(_ text: String) -> HTTPFields { [.authorization: "Bearer \(text)"] }
    private func cookie(_ text: String) -> HTTPFields { [.cookie: "licet_session=\(text)"] }
    private static let unknown = String(repeating: "A", count: 43)

    private func attempts(
        _ answer: Attempt.Answer, _ list: KeyValuePairs<String, HTTPFields>
    ) -> [Attempt] {
        list.map { Attempt(what: $0.key, headers: $0.value, answer: answer) }
    }

    private static func twice(_ first: String, _ second: String) -> HTTPFields {
        var headers: HTTPFields = [:]
        headers.append(HTTPField(name: .authorization, value: first))
        headers.append(HTTPField(name: .authorization, value: second))
        return headers
    }

    // MARK: people

    private var signedOut: [Attempt] {
        attempts(
            .signIn,
            [
                "with nothing": [:], "with an empty session": cookie(""), "with a malformed session": cookie("a b\"c"),
                "with an unknown session": cookie("lss_\(Self.unknown)"),
                "with a session past its life": cookie(texts.oldCookie),
                "with a session that was signed out": cookie(texts.endedCookie),
                "with the session of the person's own app as a cookie": cookie(texts.appSession),
                "with an access token as a cookie": cookie(texts.token), "with the person's own app's session": app,
                "with an access token": token, "with the application's secret": basic,
            ])
    }

    private var sessions: [Attempt] {
        attempts(
            .problem(.notAuthenticated),
            [
                "with nothing": [:], "with an empty token": [.authorization: "Bearer "],
                "with a malformed token": [.authorization: "Bearer a b"],
                "with another scheme": [.authorization: "Token \(texts.appSession)"],
                "with two Authorization headers": Self.twice(
                    "Bearer \(texts.appSession)", "Bearer \(texts.appSession)"),
                "with an unknown session": bearer("lss_\(Self.unknown)"),
                "with a session past its life": bearer(texts.oldApp),
                "with a session that was signed out": bearer(texts.endedApp),
                "with the browser's cookie": browser,
                "with the browser's session as a bearer token": bearer(texts.cookieSession),
                "with an access token": token, "with a refresh token": bearer(texts.refresh),
                "with the application's secret": basic,
            ])
    }

    /// What a person may not see is not there.
    private func somebodyElse(_ route: Route, _ headers: HTTPFields) -> [Attempt] {
        guard route.path.contains("{id}"), !route.problems.contains(.bodyTooLarge) else { return [] }
        return [
            Attempt(what: "by somebody else, signed in", headers: headers, answer: .problem(.notFound), isOwn: true)
        ]
    }

    // MARK: forms

    private func foreignForms(_ headers: HTTPFields, body: String?, type: String? = nil) -> [Attempt] {
        let foreign: KeyValuePairs<String, HTTPFields> = [
            "from another origin": [.origin: "https://evil.example"], "from the origin null": [.origin: "null"],
            "from another site": [.secFetchSite: "cross-site"],
            "from another host of this site": [.secFetchSite: "same-site"],
        ]
        return foreign.map { name, more in
            var all = headers
            for field in more { all.append(field) }
            return Attempt(
                what: name, headers: all, answer: .problem(.formTampered), type: type, body: body)
        }
    }

    private func forms(_ route: Route) -> [Attempt] {
        let right = formToken(route)
        let others = [
            ("without its form token", ""), ("with an empty form token", "form_token="),
            ("with an unknown form token", "form_token=\(Self.unknown.prefix(32))"),
            ("with the form token of another page", "form_token=\(otherFormToken(route))"),
            ("with another session's form token", "form_token=\(strangersFormToken)"),
        ]
        let foreign = foreignForms(browser, body: formBody(route, "form_token=\(right)"), type: formType(route))
        return foreign
            + others.map { name, field in
                Attempt(
                    what: name, headers: browser, answer: .problem(.formTampered), type: formType(route),
                    body: formBody(route, field), isOwn: true)
            }
    }

    private func formType(_ route: Route) -> String? {
        route.admission == .personUpload ? "multipart/form-data; boundary=Edge" : nil
    }

    // As a multipart form the token is a part, before the file.
    private func formBody(_ route: Route, _ field: String) -> String {
        guard route.admission == .personUpload else { return field + "&decision=deny&do=leave&answer=accept" }
        let value = field.split(separator: "=", maxSplits: 1).dropFirst().first ?? ""
        let token = "--Edge\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n\(value)\r\n"
        return (field.isEmpty ? "" : token) + "--Edge\r\nContent-Disposition: form-data; name=\"export\"; "
            + "filename=\"export.xml\"\r\nContent-Type: text/xml\r\n\r\n<HealthData/>\r\n--Edge--\r\n"
    }

    // MARK: applications

    private func clients(_ route: Route) -> [Attempt] {
        let id = house.application.id.text
        let secret = house.application.secret
        let rest = fittingForm(route)
        func attempt(_ what: String, _ fields: String, _ problem: Problem, _ headers: HTTPFields = [:]) -> Attempt {
            Attempt(
                what: what, headers: headers, answer: .problem(problem),
                body: fields.isEmpty ? rest : "\(fields)&\(rest)"
            )
        }
        var attempts = [
            attempt(
                "with an unknown client", "client_id=app_\(Self.unknown.prefix(26))&client_secret=x", .invalidClient),
            attempt("with a name that is no client's", "client_id=nobody&client_secret=x", .invalidClient),
            attempt("with a wrong secret", "client_id=\(id)&client_secret=lcs_\(Self.unknown)", .invalidClient),
            attempt("with a malformed Basic", "", .invalidClient, [.authorization: "Basic ???"]),
            attempt("with a Basic of no colon", "", .invalidClient, [.authorization: "Basic YWJj"]),
            attempt("with another scheme", "", .invalidClient, [.authorization: "Digest abc"]),
            attempt("with the person's own app's session", "", .invalidClient, app),
            attempt("with an access token", "", .invalidClient, token),
            attempt(
                "with its secret and a header at once", "client_id=\(id)&client_secret=\(secret)", .invalidRequest,
                basic),
            attempt("with another client's name beside the header", "client_id=other", .invalidRequest, basic),
            attempt("with a secret and no name", "client_secret=\(secret)", .invalidRequest),
            attempt(
                "with a parameter given twice", "client_id=\(id)&client_secret=\(secret)&scope=a&scope=a",
                .invalidRequest),
            attempt(
                "with an assertion of an unknown type",
                "client_id=\(id)&client_assertion=a.b.c&client_assertion_type=other", .invalidRequest),
            attempt(
                "with an assertion from a client of a secret",
                "client_id=\(id)&client_assertion=a.b.c&client_assertion_type="
                    + ClientCredentials.assertionType.formEncoded, .invalidClient),
        ]
        if route.admission == .application {
            attempts += [
                attempt("with nothing", "", .invalidClient),
                attempt("with the browser's cookie", "", .invalidClient, browser),
                attempt("by its name alone", "client_id=\(id)", .invalidClient),
            ]
        }
        if route.problems.contains(.invalidDPoPProof) {
            var two = basic
            for text in ["a.b.c", "d.e.f"] { two.append(HTTPField(name: .dpop, value: text)) }
            var one = basic
            one[.dpop] = "a.b.c"
            attempts += [
                attempt("with a DPoP proof that is none", "", .invalidDPoPProof, one),
                attempt("with two DPoP proofs", "", .invalidDPoPProof, two),
            ]
        }
        return attempts
    }

    private func fittingForm(_ route: Route) -> String {
        switch route.name {
        case .token: "grant_type=client_credentials"
        case .revokeToken, .introspect: "token=\(texts.token)"
        default: "response_type=code&code_challenge=\(HouseUnderTest.challenge)&code_challenge_method=S256"
        }
    }

    // MARK: tokens

    private func tokens(_ route: Route) throws -> [Attempt] {
        let path = path(route)
        let nonce = house.gateway.proofNonce()
        let wrongKey = try HouseKey(8)
        var serial = route.name.rawValue.utf8.reduce(0) { ($0 &* 131 &+ Int($1)) & 0xffff_ffff } * 100
        func bound(
            _ text: String, by key: HouseKey? = nil, _ method: HTTPRequest.Method? = nil, _ place: String? = nil,
            for token: String? = nil, nonce: String?, again: Bool = false
        ) throws -> HTTPFields {
            if !again { serial += 1 }
            let proof = try (key ?? self.key).proof(
                method ?? route.method, place ?? path, serial: serial, token: token ?? text, nonce: nonce,
                at: house.time.now)
            return [.authorization: "DPoP \(text)", .dpop: proof]
        }
        var twoProofs = try bound(boundToken, nonce: nonce)
        twoProofs.append(HTTPField(name: .dpop, value: "a.b.c"))
        // Whoever asks for their own entries of the trail asks for nobody else's.
        let isEntry = route.path.hasPrefix("/api/v1/audit/")
        let strangers =
            route.name == .listOwnEntries
            ? []
            : attempts(
                .problem(isEntry ? .notFound : ofNoGrant(route)),
                ["with another application's token": bearer(texts.strangersToken)])
        return attempts(
            .problem(.notAuthenticated),
            [
                "with nothing": [:], "with an empty token": [.authorization: "Bearer "],
                "with a malformed token": [.authorization: "Bearer a b"],
                "with another scheme": [.authorization: "Token \(texts.token)"],
                "with two Authorization headers": Self.twice("Bearer \(texts.token)", "Bearer \(texts.token)"),
                "with an unknown token": bearer("lat_\(Self.unknown)"),
                "with a token that was revoked": bearer(texts.endedToken),
                "with a refresh token": bearer(texts.refresh), "with an authorization code": bearer(texts.code),
                "with the browser's cookie": browser, "with the person's own app's session": app,
                "with the application's secret": basic, "with a bound token as Bearer": bearer(boundToken),
                "with a bound token and another key's proof": try bound(boundToken, by: wrongKey, nonce: nonce),
                "with a token that is not bound and a proof": try bound(texts.token, nonce: nonce),
            ])
            + attempts(.problem(.tokenExpired), ["with a token past its life": bearer(texts.oldToken)])
            + attempts(
                .problem(.invalidDPoPProof),
                [
                    "with a bound token and no proof": [.authorization: "DPoP \(boundToken)"],
                    "with a bound token and a proof that is none": [
                        .authorization: "DPoP \(boundToken)", .dpop: "a.b.c",
                    ],
                    "with a bound token and two proofs": twoProofs,
                    "with a bound token and a proof for another method": try bound(boundToken, .patch, nonce: nonce),
                    "with a bound token and a proof for another address": try bound(
                        boundToken, nil, path + "x", nonce: nonce),
                    "with a bound token and another token's proof": try bound(
                        boundToken, for: texts.token, nonce: nonce),
                ])
            + attempts(
                .problem(.useDPoPNonce),
                ["with a bound token and a proof without a nonce": try bound(boundToken, nonce: nil)])
            + attempts(
                .problem(ofNoGrant(route)),
                ["with the token of a revoked grant": bearer(texts.revokedToken)]) + strangers
            + [
                Attempt(
                    what: "with the token in the query", headers: [:], answer: .problem(.notAuthenticated),
                    query: "access_token=\(texts.token)")
            ]
    }

    private func ofNoGrant(_ route: Route) -> Problem {
        // Managing grants needs a scope of its own, which is looked for before any grant is.
        route.path.hasPrefix("/oauth/grants/") ? .notPermitted : .consentRequired
    }

    private var monitors: [Attempt] {
        attempts(
            .problem(.notAuthenticated),
            [
                "with nothing": [:], "with an unknown token": bearer("nobody"), "with an access token": token,
                "with the person's own app's session": app, "with the browser's cookie": browser,
            ])
    }
}
