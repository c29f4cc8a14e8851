// Says a tally in plain sentences, in an order that does not change: what was kept, what was not, what was passed over.

import Domain

extension Tally {
    /// Kept first, in the order of the data types; then what was not kept; then kinds that Licet does not carry.
    public var sentences: [String] {
        let kept = DataType.allCases.compactMap { type in
            items[type].map { "\(count($0, TypeCatalogue.facts(of: type).datumName)) \(were($0)) kept." }
        }
        let lost = DataType.allCases.flatMap { type in
            Refused.allCases.compactMap { reason in
                refusals[Refusal(.type(type), reason)].map { sentence(count: $0, type, reason) }
            }
        }
        return kept + lost + passedOver
    }

    private func sentence(count number: Int, _ type: DataType, _ reason: Refused) -> String {
        let subject = count(number, TypeCatalogue.facts(of: type).datumName)
        let kept = "\(were(number)) not kept."
        return switch reason {
        case .unknownKind: "\(subject) \(were(number)) of an unknown kind and \(kept)"
        case .unknownUnit: "\(subject) came in a unit that Licet does not know and \(kept)"
        case .notANumber: "\(subject) held no number and \(kept)"
        case .impossible: "\(subject) \(were(number)) impossible and \(kept)"
        case .unknownCode: "\(subject) came with a code that Licet does not know and \(kept)"
        case .endsBeforeItStarts: "\(subject) ended before \(number == 1 ? "it" : "they") started and \(kept)"
        case .inTheFuture: "\(subject) lay in the future and \(kept)"
        case .carriedByItsPair:
            "\(subject) told only one of the two pressures, which the pair tells together, and \(kept)"
        }
    }

    private var passedOver: [String] {
        var counts: [String: Int] = [:]
        for (refusal, number) in refusals {
            if case .kind(let name) = refusal.subject { counts[name, default: 0] += number }
        }
        return counts.sorted { $0.key < $1.key }.map { name, number in
            let kind = name == Self.otherKind ? "of other kinds" : "of the kind \(name)"
            let subject = "\(count(number, "reading")) \(kind)"
            return "\(subject) \(were(number)) passed over: Licet does not carry \(number == 1 ? "it" : "them")."
        }
    }

    private func were(_ number: Int) -> String { number == 1 ? "was" : "were" }

    /// `1 workout`, `12,345 workouts`.
    private func count(_ number: Int, _ noun: String) -> String {
        var digits = Array(String(number))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return "\(String(digits)) \(noun)\(number == 1 ? "" : "s")"
    }
}
