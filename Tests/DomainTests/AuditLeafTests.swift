// The bytes of an audit entry in the log: one canonical line, no longer than it may be, with nothing in it but what the
// closed lists hold.

import Domain
import Foundation
import TestKit
import Testing

struct AuditLeafTests {
    static func random(using dice: inout SeededDice) -> AuditEntry {
        let at = Moment(microseconds: Int64(dice.roll(-62_135_596_800_000_000...253_402_300_799_999_999)))
        let outcomes: [AuditEntry.Outcome] = [
            .done, .refused(dice.pick(Refusal.allCases)), .failed(dice.pick(Problem.allCases)),
        ]
        return AuditEntry(
            id: AuditID(at: at, dice: bytes(10, using: &dice)),
            at: dice.flip() ? at : Moment(seconds: at.seconds + (at.microseconds < 0 ? 1 : 0)),
            action: dice.pick(AuditEntry.Action.allCases), outcome: dice.pick(outcomes),
            application: dice.flip() ? ApplicationID(bytes: bytes(16, using: &dice)) : nil,
            person: dice.flip() ? AuditName(bytes: bytes(16, using: &dice)) : nil,
            record: dice.flip() ? AuditName(bytes: bytes(16, using: &dice)) : nil,
            grant: dice.flip() ? GrantID(bytes: bytes(16, using: &dice)) : nil,
            mode: dice.pick([nil, .online, .offline]),
            types: DataTypeSet(DataType.allCases.filter { _ in dice.flip() }),
            items: dice.pick([0, 1, 17, 9_007_199_254_740_991]),
            request: dice.flip() ? RequestID(bytes: bytes(16, using: &dice)) : nil,
            actor: dice.pick([nil] + AuditEntry.Actor.allCases), method: dice.pick([nil] + AuditEntry.Method.allCases),
            key: dice.flip() ? LogKeyID(bytes: bytes(16, using: &dice)) : nil,
            repetition: repetition(until: at, using: &dice))
    }

    private static func repetition(until at: Moment, using dice: inout SeededDice) -> AuditEntry.Repetition? {
        guard dice.flip() else { return nil }
        let first = max(at - .seconds(Int64(dice.roll(0...60))), Moment(seconds: -62_135_596_800))
        return AuditEntry.Repetition(times: dice.roll(2...1_000_000), first: first, last: at)
    }

    private static func bytes(_ count: Int, using dice: inout SeededDice) -> [UInt8] {
        (0..<count).map { _ in UInt8(dice.roll(0...255)) }
    }

    private static let body = String(repeating: "z", count: 26)

    /// As much of everything as there can be.
    static func extremes() throws -> [AuditEntry] {
        let longest = AuditEntry.Action.allCases.max { $0.rawValue.utf8.count < $1.rawValue.utf8.count }
        let action = try #require(longest)
        let outcomes: [AuditEntry.Outcome] =
            [.done] + Refusal.allCases.map(AuditEntry.Outcome.refused)
            + Problem.allCases.map(AuditEntry.Outcome.failed)
        var entries: [AuditEntry] = []
        for outcome in outcomes {
            let odd: [(Moment, Int)] = [(Moment(microseconds: .min), .min), (Moment(microseconds: .max), .max)]
            for (at, items) in odd {
                entries.append(
                    AuditEntry(
                        id: AuditID(stored: "aud_\(body)"), at: at, action: action, outcome: outcome,
                        application: ApplicationID("app_\(body)"), person: AuditName("n_\(body)"),
                        record: AuditName("n_\(body)"), grant: GrantID("grt_\(body)"), mode: .offline, types: .all,
                        items: items, request: RequestID("req_\(body)"), actor: .application, method: .page,
                        key: LogKeyID("key_\(body)"),
                        repetition: .init(
                            times: .max, first: Moment(microseconds: .min), last: Moment(microseconds: .max))))
            }
        }
        return entries
    }

