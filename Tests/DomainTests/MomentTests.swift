// Moments, spans and their text.

import Domain
import TestKit
import Testing

struct MomentTests {
    @Test(
        "F1: a moment is written as RFC 3339, with microseconds only when there are any",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_795_255_632_000_000, "2026-11-21T10:07:12Z"), (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"), (951_868_800_000_000, "2000-03-01T00:00:00Z"),
            (-2_203_891_200_000_000, "1900-03-01T00:00:00Z"), (-2_203_891_200_000_001, "1900-02-28T23:59:59.999999Z"),
            (1_709_164_800_500_000, "2024-02-29T00:00:00.500000Z"), (1_000, "1970-01-01T00:00:00.001000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func text(microseconds: Int64, text: String) {
        #expect(Moment(microseconds: microseconds).rfc3339 == text)
    }

    @Test(
        "F1: the offset that a source stated is kept, and the local day with it",
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z"), (0, 60, "1970-01-01T01:00:00+01:00"), (0, -60, "1969-12-31T23:00:00-01:00"),
            (0, 330, "1970-01-01T05:30:00+05:30"), (0, -570, "1969-12-31T14:30:00-09:30"),
            (0, 1_080, "1970-01-01T18:00:00+18:00"), (0, -1_080, "1969-12-31T06:00:00-18:00"),
            (-1, 1, "1970-01-01T00:00:59.999999+00:01"), (1_709_161_200_000_000, 60, "2024-02-29T00:00:00+01:00"),
            (0, 1_439, "1970-01-01T23:59:00+23:59"), (0, -1_439, "1969-12-31T00:01:00-23:59"),
        ] as [(Int64, Int, String)])
    func offsets(microseconds: Int64, offset: Int, text: String) {
        #expect(ZonedMoment(instant: Moment(microseconds: microseconds), offsetMinutes: offset).rfc3339 == text)
    }

