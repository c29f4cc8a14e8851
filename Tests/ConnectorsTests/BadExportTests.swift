// What is no good export: one clear error each, with the line, and what was whole before it is not lost.

import Connectors
import Domain
import Testing

@Suite("F1: bad input gets a clear error and loses nothing")
struct BadExportTests {
    @Test("F1: a truncated file names the line where it ends, and the records before it have arrived")
    func truncated() {
        let whole = (1...3).map { recordElement(value: "\($0)") + "\n" }.joined()
        let trial = ExportTrial.text("<HealthData>\n\(whole)<Record type=\"HKQuantityTypeIdentifierHea")
        #expect(trial.error == ExportError(.truncated(line: 5)))
        #expect(trial.code == "EXPORT_TRUNCATED")
        #expect(trial.error?.message.contains("line 5") == true)
        #expect(trial.readings.count == 3)
    }

    @Test("F1: wherever a file is cut, it is never taken for a whole one, and only whole records arrive")
    func truncatedAnywhere() {
        let inside = "<MetadataEntry key=\"HKWasUserEntered\" value=\"1\"/>"
        let whole = Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE HealthData [ <!ELEMENT Record EMPTY> ]>
            <HealthData>\(recordElement(source: "Zoë", inside: inside))\(recordElement(source: "Zoë", inside: inside))
            </HealthData>
            """.utf8)
        let expected = ExportTrial.bytes(whole).readings
        #expect(expected.count == 2)
        for length in 1..<whole.count {
            let trial = ExportTrial.bytes(Array(whole[..<length]))
            #expect(trial.code == "EXPORT_TRUNCATED", "cut at \(length)")
            #expect(expected.starts(with: trial.readings), "cut at \(length)")
        }
    }

    @Test(
        "F1: what is not XML is refused by name",
        arguments: [
            ("{\"heart_rate\": 74}", "EXPORT_NOT_XML"), ("type,value\nHeartRate,74\n", "EXPORT_NOT_XML"),
            ("", "EXPORT_NOT_AN_EXPORT"), ("\u{89}PNG\r\n", "EXPORT_NOT_XML"),
            ("<!DOCTYPE html><html></html>", "EXPORT_NOT_AN_EXPORT"),
            ("<ClinicalDocument><Record/></ClinicalDocument>", "EXPORT_NOT_AN_EXPORT"),
            ("<a:HealthData xmlns:a=\"a\"></a:HealthData>", "EXPORT_NOT_AN_EXPORT"),
            ("<HealthData><Record></HealthData>", "EXPORT_NOT_XML"),
            ("<HealthData></HealthData>more", "EXPORT_NOT_XML"),
            ("<HealthData></HealthData><HealthData></HealthData>", "EXPORT_NOT_XML"),
            ("<HealthData><Record a=1/></HealthData>", "EXPORT_NOT_XML"), ("<HealthData", "EXPORT_TRUNCATED"),
            ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><HealthData/>", "EXPORT_NOT_UTF8"),
            ("<?xml version=\"1.0\" encoding='ISO-8859-1'?><HealthData/>", "EXPORT_NOT_UTF8"),
        ])
    func notAnExport(text: String, code: String) {
        let trial = ExportTrial.text(text)
        #expect(trial.code == code)
        #expect(trial.readings.isEmpty)
    }

    @Test("F1: a file in another encoding is refused, with or without saying so")
    func otherEncodings() {
        let wide: [UInt8] = Array("<HealthData/>".utf8).flatMap { [$0, 0] as [UInt8] }
        #expect(ExportTrial.bytes([0xFF, 0xFE] + wide).code == "EXPORT_NOT_UTF8")
        #expect(ExportTrial.bytes([0xFE, 0xFF] + wide.reversed()).code == "EXPORT_NOT_UTF8")
        #expect(ExportTrial.bytes(wide).code == "EXPORT_NOT_XML")
        #expect(ExportTrial.bytes([0xEF, 0xBB, 0xBF] + Array("<HealthData/>".utf8)).error == nil)
    }

    @Test("F1: a control character or bytes that are no UTF-8 are named with their line")
    func badCharacters() {
        for control: [UInt8] in [[0x0B], [0x00], [0x1F], Array("&#0;".utf8), Array("&#x8;".utf8)] {
            for tail in ["\"/>", "</Record>"] {
                let head = tail == "\"/>" ? "<Record sourceName=\"a" : "<Record>a"
                let bytes = Array("<HealthData>\n\(recordElement())\n\(head)".utf8) + control + Array(tail.utf8)
                let trial = ExportTrial.bytes(bytes + Array("</HealthData>".utf8))
                #expect(trial.error == ExportError(.forbiddenCharacter(line: 3)), "\(control) \(tail)")
                #expect(trial.readings.count == 1)
            }
        }
        for broken: [UInt8] in [
            [0xFF], [0xC3, 0x28], [0xE2, 0x82], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80],
        ] {
            let bytes = Array("<HealthData>\n<Record sourceName=\"a".utf8) + broken + Array("\"/>\n</HealthData>".utf8)
            let trial = ExportTrial.bytes(bytes)
            #expect(["EXPORT_NOT_UTF8", "EXPORT_FORBIDDEN_CHARACTER"].contains(trial.code), "\(broken)")
            #expect(trial.error?.message.contains("ine 2") == true)
        }
    }

    @Test("F1: Apple's document type is stepped over, also the broken one of iOS 16, and lines are still counted right")
    func documentType() {
        let documentType = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a -> b, "it's" -->
            <!DOCTYPE HealthData [
            <!-- HealthKit Export Version: 12, isn't ]> <!ENTITY -->
            <!ELEMENT Record (MetadataEntry*)>
            <!ATTLIST Record type CDATA "]>" >
            <!ATTLIST VisionPrescription
              brand CDATA #IMPLIED
            <!ELEMENT RightEye EMPTY>
            >
            ]>

            """
        let good = ExportTrial.text(documentType + "<HealthData>\(recordElement())</HealthData>")
        #expect(good.error == nil)
        #expect(good.readings.count == 1)
        let bad = ExportTrial.text(documentType + "<HealthData>\n<Record x></HealthData>")
        #expect(bad.error == ExportError(.notXML(line: 13)))
    }

