// The reader of authorization details: one form of each thing is taken, and everything else is refused by its place.

import Domain
import TestKit
import Testing

@testable import Gateway

struct DetailsReaderTests {
    private static let here = ["https://licet.example", "https://licet.example/fhir/r4"]

    private static func read(_ text: String) throws(DetailsFault) -> [DataDetail] {
        try DetailsReader.read(text, addresses: here)
    }

    @Test("RFC 9396 §2: an element with everything that the type knows")
    func whole() throws {
        let found = try Self.read(
            """
            [ {"type":"health_data","purpose":"walking","datatypes":["steps","heart"],"actions":["read","write"],
              "locations":["https://licet.example","https://licet.example/fhir/r4/"],
              "period":{"from":"2026-01-01","to":"2026-06-30"}},
              {"period":{"to":"2024-02-29"},"datatypes":["sleep"],"type":"health_data"},
              {"purpose":"walking","type":"health_data","period":{"from":"2026-01-01"}} ]
            """)
        #expect(found.map { $0.purpose?.text } == ["walking", nil, "walking"])
        #expect(found.map(\.targets) == [[.type(.steps), .category(.heart)], [.category(.sleep)], []])
        #expect(found.map(\.actions) == [[.read, .write], [], []])
        #expect(found.map { $0.period.from } == [CivilDate.day("2026-01-01"), nil, CivilDate.day("2026-01-01")])
        #expect(found.map { $0.period.to } == [CivilDate.day("2026-06-30"), CivilDate.day("2024-02-29"), nil])
        let one = try Self.read(
            #"[{"type":"health_data","purpose":"a","period":{"from":"2026-01-01","to":"2026-01-01"}}]"#)
        #expect(one.map { $0.period.first == $0.period.last } == [true])
    }

    /// What stands between the braces of one element, and the place that is named.
    private static let bad: [(String, String)] = [
        ("", "type is missing"),
        (#""purpose":"walking""#, "type is missing"),
        (#""type":"payment","purpose":"walking""#, "type must be health_data"),
        (#""type":"Health_Data","purpose":"walking""#, "type must be health_data"),
        (#""type":["health_data"],"purpose":"walking""#, "type is not a string"),
        (#""type":null,"purpose":"walking""#, "type is not a string"),
        (#""type":"health_data""#, "purpose or datatypes must be there"),
        (#""type":"health_data","period":{"from":"2026-01-01"}"#, "purpose or datatypes must be there"),
        (#""type":"health_data","actions":["read"]"#, "purpose or datatypes must be there"),
        (#""type":"health_data","purpose":"walking","actions":["read"]"#, "actions need datatypes beside them"),
        (#""type":"health_data","purpose":"""#, "purpose is not the name of a rule"),
        (#""type":"health_data","purpose":"Walking""#, "purpose is not the name of a rule"),
        (#""type":"health_data","purpose":"rule:walking""#, "purpose is not the name of a rule"),
        (#""type":"health_data","purpose":7"#, "purpose is not a string"),
        (#""type":"health_data","purpose":null"#, "purpose is not a string"),
        (#""type":"health_data","datatypes":"steps""#, "datatypes is not an array of strings"),
        (#""type":"health_data","datatypes":[]"#, "datatypes is not an array of strings"),
        (#""type":"health_data","datatypes":{"steps":true}"#, "datatypes is not an array of strings"),
        (#""type":"health_data","datatypes":["steps",7]"#, "datatypes[1] is not a string"),
        (#""type":"health_data","datatypes":["Steps"]"#, "datatypes[0] is not a data type or category known here"),
        (#""type":"health_data","datatypes":["steps","read:steps"]"#, "datatypes[1] is not a data type or category"),
        (#""type":"health_data","datatypes":["*"]"#, "datatypes[0] is not a data type or category known here"),
        (#""type":"health_data","datatypes":["steps","steps"]"#, "datatypes[1] is repeated"),
        (#""type":"health_data","datatypes":["steps"],"actions":"read""#, "actions is not an array of strings"),
        (#""type":"health_data","datatypes":["steps"],"actions":[]"#, "actions is not an array of strings"),
        (#""type":"health_data","datatypes":["steps"],"actions":["list"]"#, "actions[0] is not create, read, update"),
        (#""type":"health_data","datatypes":["steps"],"actions":["read","read"]"#, "actions[1] is repeated"),
        (#""type":"health_data","datatypes":["steps"],"actions":[null]"#, "actions[0] is not a string"),
        (
            #""type":"health_data","purpose":"a","locations":["https://evil.example"]"#,
            "locations[0] is not this server"
        ),
        (#""type":"health_data","purpose":"a","locations":["https://licet.example/api"]"#, "locations[0] is not this"),
        (#""type":"health_data","purpose":"a","locations":["HTTPS://LICET.EXAMPLE"]"#, "locations[0] is not this"),
        (#""type":"health_data","purpose":"a","locations":"https://licet.example""#, "locations is not an array"),
        (#""type":"health_data","purpose":"a","locations":[]"#, "locations is not an array of strings"),
        (#""type":"health_data","purpose":"a","period":"2026""#, "period is not an object"),
        (#""type":"health_data","purpose":"a","period":null"#, "period is not an object"),
        (#""type":"health_data","purpose":"a","period":[]"#, "period is not an object"),
        (#""type":"health_data","purpose":"a","period":{}"#, "period has neither from nor to"),
        (#""type":"health_data","purpose":"a","period":{"from":20260101}"#, "period.from is not a string"),
        (#""type":"health_data","purpose":"a","period":{"from":null}"#, "period.from is not a string"),
        (#""type":"health_data","purpose":"a","period":{"from":"2026-1-1"}"#, "period.from is not a date"),
        (#""type":"health_data","purpose":"a","period":{"from":"2026-02-30"}"#, "period.from is not a date"),
        (#""type":"health_data","purpose":"a","period":{"from":"2026-01-01T00:00:00Z"}"#, "period.from is not a date"),
        (#""type":"health_data","purpose":"a","period":{"to":"2026-01"}"#, "period.to is not a date"),
        (#""type":"health_data","purpose":"a","period":{"to":""}"#, "period.to is not a date"),
        (#""type":"health_data","purpose":"a","period":{"to":"10000-01-01"}"#, "period.to is not a date"),
        (#""type":"health_data","purpose":"a","period":{"from":"2026-01-02","to":"2026-01-01"}"#, "period ends before"),
        (
            #""type":"health_data","purpose":"a","period":{"from":"2026-01-01","until":"2026"}"#,
            "period.until is not known"
        ),
        (#""type":"health_data","purpose":"a","periods":[]"#, "periods is not known here"),
        (#""type":"health_data","purpose":"a","privileges":["admin"]"#, "privileges is not known here"),
        (#""type":"health_data","purpose":"a","identifier":"x""#, "identifier is not known here"),
        (#""type":"health_data","purpose":"a","Period":{"from":"2026-01-01"}"#, "Period is not known here"),
        (#""type":"health_data","purpose":"a","dataTypes":["steps"]"#, "dataTypes is not known here"),
        (#""type":"health_data","purpose":"a","a\"b\n":1"#, "has a member that is not known here"),
        (#""type":"health_data","purpose":"a","":1"#, "has a member that is not known here"),
    ]

    @Test("RFC 9396 §5: what is not exactly so is refused, and the sentence names the place", arguments: bad)
    func refused(members: String, complaint: String) {
        for (before, place) in [("", 0), (#"{"type":"health_data","purpose":"walking"},"#, 1)] {
            let fault = #expect(throws: DetailsFault.self) { try Self.read("[\(before){\(members)}]") }
            let sentence = fault?.sentence ?? ""
            #expect(sentence.hasPrefix("authorization_details[\(place)]"), "\(sentence)")
            #expect(sentence.contains(complaint), "\(sentence)")
            // RFC 6749 §4.1.2.1: what an error_description may hold.
            #expect(sentence.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c })
        }
    }

    @Test(
        "RFC 9396 §2: what is no array of 1 to 32 objects, no JSON, too long, or says a name twice",
        arguments: [
            "", "null", "{}", "[]", "\"health_data\"", "[[]]", "[null]", "[1]", "[{}", "[{}]x",
            "{\"type\":\"health_data\"}",
            #"[{"type":"health_data","purpose":"a","purpose":"b"}]"#,
            #"[{"type":"health_data","purpose":"a","p\u0075rpose":"b"}]"#,
            #"[{"type":"health_data","purpose":"a","period":{"from":"2026-01-01","from":"2020-01-01"}}]"#,
            #"[{'type':'health_data'}]"#, "\u{feff}[]", "[{\"type\":\"health_data\",\"purpose\":\"a\"},]",
            String(repeating: "[", count: 4_000),
            "[" + Array(repeating: #"{"type":"health_data","purpose":"a"}"#, count: 33).joined(separator: ",") + "]",
            #"[{"type":"health_data","purpose":"a"}"# + String(repeating: " ", count: 8_192) + "]",
        ])
    func noArray(text: String) {
        let fault = #expect(throws: DetailsFault.self) { try Self.read(text) }
        #expect(fault?.sentence.hasPrefix("authorization_details") == true)
        #expect(fault?.sentence.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c } == true)
    }

    @Test("RFC 9396 §2: thirty-two elements, and 8,192 bytes, are taken")
    func most() throws {
        let elements = Array(repeating: #"{"type":"health_data","purpose":"a"}"#, count: 32).joined(separator: ",")
        let padding = String(repeating: " ", count: 8_192 - elements.utf8.count - 2)
        #expect(try Self.read("[\(elements)\(padding)]").count == 32)
    }
}
