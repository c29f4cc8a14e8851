// Reads what applications send people to the shell with. How they wrap it is forgiven in every way they are known to; what they
// name and number is not (A7).

import Domain
import Gateway

struct ShellQuery: Equatable {
    let request: ShellRequest

    /// `query` is what stands behind the `?`, still encoded.
    init(_ query: String) throws(Declined) {
        let outer = try Self.pairs(query[...], mayBeWrapped: true)
        let envelopes = outer.filter { $0.name == "targetqs" }
        let targets = outer.filter { $0.name == "target" }
        // Only one target is served; the others have their own ways and words.
        guard targets.count == 1, try targets[0].decoded.uppercased() == "APPAUTH" else {
            throw Declined(.invalidRequest, "APPAUTH is the one target that is known here.")
        }
        guard envelopes.count <= 1 else {
            throw Declined(.invalidFields, faults: [FieldFault("targetqs", "given more than once")])
        }
        // Where targetqs was not encoded, its parameters fell out of it and stand beside it.
        var pairs = outer.filter { $0.name != "targetqs" }
        if let envelope = envelopes.first { pairs += try Self.pairs(Self.opened(envelope.value)) }

        var reader = ShellReader()
        for pair in pairs { reader.read(pair.name, try pair.decoded) }
        request = try reader.finish()
    }

    struct Pair {
        /// Decoded and in lower case.
        let name: String
        /// As it came.
        let value: Substring

        var decoded: String {
            get throws(Declined) { try ShellQuery.decode(value) }
        }
    }

    /// Question marks before a name, and ampersands with nothing between them, are passed over. Where `mayBeWrapped`, a pair
    /// whose equals sign was encoded with it is a pair as well.
    private static func pairs(_ query: Substring, mayBeWrapped: Bool = false) throws(Declined) -> [Pair] {
        var pairs: [Pair] = []
        for text in query.split(separator: "&", omittingEmptySubsequences: true) {
            let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(sides[0]).drop { $0 == "?" }
            guard !name.isEmpty else { continue }
            if mayBeWrapped, sides.count == 1, name.contains("=") {
                pairs += try unwrapped(name)
            } else {
                pairs.append(Pair(name: name.lowercased(), value: sides.count == 2 ? sides[1] : ""))
            }
        }
        return pairs
    }

    // `onopt1%3Dsleep` beside the envelope: each pair was encoded by itself, as the whole of targetqs would have been. What is
    // returned as it came, and an address, may have ampersands of its own.
    private static func unwrapped(_ text: Substring) throws(Declined) -> [Pair] {
        let name = text.prefix { $0 != "=" }.lowercased()
        guard name == "actionqs" || name == "redirect" else { return try pairs(text) }
        return [Pair(name: name, value: text.dropFirst(name.count + 1))]
    }

    /// The query inside, encoded as a query is: the value may have been encoded twice, once, by half, or not at all.
    private static func opened(_ value: Substring) throws(Declined) -> Substring {
        guard let equals = value.firstIndex(of: "=") else {
            let once = try decode(value)
            // A query without any `=` says nothing, so it is still wrapped.
            return once.contains("=") ? once[...] : try decode(once[...])[...]
        }
        // Not encoded, so this is the first parameter alone; unless only its ampersands were. What is returned as it came
        // may have ampersands of its own.
        let once = try decode(value)
        let name = value[..<equals].drop { $0 == "?" }.lowercased()
        return once.contains("&") && name != "actionqs" && name != "redirect" ? once[...] : value
    }

    private static func decode(_ text: Substring) throws(Declined) -> String {
        guard let decoded = decodePercent(text.utf8, plusIsSpace: true) else {
            throw Declined(.invalidRequest, "The query is not properly encoded.")
        }
        return decoded
    }
}

/// Takes the parameters one by one and says every fault at once.
private struct ShellReader {
    private var values: [String: String] = [:]
    private var numbered: [String: [Int: String]] = ["onopt": [:], "offopt": [:]]
    private var faults: [FieldFault] = []

    private static let mostRules = 100

    /// `name` is in lower case. What nobody knows is passed over.
    mutating func read(_ name: String, _ value: String) {
        switch name {
        case "appid", "extrecordid", "actionqs":
            if values.updateValue(value, forKey: name) != nil { blame(name, "given more than once") }
        default:
            for kind in ["onopt", "offopt"] where name.hasPrefix(kind) {
                readRule(kind, name.dropFirst(kind.count), named: name, value)
            }
        }
    }

    private mutating func readRule(_ kind: String, _ digits: Substring, named name: String, _ value: String) {
        let isNumber =
            !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, digits.first != "0" else {
            return blame(name, "'\(kind)' is followed by a number: 1, 2, 3 and so on")
        }
        guard let number = Int(digits), number <= Self.mostRules else {
            return blame(name, "at most \(Self.mostRules) rules")
        }
        if value.isEmpty { blame(name, "a rule's name is missing") }
        if numbered[kind]?.updateValue(value, forKey: number) != nil { blame(name, "given more than once") }
    }

    mutating func finish() throws(Declined) -> ShellRequest {
        let application = given("appid") ?? ""
        if application.isEmpty { blame("appid", "this parameter is needed") }
        let online = inOrder("onopt")
        let offline = inOrder("offopt")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        return ShellRequest(
            application: application, online: online, offline: offline, record: given("extrecordid"),
            actionQuery: given("actionqs"))
    }

    private func given(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    // Where one is missing, the next one there is shows it.
    private mutating func inOrder(_ kind: String) -> [String] {
        let rules = (numbered[kind] ?? [:]).sorted { $0.key < $1.key }
        if let gap = rules.enumerated().first(where: { $0.element.key != $0.offset + 1 }) {
            blame("\(kind)\(gap.element.key)", "\(kind)\(gap.offset + 1) is missing")
        }
        return rules.map(\.value)
    }

    private mutating func blame(_ field: String, _ message: String) { faults.append(FieldFault(field, message)) }
}
