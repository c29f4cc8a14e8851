// Months of the trail: by the calendar in UTC, to the microsecond; and what a folder says of the part of a log that it holds.

import Domain
import Testing

@Suite("Months of the trail") struct TrailMonthTests {
    private static func moment(_ text: String) throws -> Moment { try #require(Moment(rfc3339: text)) }

    @Test(
        "A month has its first microsecond and its last, and not the one after",
        arguments: [
            ("2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("1969-12", "1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("0001-01", "0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z"),
        ])
    func bounds(text: String, start: String, end: String) throws {
        let month = try #require(TrailMonth(text))
        #expect(month.text == text && "\(month)" == text)
        #expect(try month.start == Self.moment(start) && month.end == Self.moment(end))
        #expect(TrailMonth(of: month.start) == month)
        #expect(TrailMonth(of: month.end - Span(microseconds: 1)) == month)
        #expect(TrailMonth(of: month.end).number == month.number + 1)
        #expect(month < TrailMonth(of: month.end))
    }

    @Test("Every moment has a month, those beyond the calendar the first and the last; only one spelling is read")
    func strict() throws {
        #expect(TrailMonth(of: Moment(microseconds: .min)).text == "0001-01")
        let last = TrailMonth(of: Moment(microseconds: .max))
        #expect(last.text == "9999-12" && last.start < last.end)
        #expect(TrailMonth(number: 24_322)?.text == "2026-11")
        #expect(TrailMonth(number: 11) == nil && TrailMonth(number: 120_000) == nil)
        for text in [
            "", "2026", "2026-00", "2026-13", "2026-1", "26-11", "2026-11-01", "+026-11", "0000-01", "2026-1x",
        ] {
            #expect(TrailMonth(text) == nil, "\(text)")
        }
    }

    @Test(
        "C2SP tlog-tiles, Pruning: what lies wholly below the minimum index may be missing, and an archive has whole tiles"
    )
    func parts() throws {
        let size = 1_000
        let tiles = (0..<4).compactMap { LogTile(.entries, index: $0, in: size) }
        func held(_ part: LogPart) -> [Int] { tiles.filter(part.mustHold).map(\.index) }
        let month = try #require(TrailMonth("2026-11"))
        #expect(held(.whole) == [0, 1, 2, 3])
        #expect(held(.from(0)) == [0, 1, 2, 3] && held(.from(255)) == [0, 1, 2, 3])
        #expect(held(.from(256)) == [1, 2, 3] && held(.from(1_000)) == [3])
        #expect(held(.month(month, 255..<256)) == [0] && held(.month(month, 255..<257)) == [0, 1])
        #expect(held(.month(month, 256..<512)) == [1] && held(.month(month, 900..<1_000)) == [3])
        #expect(LogPart.covered(by: 255..<257, in: size) == 0..<512)
        #expect(LogPart.covered(by: 256..<512, in: size) == 256..<512)
        #expect(LogPart.covered(by: 900..<1_000, in: size) == 768..<1_000)
    }

    @Test("What a folder says of itself is read in one spelling")
    func spelling() throws {
        let month = try #require(TrailMonth("2019-03"))
        let archive = LogPart.month(month, 12..<3_456)
        let text = try #require(archive.text)
        #expect(text == "licet-archive v1\nmonth 2019-03\nfirst 12\nend 3456\n")
        #expect(LogPart(archive: text) == archive && LogPart.whole.text == nil)
        #expect(LogPart.from(512).text == "512\n" && LogPart(minimum: "512\n") == .from(512))
        for bad in ["", "512", "512\n\n", "-1\n", "0512\n", "99999999999999999999\n", "1e3\n"] {
            #expect(LogPart(minimum: bad) == nil, "\(bad)")
        }
        for (from, to) in [
            ("v1", "v2"), ("2019-03", "2019-3"), ("first 12", "first 012"), ("end 3456", "end 12"), ("first", "First"),
            ("\nend 3456\n", "\nend 3456"), ("end 3456\n", "end 3456\n\n"), ("end 3456", "end 999999999999999999"),
        ] { #expect(LogPart(archive: text.replacing(from, with: to)) == nil, "\(to)") }
    }
}
