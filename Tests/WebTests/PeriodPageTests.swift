// Dates as people read them and as programs do (RFC 9396): beside the rule, in the grant's history, in the owner's preview.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Dates on pages")
struct PeriodPageTests {
    private static func periods(_ stored: String) throws -> DataPeriods { try #require(DataPeriods(stored: stored)) }

    @Test("dates are said in a sentence; types that have their own are named, and what has no limit is not mentioned")
    func sentences() throws {
        let limits = try Self.periods("steps=2026-01-01..2026-06-30,2027-03-01..;heart_rate=..2024-12-31")
        #expect(
            Wording.dates(limits, of: [.steps]) == [
                "Only from 1 January 2026 to 30 June 2026, and from 1 March 2027"
            ])
        #expect(
            Wording.dates(limits, of: [.steps, .heartRate, .distance]) == [
                "Steps: only from 1 January 2026 to 30 June 2026, and from 1 March 2027",
                "Heart rate: only to 31 December 2024",
            ])
        #expect(Wording.dates(limits, of: [.distance]) == [])
        #expect(Wording.dates(.none, of: .all) == [])
    }

    private func authorize(_ house: HouseUnderTest, _ details: String) -> String {
        house.authorizePath + "&authorization_details=" + ObservationQuery.encoded(details)
    }

    private func page(
        _ house: HouseUnderTest, _ path: String
    ) async throws -> (place: String, browser: HTTPFields, page: HouseUnderTest.Reply) {
        let start = try await house.ask(.get, path)
        let browser = try await house.browser(flow: start.cookie("licet_flow"))
        return (start.location, browser, try await house.ask(.get, start.location, browser))
    }

    @Test(
        "RFC 9396: the consent page, the page to go on, the grant and its history say the dates; lifting a limit is said"
    )
    func pages() async throws {
        try await HouseUnderTest.trying { house in
            let details =
                #"[{"type":"health_data","purpose":"activity","period":{"from":"2026-01-01","to":"2026-06-30"}}]"#
            let words = "Only from 1 January 2026 to 30 June 2026"
            let (place, browser, asked) = try await page(house, authorize(house, details))
            #expect(asked.text.contains(words))
            #expect(PageSoundness.faults(asked.text) == [])
            let decided = try await house.postForm(
                place, browser, "\(asked.answerFields)&decision=approve&scope=rule:activity")
            #expect(decided.status == 303)
            let token = try await house.exchange(HouseUnderTest.parameter("code", of: decided.location))
            #expect(
                try token.member("authorization_details")
                    == #"[{"type":"health_data","purpose":"activity","datatypes":["steps","heart_rate"],"#
                    + #""actions":["read"],"period":{"from":"2026-01-01","to":"2026-06-30"}}]"#)

            let (_, _, going) = try await page(house, authorize(house, details))
            #expect(going.text.contains("<h1>Go on to Runner</h1>") && going.text.contains(words))
            let (_, _, wider) = try await page(house, house.authorizePath + "&scope=rule:activity")
            #expect(wider.text.contains("Of any date. So far you agreed to those from 1 January 2026 to 30 June 2026"))
            #expect(PageSoundness.faults(wider.text) == [])

            let grant = try #require(try await house.gateway.grants(of: house.person).grants.first).id.text
            let sheet = try await house.ask(.get, "/grants/\(grant)", browser)
            // Beside the rule, and in the history.
            #expect(sheet.text.ranges(of: words).count == 2)
            #expect(PageSoundness.faults(sheet.text) == [])
            let record = try #require(try await house.gateway.records(of: house.person).first).record.text
            for path in ["/import", "/records/\(record)"] {
                let receivers = try await house.ask(.get, path, browser)
                #expect(receivers.text.contains(words), "\(path)")
                #expect(PageSoundness.faults(receivers.text) == [])
            }
            let told = try await house.ask(.get, "/partner/consent/grants/\(grant)", try await house.app())
            let periods =
                #""periods":[{"rule":"activity","data_types":["steps","heart_rate"],"from":"2026-01-01","to":"2026-06-30"}]"#
            #expect(told.text.ranges(of: periods).count == 2)
        }
    }

    @Test("A5: the owner previews what authorization details ask, and is told what is wrong with them")
    func preview() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.owner()
            let browser = try await house.browser()
            let preview = "/apps/\(house.application.id.text)/preview?as=returning"
            let details = #"[{"type":"health_data","purpose":"sleep","period":{"to":"2025-12-31"}}]"#
            let shown = try await house.ask(.get, preview + "&details=" + ObservationQuery.encoded(details), browser)
            #expect(shown.status == 200)
            #expect(shown.text.contains("Only to 31 December 2025"))
            #expect(shown.text.contains("&amp;details=%5B%7B%22type"))
            #expect(shown.text.contains("name=\"details\" type=\"text\" value=\"[{&quot;type"))
            #expect(PageSoundness.faults(shown.text) == [])
            let wrong = details.replacing("sleep", with: "walking")
            let refused = try await house.ask(.get, preview + "&details=" + ObservationQuery.encoded(wrong), browser)
            #expect(refused.status == 422)
            #expect(refused.text.contains("authorization_details[0].purpose"))
        }
    }
}
