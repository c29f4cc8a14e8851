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
        let error = #expect(throws: Declined.self) { _ = try Server.readApplication(body) }
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
        let (draft, organization) = try Server.readApplication(body)
        #expect(organization == nil)
        #expect(draft.grantDays == 30)
        #expect(draft.webhookURL == nil)
        #expect(
            draft.rules == [
                RuleDraft(
                    name: "activity", mode: "online", required: true, accesses: ["read"], types: ["steps", "heart"],
                    why: "To show you")
            ])
    }

    @Test("a body that is no object is told as such")
    func refusesOtherBodies() throws {
        var reader = FieldReader(try parse("[]"))
        #expect(throws: Declined(.invalidFields, faults: [FieldFault("body", "an object was expected")])) {
            try reader.finish()
        }
    }
}
