// The token of a consent page is that approval's: it decides no other, and no other page's token decides it.

import Crypto
import Domain
import Foundation
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The form token of an approval")
struct ApprovalTokenTests {
    private static let yes = "&decision=approve&scope=rule:activity"

    /// Two approvals in one browser, each page read.
    private func two(
        _ house: HouseUnderTest
    ) async throws -> (browser: HTTPFields, places: [String], pages: [HouseUnderTest.Reply]) {
        let browser = try await house.browser()
        let places = [try await house.startFromServer(), try await house.startFromServer()].map { "/approvals/\($0)" }
        var pages: [HouseUnderTest.Reply] = []
        for place in places { pages.append(try await house.ask(.get, place, browser)) }
        return (browser, places, pages)
    }

    private func isPending(_ place: String, _ house: HouseUnderTest, _ browser: HTTPFields) async throws -> Bool {
        let listed = try await house.gateway.pendingApprovals(of: house.person).map { "/approvals/\($0.id.text)" }
        return try await house.ask(.get, place, browser).text.contains("action=\"\(place)\"") && listed.contains(place)
    }

    @Test("§6 check 12, C1: the token of one approval does not decide another of the same session")
    func decidesNoOther() async throws {
        try await HouseUnderTest.trying { house in
            let (browser, places, pages) = try await two(house)
            #expect(pages[0].formToken != pages[1].formToken)
            for decision in [Self.yes, "&decision=deny"] {
                let swapped = try await house.postForm(
                    places[1], browser, "form_token=\(pages[0].formToken)\(decision)")
                #expect(swapped.status == 403)
                #expect(swapped.text.contains("FORM_TAMPERED"))
            }
            #expect(try await isPending(places[1], house, browser))
            #expect(try await house.gateway.grants(of: house.person).grants.isEmpty)
            let own = try await house.postForm(places[1], browser, "form_token=\(pages[1].formToken)\(Self.yes)")
            #expect(own.status == 303)
            #expect(!HouseUnderTest.parameter("code", of: own.location).isEmpty)
        }
    }

    @Test("§6 check 12, C1: the token of another page, and the session's own, decide no approval")
    func takesNoOtherPages() async throws {
        try await HouseUnderTest.trying { house in
            let (browser, places, pages) = try await two(house)
            var others: [String] = []
            for page in ["/", "/account", "/import", "/records"] {
                others += try await house.ask(.get, page, browser).formTokens
            }
            others += pages[0].formTokens.dropLast()
            #expect(!others.isEmpty && others.allSatisfy { !$0.isEmpty })
            for token in Set(others) {
                let refused = try await house.postForm(places[0], browser, "form_token=\(token)\(Self.yes)")
                #expect(refused.status == 403)
                #expect(refused.text.contains("FORM_TAMPERED"))
            }
            #expect(try await isPending(places[0], house, browser))
            #expect(try await house.gateway.grants(of: house.person).grants.isEmpty)
        }
    }

    @Test("§6 check 12: from what the pages of a session show, the token of no other approval can be made")
    func isNotMadeFromPages() async throws {
        try await HouseUnderTest.trying { house in
            let (browser, places, pages) = try await two(house)
            let approval = try #require(places[1].split(separator: "/").last)
            for shown in Set(pages[0].formTokens) {
                let code = HMAC<SHA256>.authenticationCode(
                    for: Array("approval \(approval)".utf8), using: SymmetricKey(data: Array(shown.utf8)))
                let made = Data(code).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
                let refused = try await house.postForm(places[1], browser, "form_token=\(made)\(Self.yes)")
                #expect(refused.status == 403)
            }
            #expect(try await isPending(places[1], house, browser))
        }
    }

    @Test("an approval's token opens no other form, and its page still signs out")
    func opensNothingElse() async throws {
        try await HouseUnderTest.trying { house in
            let (browser, _, pages) = try await two(house)
            for place in ["/sign-out", "/account", "/records"] {
                let refused = try await house.postForm(place, browser, "form_token=\(pages[0].formToken)&do=recovery")
                #expect(refused.status == 403)
            }
            let header = try #require(pages[0].formTokens.first)
            #expect(try await house.postForm("/sign-out", browser, "form_token=\(header)").status == 303)
        }
    }

    @Test("the token of an earlier session decides nothing in the next")
    func endsWithTheSession() async throws {
        try await HouseUnderTest.trying { house in
            let (_, places, pages) = try await two(house)
            let next = try await house.browser()
            let refused = try await house.postForm(places[0], next, "form_token=\(pages[0].formToken)\(Self.yes)")
            #expect(refused.status == 403)
            #expect(try await isPending(places[0], house, next))
        }
    }
}
