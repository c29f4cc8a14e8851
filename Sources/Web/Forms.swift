// Reads `application/x-www-form-urlencoded` and query strings strictly: a broken escape, bad UTF-8 or a NUL is refused, not
// repaired. The order of the fields is kept.

import Domain
import Gateway

struct Form: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    let fields: [Field]

    static let empty = Form(fields: [])

    init(fields: [Field]) { self.fields = fields }

    /// Nil when any byte is not as it should be. `+` is a space, as forms write it.
    init?(urlencoded bytes: some Collection<UInt8>) {
        var fields: [Field] = []
        for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            let cut = pair.firstIndex(of: UInt8(ascii: "="))
            let rest = cut.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...]
            guard let name = decodePercent(pair[..<(cut ?? pair.endIndex)], plusIsSpace: true),
                let value = decodePercent(rest, plusIsSpace: true)
            else { return nil }
            fields.append(Field(name: name, value: value))
        }
        self.fields = fields
    }

    /// The first name that is given more than once (RFC 6749 §3.1 forbids it).
    var repeatedName: String? {
        var seen: Set<String> = []
        return fields.first { !seen.insert($0.name).inserted }?.name
    }

    /// Nil when absent or empty: OAuth treats a parameter without a value as left out (RFC 6749 §3.1).
    func parameter(_ name: String) -> String? {
        guard let value = fields.first(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// Empty when absent.
    func text(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }
    func texts(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

/// Nil for a broken escape, bad UTF-8 or a NUL.
func decodePercent(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else { return nil }
            out.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: out.append(0x20)
        default: out.append(byte)
        }
    }
    guard !out.contains(0) else { return nil }
    return String(validating: out, as: UTF8.self)
}
