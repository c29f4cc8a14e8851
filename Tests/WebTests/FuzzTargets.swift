// Every reader of what strangers send, with good inputs to begin from and what must hold whatever comes.

import Domain
import HTTPTypes
import Testing

@testable import Gateway
@testable import Web

enum FuzzVerdict: Equatable {
    case refused, read
    /// Something that must hold does not.
    case broken(String)

    static func read(_ claim: Bool, _ else: String) -> FuzzVerdict { claim ? .read : .broken(`else`) }
}

struct FuzzTarget: Sendable, CustomTestStringConvertible {
    let name: String
    let corpus: [String]
    let words: [String]
    let attempt: @Sendable ([UInt8]) async -> FuzzVerdict

    var testDescription: String { name }

    /// Of text readers, which never see bytes that are no text.
    static func text(
        _ name: String, _ corpus: [String], _ words: [String],
        _ attempt: @escaping @Sendable (String) async -> FuzzVerdict
    ) -> FuzzTarget {
        FuzzTarget(name: name, corpus: corpus, words: words) { await attempt(String(decoding: $0, as: UTF8.self)) }
    }

    static let all: [FuzzTarget] = [
        form, authorization, cookie, scope, scopeRequest, signedToken, clientAssertion, proof, keySet, json, shellQuery,
        languages, base64, observations, addresses, stored, details, notes, logProofs, logFiles,
        policies, witnessAnswers,
    ]
}

extension FuzzTarget {
    static let form = FuzzTarget(
        name: "forms and queries",
        corpus: [
            "grant_type=authorization_code&code=lac_x&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&code_verifier=vvv",
            "response_type=code&client_id=app_1&scope=rule%3Aa+read%3Asteps&state=%C3%BC&code_challenge_method=S256",
            "a=1&a=2&b&=c&&d=", "",
        ], words: ["client_id=", "scope=", "&a", "=", "%3D", "%26", "%25", "%E2%82%AC"]
    ) { bytes in
        guard let form = Form(urlencoded: bytes) else { return .refused }
        let isSound = form.fields.allSatisfy { !$0.name.utf8.contains(0) && !$0.value.utf8.contains(0) }
        let again = form.fields.map { "\(encode($0.name))=\(encode($0.value))" }.joined(separator: "&")
        let isRepeated = Set(form.fields.map(\.name)).count < form.fields.count
        return .read(
            isSound && Form(urlencoded: again.utf8) == form && (form.repeatedName != nil) == isRepeated,
            "what was read is not what comes of writing it again")
    }

    static let authorization = text(
        "the Authorization header",
        ["Basic YTpz", "Basic YSUyMGI6YyUzQWQlMkI=", "Bearer lat_x", "DPoP lat_x", "bearer  lat_x"],
        ["Basic ", "Bearer ", "DPoP ", "Og==", "YTpz", "JTAw"]
    ) { text in
        let headers: HTTPFields = [.authorization: text]
        let token = Caller.token(headers)
        if case .bearer(let text)? = token, text.isEmpty || text.contains(" ") { return .broken("no token at all") }
        let form = Form(fields: [Form.Field(name: "client_id", value: "a")])
        _ = try? Caller.client(headers, form: form)
        guard let client = try? Caller.client(headers, form: .empty) else { return token == nil ? .refused : .read }
        guard case .secret(let secret) = client.proof else { return .broken("a header without a secret") }
        return .read(!secret.utf8.contains(0) && token == nil, "two credentials in one header")
    }

    static let cookie = text(
        "cookies", ["licet_session=lss_x; b=2", "a=1; licet_flow=lfl_x;licet_session=lss_y", "licet_session=\"x\""],
        ["licet_session", "licet_flow", "; ", "="]
    ) { text in
        let headers: HTTPFields = [.cookie: text]
        let found = [Caller.sessionCookie(headers), Caller.flowCookie(headers)].compactMap { $0 }
        guard !found.isEmpty else { return .refused }
        return .read(found.allSatisfy { (1...512).contains($0.utf8.count) }, "a cookie of no good length")
    }

