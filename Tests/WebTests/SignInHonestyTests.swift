// §6 check 13: nobody can plant a session, and signing in leads to one of our own pages whatever the address said.

import Domain
import Gateway
import HTTPTypes
import TestKit
import Testing

@testable import Web

@Suite("Signing in")
struct SignInHonestyTests {
    @Test(
        "§6 check 13: the session changes at every sign-in, at making an account too, and what the browser came with is dead"
    )
    func changesTheSession() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.somebody("eve")
            let planted = try await house.gateway.signIn(
                login: "eve", password: HouseUnderTest.password, kind: .cookie, request: nil
            ).token
            var seen: Set<String> = [planted, "lss_planted"]
            var come = [planted, "lss_planted"]
            for form in [
                "login=ada&password=correct+horse+battery", "login=ada&password=correct+horse+battery",
                "login=new&name=New&password=correct+horse+battery", "login=ada&password=correct+horse+battery",
            ] {
                let cookie: HTTPFields = [.cookie: "licet_session=\(come.removeFirst())"]
                let place = form.contains("name=") ? "/sign-up" : "/sign-in"
                let signedIn = try await house.postForm(place, cookie, form)
                #expect(signedIn.status == 303)
                #expect(signedIn.headers[values: .setCookie].count == 1)
                let session = try #require(signedIn.cookie("licet_session"))
                #expect(seen.insert(session).inserted, "the same session twice")
                #expect(try await house.ask(.get, "/account", cookie).location == "/sign-in", "the old one lives on")
                come.append(session)
            }
        }
    }

    @Test("§6 check 13: a sign-in that fails gives no session, and leaves the one that is there")
    func keepsWhenItFails() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let wrong = try await house.postForm("/sign-in", browser, "login=ada&password=x")
            #expect(wrong.status == 401)
            #expect(wrong.headers[values: .setCookie].isEmpty)
            #expect(try await house.ask(.get, "/account", browser).status == 200)
        }
    }

    @Test("§6 check 13: whatever next= and approval= say, no way on leaves this origin, nor is it written on a page")
    func leadsNowhereElse() async throws {
        var dice = SeededDice("next")
        let pieces = [
            "https:", "http:", "//", "/", "\\", "evil.example", "@", ":", "%2f%2f", "%5c", "%09", "%0d%0a", "%00", ".",
            "..", "javascript:alert(1)", "record-invitation", "apr_", "127.0.0.1:8080", "?", "#", ";", "\u{ff0f}",
            "%E2%80%AE", "&next=", "&approval=", " ", "data:",
        ]
        let words = (0..<100).map { _ in (0..<dice.roll(1...6)).map { _ in dice.pick(pieces) }.joined() }
        let note = dice.note
        try await HouseUnderTest.trying { house in
            for word in words {
                for name in ["next", "approval"] {
                    let field = "\(name)=\(word.replacing(" ", with: "+").replacing("#", with: "%23"))"
                    for place in ["/sign-in", "/sign-up", "/recover"] {
                        let query = field.utf8.allSatisfy { $0 < 0x80 } ? field : "\(name)=\(word.formEncoded)"
                        let form = try await house.ask(.get, "\(place)?\(query)")
                        #expect(
                            !form.text.contains("evil") && !form.text.contains("alert(1)"), "\(place) \(query) \(note)")
                        for link in form.text.matches(of: /(?:href|action)="([^"]*)"/).map({ String($0.output.1) }) {
                            let isOurs = link.hasPrefix("/") && !link.hasPrefix("//") && !link.contains("\\")
                            let isIcon = link.hasPrefix("data:image/svg+xml,") && link.hasSuffix("svg%3E")
                            #expect(isOurs || isIcon || link.hasPrefix("#"), "\(link) by \(query) \(note)")
                        }
                    }
                }
            }
            for word in words.prefix(30) {
                for name in ["next", "approval"] {
                    let done = try await house.postForm(
                        "/sign-in", [:], "login=ada&password=correct+horse+battery&\(name)=\(word.formEncoded)")
                    let isOurs = ["/", "/record-invitations"].contains(done.location)
                    #expect(done.status == 303 && isOurs, "\(done.location) by \(word) \(note)")
                }
            }
        }
    }
}
