// The calendar, held against a counter that knows only how long months are.

import Domain
import TestKit
import Testing

struct CalendarTests {
    @Test("Day by day from 1583 to 2600 and back, the calendar agrees with a plain counter")
    func everyDay() {
        var day = Self.naiveDays(1583, 1, 1)
        var wrong = 0
        for year in 1583...2600 {
            for month in 1...12 {
                for dayOfMonth in 1...Self.length(year, month) {
                    let date = CivilDate(daysSinceEpoch: day)
                    let isRight =
                        date.year == year && date.month == month && date.day == dayOfMonth && date.daysSinceEpoch == day
                    if !isRight { wrong += 1 }
                    day += 1
                }
            }
        }
        #expect(wrong == 0)
        #expect(day == Self.naiveDays(2601, 1, 1))
    }

    @Test("The first and the last day of every year from -5000 to 12000 are where a plain counter finds them")
    func everyYear() {
        var day = Self.naiveDays(-5000, 1, 1)
        var wrong: [Int] = []
        for year in -5000...12_000 {
            let first = CivilDate(daysSinceEpoch: day)
            let length = Self.isLeap(year) ? 366 : 365
            let last = CivilDate(daysSinceEpoch: day + length - 1)
            let isRight =
                (first.year, first.month, first.day) == (year, 1, 1)
                && (last.year, last.month, last.day) == (year, 12, 31)
                && first.daysSinceEpoch == day && last.daysSinceEpoch == day + length - 1
            if !isRight { wrong.append(year) }
            day += length
        }
        #expect(wrong.isEmpty)
    }

    @Test(
        "A day that does not exist is refused",
        arguments: [
            (2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 6, 31), (2024, 9, 31),
            (2024, 11, 31), (2024, 1, 32), (2024, 13, 1), (2024, 0, 1), (2024, 1, 0), (2024, 1, -1), (0, 1, 1),
            (10_000, 1, 1), (-1, 1, 1), (Int.max, Int.max, Int.max), (2024, Int.min, 1),
        ])
    func noSuchDay(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test("Every day of a leap year and of a common one exists", arguments: [2024, 2000, 2023, 1900, 1, 9999])
    func existing(year: Int) {
        for month in 1...12 {
            for day in 1...31 {
                let date = CivilDate(year: year, month: month, day: day)
                #expect((date != nil) == (day <= Self.length(year, month)))
                #expect(date?.daysSinceEpoch == date.map { _ in Self.naiveDays(year, month, day) })
            }
        }
    }

    static func isLeap(_ year: Int) -> Bool { year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) }

    static func length(_ year: Int, _ month: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days since 1970-01-01: whole years by how many leap years lie between, then month by month.
    static func naiveDays(_ year: Int, _ month: Int, _ day: Int) -> Int {
        func leapYears(before year: Int) -> Int {
            func multiples(_ number: Int) -> Int { Int((Double(year - 1) / Double(number)).rounded(.down)) }
            return multiples(4) - multiples(100) + multiples(400)
        }
        let years = (year - 1970) * 365 + leapYears(before: year) - leapYears(before: 1970)
        return years + (1..<month).reduce(0) { $0 + length(year, $1) } + day - 1
    }
}