    @Test(
        "F1: entities of a file's own are refused before anything is expanded or fetched",
        arguments: [
            "<!DOCTYPE HealthData [\n<!ENTITY a \"b\">\n]>\n<HealthData>&a;</HealthData>",
            "<!DOCTYPE HealthData [\n<!ENTITY % a SYSTEM \"file:///etc/passwd\"> %a;\n]>\n<HealthData/>",
            "<!DOCTYPE HealthData\nSYSTEM \"http://127.0.0.1:9/x.dtd\">\n<HealthData/>",
            "<!DOCTYPE HealthData\nPUBLIC \"a\" \"http://127.0.0.1:9/x.dtd\" [ ]>\n<HealthData/>",
            "<HealthData>\n<Record sourceName=\"&secret;\"/></HealthData>", "<HealthData>\n&secret;</HealthData>",
        ])
    func entities(text: String) {
        #expect(ExportTrial.text(text).error == ExportError(.entityRefused(line: 2)))
    }

    @Test("F1: a billion laughs are refused at the first")
    func billionLaughs() {
        let laughs = (1...9).map { "<!ENTITY l\($0) \"" + String(repeating: "&l\($0 - 1);", count: 10) + "\">" }
        let text = "<!DOCTYPE HealthData [<!ENTITY l0 \"ha\">\(laughs.joined())]><HealthData>&l9;</HealthData>"
        #expect(ExportTrial.text(text).code == "EXPORT_ENTITY_REFUSED")
    }

    @Test("F1: too many attributes or names, too deep nesting and an endless prologue are refused")
    func shapes() {
        let many = (0..<100).map { "a\($0)=\"\"" }.joined(separator: " ")
        #expect(
            ExportTrial.elements("<Record \(many)/>").error == ExportError(.tooLarge(.attributes(count: 64), line: 2)))
        let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
        #expect(ExportTrial.elements(deep).error == ExportError(.tooLarge(.depth(levels: 32), line: 2)))
        let names = (0..<40_000).map { "<a\($0)/>" }.joined()
        #expect(ExportTrial.elements(names).code == "EXPORT_TOO_LARGE")
        let endless = "<!-- " + String(repeating: "a", count: 3 << 20) + " --><HealthData/>"
        #expect(ExportTrial.text(endless).code == "EXPORT_TOO_LARGE")
        var small = ExportLimits.standard
        small.wholeBytes = 100
        #expect(ExportTrial.elements(recordElement(), limits: small).code == "EXPORT_TOO_LARGE")
    }

    @Test("F1: a file that is not there, or is a folder, says so in the system's words")
    func unreadable() {
        #expect(ExportTrial.path("/nowhere/export.xml").error == ExportError(.unreadable("No such file or directory")))
        #expect(ExportTrial.path("/").error == ExportError(.unreadable("Is a directory")))
        #expect(ExportTrial.descriptor(-1).code == "EXPORT_UNREADABLE")
    }

    @Test("F1: no error tells a value, a name or a date of the file")
    func errorsTellNothing() {
        let private0 = recordElement(source: "Maria", value: "SECRET") + "\n"
        for fault in [
            "<Record sourceName=\"Maria\" value=\"SECRET\" x/>", "&Maria;", "\u{B}SECRET", "</Maria>", "<Maria",
        ] {
            let trial = ExportTrial.text("<HealthData>\n\(private0)\(fault)")
            #expect(trial.error != nil)
            for word in ["SECRET", "Maria", "2026"] {
                #expect(trial.error?.message.contains(word) == false)
                #expect(trial.error.map { "\($0)" }?.contains(word) == false)
            }
        }
    }
}
