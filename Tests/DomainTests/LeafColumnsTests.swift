// The words beside an entry in the log's table say what its bytes say.

import Domain
import Testing

@Suite("The words by which an entry is looked for") struct LeafColumnsTests {
    private static func bytes(_ count: UInt8) -> [UInt8] { [UInt8](repeating: count, count: 16) }

    private static let full = AuditEntry(
        id: AuditID(bytes: bytes(1)), at: Moment(microseconds: 1_795_255_200_123_456), action: .read,
        outcome: .refused(.notCovered), application: ApplicationID(bytes: bytes(2)),
        person: AuditName(bytes: bytes(3)), record: AuditName(bytes: bytes(4)), grant: GrantID(bytes: bytes(5)),
        mode: .online, types: [.heartRate, .steps], items: 12, request: RequestID(bytes: bytes(6)))

    @Test("D1: they are the entry's own, and absent where it has none")
    func agree() throws {
        for action in AuditEntry.Action.allCases {
            let bare = AuditEntry(
                id: AuditID(bytes: Self.bytes(7)), at: Moment(microseconds: -62_135_596_800_000_000 + 1),
                action: action,
                outcome: .done)
            for entry in [Self.full, bare] {
                let leaf = try #require(AuditLeaf(entry))
                let columns = try #require(LeafColumns(leaf.bytes))
                #expect(columns.id == entry.id.text && columns.at == entry.at)
                #expect(columns.action == entry.action.rawValue && columns.outcome == entry.outcome.text)
                #expect(columns.application == entry.application?.text && columns.grant == entry.grant?.text)
                #expect(columns.person == entry.person?.text && columns.record == entry.record?.text)
            }
        }
    }

    @Test("D2: what has not the form of an entry gives none, wherever it is cut off")
    func refuses() throws {
        let leaf = try #require(AuditLeaf(Self.full)).bytes
        for end in 0..<leaf.count { #expect(LeafColumns(Array(leaf[..<end])) == nil, "\(end)") }
        #expect(LeafColumns(leaf + [UInt8(ascii: " ")]) == nil)
        for other in ["{}", "[]", "null", "{\"id\":\"x\"}", "{\"id\":{}}", "{\"id\":\"x\",}"] {
            #expect(LeafColumns(Array(other.utf8)) == nil, "\(other)")
        }
    }

    @Test("RFC 6962 §2.1: the tiles that are not full tell the whole tree, and not another one")
    func tilesTell() throws {
        for size in [0, 1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_793, 70_000] {
            let leaves = (0..<size).map { MerkleHash.leaf(of: "\($0)".utf8) }
            let growth = try #require(LogGrowth.appending(hashes: leaves, to: MerkleRange(), reading: { _ in nil }))
            var tiles: [LogTile: [MerkleHash]] = [:]
            for file in growth.files { tiles[file.tile] = MerkleHash.list(file.bytes) }
            #expect(MerkleRange.told(by: { tiles[$0] }, size: size) == growth.range, "\(size)")
            guard size % 256 > 0 else { continue }
            #expect(MerkleRange.told(by: { tiles[$0]?.dropLast() }, size: size) == nil)
            #expect(MerkleRange.told(by: { tiles[$0]?.reversed() }, size: size) != growth.range || size % 256 == 1)
        }
    }
}
