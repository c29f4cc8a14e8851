// What people read: moments, sizes, numbers, and the pages themselves.

import Domain
import Hummingbird
import Testing

@testable import Gateway
@testable import Web

@Suite("Words for people")
struct WordingTests {
    @Test("moments are said with the day first, and the machine's form stands beside them")
    func saysMoments() throws {
        let moment = Moment(seconds: 1_795_255_632)
        #expect(TimeText(moment).words == "21 November 2026, 10:07 UTC")
        #expect(TimeText(moment).machine == "2026-11-21T10:07:12Z")
        #expect(TimeText(day: moment).words == "21 November 2026")
        #expect(TimeText(Moment(seconds: -1)).words == "31 December 1969, 23:59 UTC")
    }

    @Test("numbers have their thousands apart")
    func saysNumbers() {
        #expect(
            [0, 999, 1_000, 1_204_000, -12_345].map { Wording.number($0) } == [
                "0", "999", "1,000", "1,204,000", "-12,345",
            ])
    }

    @Test("sizes are said as phones say them")
    func saysSizes() {
        #expect(
            [0, 1, 999, 1_000, 1_500, 48_000_000, 8_000_000_000].map { Wording.size($0) }
                == ["0 bytes", "1 byte", "999 bytes", "1 kB", "1.5 kB", "48 MB", "8 GB"])
    }

    @Test("A5: accesses are said in plain words, seeing first")
    func saysDoings() {
        #expect(Wording.doings([.create, .read]) == ["See these readings", "Add new ones"])
        #expect(Wording.doings(Set(Access.allCases)).last == "Delete them")
    }

    @Test("every template parses, and what a person wrote is escaped")
    func rendersPages() async throws {
        let viewer = SignedIn(
            person: PersonID(bytes: Array(repeating: 1, count: 16)), login: "a", name: "<script>", formToken: "tok\"")
        let response = try PageLibrary().render(
            .importForm,
            ImportFormPage(
                page: PageFrame("Import", viewer: viewer), faultSummary: nil, exportError: nil,
                uploadLimitWords: "8 GB", importedTo: "Ada",
                receivers: []))
        let writer = Gathering()
        try await response.body.write(writer)
        let html = writer.text
        #expect(html.contains("&lt;script&gt;"))
        #expect(!html.contains("<script"))
        #expect(html.contains("value=\"tok&quot;\""))
        #expect(!html.contains("style="))
    }
}
