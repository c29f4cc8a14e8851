// Two requests that wait in one browser do not know each other; and what was agreed to before is called so, and nothing else is.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Several requests, and what was agreed to already")
struct SeveralApprovalsTests {
    /// A cookie jar that knows names and paths (RFC 6265 §5.4).
    private struct Jar {
        private var kept: [String: (path: String, pair: String)] = [:]

        mutating func take(_ reply: HouseUnderTest.Reply) {
            for line in reply.headers[values: .setCookie] {
                let parts = line.split(separator: "; ").map(String.init)
                let path = parts.first { $0.hasPrefix("Path=") }.map { String($0.dropFirst(5)) } ?? "/"
                let name = parts[0].prefix { $0 != "=" }
                // One of the same name and path is overwritten.
                let key = "\(name) \(path)"
                kept[key] = parts.contains("Max-Age=0") ? nil : (path, parts[0])
            }
        }

        func headers(for place: String) -> HTTPFields {
            let fitting = kept.values.filter { $0.path == "/" || $0.path == place || place.hasPrefix($0.path + "/") }
            return [.cookie: fitting.map(\.pair).sorted().joined(separator: "; ")]
        }
    }

    @Test(
        "C2: the cookie that binds an approval to its browser is that request's own; a second request does not overwrite the first"
    )
    func keepsBoth() async throws {
        try await HouseUnderTest.trying { house in
            var jar = Jar()
            jar.take(try await house.postForm("/sign-in", [:], "login=ada&password=correct+horse+battery"))
            var places: [String] = []
            for _ in 0..<2 {
                let start = try await house.ask(.get, house.authorizePath, jar.headers(for: "/oauth/authorize"))
                #expect(
                    start.headers[values: .setCookie].first?.contains("; Path=\(start.location); HttpOnly") == true)
                jar.take(start)
                places.append(start.location)
            }
            #expect(Set(places).count == 2)
            var codes: Set<String> = []
            // The older one first: it is the one that an overwritten cookie would lose.
            for place in places {
                let page = try await house.ask(.get, place, jar.headers(for: place))
                #expect(page.status == 200)
                let decided = try await house.postForm(
                    place, jar.headers(for: place), "\(page.answerFields)&decision=approve&scope=rule:activity")
                #expect(decided.status == 303)
                jar.take(decided)
                codes.insert(HouseUnderTest.parameter("code", of: decided.location))
            }
            #expect(codes.count == 2 && !codes.contains(""))
            // Each cookie went with its decision, and the session stays.
            #expect(jar.headers(for: places[0])[.cookie]?.contains("licet_flow") == false)
            #expect(jar.headers(for: "/")[.cookie]?.contains("licet_session=") == true)
        }
    }

    @Test("A3, B1: what was agreed to before stands under its own heading, and what is asked now does not")
    func namesTheSettled() async throws {
        try await HouseUnderTest.trying { house in
            let first = try await house.opened().page
            #expect(!first.text.contains("What you agreed to already") && !first.text.contains("rule-settled"))

            _ = try await house.granted()
            let both = try await house.asked("rule:activity rule:sleep")
            let (asked, settled) = try Self.cut(both.text)
            #expect(settled.contains("To &lt;show&gt; your days") && !settled.contains("For your nights"))
            #expect(asked.contains("For your nights") && !asked.contains("To &lt;show&gt; your days"))
            #expect(settled.contains("type=\"hidden\" name=\"scope\" value=\"rule:activity\""))
            #expect(!settled.contains("type=\"checkbox\""))
            #expect(settled.contains("If you approve, this goes on, and ends with the whole permission"))
            #expect(settled.contains("If you deny, it stays as it is"))
            #expect(settled.contains("until <time"))

            let nothingNew = try await house.asked("rule:activity")
            let (_, stays) = try Self.cut(nothingNew.text)
            #expect(stays.contains("This stays as it is") && !stays.contains("If you approve"))
            #expect(stays.contains("You can end it at any time on your Licet page."))
        }
    }

    @Test("A3: what was refused before, and what was taken back, is asked and not called agreed to")
    func namesNothingElse() async throws {
        try await HouseUnderTest.trying { house in
            let given = try await house.granted("\"rule:activity\"")
            _ = try await house.gateway.revoke(
                try #require(GrantID(given.grant)), by: house.person, through: .page, request: nil)
            let page = try await house.asked("rule:activity rule:sleep")
            #expect(!page.text.contains("What you agreed to already"))
            #expect(page.text.contains("To &lt;show&gt; your days") && page.text.contains("For your nights"))
        }
    }

    /// Before the settled part, and that part.
    private static func cut(_ html: String) throws -> (asked: String, settled: String) {
        let start = try #require(html.firstRange(of: "aria-labelledby=\"settled-heading\""))
        let end = try #require(html[start.upperBound...].firstRange(of: "</section>"))
        let rest = html[..<start.lowerBound] + html[end.upperBound...]
        return (String(rest), String(html[start.upperBound..<end.lowerBound]))
    }
}

extension HouseUnderTest {
    fileprivate func asked(_ scope: String) async throws -> Reply {
        let start = try await ask(.get, "\(authorizePath)&scope=\(scope.formEncoded)")
        return try await ask(.get, start.location, try await browser(flow: start.cookie("licet_flow")))
    }
}
