// Hides how time is counted. A moment is an instant; a zoned moment also remembers where the clock on the wall stood.

/// An instant: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Moment: Hashable, Sendable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    /// Whole seconds since the epoch, rounded towards the past.
    public var seconds: Int64 {
        microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
    }

    public static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }
    public static func + (moment: Moment, span: Span) -> Moment {
        Moment(microseconds: moment.microseconds + span.microseconds)
    }
    public static func - (moment: Moment, span: Span) -> Moment {
        Moment(microseconds: moment.microseconds - span.microseconds)
    }
    public static func - (later: Moment, earlier: Moment) -> Span {
        Span(microseconds: later.microseconds - earlier.microseconds)
    }
}

/// A length of time in microseconds. A day is 24 hours: grants and retention are counted, not read off a calendar.
public struct Span: Hashable, Sendable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public static func milliseconds(_ count: Int64) -> Span { Span(microseconds: count * 1_000) }
    public static func seconds(_ count: Int64) -> Span { Span(microseconds: count * 1_000_000) }
    public static func minutes(_ count: Int64) -> Span { .seconds(count * 60) }
    public static func hours(_ count: Int64) -> Span { .minutes(count * 60) }
    public static func days(_ count: Int64) -> Span { .hours(count * 24) }

    /// Whole seconds, rounded towards zero.
    public var seconds: Int64 { microseconds / 1_000_000 }
    /// Whole seconds, rounded up: whoever waits that long has waited enough.
    public var wholeSecondsUp: Int64 { (microseconds + 999_999) / 1_000_000 }
    public static func < (left: Span, right: Span) -> Bool { left.microseconds < right.microseconds }
}

/// An instant with the offset from UTC that its source stated. Both are kept: the instant orders, the offset tells the local day.
public struct ZonedMoment: Hashable, Sendable {
    public let instant: Moment
    /// Minutes east of UTC, within ±18 hours.
    public let offsetMinutes: Int

    public init(instant: Moment, offsetMinutes: Int) {
        self.instant = instant
        self.offsetMinutes = offsetMinutes
    }
}
