// Hides the file that says whose cosignatures are enough (C2SP tlog-policy): logs, witnesses, groups of them and the quorum.
// Reading is strict and bounded, and what is wrong is told with its line.

public struct WitnessPolicy: Hashable, Sendable {
    public struct Witness: Hashable, Sendable {
        public let key: WitnessKey
        /// Of its interface; nil where the policy is for checking alone.
        public let url: String?
        /// Counted from 1.
        public let line: Int
    }

    /// What is wrong, and where; nil for the file as a whole.
    public struct Fault: Error, Hashable, Sendable {
        public let line: Int?
        public let what: What

        public init(line: Int?, _ what: What) {
            self.line = line
            self.what = what
        }
    }

    /// The logs whose checkpoints are accepted; empty where that is known otherwise.
    public let logs: [VerifierKey]
    public let witnesses: [Witness]
    /// Nil asks for nobody.
    private let quorum: Member?

    /// Of logs, of witnesses and of groups each.
    public static let most = 32
    /// Bytes of the longest file that is read.
    public static let longest = 64 << 10

    fileprivate indirect enum Member: Hashable, Sendable {
        /// Its place among the witnesses.
        case witness(Int)
        case group(atLeast: Int, [Member])
    }

    /// Whether a checkpoint without any cosignature is good enough.
    public var asksForNobody: Bool { quorum == nil }

    /// Whether these, having cosigned one checkpoint, are enough.
    public func isMet(by keys: [WitnessKey]) -> Bool {
        guard let quorum else { return true }
        return isMet(quorum, by: keys)
    }

    private func isMet(_ member: Member, by keys: [WitnessKey]) -> Bool {
        switch member {
        case .witness(let place): keys.contains(witnesses[place].key)
        case .group(let atLeast, let members): members.count { isMet($0, by: keys) } >= atLeast
        }
    }

    public init(parsing bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.longest else { throw Fault(line: nil, .tooLong) }
        var reader = PolicyReader()
        var rest = bytes[...]
        var number = 0
        while !rest.isEmpty {
            number += 1
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw Fault(line: number, .noNewline) }
            do throws(What) { try reader.read(rest[..<end], number) } catch { throw Fault(line: number, error) }
            rest = rest[(end + 1)...]
        }
        guard let quorum = reader.quorum else { throw Fault(line: nil, .noQuorum) }
        logs = reader.logs
        witnesses = reader.witnesses
        self.quorum = quorum
    }
}

extension WitnessPolicy {
    public enum What: Error, Hashable, Sendable {
        case tooLong, noNewline, controlCharacter, unknownWord, wordCount, badName, repeatedName, unknownName, usedTwice
        case badThreshold, notALogKey, notAWitnessKey
        case otherKind(UInt8)
        case repeatedKey, secondQuorum, noQuorum, tooMany, badURL

        /// Continues "line 7: ".
        public var words: String {
            switch self {
            case .tooLong: "the file is longer than \(longest) bytes"
            case .noNewline: "the last line does not end in a newline"
            case .controlCharacter: "there is a control character other than a tab"
            case .unknownWord: "a line begins with log, witness, group, quorum or #"
            case .wordCount: "there are too few words, or too many"
            case .badName: "this cannot be a name: none is taken, and so is every name of another line"
            case .repeatedName: "this name is taken by a line above"
            case .unknownName: "no line above defines this name"
            case .usedTwice: "a name counts in one group only, and once"
            case .badThreshold: "a group says all, any, or how many of its members, from 1 to all of them"
            case .notALogKey: "the log's key is name+id+base64, of Ed25519 (0x01)"
            case .notAWitnessKey: "the key of a witness is name+id+base64, of timestamped Ed25519 (0x04)"
            case .otherKind(let kind):
                "the key of this witness is of the kind \(Self.hex(kind)); only timestamped Ed25519 (0x04) is read here"
            case .repeatedKey: "this public key is on a line above"
            case .secondQuorum: "there is a quorum line already"
            case .noQuorum: "there is no quorum line"
            case .tooMany: "there are more than \(most) of a kind"
            case .badURL: "a URL is printable ASCII, and begins with http:// or https://"
            }
        }

        private static func hex(_ kind: UInt8) -> String {
            let digits = String(kind, radix: 16)
            return digits.utf8.count == 1 ? "0x0\(digits)" : "0x\(digits)"
        }
    }
}

