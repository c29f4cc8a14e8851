// Reads `authorization_details` (RFC 9396 §2) of the one type there is. What is not understood is refused with its place, never
// passed over: a limit that was not read would be a yes to more than the person saw.

import Domain

/// What is wrong, and where: `authorization_details[1].period.from is not a date`.
struct DetailsFault: Error, Equatable {
    let sentence: String
}

struct DetailsReader {
    static let mostBytes = 8_192
    static let mostElements = 32

    private let place: String
    private var members: [JSONValue.Member]

    /// `addresses` are those that `locations` may name; nil for what was checked when it came.
    static func read(_ text: String, addresses: [String]?) throws(DetailsFault) -> [DataDetail] {
        guard text.utf8.count <= mostBytes else {
            throw DetailsFault(sentence: "authorization_details are longer than \(mostBytes) bytes")
        }
        let value: JSONValue
        do throws(JSONFault) { value = try JSONParser.parse(Array(text.utf8)) } catch {
            throw DetailsFault(
                sentence: "authorization_details are not JSON: \(error.reason), at byte "
                    + "\(error.offset)")
        }
        guard case .array(let elements) = value, (1...mostElements).contains(elements.count) else {
            throw DetailsFault(sentence: "authorization_details must be an array of 1 to \(mostElements) objects")
        }
        var details: [DataDetail] = []
        for (index, element) in elements.enumerated() {
            var reader = try DetailsReader(element, at: "authorization_details[\(index)]")
            details.append(try reader.detail(addresses))
        }
        return details
    }

    private init(_ value: JSONValue, at place: String) throws(DetailsFault) {
        guard case .object(let members) = value else { throw DetailsFault(sentence: "\(place) is not an object") }
        self.place = place
        self.members = members
    }

    private mutating func detail(_ addresses: [String]?) throws(DetailsFault) -> DataDetail {
        guard let type = try text("type") else { throw fault("type", "is missing") }
        guard type == DataDetail.type else { throw fault("type", "must be \(DataDetail.type)") }
        let purpose = try text("purpose")
        let name = purpose.flatMap { RuleName($0) }
        if purpose != nil, name == nil { throw fault("purpose", "is not the name of a rule") }
        let targets: [ScopeTarget] = try words("datatypes", "is not a data type or category known here") { word in
            DataType(rawValue: word).map { .type($0) } ?? Category(rawValue: word).map { .category($0) }
        }
        let actions: [ScopeAccess] = try words("actions", "is not create, read, update, delete or write") {
            ScopeAccess(rawValue: $0)
        }
        if targets.isEmpty {
            if name == nil { throw fault("purpose", "or datatypes must be there") }
            if !actions.isEmpty { throw fault("actions", "need datatypes beside them") }
        }
        _ = try words("locations", "is not this server's address") { word -> String? in
            guard let addresses else { return word }
            return addresses.contains(word.hasSuffix("/") ? String(word.dropLast()) : word) ? word : nil
        }
        let period = try period()
        try finish()
        return DataDetail(purpose: name, targets: targets, actions: actions, period: period)
    }

    private mutating func period() throws(DetailsFault) -> DatePeriod {
        guard let value = take("period") else { return .always }
        var inner = try DetailsReader(value, at: "\(place).period")
        let from = try inner.day("from")
        let to = try inner.day("to")
        try inner.finish()
        guard from != nil || to != nil else { throw fault("period", "has neither from nor to") }
        guard let period = DatePeriod(from: from, to: to) else { throw fault("period", "ends before it begins") }
        return period
    }

    private mutating func day(_ name: String) throws(DetailsFault) -> Int? {
        guard let text = try text(name) else { return nil }
        guard let day = CivilDate.day(text) else { throw fault(name, "is not a date like 2026-01-31") }
        return day
    }

    private mutating func take(_ name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        return members.remove(at: index).value
    }

    private mutating func text(_ name: String) throws(DetailsFault) -> String? {
        switch take(name) {
        case nil: return nil
        case .string(let text)?: return text
        default: throw fault(name, "is not a string")
        }
    }

    /// Empty where the member is not there.
    private mutating func words<Word>(
        _ name: String, _ complaint: String, _ read: (String) -> Word?
    ) throws(DetailsFault) -> [Word] {
        guard let value = take(name) else { return [] }
        guard case .array(let values) = value, !values.isEmpty else { throw fault(name, "is not an array of strings") }
        var seen: Set<String> = []
        var found: [Word] = []
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value else { throw fault("\(name)[\(index)]", "is not a string") }
            guard seen.insert(text).inserted else { throw fault("\(name)[\(index)]", "is repeated") }
            guard let word = read(text) else { throw fault("\(name)[\(index)]", complaint) }
            found.append(word)
        }
        return found
    }

    // RFC 9396 §5: what is left over is unknown, and is refused.
    private func finish() throws(DetailsFault) {
        guard let stranger = members.first?.name else { return }
        // `error_description` takes few characters (RFC 6749 §4.1.2.1); a name of others is not spelled back.
        let isPlain =
            (1...64).contains(stranger.utf8.count)
            && stranger.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
        guard isPlain else { throw DetailsFault(sentence: "\(place) has a member that is not known here") }
        throw fault(stranger, "is not known here")
    }

    private func fault(_ name: String, _ complaint: String) -> DetailsFault {
        DetailsFault(sentence: "\(place).\(name) \(complaint)")
    }
}
