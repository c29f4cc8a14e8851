// From–to in days of the calendar, and sets of such periods. Promises that a set has one form only: ascending, disjoint, and
// what touches is joined; so two sets that hold the same days are equal.

/// A closed range of local days, counted from 1970-01-01. Either end may be open.
public struct DatePeriod: Hashable, Sendable {
    /// The first day, and the last: `Int.min` and `Int.max` where that end is open.
    public let first: Int
    public let last: Int

    public static let always = DatePeriod(unchecked: .min, .max)

    /// Nil when the first day is after the last. A nil end is open.
    public init?(from first: Int?, to last: Int?) {
        guard first ?? .min <= last ?? .max else { return nil }
        self.init(unchecked: first ?? .min, last ?? .max)
    }

    init(unchecked first: Int, _ last: Int) {
        self.first = first
        self.last = last
    }

    /// Nil where that end is open.
    public var from: Int? { first == .min ? nil : first }
    public var to: Int? { last == .max ? nil : last }
}

/// Any number of days, as the fewest periods that hold them.
public struct DatePeriods: Hashable, Sendable {
    /// Ascending, disjoint, none adjacent to the next.
    public let ranges: [DatePeriod]

    public static let always = DatePeriods([.always])
    public static let never = DatePeriods([])

    public init(_ periods: some Sequence<DatePeriod>) {
        var joined: [DatePeriod] = []
        for period in periods.sorted(by: { $0.first < $1.first }) {
            // The day after `Int.max` is no day: an open end swallows whatever follows.
            if let before = joined.last, before.last == .max || period.first <= before.last + 1 {
                joined[joined.count - 1] = DatePeriod(unchecked: before.first, max(before.last, period.last))
            } else {
                joined.append(period)
            }
        }
        ranges = joined
    }

    public var isEmpty: Bool { ranges.isEmpty }
    public var isAlways: Bool { ranges == [.always] }

    /// In which of the ranges the day lies.
    public func place(of day: Int) -> Int? {
        // Asked for every item of an import: halved each time.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < day { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].first <= day ? low : nil
    }
    public func contains(_ day: Int) -> Bool { place(of: day) != nil }

    public func union(_ other: Self) -> Self { DatePeriods(ranges + other.ranges) }

    public func isSuperset(of other: Self) -> Bool {
        // A range that two of ours hold together would have made one of them.
        other.ranges.allSatisfy { inner in ranges.contains { $0.first <= inner.first && inner.last <= $0.last } }
    }

    public func intersection(_ other: Self) -> Self { subtracting(Self.always.subtracting(other)) }

    public func subtracting(_ other: Self) -> Self {
        var left = ranges
        for gone in other.ranges {
            left = left.flatMap { period -> [DatePeriod] in
                guard period.first <= gone.last, gone.first <= period.last else { return [period] }
                var rest: [DatePeriod] = []
                if period.first < gone.first { rest.append(DatePeriod(unchecked: period.first, gone.first - 1)) }
                if gone.last < period.last { rest.append(DatePeriod(unchecked: gone.last + 1, period.last)) }
                return rest
            }
        }
        return DatePeriods(left)
    }
}

extension CivilDate {
    /// A day as RFC 3339 spells a `full-date`: `2026-01-31`, days counted from 1970-01-01. Only years 0001 to 9999.
    public static func text(ofDay day: Int) -> String {
        String(Moment(microseconds: Int64(day) * 86_400_000_000).rfc3339.prefix(10))
    }

    /// Nil for anything that is not spelled exactly so, or is no day.
    public static func day(_ text: String) -> Int? {
        guard text.utf8.count == 10, let moment = Moment(rfc3339: text) else { return nil }
        return Int(moment.seconds / 86_400 - (moment.seconds % 86_400 < 0 ? 1 : 0))
    }
}

extension ZonedMoment {
    /// The day on the wall's calendar where it was stated, counted from 1970-01-01.
    public var localDay: Int {
        let day: Int64 = 86_400_000_000
        var days = instant.microseconds / day
        // The offset is less than a day: added to the rest, it cannot overflow.
        var rest = instant.microseconds % day + Int64(offsetMinutes) * 60_000_000
        while rest < 0 {
            rest += day
            days -= 1
        }
        while rest >= day {
            rest -= day
            days += 1
        }
        return Int(days)
    }
}