    static let scope = text(
        "scopes",
        [
            "read:steps", "write:body_weight", "rule:activity", "offline_access", "launch/patient", "patient/*.rs",
            "patient/Observation.cruds?category=vital-signs&code=http://loinc.org|8867-4", "system/*.read",
        ], ["read:", "patient/", "user/", "Observation", ".rs", "?category=", "&code=", "8867-4,29463-7", ".dus", ".*"]
    ) { text in
        guard let scope = Scope(text) else { return .refused }
        guard case .smart(let smart) = scope else { return .read(scope.text == text, "spelled in two ways") }
        let given = smart.given(in: .none).isEmpty || smart.resource == .patient
        let own = smart.given(in: smart.permissions)
        return .read(
            scope.text == text && given && own.allSatisfy { Scope($0.text) == .smart($0) },
            "a scope gives what nobody gave, or one that cannot be read")
    }

    static let scopeRequest = text(
        "scope parameters",
        [
            "", "rule:activity rule:pulse offline_access", "read:steps read:heart", "launch/patient patient/*.rs",
            "patient/Observation.rs?category=activity system/*.rs",
        ], ["rule:", "activity", "pulse", "night", " ", "patient/*.rs", "system/*.rs", "offline_access"]
    ) { text in
        var verdict = FuzzVerdict.refused
        for (adds, alone) in [(false, false), (true, false), (false, true)] {
            guard
                let asked = try? ScopeRequest.resolve(
                    text, against: scopeRules, addsToFlags: adds, actsAlone: alone)
            else { continue }
            let names = Set(asked.lines.map(\.rule.name))
            guard scopeRules.rules.allSatisfy({ !$0.isRequired || names.contains($0.name) }) else {
                return .broken("a required rule was left out")
            }
            verdict = .read
        }
        _ = scopeRules.given(of: text)
        return verdict
    }

    private static let scopeRules = RuleSet(
        version: 1,
        rules: [
            ("activity", Mode.online, true, [.steps]), ("pulse", .online, false, [.heartRate]),
            ("night", .offline, false, [.sleepStage, .heartRate]),
        ].compactMap { (name: String, mode: Mode, isRequired: Bool, types: DataTypeSet) in
            RuleName(name).map {
                AuthorizationRule(
                    name: $0, mode: mode, isRequired: isRequired, accesses: [.read], types: types, why: WhyText("Why."))
            }
        })
}

extension FuzzTarget {
    static let json = FuzzTarget(
        name: "JSON",
        corpus: [
            #"{"name":"A","rules":[{"accesses":["read"],"why":"\u00fc\n\ud83d\ude42"}],"grant_days":90,"x":[1.5e-3,true]}"#,
            "[[[[{}]]]]", #"{"a":{"b":[null,false,-0.1E+2,""]}}"#, "\"text\"", " 0 ",
        ], words: ["\"a\":", "[[[[[[[[", "]]]]", "{\"a\":{", "\\u00e9", "\\ud83d\\ude42", "1E400", "nul"]
    ) { bytes in
        guard let value = try? JSONParser.parse(bytes) else { return .refused }
        return .read((try? JSONParser.parse(bytes)) == value, "read in two ways")
    }

    static let shellQuery = text(
        "the shell's query",
        [
            "target=APPAUTH&targetqs=appid%3Dapp_1%26onopt1%3Dsleep%26offopt1%3Dnight",
            "target=APPAUTH&targetqs=?appid=app_1&onopt1=sleep&onopt2=heart&extrecordid=7&actionqs=a%3Db",
            "target=APPAUTH&targetqs=%253Fappid%253Dapp_1%2526onopt1%253Dsleep",
            "target%3DAPPAUTH&targetqs=%3Fappid%3Dapp_1&%3Fonopt1%3Dsleep%26OnOpt2%3Dheart&&offopt1%3Dnight",
        ],
        ["target=APPAUTH", "targetqs=", "onopt1", "offopt100", "%25", "%3D", "%26", "actionqs=", "appid="]
    ) { text in
        guard let query = try? ShellQuery(text) else { return .refused }
        let request = query.request
        return .read(
            !request.application.isEmpty && request.online.count <= 100 && request.offline.count <= 100,
            "more than may be asked")
    }

