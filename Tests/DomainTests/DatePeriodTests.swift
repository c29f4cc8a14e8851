// Sets of days, held against the naive model: a set of days one by one.

import Domain
import TestKit
import Testing

struct DatePeriodTests {
    /// Open ends reach as far as the model's days go.
    private static let days = 0...40

    private static func any(_ dice: inout SeededDice) -> DatePeriods {
        let periods = (0..<dice.roll(0...4)).compactMap { _ -> DatePeriod? in
            let (one, other) = (dice.roll(days), dice.roll(days))
            let first = dice.roll(0...9) == 0 ? nil : min(one, other)
            return DatePeriod(from: first, to: dice.roll(0...9) == 0 ? nil : max(one, other))
        }
        return DatePeriods(periods)
    }

    private static func model(_ periods: DatePeriods) -> Set<Int> { Set(days.filter(periods.contains)) }

    private static func fault(_ a: DatePeriods, _ b: DatePeriods) -> String? {
        let (left, right) = (model(a), model(b))
        if model(a.union(b)) != left.union(right) { return "union" }
        if model(a.subtracting(b)) != left.subtracting(right) { return "difference" }
        // Beyond the model's days an open end is all that can be there.
        let reachesOut = (b.contains(.min), b.contains(.max))
        let isWithin = (!reachesOut.0 || a.contains(.min)) && (!reachesOut.1 || a.contains(.max))
        if a.isSuperset(of: b) != (left.isSuperset(of: right) && isWithin) { return "superset" }
        for result in [a, a.union(b), a.subtracting(b)] {
            for (one, next) in zip(result.ranges, result.ranges.dropFirst()) where one.last >= next.first - 1 {
                return "ranges that touch"
            }
            if DatePeriods(result.ranges.reversed()) != result { return "two forms of one set" }
        }
        for day in days {
            let place = a.place(of: day)
            if place.map({ a.ranges[$0].first <= day && day <= a.ranges[$0].last }) ?? !left.contains(day) { continue }
            return "the place of a day"
        }
        return nil
    }

    @Test("RFC 9396: sets of dates are sets of days, whatever is joined, taken away or compared")
    func model() {
        var dice = SeededDice("periods")
        for _ in 0..<20_000 {
            let (a, b) = (Self.any(&dice), Self.any(&dice))
            if let fault = Self.fault(a, b) { Issue.record("\(fault): \(a.ranges) \(b.ranges) \(dice.note)") }
        }
    }

    @Test("Open ends neither overflow nor touch what they hold already")
    func ends() throws {
        let until = DatePeriods([try #require(DatePeriod(from: nil, to: 9))])
        let since = DatePeriods([try #require(DatePeriod(from: 10, to: nil))])
        #expect(until.union(since) == .always)
        #expect(DatePeriods.always.subtracting(since) == until)
        #expect(DatePeriods.always.subtracting(.always) == .never)
        #expect(DatePeriods.always.union(until) == .always)
        #expect(DatePeriods.always.contains(.min) && DatePeriods.always.contains(.max))
        #expect(DatePeriod(from: 3, to: 2) == nil)
        #expect(DatePeriod(from: 3, to: 3)?.from == 3)
        #expect(since.ranges.map(\.to) == [nil])
    }

    @Test("Dates by type come back from rest as they went in; what cannot be read is never read as no limit")
    func stored() throws {
        var dice = SeededDice("stored periods")
        for _ in 0..<2_000 {
            var limits = DataPeriods.none
            for _ in 0..<dice.roll(0...4) { limits[dice.pick(DataType.allCases)] = Self.any(&dice) }
            if DataPeriods(stored: limits.stored) != limits { Issue.record("\(limits.stored) \(dice.note)") }
        }
        let text = "steps=2025-01-01..2025-12-31,2027-01-01..;sleep_stage=..2024-02-29"
        let limits = try #require(DataPeriods(stored: text))
        #expect(limits.stored == text)
        #expect(limits.types == [.steps, .sleepStage])
        #expect(limits[.heartRate] == .always)
        #expect(DataPeriods(stored: "") == DataPeriods.none)
        for spoiled in [
            "steps", "steps=2025-01-01", "steps=2025-01-01..2024-01-01", "steps=2025-02-30..", "heart=2025-01-01..",
            "steps=..2025-01-01;steps=..2026-01-01", "steps=a..", "=", "steps=2025-01-01...", "*",
        ] { #expect(DataPeriods(stored: spoiled) == nil, "\(spoiled)") }
    }

    @Test("A local day is that of the clock on the wall, and a date is spelled as RFC 3339 has it")
    func localDays() throws {
        let midnight = try #require(Moment(rfc3339: "2026-03-01T00:00:00Z"))
        let day = try #require(CivilDate.day("2026-03-01"))
        #expect(ZonedMoment(instant: midnight, offsetMinutes: 0).localDay == day)
        #expect(ZonedMoment(instant: midnight, offsetMinutes: -1).localDay == day - 1)
        #expect(ZonedMoment(instant: midnight - Span(microseconds: 1), offsetMinutes: 0).localDay == day - 1)
        #expect(ZonedMoment(instant: midnight - .hours(2), offsetMinutes: 120).localDay == day)
        #expect(ZonedMoment(instant: Moment(microseconds: .min), offsetMinutes: -1_080).localDay < -100_000_000)
        #expect(ZonedMoment(instant: Moment(microseconds: .max), offsetMinutes: 1_080).localDay > 100_000_000)
        for text in ["1969-12-31", "1970-01-01", "0001-01-01", "9999-12-31", "2024-02-29"] {
            #expect(CivilDate.day(text).map(CivilDate.text(ofDay:)) == text)
        }
        for text in [
            "2025-02-29", "2025-13-01", "0000-01-01", "25-01-01", "2025-1-1", "2025-01-01T", "", "+2025-01-01",
        ] {
            #expect(CivilDate.day(text) == nil, "\(text)")
        }
    }
}