    @Test(
        "The text of a moment is total: years that RFC 3339 cannot say are spelled with a sign and six digits",
        arguments: [
            (253_402_300_800_000_000, 0, "+010000-01-01T00:00:00Z"),
            (253_402_300_799_000_000, 60, "+010000-01-01T00:59:59+01:00"),
            (-62_167_219_200_000_001, 0, "-000001-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, -1, "-000001-12-31T23:59:00-00:01"),
            (.max, 0, "+294247-01-10T04:00:54.775807Z"), (.min, 0, "-290308-12-21T19:59:05.224192Z"),
            (.max, 1_080, "+294247-01-10T22:00:54.775807+18:00"), (.min, -1_080, "-290308-12-21T01:59:05.224192-18:00"),
        ] as [(Int64, Int, String)])
    func farYears(microseconds: Int64, offset: Int, text: String) {
        #expect(ZonedMoment(instant: Moment(microseconds: microseconds), offsetMinutes: offset).rfc3339 == text)
    }

    @Test(
        "An offset that has no spelling is written as the same instant in UTC",
        arguments: [1_440, -1_440, 100_000, .max, .min])
    func farOffsets(offset: Int) {
        #expect(ZonedMoment(instant: Moment(seconds: 0), offsetMinutes: offset).rfc3339 == "1970-01-01T00:00:00Z")
    }

    @Test("Any moment at any offset is written so that a plain reader finds the same moment")
    func roundTrip() throws {
        var dice = SeededDice("moments")
        for _ in 0..<20_000 {
            let seconds = Int64(dice.roll(-62_135_500_000...253_402_200_000))
            let fraction = dice.flip() ? 0 : Int64(dice.roll(0...999_999))
            let offset = dice.flip() ? 0 : dice.roll(-1_080...1_080)
            let moment = ZonedMoment(
                instant: Moment(microseconds: seconds * 1_000_000 + fraction), offsetMinutes: offset)
            if plainReading(moment.rfc3339) != moment { Issue.record("\(moment.rfc3339) \(moment) \(dice.note)") }
        }
    }

    @Test("What is written is read again to the microsecond; decimals may be fewer, and a day alone is its beginning")
    func reads() {
        var dice = SeededDice("reading moments")
        for _ in 0..<5_000 {
            let seconds = Int64(dice.roll(-62_135_500_000...253_402_200_000))
            let moment = Moment(
                microseconds: seconds * 1_000_000 + (dice.flip() ? 0 : Int64(dice.roll(0...999_999))))
            if Moment(rfc3339: moment.rfc3339) != moment { Issue.record("\(moment.rfc3339) \(dice.note)") }
        }
        let whole = Moment(seconds: 1_795_255_632)
        #expect(Moment(rfc3339: "2026-11-21T10:07:12.5Z") == whole + .milliseconds(500))
        #expect(Moment(rfc3339: "2026-11-21T10:07:12.050Z") == whole + .milliseconds(50))
        #expect(Moment(rfc3339: "2026-11-21T10:07:12.000001Z") == whole + Span(microseconds: 1))
        #expect(Moment(rfc3339: "2026-11-21") == Moment(seconds: 1_795_219_200))
    }

    @Test(
        "What is no moment is not read as one",
        arguments: [
            "", "T", "2026", "2026-11", "2026-11-31", "2026-13-01", "26-11-21", "2026-1-21", "+026-11-21",
            "2026-11-21T", "2026-11-21T10:07:12", "2026-11-21T10:07Z", "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z",
            "2026-11-21T10:07:60Z", "2026-11-21T10:07:12.Z", "2026-11-21T10:07:12.0000001Z", "2026-11-21T10:07:12.-1Z",
            "2026-11-21T10:07:12.1.2Z", "2026-11-21T10:07:12+01:00", "2026-11-21T+1:07:12Z", "2026-11-21t10:07:12z",
            "2026-11-21T10:07:12Z ", "2026-11-21T10:07:12ZT", "2026-11-21T1\u{661}:07:12Z",
        ])
    func refuses(text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test("Text is appended after what is there")
    func appends() {
        var bytes = Array("at ".utf8)
        ZonedMoment(instant: Moment(seconds: 0), offsetMinutes: 60).appendRFC3339(to: &bytes)
        bytes.append(UInt8(ascii: "!"))
        #expect(String(decoding: bytes, as: UTF8.self) == "at 1970-01-01T01:00:00+01:00!")
    }

    @Test("Whole seconds are rounded towards the past, for every moment there is")
    func seconds() {
        let table: [(Int64, Int64)] = [
            (0, 0), (1, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-999_999, -1), (-1_000_000, -1), (-1_000_001, -2),
            (.max, 9_223_372_036_854), (.min, -9_223_372_036_855),
        ]
        for (microseconds, seconds) in table { #expect(Moment(microseconds: microseconds).seconds == seconds) }
        #expect(Moment(seconds: -3).microseconds == -3_000_000)
    }

    @Test("Moments and spans add up, and order as numbers do")
    func arithmetic() {
        var dice = SeededDice("arithmetic")
        for _ in 0..<2_000 {
            let start = Moment(microseconds: Int64(dice.roll(-1_000_000_000...1_000_000_000)))
            let span = Span(microseconds: Int64(dice.roll(-1_000_000...1_000_000)))
            #expect((start + span) - start == span, "\(dice.note)")
            #expect((start + span) - span == start, "\(dice.note)")
            #expect((start < start + span) == (span.microseconds > 0), "\(dice.note)")
        }
        #expect(Span.days(1) == .hours(24) && Span.hours(1) == .minutes(60) && Span.minutes(1) == .seconds(60))
        #expect(Span.seconds(1) == .milliseconds(1_000) && Span.milliseconds(1).microseconds == 1_000)
        #expect(Span.milliseconds(-1_500).seconds == -1)
        #expect(Span.seconds(1) < .minutes(1))
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.ffffff](Z|±HH:MM)` by counting the years and months one by one.
    private func plainReading(_ text: String) -> ZonedMoment? {
        let form = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?(Z|([+-])(\d\d):(\d\d))/
        guard let parts = text.wholeMatch(of: form)?.output, let year = Int(parts.1), let month = Int(parts.2),
            let day = Int(parts.3), let hour = Int(parts.4), let minute = Int(parts.5), let second = Int(parts.6)
        else { return nil }
        let days = CalendarTests.naiveDays(year, month, day)
        let hours = parts.10.flatMap { Int($0) } ?? 0
        let offset = (hours * 60 + (parts.11.flatMap { Int($0) } ?? 0)) * (parts.9 == "-" ? -1 : 1)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60
        let fraction = parts.7.flatMap { Int64($0) } ?? 0
        return ZonedMoment(instant: Moment(microseconds: Int64(seconds) * 1_000_000 + fraction), offsetMinutes: offset)
    }
}
