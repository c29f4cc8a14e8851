// Hides how Apple writes a moment: `2026-10-31 23:00:00 +0200`, always these 25 bytes.

import Domain

/// Reads moments; remembers the last day seen, because exports are written day by day.
struct AppleDateReader {
    private var dayText: (UInt64, UInt16) = (0, 0)
    private var midnight: Int64 = 0

    init() {}

    /// Nil for anything else than a real moment in Apple's spelling.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>) -> ZonedMoment? {
        guard text.count == 25, let base = text.baseAddress else { return nil }
        let raw = UnsafeRawPointer(base)
        let day = (raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
        if day != dayText {
            guard base[4] == dash, base[7] == dash,
                let century = twoDigits(base), let year = twoDigits(base + 2), let month = twoDigits(base + 5),
                let dayOfMonth = twoDigits(base + 8),
                let date = CivilDate(year: century * 100 + year, month: month, day: dayOfMonth)
            else { return nil }
            midnight = Int64(date.daysSinceEpoch) * 86_400
            dayText = day
        }
        guard base[10] == space, base[13] == colon, base[16] == colon, base[19] == space,
            let hour = twoDigits(base + 11), hour < 24, let minute = twoDigits(base + 14), minute < 60,
            let second = twoDigits(base + 17), second < 60,
            let offsetHours = twoDigits(base + 21), let offsetRest = twoDigits(base + 23), offsetRest < 60
        else { return nil }
        var offset = offsetHours * 60 + offsetRest
        guard offset <= 18 * 60 else { return nil }
        switch base[20] {
        case UInt8(ascii: "+"): break
        case dash: offset = -offset
        default: return nil
        }
        let seconds = midnight + Int64(hour * 3600 + minute * 60 + second - offset * 60)
        return ZonedMoment(instant: Moment(seconds: seconds), offsetMinutes: offset)
    }

    private func twoDigits(_ base: UnsafePointer<UInt8>) -> Int? {
        let tens = base[0] &- UInt8(ascii: "0")
        let ones = base[1] &- UInt8(ascii: "0")
        guard tens < 10, ones < 10 else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    private var dash: UInt8 { UInt8(ascii: "-") }
    private var space: UInt8 { UInt8(ascii: " ") }
    private var colon: UInt8 { UInt8(ascii: ":") }
}
