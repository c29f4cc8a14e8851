// The auditors' page: there for whom the operator named and for nobody else; what it shows, narrows to and gives as files; and that
// each look is on the trail.

import Domain
import Gateway
import HTTPTypes
import Testing
import Vault

@testable import Web

@Suite("The auditors' page")
struct AuditPageTests {
    private static let places = ["/audit", "/audit.csv", "/audit.jsonl"]

    private static func seal(_ house: HouseUnderTest) async throws {
        let log = try await house.gateway.openLog()
        while case .sealed = try await log.round() {}
    }

    private static func looks(_ house: HouseUnderTest) async throws -> [Int] {
        try await house.engine.read { tx in
            try AuditTable.entries(limit: .max, in: tx).map(\.entry).filter { $0.action == .trailRead }.map(\.items)
        }
    }

    @Test(
        "D1: to whoever is no auditor the page is not there, nor the way to it; an auditor finds it, until they are none"
    )
    func forWhom() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.granted()
            try await Self.seal(house)
            let id = try #require(
                try await house.engine.read { tx in try AuditTable.entries(limit: 1, in: tx).first?.entry.id.text })
            let browser = try await house.browser()
            for added in [false, true, false] {
                if added {
                    #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
                } else {
                    _ = try await house.gateway.removeAuditor(login: "ada", request: nil)
                }
                let before = try await Self.looks(house).count
                let home = try await house.ask(.get, "/", browser)
                #expect(home.text.contains("<a href=\"/audit\">Audit</a>") == added)
                for place in Self.places + ["/audit/\(id)/proof"] {
                    #expect(try await house.ask(.get, place, browser).status == (added ? 200 : 404), "\(place)")
                    #expect(try await house.ask(.get, place).location == "/sign-in")
                }
                #expect(try await Self.looks(house).count - before == (added ? 4 : 0), "each look is an entry")
            }
        }
    }

    @Test("D1, D2: the page shows the newest first with their proofs and how to check the log, by pseudonyms only")
    func shows() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
            let none = try await house.ask(.get, "/audit", browser)
            #expect(none.text.contains("There are none.") && none.text.contains("The log has not begun yet."))
            #expect(PageSoundness.faults(none.text) == [])
            let given = try await house.granted()
            for _ in 0..<60 {
                _ = try await house.ask(.get, "/api/v1/records/\(given.record)/items", given.token)
            }
            _ = try await house.ask(.get, "/api/v1/records/\(given.record)/items?types=sleep", given.token)
            try await Self.seal(house)
            let page = try await house.ask(.get, "/audit", browser)
            #expect(page.status == 200 && PageSoundness.faults(page.text) == [])
            #expect(page.text.split(separator: "<th scope=\"row\"").count == 51)
            #expect(page.text.contains("refused:not_covered") && page.text.contains(house.application.id.text))
            #expect(!page.text.contains(given.record) && !page.text.contains(house.person.text))
            let key = try await house.ask(.get, "/log/key").text.dropLast()
            let checkpoint = try await house.ask(.get, "/log/checkpoint").text
            // `+` and `/` are written as they are; a name has no sign that is escaped.
            let plain = page.text.replacing("&#x2F;", with: "/").replacing("&#x3D;", with: "=")
            #expect(plain.contains(key) && plain.contains(checkpoint.split(separator: "\n")[2]))
            // Page by page to the first entry, each once.
            var seen: [String] = []
            var next: String? = "/audit"
            while let place = next {
                let text = try await house.ask(.get, place, browser).text
                let rows = text.ranges(of: "href=\"/audit/aud_").map { range in
                    String(text[range.upperBound...].prefix { $0 != "/" })
                }
                seen += rows
                next = text.ranges(of: "class=\"button\" href=\"/audit?").map { range in
                    "/audit?" + text[range.upperBound...].prefix { $0 != "\"" }
                }.first { $0.contains("before=") }.map { $0.replacing("&amp;", with: "&") }
            }
            let all = try await house.engine.read { tx in
                try AuditTable.inOrder(about: .anything, AuditFilter(), limit: 1_000, in: tx).map(\.entry.id.text)
            }
            #expect(seen.map { "aud_\($0)" } == all.reversed())
            let proof = try await house.ask(.get, "/audit/\(all[0])/proof", browser)
            let read = try LogProof(parsing: Array(proof.text.utf8))
            let verifier = try await house.gateway.logKey()
            try read.verify(try #require(read.extra), with: verifier, by: LogSignature.isRight)
            #expect(try await house.ask(.get, "/audit/aud_x/proof", browser).status == 404)
        }
    }

    @Test("D1: filters narrow page and files alike; what cannot be read is said beside its field and reads nothing")
    func narrows() async throws {
        try await HouseUnderTest.trying { house in
            #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
            let given = try await house.granted()
            house.time.pass(.days(2))
            let browser = try await house.browser()
            let again = try await house.granted()
            _ = try await house.ask(.get, "/api/v1/records/\(again.record)/items", again.token)
            _ = try await house.ask(.get, "/api/v1/records/\(again.record)/items?types=sleep", again.token)
            try await Self.seal(house)
            let entries = try await house.engine.read { tx in
                try AuditTable.entries(limit: .max, in: tx).map(\.entry)
            }
            let read = try #require(entries.first { $0.action == .read && $0.outcome == .done })
            let today = String(house.time.now.rfc3339.prefix(10))
            let queries: [(String, @Sendable (AuditEntry) -> Bool)] = [
                ("action=read", { $0.action == .read }),
                ("action=read&outcome=refused", { $0.action == .read && $0.outcome != .done }),
                ("application=\(house.application.id.text)", { $0.application == house.application.id }),
                ("person=\(read.person?.text ?? "")", { $0.person == read.person }),
                ("record=\(read.record?.text ?? "")&outcome=done", { $0.record == read.record && $0.outcome == .done }),
                ("from=\(today)&to=\(today)", { $0.at.rfc3339.hasPrefix(today) }),
                ("to=2026-11-21&from=&action=&outcome=&application=", { !$0.at.rfc3339.hasPrefix(today) }),
            ]
            for (query, fits) in queries {
                let right = Set(entries.filter(fits).map(\.id.text))
                #expect(!right.isEmpty && right.count < entries.count, "\(query)")
                let page = try await house.ask(.get, "/audit?\(query)", browser)
                #expect(page.status == 200 && PageSoundness.faults(page.text) == [])
                let lines = try await house.ask(.get, "/audit.jsonl?\(query)", browser)
                #expect(lines.headers[.contentType] == "application/jsonl")
                let table = try await house.ask(.get, "/audit.csv?\(query)", browser)
                #expect(table.headers[.contentDisposition] == "attachment; filename=\"licet-trail.csv\"")
                let rows = table.text.split(separator: "\r\n")
                #expect(rows.first?.hasPrefix("log_index,entry,time,action,") == true)
                // Looks of the turns before may fit, too; they came after.
                #expect(rows.count > right.count && lines.text.split(separator: "\n").count >= right.count)
                for id in right {
                    #expect(page.text.contains("/audit/\(id)/proof"), "\(query)")
                    #expect(lines.text.contains("\"id\":\"\(id)\"") && table.text.contains(",\(id),"), "\(query)")
                }
                for id in entries.map(\.id.text) where !right.contains(id) {
                    #expect(!page.text.contains(id) && !lines.text.contains(id) && !table.text.contains(id), "\(query)")
                }
            }
            let before = try await Self.looks(house).count
            for (field, value) in [
                ("from", "yesterday"), ("to", "2026-02-30"), ("application", "app"), ("person", "Ada"),
                ("record", "%22%3E%3Cscript%3E"),
            ] {
                let wrong = try await house.ask(.get, "/audit?\(field)=\(value)", browser)
                #expect(wrong.status == 422 && PageSoundness.faults(wrong.text) == [], "\(field)")
                #expect(wrong.text.contains("id=\"\(field)-fault\"") && wrong.text.contains("href=\"#\(field)\""))
                #expect(!wrong.text.contains("<script>") && !wrong.text.contains("scope=\"row\""))
                #expect(try await house.ask(.get, "/audit.csv?\(field)=\(value)", browser).status == 422)
            }
            #expect(try await Self.looks(house).count == before && given.grant == again.grant)
        }
    }
}
