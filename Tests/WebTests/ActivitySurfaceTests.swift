// Who looked, as people, applications and auditors get it: the page with its picture, the files, the switch, the APIs.

import Domain
import Gateway
import HTTPTypes
import TestKit
import Testing

@testable import Web

@Suite("Who looked, on the surfaces")
struct ActivitySurfaceTests {
    private static func seal(_ house: HouseUnderTest) async throws {
        let log = try await house.gateway.openLog()
        while case .sealed = try await log.round() {}
    }

    /// A grant under which was read twice and refused once.
    private static func looked(_ house: HouseUnderTest) async throws -> (grant: String, token: HTTPFields) {
        let given = try await house.granted()
        try await house.importSample()
        for types in ["", "?types=heart_rate", "?types=sleep"] {
            _ = try await house.ask(.get, "/api/v1/records/\(given.record)/items\(types)", given.token)
        }
        return (given.grant, given.token)
    }

    @Test("EHDS Art. 9: the page says who, when, what and what was refused, with the month as bars and as a table")
    func page() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let empty = try await house.ask(.get, "/activity", browser)
            #expect(empty.text.contains("Nobody has looked.") && PageSoundness.faults(empty.text) == [])
            let grant = try await Self.looked(house).grant
            try await Self.seal(house)
            let page = try await house.ask(.get, "/activity", browser)
            #expect(page.status == 200 && PageSoundness.faults(page.text) == [])
            #expect(page.text.contains("3 accesses that you have not seen"))
            #expect(
                page.text.contains("Asked, and was refused") && page.text.contains("does not cover what it asked for"))
            #expect(page.text.split(separator: "<rect class=\"days-served\"").count == 2)
            #expect(page.text.split(separator: "<rect class=\"days-refused\"").count == 2)
            #expect(
                page.text.contains("aria-label=\"Accesses on each of the last 30 days: 2 handed over and 1 refused."))
            #expect(page.text.contains("<td class=\"number\">2</td><td class=\"number\">1</td>"))
            #expect(page.text.contains("href=\"/grants/\(grant)\"") && page.text.contains("Runners Ltd"))
            #expect(try await house.ask(.get, "/grants/\(grant)", browser).text.contains("/activity?grant=\(grant)"))
            for query in [
                "?grant=\(grant)", "?application=\(house.application.id.text)", "?before=2", "?before=x&grant=%22%3E",
            ] {
                let filtered = try await house.ask(.get, "/activity\(query)", browser)
                #expect(filtered.status == 200 && PageSoundness.faults(filtered.text) == [], "\(query)")
                if query.contains("grant=grt") { #expect(!filtered.text.contains("The last 30 days")) }
            }
        }
    }

    @Test("EHDS Art. 9: home tells of new accesses until they are seen, and not at all when the person wants quiet")
    func tells() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await Self.looked(house)
            let browser = try await house.browser()
            #expect(try await house.ask(.get, "/", browser).text.contains("3 new accesses to your data"))
            let page = try await house.ask(.get, "/activity", browser)
            let until = String(house.time.now.microseconds)
            #expect(page.text.contains("name=\"until\" value=\"\(until)\""))
            house.time.pass(.seconds(1))
            let seen = try await house.postForm(
                "/activity", browser, "form_token=\(page.formToken)&do=seen&until=\(until)")
            #expect(seen.location == "/activity?done=seen")
            let after = try await house.ask(.get, seen.location, browser)
            #expect(after.text.contains("you have seen them") && !after.text.contains("have not seen"))
            let home = try await house.ask(.get, "/", browser)
            #expect(!home.text.contains("new access"))
            let quiet = try await house.postForm("/activity", browser, "form_token=\(page.formToken)&do=tell&on=no")
            #expect(quiet.location == "/activity?done=quiet")
            let silent = try await house.ask(.get, quiet.location, browser)
            #expect(silent.text.contains("This is off") && PageSoundness.faults(silent.text) == [])
            for wrong in ["do=seen&until=soon", "do=tell&on=maybe", "do=forget", ""] {
                #expect(
                    try await house.postForm("/activity", browser, "form_token=\(page.formToken)&\(wrong)").status
                        == 422)
            }
            let app = try await house.app()
            let overview = try await house.ask(.get, "/partner/activity/overview", app)
            #expect(try overview.value("told") == "false" && overview.value("unseen") == nil)
            let told = try await house.putJSON("/partner/activity/notices", app, #"{"told":true}"#)
            #expect(told.status == 204)
            #expect(try await house.ask(.get, "/partner/activity/overview", app).value("unseen") == "0")
            #expect(try await house.putJSON("/partner/activity/notices", app, #"{"seen_until":"now"}"#).status == 422)
        }
    }

    @Test("RFC 4180: the table has a line for each access, and no cell of it begins like a formula")
    func table() async throws {
        for (text, cell) in [
            ("", ""), ("plain", "plain"), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("a\nb", "\"a\nb\""),
            ("=\"a\",b", "\"'=\"\"a\"\",b\""), ("a=b", "a=b"),
        ] {
            #expect(AccessTable.cell(text) == cell)
        }
        try await HouseUnderTest.trying { house in
            let grant = try await Self.looked(house).grant
            let browser = try await house.browser()
            let file = try await house.ask(.get, "/activity.csv", browser)
            #expect(file.headers[.contentType]?.hasPrefix("text/csv") == true)
            #expect(file.headers[.contentDisposition] == "attachment; filename=\"licet-accesses.csv\"")
            let lines = file.text.split(separator: "\r\n")
            #expect(lines.count == 4 && lines.first?.hasPrefix("time,application,") == true)
            #expect(lines.dropFirst().allSatisfy { $0.contains(",Runner,") && $0.contains(grant) })
            let list = try await house.ask(.get, "/activity.json?limit=2", browser)
            #expect(
                try list.value("accesses.1.outcome") != nil && list.value("accesses.0.outcome") == "refused:not_covered"
            )
            for wrong in ["limit=0", "before=x", "grant=x", "application=x", "colour=red"] {
                #expect(try await house.ask(.get, "/activity.json?\(wrong)", browser).status == 422, "\(wrong)")
                #expect(try await house.ask(.get, "/partner/activity?\(wrong)", try await house.app()).status == 422)
            }
        }
    }

    @Test("D1, F8: an application's own entries have its own names, and a query that nobody understands is refused")
    func applications() async throws {
        try await HouseUnderTest.trying { house in
            let given = try await Self.looked(house)
            try await Self.seal(house)
            let own = try await house.ask(.get, "/api/v1/audit?action=read&outcome=done", given.token)
            #expect(own.status == 200)
            #expect(try own.value("entries.0.action") == "read" && own.value("entries.0.grant_id") == given.grant)
            #expect(try own.value("entries.0.person")?.hasPrefix("p_") == true && own.value("next") == "null")
            #expect(!own.text.contains("\"n_") && !own.text.contains(house.person.text))
            for wrong in [
                "from=yesterday", "to=x", "action=look", "action=", "outcome=maybe", "grant=x", "after=-1",
                "limit=1001",
                "person=x", "colour=red",
            ] {
                let refused = try await house.ask(.get, "/api/v1/audit?\(wrong)", given.token)
                #expect(refused.status == 422, "\(wrong)")
            }
        }
    }

    @Test("D1: an auditor reads lines of JSON and FHIR AuditEvents, page by page; the person who is none is refused")
    func auditors() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await Self.looked(house)
            try await Self.seal(house)
            let app = try await house.app()
            for path in ["/auditor/entries", "/auditor/events"] {
                #expect(try await house.ask(.get, path, app).status == 403)
            }
            #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
            let first = try await house.ask(.get, "/auditor/entries?limit=3", app)
            #expect(first.headers[.contentType] == "application/jsonl" && first.headers[.next] == "2")
            #expect(first.text.split(separator: "\n").count == 3)
            for line in first.text.split(separator: "\n") { _ = try JSONParser.parse(Array(line.utf8)) }
            let reads = try await house.ask(.get, "/auditor/events?action=read&limit=2", app)
            #expect(reads.headers[.contentType] == ProblemResponse.fhirContentType)
            #expect(try reads.value("resourceType") == "Bundle" && reads.value("entry.1.resource.outcome") == "0")
            let next = try #require(try reads.value("link.0.url"))
            #expect(next.hasPrefix("http://127.0.0.1:8080/auditor/events?action=read&limit=2&after="))
            let rest = try await house.ask(.get, String(next.dropFirst("http://127.0.0.1:8080".count)), app)
            #expect(try rest.value("entry.0.resource.outcome") == "4" && rest.value("entry.1") == nil)
            #expect(
                try rest.value("entry.0.resource.outcomeDesc") == "refused:not_covered" && rest.value("link") == nil)
            #expect(!reads.text.contains("Ada") && !reads.text.contains("Runner"))
        }
    }
}
