// Hides how the words by which an entry is looked for are read off its canonical bytes: quickly, for it is done once for every
// entry there is, and without making an entry of them.

/// What a table keeps beside an entry's bytes. It says nothing that they do not say.
public struct LeafColumns: Hashable, Sendable {
    public let id: String
    public let at: Moment
    public let action: String
    public let outcome: String
    public let application: String?
    public let person: String?
    public let record: String?
    public let grant: String?

    /// Nil unless it has the form of a leaf, of whatever version. It is not looked at any closer.
    public init?(_ leaf: [UInt8]) {
        guard leaf.count <= AuditLeaf.longest, let texts = leaf.withUnsafeBytes({ Self.texts($0) }),
            let id = texts[.id], let at = texts[.at].flatMap({ Self.moment($0) }), let action = texts[.action],
            let outcome = texts[.outcome]
        else { return nil }
        self.id = id
        self.at = at
        self.action = action
        self.outcome = outcome
        application = texts[.application]
        person = texts[.person]
        record = texts[.record]
        grant = texts[.grant]
    }

    private enum Member: Int, CaseIterable {
        case action, application, at, grant, id, outcome, person, record

        static let names = allCases.map { Array("\($0)".utf8) }
    }

    private struct Texts {
        private var known = [String?](repeating: nil, count: Member.allCases.count)

        subscript(member: Member) -> String? {
            get { known[member.rawValue] }
            set { known[member.rawValue] = newValue }
        }
    }

    /// The members that are texts. A leaf has no escapes, so a quotation mark ends a text.
    private static func texts(_ raw: UnsafeRawBufferPointer) -> Texts? {
        var texts = Texts()
        var place = 0
        func end(_ sign: Unicode.Scalar, from start: Int) -> Int? {
            var end = start
            while end < raw.count, raw[end] != UInt8(ascii: sign) { end += 1 }
            return end < raw.count ? end : nil
        }
        guard raw.first == UInt8(ascii: "{") else { return nil }
        repeat {
            guard place + 2 < raw.count, raw[place + 1] == UInt8(ascii: "\""), let nameEnd = end("\"", from: place + 2),
                nameEnd + 2 < raw.count, raw[nameEnd + 1] == UInt8(ascii: ":")
            else { return nil }
            let start = nameEnd + 2
            switch raw[start] {
            case UInt8(ascii: "\""):
                guard let close = end("\"", from: start + 1) else { return nil }
                if let member = member(raw[place + 2..<nameEnd]) {
                    texts[member] = String(decoding: raw[start + 1..<close], as: UTF8.self)
                }
                place = close + 1
            case UInt8(ascii: "["):
                guard let close = end("]", from: start + 1) else { return nil }
                place = close + 1
            default:
                place = start
                while place < raw.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(raw[place]) { place += 1 }
            }
        } while place < raw.count && raw[place] == UInt8(ascii: ",")
        return place == raw.count - 1 && raw[place] == UInt8(ascii: "}") ? texts : nil
    }

    /// As a leaf has it, always as long: `2026-11-21T10:07:12.000000Z`.
    private static func moment(_ text: String) -> Moment? {
        var text = text
        return text.withUTF8 { raw in
            guard raw.count == 27, raw[10] == UInt8(ascii: "T"), raw[19] == UInt8(ascii: "."),
                raw[26] == UInt8(ascii: "Z")
            else { return nil }
            func number(_ digits: Range<Int>) -> Int? {
                var number = 0
                for place in digits {
                    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(raw[place]) else { return nil }
                    number = number * 10 + Int(raw[place] - UInt8(ascii: "0"))
                }
                return number
            }
            guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                let fraction = number(20..<26), let date = CivilDate(year: year, month: month, day: day)
            else { return nil }
            let seconds = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
            return Moment(microseconds: seconds * 1_000_000 + Int64(fraction))
        }
    }

    private static func member(_ name: Slice<UnsafeRawBufferPointer>) -> Member? {
        Member.allCases.first { Member.names[$0.rawValue].elementsEqual(name) }
    }
}
