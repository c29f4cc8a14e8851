// Which languages the browser's person reads, best first (RFC 9110 §12.5.4). What cannot be read is passed over: a wrong guess
// costs a translation and nothing else.

import Domain
import HTTPTypes

enum AcceptLanguage {
    /// At most ten; a quality of 0 means "not this one", and `*` says nothing.
    static func preferred(_ headers: HTTPFields) -> [Language] {
        var wanted: [(language: Language, quality: Int, place: Int)] = []
        let ranges = headers[values: .acceptLanguage].flatMap { $0.split(separator: ",") }
        for (place, range) in ranges.prefix(50).enumerated() {
            let parts = range.split(separator: ";").map { String($0).trimmedOfSpaces }
            guard let first = parts.first, let language = Language(first) else { continue }
            let stated = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
            guard let quality = thousandths(stated.map { String($0.dropFirst(2)) } ?? "1"), quality > 0 else {
                continue
            }
            wanted.append((language, quality, place))
        }
        return wanted.sorted { ($1.quality, $0.place) < ($0.quality, $1.place) }.prefix(10).map(\.language)
    }

    // RFC 9110 §12.4.2: 0 to 1 with at most three decimals.
    private static func thousandths(_ text: String) -> Int? {
        let sides = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int(sides[0]), (0...1).contains(whole), sides.count <= 2 else { return nil }
        let decimals = sides.count == 2 ? String(sides[1]) : ""
        guard decimals.count <= 3, decimals.allSatisfy(\.isNumber) else { return nil }
        let rest = Int((decimals + "000").prefix(3)) ?? 0
        return min(1_000, whole * 1_000 + rest)
    }
}
