// Reads native JSON back. It knows only what `renderNative` writes, byte for byte; all else is no item, and nothing
// traps.

public import Domain

/// The item whose native JSON these bytes are: the exact inverse of `renderNative`. Nil for any other bytes, also for
/// JSON that says the same with other spacing, order or spelling.
public func parseNative(_ bytes: some Collection<UInt8>) -> Item? {
    let text = Array(bytes)
    var parser = NativeParser(text)
    guard let item = try? parser.readItem() else { return nil }
    var again: [UInt8] = []
    again.reserveCapacity(text.count)
    renderNative(item, into: &again)
    return again == text ? item : nil
}

private struct Mismatch: Error {}

private struct NativeParser {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readItem() throws(Mismatch) -> Item {
        try expect("{\"id\":")
        guard let id = ItemID(try readQuoted()) else { throw Mismatch() }
        try expect(",\"type\":")
        guard let type = DataType(rawValue: try readQuoted()) else { throw Mismatch() }
        try expect(",\"start\":")
        let start = try readMoment()
        try expect(",\"end\":")
        let end = try readMoment()
        let value = try readValue()
        let provenance = try readProvenance()
        let isUnusual = skip(",\"unusual\":true")
        try expect("}")
        guard place == bytes.count else { throw Mismatch() }
        return Item(
            id: id, type: type, value: value, start: start, end: end, provenance: provenance, isUnusual: isUnusual)
    }

    private mutating func readValue() throws(Mismatch) -> Item.Value {
        if skip(",\"value\":") {
            let measure = try readMeasure()
            guard skip(",\"as_sent\":{\"value\":\"") else { return .quantity(measure, asSent: nil) }
            let number = try readNumber()
            try expect("\",\"unit\":")
            let unit = try readQuoted()
            try expect("}")
            return .quantity(measure, asSent: Measure(number, unit: unit))
        }
        if skip(",\"systolic\":{\"value\":") {
            let systolic = try readMeasure()
            try expect("},\"diastolic\":{\"value\":")
            let diastolic = try readMeasure()
            try expect("}")
            return .bloodPressure(systolic: systolic, diastolic: diastolic)
        }
        if skip(",\"stage\":") {
            guard let stage = SleepStage(rawValue: try readQuoted()) else { throw Mismatch() }
            return .sleepStage(stage)
        }
        try expect(",\"activity\":")
        let activity = try readQuoted()
        let duration = try readPart(",\"duration\":{\"value\":")
        let distance = try readPart(",\"distance\":{\"value\":")
        let energy = try readPart(",\"energy\":{\"value\":")
        return .workout(Workout(activity: activity, duration: duration, distance: distance, energy: energy))
    }

    private mutating func readPart(_ opening: String) throws(Mismatch) -> Measure? {
        guard skip(opening) else { return nil }
        let measure = try readMeasure()
        try expect("}")
        return measure
    }

    /// From behind `"value":` to the end of the unit.
    private mutating func readMeasure() throws(Mismatch) -> Measure {
        let number = try readNumber()
        try expect(",\"unit\":")
        return Measure(number, unit: try readQuoted())
    }

    private mutating func readProvenance() throws(Mismatch) -> Provenance {
        try expect(",\"source\":{\"name\":")
        guard let source = Source(rawValue: try readQuoted()) else { throw Mismatch() }
        let origin = skip(",\"origin\":") ? try readQuoted() : nil
        let manufacturer = skip(",\"manufacturer\":") ? try readQuoted() : nil
        let model = skip(",\"model\":") ? try readQuoted() : nil
        try expect(",\"user_entered\":")
        let isUserEntered = skip("true")
        if !isUserEntered { try expect("false") }
        try expect("}")
        return Provenance(
            source: source, origin: origin, manufacturer: manufacturer, model: model, isUserEntered: isUserEntered)
    }

    /// Any number that a `DecimalNumber` can hold, also one longer than its own reader takes.
    private mutating func readNumber() throws(Mismatch) -> DecimalNumber {
        let isNegative = skip("-")
        var significand: Int128 = 0
        var scale = 0
        var isFraction = false
        var digits = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if let digit = digit(bytes[place]) {
                let (shifted, overflows) = significand.multipliedReportingOverflow(by: 10)
                let (next, overflowsToo) = shifted.subtractingReportingOverflow(Int128(digit))
                guard !overflows, !overflowsToo else { throw Mismatch() }
                significand = next
                digits += 1
                if isFraction { scale += 1 }
            } else {
                break
            }
            place += 1
        }
        guard digits > 0 else { throw Mismatch() }
        // Counted downwards, because the lowest number has no positive twin.
        if !isNegative {
            let (negated, overflows) = Int128(0).subtractingReportingOverflow(significand)
            guard !overflows else { throw Mismatch() }
            significand = negated
        }
        return DecimalNumber(significand: significand, scale: scale)
    }

    private mutating func readMoment() throws(Mismatch) -> ZonedMoment {
        try expect("\"")
        let year = try readDigits(4)
        try expect("-")
        let month = try readDigits(2)
        try expect("-")
        guard let date = CivilDate(year: year, month: month, day: try readDigits(2)) else { throw Mismatch() }
        try expect("T")
        let hour = try readDigits(2)
        try expect(":")
        let minute = try readDigits(2)
        try expect(":")
        let second = try readDigits(2)
        let microseconds = skip(".") ? try readDigits(6) : 0
        let offset = try readOffset()
        try expect("\"")
        guard hour < 24, minute < 60, second < 60 else { throw Mismatch() }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60
        let instant = Moment(microseconds: Int64(seconds) * 1_000_000 + Int64(microseconds))
        return ZonedMoment(instant: instant, offsetMinutes: offset)
    }

    private mutating func readOffset() throws(Mismatch) -> Int {
        if skip("Z") { return 0 }
        let isWest = skip("-")
        if !isWest { try expect("+") }
        let hours = try readDigits(2)
        try expect(":")
        let minutes = hours * 60 + (try readDigits(2))
        return isWest ? -minutes : minutes
    }

    private mutating func readDigits(_ count: Int) throws(Mismatch) -> Int {
        var number = 0
        for _ in 0..<count {
            guard place < bytes.count, let digit = digit(bytes[place]) else { throw Mismatch() }
            number = number * 10 + digit
            place += 1
        }
        return number
    }

    private mutating func readQuoted() throws(Mismatch) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(try readEscape())
            default: text.append(byte)
            }
        }
        throw Mismatch()
    }

    private mutating func readEscape() throws(Mismatch) -> UInt8 {
        if skip("\"") { return UInt8(ascii: "\"") }
        if skip("\\") { return UInt8(ascii: "\\") }
        try expect("u00")
        guard place + 2 <= bytes.count else { throw Mismatch() }
        let digits = String(decoding: bytes[place..<(place + 2)], as: UTF8.self)
        guard let byte = UInt8(digits, radix: 16) else { throw Mismatch() }
        place += 2
        return byte
    }

    private func digit(_ byte: UInt8) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return digits.contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private mutating func expect(_ text: String) throws(Mismatch) {
        guard skip(text) else { throw Mismatch() }
    }

    private mutating func skip(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }
}
