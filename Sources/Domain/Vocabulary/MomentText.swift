// Hides the calendar arithmetic between moments and RFC 3339 text, in both directions. Proleptic Gregorian, no leap seconds.

extension Moment {
    /// RFC 3339 in UTC, e.g. `2026-11-21T10:07:12Z`; microseconds appear only when there are any. Years that RFC 3339 cannot
    /// say are written as `ZonedMoment.rfc3339` does.
    public var rfc3339: String {
        ZonedMoment(instant: self, offsetMinutes: 0).rfc3339
    }

    /// Reads what `rfc3339` writes for the years 0001 to 9999: `2026-11-21T10:07:12Z`, with one to six decimals of a second
    /// or none. The day alone is its beginning. Nil for everything else, other offsets and leap seconds among it.
    public init?(rfc3339 text: String) {
        let sides = text.split(separator: "T", omittingEmptySubsequences: false)
        let date = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count <= 2, date.count == 3, let year = Self.number(date[0], digits: 4...4),
            let month = Self.number(date[1], digits: 2...2), let day = Self.number(date[2], digits: 2...2),
            let civil = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var microseconds = Int64(civil.daysSinceEpoch) * 86_400_000_000
        if sides.count == 2 {
            guard sides[1].last == "Z", let ofDay = Self.ofDay(sides[1].dropLast()) else { return nil }
            microseconds += ofDay
        }
        self.init(microseconds: microseconds)
    }

    /// Microseconds since midnight.
    private static func ofDay(_ text: Substring) -> Int64? {
        let clock = text.split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], digits: 2...2), let minute = number(clock[1], digits: 2...2)
        else { return nil }
        let parts = clock[2].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let second = number(parts[0], digits: 2...2), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction = 0
        if parts.count == 2 {
            guard let digits = number(parts[1], digits: 1...6) else { return nil }
            fraction = (parts[1].utf8.count..<6).reduce(digits) { digits, _ in digits * 10 }
        }
        return Int64(hour * 3_600 + minute * 60 + second) * 1_000_000 + Int64(fraction)
    }

    // Digits alone: a sign is none.
    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        let zeroToNine = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy(zeroToNine.contains) else { return nil }
        return Int(text)
    }
}

extension ZonedMoment {
    /// RFC 3339 with the stated offset, e.g. `2026-11-21T12:07:12+02:00`. Total: a year outside 0000 to 9999 is written as
    /// ISO 8601's expanded year, a sign and six digits (`+012026`, `-000001`), and an offset of a day or more, which has no
    /// spelling at all, as the same instant in UTC. No RFC 3339 reader takes the former for another moment.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what `rfc3339` says as UTF-8, without making a string.
    public func appendRFC3339(to bytes: inout [UInt8]) {
        let offset = (-1_439...1_439).contains(offsetMinutes) ? offsetMinutes : 0
        // Split into day and rest before the offset is added: no instant is too far out for that.
        var days = instant.microseconds / Self.day
        var rest = instant.microseconds % Self.day + Int64(offset) * 60_000_000
        while rest < 0 {
            rest += Self.day
            days -= 1
        }
        while rest >= Self.day {
            rest -= Self.day
            days += 1
        }
        let date = CivilDate(daysSinceEpoch: Int(days))
        let seconds = UInt32(truncatingIfNeeded: rest / 1_000_000)
        let fraction = UInt32(truncatingIfNeeded: rest % 1_000_000)
        // The hottest piece of rendering: the text is laid out in place and appended once.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { buffer in
            var line = Line(buffer)
            line.writeYear(date.year)
            line.write(UInt8(ascii: "-"))
            line.writePair(UInt32(truncatingIfNeeded: date.month))
            line.write(UInt8(ascii: "-"))
            line.writePair(UInt32(truncatingIfNeeded: date.day))
            line.write(UInt8(ascii: "T"))
            line.writePair(seconds / 3_600)
            line.write(UInt8(ascii: ":"))
            line.writePair(seconds / 60 % 60)
            line.write(UInt8(ascii: ":"))
            line.writePair(seconds % 60)
            if fraction != 0 {
                line.write(UInt8(ascii: "."))
                line.writePair(fraction / 10_000)
                line.writePair(fraction / 100 % 100)
                line.writePair(fraction % 100)
            }
            line.writeOffset(offset)
            bytes.append(contentsOf: line.written)
        }
    }

    private static var day: Int64 { 86_400_000_000 }

    /// Digits in a buffer that is longer than any moment's text.
    private struct Line {
        private let buffer: UnsafeMutableBufferPointer<UInt8>
        private var count = 0

        init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

        var written: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer[..<count]) }

        mutating func write(_ byte: UInt8) {
            buffer[count] = byte
            count += 1
        }

        mutating func writePair(_ number: UInt32) {
            write(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
            write(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
        }

        mutating func writeYear(_ year: Int) {
            let magnitude = UInt32(truncatingIfNeeded: year.magnitude)
            if !(0...9_999).contains(year) {
                write(year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
                writePair(magnitude / 10_000)
            }
            writePair(magnitude / 100 % 100)
            writePair(magnitude % 100)
        }

        mutating func writeOffset(_ minutes: Int) {
            guard minutes != 0 else { return write(UInt8(ascii: "Z")) }
            let magnitude = UInt32(truncatingIfNeeded: minutes.magnitude)
            write(minutes < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            writePair(magnitude / 60)
            write(UInt8(ascii: ":"))
            writePair(magnitude % 60)
        }
    }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Hashable, Sendable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// Nil when there is no such day (30 February, month 13).
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let longest = month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        guard day <= longest else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Counts in 400-year eras that begin on 1 March, so that the leap day is an era's last.
    public init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