    @Test("An entry is written as one canonical line: members by name, what is absent left out (RFC 8785)")
    func line() throws {
        let full = AuditEntry(
            id: AuditID(stored: "aud_\(Self.body)"), at: Moment(seconds: 1_795_255_632), action: .read,
            outcome: .refused(.noGrant), application: ApplicationID("app_\(Self.body)"),
            person: AuditName("n_\(Self.body)"),
            record: nil, grant: GrantID("grt_\(Self.body)"), mode: .online, types: [.steps, .heartRate], items: 3,
            request: RequestID("req_\(Self.body)"))
        let leaf = try #require(AuditLeaf(full))
        #expect(
            String(decoding: leaf.bytes, as: UTF8.self) == """
                {"action":"read","application":"app_\(Self.body)","at":"2026-11-21T10:07:12.000000Z",\
                "grant":"grt_\(Self.body)","id":"aud_\(Self.body)","items":3,"mode":"online",\
                "outcome":"refused:no_grant","person":"n_\(Self.body)","request":"req_\(Self.body)",\
                "types":["heart_rate","steps"],"v":1}
                """)
        #expect(leaf.hash == MerkleHash.leaf(of: leaf.bytes))
        let bare = AuditEntry(
            id: AuditID(stored: "aud_\(Self.body)"), at: Moment(microseconds: 1), action: .keysRewrapped, outcome: .done
        )
        let bareLeaf = try #require(AuditLeaf(bare))
        #expect(
            String(decoding: bareLeaf.bytes, as: UTF8.self) == """
                {"action":"keys_rewrapped","at":"1970-01-01T00:00:00.000001Z","id":"aud_\(Self.body)","items":0,\
                "outcome":"done","types":[],"v":1}
                """)
    }

    @Test("An entry that stands for several says how many, the first and the last; one alone says nothing of it")
    func severalAlike() throws {
        let first = Moment(seconds: 1_795_255_632)
        let last = Moment(microseconds: 1_795_255_632_000_000 + 59_999_999)
        let several = AuditEntry(
            id: AuditID(stored: "aud_\(Self.body)"), at: last, action: .read, outcome: .failed(.tokenExpired),
            actor: .person, method: .api, repetition: .init(times: 4_211, first: first, last: last))
        #expect(
            String(decoding: try #require(AuditLeaf(several)).bytes, as: UTF8.self) == """
                {"action":"read","actor":"person","at":"2026-11-21T10:08:11.999999Z",\
                "first_at":"2026-11-21T10:07:12.000000Z","id":"aud_\(Self.body)","items":0,\
                "last_at":"2026-11-21T10:08:11.999999Z","method":"api","outcome":"failed:TOKEN_EXPIRED","times":4211,\
                "types":[],"v":1}
                """)
        #expect(AuditEntry.Repetition(times: 1, first: first, last: last) == nil)
        #expect(AuditEntry.Repetition(times: 2, first: last, last: first) == nil)
        let text = String(decoding: try #require(AuditLeaf(several)).bytes, as: UTF8.self)
        let wrong = [
            text.replacing("\"times\":4211", with: "\"times\":1"), text.replacing("\"times\":4211,", with: ""),
            text.replacing("\"first_at\":\"2026-11-21T10:07:12.000000Z\",", with: ""),
            text.replacing("\"first_at\":\"2026", with: "\"first_at\":\"2027"),
            text.replacing("\"actor\":\"person\"", with: "\"actor\":\"Ada\""),
        ]
        for damaged in wrong {
            #expect(damaged != text)
            #expect(AuditLeaf(parsing: Array(damaged.utf8)) == nil, "\(damaged)")
        }
    }

    private static let closed: [String: Set<String>] = [
        "action": Set(AuditEntry.Action.allCases.map(\.rawValue)),
        "actor": Set(AuditEntry.Actor.allCases.map(\.rawValue)),
        "method": Set(AuditEntry.Method.allCases.map(\.rawValue)), "mode": ["online", "offline"],
        "outcome": Set(
            ["done"] + Refusal.allCases.map { "refused:\($0.rawValue)" }
                + Problem.allCases.map { "failed:\($0.rawValue)" }),
        "types": Set(DataType.allCases.map(\.rawValue)),
    ]

    @Test("D2: every text in a leaf is an id, a time or a word of a closed list, whatever the entry")
    func nothingFree() throws {
        var dice = SeededDice("closed leaves")
        var entries = try Self.extremes()
        for _ in 0..<2_000 { entries.append(Self.random(using: &dice)) }
        let ids = [
            "id": "aud", "application": "app", "person": "n", "record": "n", "grant": "grt", "request": "req",
            "key": "key",
        ]
        for entry in entries {
            let leaf = try #require(AuditLeaf(entry))
            #expect(leaf.bytes.count <= AuditLeaf.longest)
            // A reader that knows nothing of ours.
            let read = try JSONSerialization.jsonObject(with: Data(leaf.bytes))
            for (name, value) in try #require(read as? [String: Any]) {
                let texts = (value as? [String]) ?? (value as? String).map { [$0] } ?? []
                let isCount = ["items", "times", "v"].contains(name)
                #expect(isCount == (value is NSNumber), "\(name)")
                for text in texts {
                    if let words = Self.closed[name] {
                        #expect(words.contains(text), "\(name): \(text)")
                    } else if let prefix = ids[name] {
                        #expect(text.wholeMatch(of: /([a-z]+)_[0-9a-z]{26}/).map { $0.output.1 == prefix } == true)
                    } else {
                        #expect(["at", "first_at", "last_at"].contains(name), "\(name) is not known here")
                        #expect(text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z/) != nil)
                    }
                }
            }
        }
    }

    @Test("D2: the longest entry there can be has less than 4 kB, and no entry a character that is not plain ASCII")
    func lengths() throws {
        var dice = SeededDice("leaf lengths")
        var entries = try Self.extremes()
        for _ in 0..<100 { entries.append(Self.random(using: &dice)) }
        for entry in entries {
            let leaf = try #require(AuditLeaf(entry))
            #expect(leaf.bytes.count <= AuditLeaf.longest && leaf.bytes.count <= 1_024)
            #expect(leaf.bytes.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }, "\(dice.note)")
            #expect(AuditLeaf(parsing: leaf.bytes) == leaf)
        }
    }

    @Test("Every entry reads back as it was, and two that differ have different leaves")
    func readingBack() throws {
        var dice = SeededDice("leaves")
        var seen: [MerkleHash: AuditEntry] = [:]
        for _ in 0..<1_000 {
            let entry = Self.random(using: &dice)
            let leaf = try #require(AuditLeaf(entry))
            #expect(leaf.entry == entry, "\(dice.note)")
            #expect(AuditLeaf(parsing: leaf.bytes) == leaf, "\(dice.note)")
            #expect(seen.updateValue(entry, forKey: leaf.hash).map { $0 == entry } ?? true)
        }
        for action in AuditEntry.Action.allCases {
            let entry = AuditEntry(
                id: AuditID(stored: "aud_\(Self.body)"), at: Scene.now, action: action, outcome: .done)
            let leaf = try #require(AuditLeaf(entry))
            #expect(AuditLeaf(parsing: leaf.bytes)?.entry == entry)
        }
    }

    @Test("D2: an id that is none gives no leaf: what is in a damaged row cannot get into the log")
    func damagedIDs() {
        for text in ["", "aud_", "per_\(Self.body)", "aud_\(Self.body)\"", "aud_\u{202e}", "Ada Lovelace", "aud_\n"] {
            let entry = AuditEntry(id: AuditID(stored: text), at: Scene.now, action: .read, outcome: .done)
            #expect(AuditLeaf(entry) == nil)
            let other = AuditEntry(
                id: AuditID(stored: "aud_\(Self.body)"), at: Scene.now, action: .read, outcome: .done,
                person: AuditName(stored: text))
            #expect(AuditLeaf(other) == nil)
        }
    }

    @Test("Bytes that are not to the letter what an entry gives are no leaf")
    func strictness() throws {
        var dice = SeededDice("leaf damage")
        let extreme = try #require(try Self.extremes().first)
        let leaf = try #require(AuditLeaf(extreme))
        let text = String(decoding: leaf.bytes, as: UTF8.self)
        let wrong: [String] = [
            "", "{}", "{", text + "\n", " " + text, text.replacing(",", with: ", "),
            text.replacing("\"v\":1", with: "\"v\":2"),
            text.replacing("\"v\":1", with: "\"v\":1.0"), text.replacing("\"v\":1", with: "\"v\":1,\"x\":1"),
            text.replacing("\"v\":1", with: "\"v\":1,\"v\":1"), text.replacing("done", with: "done:x"),
            text.replacing("done", with: "d\\u006fne"), text.replacing("\"items\":0", with: "\"items\":00"),
            text.replacing("\"items\":0", with: "\"items\":-1"), text.replacing("\"items\":0,", with: ""),
            text.replacing(".000000Z", with: "Z"), text.replacing("n_z", with: "n_Z"),
            text.replacing("\"types\":[\"active_energy\",", with: "\"types\":[\"active_energy\",\"active_energy\","),
        ]
        for text in wrong where text.utf8.elementsEqual(leaf.bytes) { Issue.record("the damage does nothing") }
        for text in wrong { #expect(AuditLeaf(parsing: Array(text.utf8)) == nil, "\(text)") }
        for _ in 0..<1_000 {
            var bytes = leaf.bytes
            bytes[dice.roll(0...bytes.count - 1)] = UInt8(dice.roll(0...255))
            if let found = AuditLeaf(parsing: bytes) { #expect(found.bytes == bytes, "\(dice.note)") }
            _ = AuditLeaf(parsing: Array(bytes[..<dice.roll(0...bytes.count)]))
        }
    }
}
