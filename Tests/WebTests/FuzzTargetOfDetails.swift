// The reader of authorization details, fuzzed: whatever is read can be asked, and no limit is lost on the way.

import Domain

@testable import Gateway

extension FuzzTarget {
    static let details = text(
        "authorization details",
        [
            #"[{"type":"health_data","purpose":"walking","period":{"from":"2026-01-01","to":"2026-06-30"}}]"#,
            #"[{"type":"health_data","datatypes":["steps","heart"],"actions":["read","write"],"period":{"to":"2024-02-29"}}]"#,
            #"[{"type":"health_data","purpose":"a","locations":["https://licet.example"]},{"type":"health_data","purpose":"b"}]"#,
        ],
        [
            "\"period\":{", "\"from\":", "\"to\":", "\"2025-12-31\"", "\"purpose\":", "\"health_data\"", "\"type\":",
            "null", "[]", "{},", "\"datatypes\":[", "\"steps\"",
        ]
    ) { text in
        let details: [DataDetail]
        do throws(DetailsFault) {
            details = try DetailsReader.read(text, addresses: ["https://licet.example"])
        } catch {
            // RFC 6749 §4.1.2.1: what an error_description may hold.
            let isSayable = error.sentence.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
            return isSayable && error.sentence.hasPrefix("authorization_details")
                ? .refused : .broken("a complaint that cannot be said")
        }
        let isSound = details.allSatisfy { detail in
            (detail.purpose != nil || !detail.targets.isEmpty) && (detail.actions.isEmpty || !detail.targets.isEmpty)
                && detail.period.first <= detail.period.last
                && (detail.period == .always) == (detail.period.from == nil && detail.period.to == nil)
        }
        guard isSound, (1...DetailsReader.mostElements).contains(details.count) else { return .broken("not sound") }
        // A limit that is there is read: nothing else of the type has this name.
        let limits = details.count { $0.period != .always }
        return .read(
            limits == 0 || text.contains("period") || text.contains("\\u"), "a limit came out of nowhere")
    }
}
