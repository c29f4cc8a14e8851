// A trail whose beginning was pruned, over HTTP: everybody who is shown a part of it is told since when it is kept; and an auditor's
// own copy, file by file.

import Domain
import Gateway
import HTTPTypes
import Testing
import Vault

@testable import Web

@Suite("What is kept of the trail") struct PrunedTrailTests {
    private static func seal(_ house: HouseUnderTest) async throws {
        let log = try await house.gateway.openLog()
        while case .sealed = try await log.round() {}
    }

    /// As pruning leaves it: nothing of before December 2026 is kept.
    private static func prune(_ house: HouseUnderTest, to minimum: Int) async throws {
        let month = try #require(TrailMonth("2026-12"))
        let now = house.time.now
        _ = try await house.engine.write { tx in
            try MonthTable.raise(to: minimum, keeping: month, at: now, in: tx)
        }
    }

    @Test("D2: the minimum index is anybody's, and 0 while everything is kept")
    func minimum() async throws {
        try await HouseUnderTest.trying { house in
            #expect(try await house.ask(.get, "/log/minimum").status == 404, "there is no log yet")
            try await Self.seal(house)
            let whole = try await house.ask(.get, "/log/minimum")
            #expect(whole.text == "0\n" && whole.headers[.contentType] == "text/plain; charset=utf-8")
            try await Self.prune(house, to: 256)
            #expect(try await house.ask(.get, "/log/minimum").text == "256\n")
        }
    }

    @Test("D1: person, application and auditor are told since when the trail is kept, once something was pruned")
    func keptFrom() async throws {
        try await HouseUnderTest.trying { house in
            let mine = try await house.granted()
            #expect(try await house.ask(.get, "/api/v1/records/\(mine.record)/items", mine.token).status == 200)
            try await Self.seal(house)
            let app = try await house.app()
            let browser = try await house.browser()
            #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
            func told() async throws -> [String?] {
                let activity = try await house.ask(.get, "/partner/activity", app)
                let own = try await house.ask(.get, "/api/v1/audit", mine.token)
                let lines = try await house.ask(.get, "/auditor/entries", app)
                let events = try await house.ask(.get, "/auditor/events", app)
                return [
                    try activity.value("kept_from"), try own.value("kept_from"), lines.headers[.keptFrom],
                    events.headers[.keptFrom],
                ]
            }
            let note = "What was recorded before <time datetime=\"2026-12-01T00:00:00Z\">"
            #expect(try await told() == [nil, nil, nil, nil])
            #expect(!(try await house.ask(.get, "/activity", browser).text.contains(note)))
            let size = try await house.engine.read { tx in try LogTable.count(in: tx) }
            try await Self.prune(house, to: size)
            #expect(try await told() == Array(repeating: "2026-12-01T00:00:00Z", count: 4))
            let page = try await house.ask(.get, "/activity", browser)
            #expect(page.text.contains(note) && PageSoundness.faults(page.text) == [])
        }
    }

    @Test("C9: the receipt of an end whose last read may have been pruned says so, and not that nothing was ever read")
    func receipts() async throws {
        try await HouseUnderTest.trying { house in
            let mine = try await house.granted()
            #expect(try await house.ask(.get, "/api/v1/records/\(mine.record)/items", mine.token).status == 200)
            house.time.pass(.minutes(10))
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/grants/\(mine.grant)", browser).formToken
            _ = try await house.postForm("/grants/\(mine.grant)/revoke", browser, "form_token=\(token)")
            try await Self.seal(house)
            let app = try await house.app()
            let path = "/partner/consent/grants/\(mine.grant)/receipts/2/jsonld"
            let record = "dpv:hasRecordOfActivity"
            let before = try await house.ask(.get, path, app)
            #expect(try before.value("\(record).licet:lastRead") != nil)
            #expect(try before.value("\(record).licet:trailKeptFrom") == nil)
            let size = try await house.engine.read { tx in try LogTable.count(in: tx) }
            try await Self.prune(house, to: size)
            let after = try await house.ask(.get, path, app)
            #expect(try after.value("\(record).licet:lastRead") == nil)
            #expect(try after.value("\(record).licet:trailKeptFrom") == "2026-12-01T00:00:00Z")
            let statement = try #require(
                ReceiptStatement(record: try JSONParser.parse(Array(after.text.utf8))))
            #expect(statement.trailKeptFrom == "2026-12-01T00:00:00Z" && statement.lastRead == nil)
            #expect(statement.lines.contains { $0.contains("is not known any more") })
            let page = try await house.ask(.get, "/grants/\(mine.grant)/receipts/2", browser)
            #expect(page.text.contains("is not known any more") && !page.text.contains("It never read anything."))
            #expect(PageSoundness.faults(page.text) == [])
        }
    }

    @Test(
        "D1, D2: an auditor fetches the entries of a tile, which is on record; nobody else does, and below the floor is nothing"
    )
    func bundles() async throws {
        try await HouseUnderTest.trying { house in
            _ = try await house.granted()
            try await Self.seal(house)
            let app = try await house.app()
            try await Self.seal(house)
            let size = try await house.engine.read { tx in try LogTable.count(in: tx) }
            let path = "/auditor/log/entries/000.p/\(size)"
            #expect(try await house.ask(.get, path).status == 401)
            for any in [path, "/auditor/log/entries/x", "/auditor/log/entries/999"] {
                let refused = try await house.ask(.get, any, app)
                #expect(try refused.status == 403 && refused.member("code") == "NOT_PERMITTED", "\(any)")
            }
            #expect(try await house.gateway.addAuditor(login: "ada", request: nil))
            func reads() async throws -> [Int] {
                try await house.engine.read { tx in try AuditTable.entries(limit: .max, in: tx) }
                    .filter { $0.entry.action == .trailRead }.map(\.entry.items)
            }
            let reply = try await house.ask(.get, path, app)
            #expect(reply.status == 200 && reply.headers[.contentType] == "application/octet-stream")
            #expect(reply.headers[.cacheControl] == "no-store")
            #expect(try await reads() == [size])
            let tile = try #require(LogTile(.entries, index: 0, width: size))
            let person = house.person
            let bundle = try await house.gateway.trailBundle(tile, by: person, request: nil)
            let leaves = try await house.engine.read { tx in try LogTable.leaves(0..<size, in: tx) }
            #expect(try #require(EntryBundle.entries(in: bundle)).map { Array(bundle[$0]) } == leaves)
            for path in [
                "000", "000.p/\(size + 1)", "001.p/1", "0", "000.p/0", "000.p/x", "x999/x999/x999/x999/x999/999", "..",
            ] {
                let missing = try await house.ask(.get, "/auditor/log/entries/\(path)", app)
                #expect(missing.status == 404, "\(path)")
            }
            #expect(try await house.ask(.get, "\(path)?a=b", app).status == 422)
            #expect(try await reads().count == 2, "what was not given is not on record as read")
            try await Self.prune(house, to: 256)
            let gone = try await house.ask(.get, path, app)
            #expect(gone.status == 404 && gone.text.contains("kept from 2026-12-01 on"))
        }
    }
}
