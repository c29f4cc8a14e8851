// Writes an item as native JSON. The field names and their order are public: applications read them, and the same item
// is always the same bytes.

public import Domain

/// Appends one JSON object in UTF-8, without white space.
///
///     {"id":"itm_…","type":"heart_rate","start":"2026-10-31T23:00:00+02:00","end":"…",
///      "value":74,"unit":"/min","as_sent":{"value":"74","unit":"count/min"},
///      "source":{"name":"apple_health","origin":"Apple Watch","manufacturer":"Apple Inc.","model":"Watch6,2",
///                "user_entered":false},
///      "unusual":true}
///
/// - In the place of `value`, `unit` and `as_sent`, a blood pressure has `"systolic":{"value":120,"unit":"mm[Hg]"}` and
///   `"diastolic":{…}`; a sleep stage has `"stage":"asleep_rem"`; a workout has `"activity":"running"` and, where they
///   are known, `"duration":{…}`, `"distance":{…}` and `"energy":{…}`.
/// - Times are RFC 3339 with the offset that the source stated; units are UCUM; numbers are exact decimals.
/// - `as_sent` is there only when the source's number or unit differs from ours. Its value is text.
/// - What is absent is left out; `unusual` is there only when true.
public func renderNative(_ item: Item, into bytes: inout [UInt8]) {
    bytes.append("{\"id\":\"")
    bytes.appendEscaped(item.id.text)
    bytes.append("\",\"type\":\"")
    bytes.append(item.type.rawValue)
    bytes.append("\",\"start\":\"")
    item.start.appendRFC3339(to: &bytes)
    bytes.append("\",\"end\":\"")
    item.end.appendRFC3339(to: &bytes)
    switch item.value {
    case .quantity(let measure, let asSent):
        bytes.append("\",\"value\":", measure, "\"")
        if let asSent {
            bytes.append(",\"as_sent\":{\"value\":\"")
            asSent.number.appendText(to: &bytes)
            bytes.append("\",\"unit\":\"")
            bytes.appendEscaped(asSent.unit)
            bytes.append("\"}")
        }
    case .bloodPressure(let systolic, let diastolic):
        bytes.append("\",\"systolic\":{\"value\":", systolic, "\"}")
        bytes.append(",\"diastolic\":{\"value\":", diastolic, "\"}")
    case .sleepStage(let stage):
        bytes.append("\",\"stage\":\"")
        bytes.append(stage.rawValue)
        bytes.append("\"")
    case .workout(let workout):
        bytes.append("\",\"activity\":\"")
        bytes.appendEscaped(workout.activity)
        bytes.append("\"")
        if let duration = workout.duration { bytes.append(",\"duration\":{\"value\":", duration, "\"}") }
        if let distance = workout.distance { bytes.append(",\"distance\":{\"value\":", distance, "\"}") }
        if let energy = workout.energy { bytes.append(",\"energy\":{\"value\":", energy, "\"}") }
    }
    bytes.append(item.provenance)
    bytes.append(item.isUnusual ? ",\"unusual\":true}" : "}")
}

extension [UInt8] {
    /// In one piece, which is several times faster than byte by byte.
    mutating func append(_ text: String) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if isDone == nil { append(contentsOf: text.utf8) }
    }

    fileprivate mutating func append(_ provenance: Provenance) {
        append(",\"source\":{\"name\":\"")
        append(provenance.source.rawValue)
        if let origin = provenance.origin {
            append("\",\"origin\":\"")
            appendEscaped(origin)
        }
        if let manufacturer = provenance.manufacturer {
            append("\",\"manufacturer\":\"")
            appendEscaped(manufacturer)
        }
        if let model = provenance.model {
            append("\",\"model\":\"")
            appendEscaped(model)
        }
        append(provenance.isUserEntered ? "\",\"user_entered\":true}" : "\",\"user_entered\":false}")
    }

    /// Opens with a name that ends before the number, closes behind the unit.
    fileprivate mutating func append(_ opening: String, _ measure: Measure, _ closing: String) {
        append(opening)
        measure.number.appendText(to: &self)
        append(",\"unit\":\"")
        appendEscaped(measure.unit)
        append(closing)
    }

    /// RFC 8259 §7: only the quote, the backslash and control characters must be escaped.
    mutating func appendEscaped(_ text: String) {
        let start = count
        append(text)
        guard self[start...].contains(where: needsEscape) else { return }
        removeSubrange(start...)
        for byte in text.utf8 { appendEscaped(byte) }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        guard needsEscape(byte) else { return append(byte) }
        append(UInt8(ascii: "\\"))
        if byte < 0x20 {
            append("u00")
            append(hexDigits[Int(byte >> 4)])
            append(hexDigits[Int(byte & 15)])
        } else {
            append(byte)
        }
    }
}

private let hexDigits = Array("0123456789abcdef".utf8)

private func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}
