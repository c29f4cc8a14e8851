// The preview of an application that asks for nothing until it names a rule.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The preview of nothing")
struct PreviewTests {
    @Test("A5: where all rules are optional and none is displayed, the preview says so and lets the owner name some")
    func offersTheNames() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.owner()
            let path = "/developer/apps/\(house.application.id.text)/rules"
            let quiet = ",\"display_first_time\":false"
            let rules = ["night", "day"].map { HouseUnderTest.rule($0, more: quiet) }.joined(separator: ",")
            #expect(try await house.putJSON(path, app, "{\"rules\":[\(rules)]}").status < 300)

            let browser = try await house.browser()
            let preview = "/apps/\(house.application.id.text)/preview"
            for person in ["first_time", "returning"] {
                let nothing = try await house.ask(.get, "\(preview)?as=\(person)", browser)
                #expect(nothing.status == 200)
                #expect(nothing.text.contains("There is nothing to show yet"))
                #expect(nothing.text.contains("name=\"named\" value=\"night\""))
                #expect(nothing.text.contains("Tick above"))
                #expect(PageSoundness.faults(nothing.text) == [])
            }
            let named = try await house.ask(.get, "\(preview)?as=first_time&named=night", browser)
            #expect(named.status == 200 && named.text.contains("For night."))
        }
    }
}
