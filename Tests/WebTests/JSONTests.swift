// JSON is read exactly as RFC 8259 has it, and every fault of a body is told at once.

import Domain
import Gateway
import Hummingbird
import Testing

@testable import Web

@Suite("JSON bodies")
struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test("values of every kind are read, and what is written is read back the same")
    func readsAndWrites() throws {
        let text = #"{"a":[1,-2.50e+3,true,false,null],"b":{"c":"x\"\\\n\u0001é😀"},"d":[],"e":{}}"#
        let value = try parse(text)
        #expect(String(buffer: value.buffer) == text)
        #expect(try JSONParser.parse(Array(value.buffer.readableBytesView)) == value)
    }

    @Test("escapes become what they stand for, surrogate pairs included")
    func readsEscapes() throws {
        #expect(try parse(#""\u00e9\ud83d\ude00\/\b\f\n\r\t""#) == .string("é😀/\u{8}\u{c}\n\r\t"))
    }

    @Test(
        "anything else is refused with its place",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "01", "1.", "+1", ".5", "nul", "tru", "\"\u{1}\"", "\"",
            "\"\\x\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "1 2", "[1 2]", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "NaN", "//x\n1",
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
        ])
    func refuses(text: String) {
        #expect(throws: JSONFault.self) { try parse(text) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func refusesBadUTF8() {
        #expect(throws: JSONFault.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
    }

    @Test("every fault of an application's description is told at once, each by the path it was sent under")
    func tellsEveryFault() throws {
        let body = try parse(
            #"{"name":1,"redirect_uris":["https://a.example/x",2],"rules":[{"name":"a","mode":"online"}],"extra":0}"#)
        let error = #expect(throws: Declined.self) { _ = try ApplicationForm(body) }
        let fields = Set((error?.faults ?? []).map(\.field))
        #expect(
            fields == [
                "name", "redirect_uris[1]", "rules[0].required", "rules[0].accesses", "rules[0].data_types",
                "rules[0].why", "extra",
            ])
        #expect(error?.problem == .invalidFields)
    }

    @Test(
        "A1: an application's description arrives as it was written, with the flags' usual values where none are given")
    func readsApplication() throws {
        let body = try parse(
            #"""
            {"name":"Runner","redirect_uris":["https://a.example/x"],"grant_days":30,"rules":[{"name":"activity",
            "mode":"online","required":true,"accesses":["read"],"data_types":["steps","heart"],"why":"To show you"}]}
            """#)
        let form = try ApplicationForm(body)
        let draft = form.draft
        #expect(form.organization == nil)
        #expect(draft.grantDays == 30)
        #expect(draft.webhookURL == nil)
        #expect(
            draft.rules == [
                RuleDraft(
                    name: "activity", mode: "online", required: true, accesses: ["read"], types: ["steps", "heart"],
                    why: "To show you")
            ])
    }

    @Test("A1: faults of plain scopes are told by the places they were sent at, those of rules as they are")
    func placesFaults() throws {
        let body = try parse(
            #"""
            {"name":"Runner","redirect_uris":["https://a.example/x"],"rules":[{"name":"a","mode":"online",
            "required":true,"accesses":["read"],"data_types":["steps"],"why":"x"}],
            "requested_scopes":[{"scope":"read:sleep","why":"y"},{"scope":"write:heart","why":"z"}]}
            """#)
        let form = try ApplicationForm(body)
        #expect(form.draft.rules.map(\.name) == ["a", "read.sleep", "write.heart"])
        #expect(form.draft.rules.map(\.required) == [true, false, false])
        for (found, sent) in [
            ("rules[0].why", "rules[0].why"), ("rules[1].why", "requested_scopes[0].why"),
            ("rules[2].name", "requested_scopes[1].scope"), ("rules[2].data_types[0]", "requested_scopes[1].scope"),
            ("rules", "rules"), ("redirect_uris[3]", "redirect_uris[3]"),
        ] {
            #expect(form.asSent(FieldFault(found, "m")) == FieldFault(sent, "m"))
        }
    }

    @Test("a list, an object of texts and an id that may be left out are faults only when they are something else")
    func readsWhatMayBeLeftOut() throws {
        var reader = FieldReader(
            try parse(#"{"a":null,"c":["x"],"d":{"de":"y"},"e":[1],"f":{"de":1},"g":[],"h":"app_1","i":"2","j":2.5}"#))
        #expect(reader.optionalTexts("a") == [] && reader.optionalTexts("b") == [])
        #expect(reader.optionalTexts("c") == ["x"])
        #expect(reader.textsByName("d") == ["de": "y"])
        #expect(reader.textsByName("b") == [:])
        _ = reader.optionalTexts("e")
        _ = reader.textsByName("f")
        _ = reader.textsByName("g")
        let id: RecordID? = reader.optionalIdentifier("h", of: "a record")
        #expect(id == nil)
        _ = reader.count("i")
        _ = reader.count("j")
        _ = reader.count("k")
        let error = #expect(throws: Declined.self) { try reader.finish() }
        #expect(error?.faults.map(\.field) == ["e[0]", "f.de", "g", "h", "i", "j", "k"])
        #expect(error?.faults[3].message == "a record's id was expected")
    }

    @Test("a body that is no object is told as such")
    func refusesOtherBodies() throws {
        var reader = FieldReader(try parse("[]"))
        #expect(throws: Declined(.invalidFields, faults: [FieldFault("body", "an object was expected")])) {
            try reader.finish()
        }
    }
}