    static let languages = text(
        "Accept-Language", ["de-CH, fr;q=0.8, *;q=0.1", "en", "pl;q=0.001, it;q=1.000"],
        [";q=", "q=0.", "-", ",", "en"]
    ) { text in
        let found = AcceptLanguage.preferred([.acceptLanguage: text])
        return found.isEmpty ? .refused : .read(found.count <= 10, "more languages than anybody reads")
    }

    static let base64 = FuzzTarget(
        name: "base64", corpus: ["", "AA==", "AAA=", "AAAA", "_-_-", "+/+/", "AQIDBAUG"],
        words: ["=", "==", "A", "-", "_"]
    ) { bytes in
        let plain = Base64.decode(String(decoding: bytes, as: UTF8.self))
        if let plain, plain.count > bytes.count { return .broken("more than there was") }
        guard let url = Base64.urlDecode(bytes) else { return plain == nil ? .refused : .read }
        return .read(Array(Base64.urlEncode(url).utf8) == bytes, "two spellings of the same bytes")
    }

    static let observations = text(
        "searches and lists",
        [
            "patient=Patient/r-00000000000000000000000000&code=http://loinc.org|8867-4&_count=10",
            "subject=r-0&category=vital-signs,activity&_format=json", "types=steps,heart_rate&limit=100&after=x",
        ], ["patient=", "code=", "category=", "_count=", "page=", "types=", "limit=", "after="]
    ) { text in
        guard let form = Form(urlencoded: text.utf8) else { return .refused }
        let items = try? ItemsQuery(form)
        if let items, !(1...100).contains(items.limit) { return .broken("a limit beyond the limit") }
        guard let asked = try? ObservationQuery(form) else { return items == nil ? .refused : .read }
        return .read(!asked.filter.types.isEmpty && asked.count >= 1, "a search for nothing")
    }

    static let addresses = text(
        "addresses and header parameters",
        [
            "https://licet.example:443/oauth/token?x#y", "http://127.0.0.1:8080/back", "http://[::1]/cb?a=b",
            "multipart/form-data; boundary=\"a\\\"b\"; charset=utf-8", "com.example.app:/back",
            "http://127::/", "http://[::80", "https://licet.example:443:443/",
        ], ["http://127.0.0.1", "[::1]", ":80", ":65536", "@", "%2e", "../", "; boundary=", "\""]
    ) { text in
        _ = HeaderValue(text)
        _ = MultipartReader.boundary(of: text)
        _ = RedirectURI.host(of: text)
        _ = RedirectURI.fault(of: text, in: .production, native: true)
        let registered = ["http://127.0.0.1/back", "https://app.example/callback"]
        let isSame = RedirectURI.isRegistered(text, among: registered, native: true)
        if isSame, !registered.contains(text), !text.hasPrefix("http://127.0.0.1:") || !text.hasSuffix("/back") {
            return .broken("a redirect to an address that nobody registered")
        }
        let added = RedirectURI.adding([("state", text)], to: registered[1])
        guard added.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return .broken("an answer breaks out") }
        guard let target = TargetURI(text) else {
            return RedirectURI.fault(of: text, in: .sandbox) == nil ? .read : .refused
        }
        let again = TargetURI("\(target.scheme)://\(target.authority)\(target.path)")
        return .read(again == target, "another address when it is written again")
    }

    static let stored = text(
        "pushed requests as they are kept",
        [#"{"response_type":"code","client_id":"app_1","scope":"","state":"s","redirect_uri":"https://app.example/"}"#],
        ["\"state\":", "\"scope\":", "null", "{}"]
    ) { text in
        guard let request = AuthorizationRequest(stored: text) else { return .refused }
        guard let again = request.stored.flatMap({ AuthorizationRequest(stored: $0) }) else { return .broken("lost") }
        return .read(again == request, "another request when it is kept again")
    }
}

/// Everything but letters and digits percent-encoded.
private func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: out.append(byte)
        default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: out, as: UTF8.self)
}
