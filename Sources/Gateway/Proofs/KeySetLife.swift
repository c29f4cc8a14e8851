// How long a fetched key set is kept: as its publisher says (RFC 9111 §5.2.2), but never less than a minute nor more
// than a day.

import Domain

enum KeySetLife {
    private static let shortest = Span.seconds(60)
    private static let longest = Span.hours(24)
    /// When the publisher says nothing.
    private static let usual = Span.minutes(10)

    static func span(cacheControl: String) -> Span {
        var life: Span?
        for directive in cacheControl.lowercased().split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1).map {
                $0.filter { $0 != " " && $0 != "\"" && $0 != "\t" }
            }
            switch parts.first {
            case "no-store", "no-cache": return shortest
            case "max-age":
                // Said twice, the shorter counts. What is no number is not said.
                guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else {
                    continue
                }
                let stated = Int64(parts[1]).map { min($0, longest.seconds) } ?? longest.seconds
                life = min(life ?? longest, .seconds(stated))
            default: continue
            }
        }
        return min(max(life ?? usual, shortest), longest)
    }
}
