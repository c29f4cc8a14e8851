// Hides how the trail is cut into months: by the calendar, in UTC, whatever the length of a month is. A month is the piece in which
// the trail is archived and pruned.

/// A month of the calendar, in UTC: `2026-11`.
public struct TrailMonth: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Counted from January of the year 0, so that months can be added and compared: 24,322 is November 2026.
    public let number: Int

    /// The years 1 to 9999.
    public static let numbers = 12...119_999

    public init(of moment: Moment) {
        // Days are rounded towards the past; what is beyond the calendar stands at its end.
        let seconds = moment.seconds
        let date = CivilDate(daysSinceEpoch: Int(seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)))
        number = min(max(date.year * 12 + date.month - 1, Self.numbers.lowerBound), Self.numbers.upperBound)
    }

    /// Nil outside `numbers`.
    public init?(number: Int) {
        guard Self.numbers.contains(number) else { return nil }
        self.number = number
    }

    /// Reads what `text` writes, and nothing else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            let year = DecimalText.digits(parts[0]), let month = DecimalText.digits(parts[1]),
            (1...12).contains(month)
        else { return nil }
        self.init(number: year * 12 + month - 1)
    }

    public var year: Int { number / 12 }
    public var month: Int { number % 12 + 1 }

    /// `2026-11`.
    public var text: String {
        let year = String(year)
        return String(repeating: "0", count: 4 - year.utf8.count) + year + (month < 10 ? "-0" : "-") + String(month)
    }

    public var description: String { text }

    /// Its first instant.
    public var start: Moment { Self.start(of: number) }
    /// The first instant that is not in it any more.
    public var end: Moment { Self.start(of: number + 1) }

    private static func start(of number: Int) -> Moment {
        // Behind December 9999 there is no date: it has 31 days.
        guard let first = CivilDate(year: number / 12, month: number % 12 + 1, day: 1) else {
            return start(of: number - 1) + .days(31)
        }
        return Moment(seconds: Int64(first.daysSinceEpoch) * 86_400)
    }

    public static func < (left: TrailMonth, right: TrailMonth) -> Bool { left.number < right.number }
}