extension WitnessPolicy.Fault {
    /// `line 7: …`.
    public var words: String { line.map { "line \($0): \(what.words)" } ?? what.words }
}

/// What the lines above have defined.
private struct PolicyReader {
    typealias What = WitnessPolicy.What
    typealias Member = WitnessPolicy.Member

    var logs: [VerifierKey] = []
    var witnesses: [WitnessPolicy.Witness] = []
    /// Nil inside is a quorum of nobody.
    var quorum: Member??
    /// Bytes, as they are written: two spellings of a letter are two names.
    private var names: [[UInt8]: Member] = [:]
    private var used: Set<[UInt8]> = []
    private var groups = 0
    private static let none = Array("none".utf8)

    mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) throws(What) {
        guard line.allSatisfy({ $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7f) }) else {
            throw .controlCharacter
        }
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { Array($0) }
        guard let first = words.first, first.first != UInt8(ascii: "#") else { return }
        switch String(decoding: first, as: UTF8.self) {
        case "log": try readLog(words)
        case "witness": try readWitness(words, number)
        case "group": try readGroup(words)
        case "quorum": try readQuorum(words)
        default: throw .unknownWord
        }
    }

    private mutating func readLog(_ words: [[UInt8]]) throws(What) {
        guard (2...3).contains(words.count) else { throw .wordCount }
        guard let key = VerifierKey(String(decoding: words[1], as: UTF8.self)) else { throw .notALogKey }
        if words.count == 3 { _ = try Self.url(words[2]) }
        guard !logs.contains(where: { $0.publicKey == key.publicKey }) else { throw .repeatedKey }
        guard logs.count < WitnessPolicy.most else { throw .tooMany }
        logs.append(key)
    }

    private mutating func readWitness(_ words: [[UInt8]], _ number: Int) throws(What) {
        guard (3...4).contains(words.count) else { throw .wordCount }
        let key: WitnessKey
        do throws(WitnessKey.Fault) {
            key = try WitnessKey(parsing: String(decoding: words[2], as: UTF8.self))
        } catch .otherKind(let kind) {
            throw .otherKind(kind)
        } catch { throw .notAWitnessKey }
        let url = words.count == 4 ? try Self.url(words[3]) : nil
        guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }),
            !witnesses.contains(where: { $0.key.name == key.name && $0.key.keyID == key.keyID })
        else { throw .repeatedKey }
        guard witnesses.count < WitnessPolicy.most else { throw .tooMany }
        try define(words[1], .witness(witnesses.count))
        witnesses.append(WitnessPolicy.Witness(key: key, url: url, line: number))
    }

    private mutating func readGroup(_ words: [[UInt8]]) throws(What) {
        guard words.count >= 4 else { throw .wordCount }
        guard groups < WitnessPolicy.most else { throw .tooMany }
        var members: [Member] = []
        for name in words[3...] {
            guard let member = names[name] else { throw .unknownName }
            guard used.insert(name).inserted else { throw .usedTwice }
            members.append(member)
        }
        let atLeast: Int
        switch String(decoding: words[2], as: UTF8.self) {
        case "all": atLeast = members.count
        case "any": atLeast = 1
        case let digits:
            guard let count = DecimalText.read(digits), (1...members.count).contains(count) else { throw .badThreshold }
            atLeast = count
        }
        try define(words[1], .group(atLeast: atLeast, members))
        groups += 1
    }

    private mutating func readQuorum(_ words: [[UInt8]]) throws(What) {
        guard words.count == 2 else { throw .wordCount }
        guard quorum == nil else { throw .secondQuorum }
        if words[1] == Self.none {
            quorum = .some(nil)
        } else if let member = names[words[1]] {
            quorum = member
        } else {
            throw .unknownName
        }
    }

    private mutating func define(_ name: [UInt8], _ member: Member) throws(What) {
        guard name != Self.none else { throw .badName }
        guard names.updateValue(member, forKey: name) == nil else { throw .repeatedName }
    }

    private static func url(_ bytes: [UInt8]) throws(What) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }), bytes.count <= 2_000,
            text.hasPrefix("https://") || text.hasPrefix("http://")
        else { throw .badURL }
        return text
    }
}
