// What comes in as a query or a form is read strictly: nothing is guessed, nothing is repaired.

import Domain
import Gateway
import Testing

@testable import Web

@Suite("Forms and queries")
struct FormTests {
    @Test("fields keep their order, and escapes and pluses are read as forms write them")
    func readsFields() throws {
        let form = try #require(Form(urlencoded: "a=1&b=two+words&a=%C3%A9&empty=&bare".utf8))
        #expect(form.fields.map(\.name) == ["a", "b", "a", "empty", "bare"])
        #expect(form.texts("a") == ["1", "é"])
        #expect(form.text("b") == "two words")
        #expect(form.text("bare") == "")
    }

    @Test(
        "a broken escape, bad UTF-8 and a NUL are refused",
        arguments: ["a=%", "a=%4", "a=%zz", "a=%C3", "a=%FF%FE", "a=%00", "%ff=1"])
    func refusesBrokenText(text: String) {
        #expect(Form(urlencoded: text.utf8) == nil)
    }

    @Test("a parameter given twice is noticed by its name (RFC 6749 §3.1)")
    func noticesRepeats() throws {
        #expect(try #require(Form(urlencoded: "a=1&b=2&a=1".utf8)).repeatedName == "a")
        #expect(try #require(Form(urlencoded: "a=1&b=2".utf8)).repeatedName == nil)
    }

    @Test("an OAuth parameter without a value counts as left out (RFC 6749 §3.1)")
    func emptyIsAbsent() throws {
        let form = try #require(Form(urlencoded: "state=&scope=x".utf8))
        #expect(form.parameter("state") == nil)
        #expect(form.parameter("scope") == "x")
    }

    @Test("the data query knows types, limit and after, and calls everything else a fault")
    func readsItemsQuery() throws {
        let query = try ItemsQuery(try #require(Form(urlencoded: "types=steps,heart_rate&limit=7&after=msg_x".utf8)))
        #expect(query.types == ["steps", "heart_rate"])
        #expect(query.limit == 7)
        #expect(query.after == "msg_x")
        #expect(try ItemsQuery(.empty).limit == 20)
    }

    @Test(
        "a limit outside 1 to 100, a repeated and an unknown parameter are named",
        arguments: [
            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=1&limit=2", "limit"),
            ("tpyes=steps", "tpyes"),
        ])
    func namesQueryFaults(text: String, field: String) throws {
        let form = try #require(Form(urlencoded: text.utf8))
        let declined = #expect(throws: (any Error).self) { try ItemsQuery(form) }
        #expect((declined as? Declined)?.faults.contains { $0.field == field } == true)
    }
}
