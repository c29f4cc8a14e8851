// The files of a log: where they lie, which are new, and what is in them when entries are appended (C2SP tlog-tiles).

import Domain
import TestKit
import Testing

struct LogTileTests {
    @Test(
        "tlog-tiles: a tile's path is as the format says, and reads back as the tile",
        arguments: [
            (LogTile.Kind.hashes(level: 0), 0, 256, "tile/0/000"), (.hashes(level: 0), 0, 1, "tile/0/000.p/1"),
            (.hashes(level: 1), 999, 256, "tile/1/999"), (.hashes(level: 0), 1_000, 255, "tile/0/x001/000.p/255"),
            (.hashes(level: 63), 1_234_067, 256, "tile/63/x001/x234/067"),
            (.entries, 273, 112, "tile/entries/273.p/112"),
            (.entries, 1_000_000, 256, "tile/entries/x001/x000/000"),
        ])
    func paths(kind: LogTile.Kind, index: Int, width: Int, path: String) throws {
        let tile = try #require(LogTile(kind, index: index, width: width))
        #expect(tile.path == path && tile.description == path)
        #expect(LogTile(path: path) == tile)
        #expect(tile.full.path == path.prefix { $0 != "." })
    }

    @Test(
        "A path that is spelled in another way is none",
        arguments: [
            "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/-1/000",
            "tile/+1/000", "tile/64/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256",
            "tile/0/000.p/01", "tile/0/000.p/1/", "tile/0/x000/000", "tile/0/001/000", "tile/0/x001", "tile/0/X001/000",
            "/tile/0/000", "tile/0/000/", "tile//0/000", "tile/0/../000", "Tile/0/000", "tile/entry/000",
            "tile/data/000", "tile/0/٠٠٠", "tile/0/00a", "tile/0/000 ", "tile/0/x000.p/1", "tile/0/000.p/1.p/1",
            "tile/0/x999/x999/x999/x999/x999/x999/999/", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/.p/1",
            "tile/0/.p/1", ".p/1", "tile/0/x.p/1",
        ])
    func badPaths(path: String) {
        #expect(LogTile(path: path) == nil)
    }

    @Test("A tile that cannot be is none")
    func noTile() {
        #expect(LogTile(.entries, index: -1) == nil && LogTile(.entries, index: 0, width: 0) == nil)
        #expect(LogTile(.entries, index: 0, width: 257) == nil && LogTile(.hashes(level: -1), index: 0) == nil)
        #expect(LogTile(.hashes(level: 64), index: 0) == nil)
        for index in [-1, 1, Int.max] { #expect(LogTile(.entries, index: index, in: 256) == nil) }
        #expect(LogTile(.hashes(level: 8), index: 0, in: LogTile.mostEntries) == nil)
        #expect(LogTile(.entries, index: 0, in: .max) == nil)
        #expect(LogTile(.hashes(level: 7), index: 0, in: LogTile.mostEntries)?.width == 1)
    }

    @Test("tlog-tiles: a tree of 70,000 has the tiles that the format counts")
    func theFormatsExample() {
        var widths: [String: [Int]] = [:]
        for tile in LogTile.grown(from: 0, to: 70_000) {
            widths[tile.path.split(separator: "/")[1].description, default: []].append(tile.width)
        }
        #expect(widths["0"] == Array(repeating: 256, count: 273) + [112] && widths["0"] == widths["entries"])
        #expect(widths["1"] == [256, 17] && widths["2"] == [1] && widths.count == 4)
        #expect(LogTile.grown(from: 0, to: 256).map(\.path) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"])
    }

    /// Every tile of a tree of that size, by the definition.
    static func tiles(of size: Int) -> Set<LogTile> {
        var tiles: Set<LogTile> = []
        for kind in (0..<4).map(LogTile.Kind.hashes) + [.entries] {
            var count = size
            if case .hashes(let level) = kind { for _ in 0..<level { count /= 256 } }
            for index in 0..<(count + 255) / 256 {
                if let tile = LogTile(kind, index: index, width: min(256, count - 256 * index)) { tiles.insert(tile) }
            }
        }
        return tiles
    }

    @Test("What is new or wider between two sizes is what the one tree has and the other has not")
    func grown() {
        var dice = SeededDice("grown tiles")
        var sizes = [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 131_072]
        for _ in 0..<60 { sizes.append(dice.roll(0...(dice.flip() ? 1_000 : 140_000))) }
        for old in sizes {
            let new = dice.flip() ? old + dice.roll(0...600) : dice.pick(sizes)
            let found = LogTile.grown(from: old, to: new)
            #expect(Set(found).count == found.count)
            let expected = new > old ? Self.tiles(of: new).subtracting(Self.tiles(of: old)) : []
            #expect(Set(found) == expected, "\(old) to \(new), \(dice.note)")
            #expect(Self.tiles(of: new).allSatisfy { LogTile($0.kind, index: $0.index, in: new) == $0 })
        }
        for odd in [(-1, 5), (5, 5), (6, 5), (0, Int.max)] { #expect(LogTile.grown(from: odd.0, to: odd.1).isEmpty) }
    }

    @Test("Bundles hold what was put in, and one that is cut or too full is none")
    func bundles() {
        var dice = SeededDice("bundles")
        var bundle: [UInt8] = []
        var entries: [[UInt8]] = [[], [UInt8](repeating: 7, count: 65_535)]
        for _ in 2..<256 { entries.append([UInt8](repeating: 1, count: dice.roll(0...300))) }
        for entry in entries {
            let isTaken = EntryBundle.append(entry, to: &bundle)
            #expect(isTaken)
        }
        #expect(EntryBundle.entries(in: bundle)?.map { Array(bundle[$0]) } == entries)
        let before = bundle
        let isTooLong = !EntryBundle.append([UInt8](repeating: 7, count: 65_536), to: &bundle)
        #expect(isTooLong && bundle == before)
        #expect(EntryBundle.entries(in: bundle + [0, 0]) == nil, "257 entries")
        for cut in [1, 2, 3, 100] {
            #expect(EntryBundle.entries(in: Array(bundle.dropLast(cut)))?.count != 256)
        }
        #expect(EntryBundle.entries(in: [0]) == nil && EntryBundle.entries(in: [0, 1]) == nil)
        #expect(EntryBundle.entries(in: []) == [])
    }

    @Test("A log that grows batch by batch writes just the files that are new, with what the plain tree has in them")
    func growth() throws {
        var dice = SeededDice("growth")
        let total = 66_000
        let plain = PlainTree.counted(total)
        var disk: [LogTile: [UInt8]] = [:]
        var range = MerkleRange()
        while range.size < total {
            let most = total - range.size
            let count = min(most, dice.pick([1, 2, 100, 255, 256, 257, 700, 30_000, most]))
            let entries = (range.size..<range.size + count).map { Array("entry \($0)".utf8) }
            let appended = LogGrowth.appending(entries, to: range) { disk[$0] }
            let growth = try #require(appended)
            let written = growth.files.map(\.tile)
            #expect(Set(written) == Set(LogTile.grown(from: range.size, to: range.size + count)), "\(dice.note)")
            #expect(Set(written).count == written.count)
            for file in growth.files { disk[file.tile] = file.bytes }
            range = growth.range
            #expect(range.root == plain.root(0..<range.size), "\(dice.note)")
        }
        for tile in Self.tiles(of: total) {
            let bytes = try #require(disk[tile], "\(tile)")
            if let hashes = plain.tile(tile) {
                #expect(bytes == MerkleHash.bytes(of: hashes), "\(tile), \(dice.note)")
            } else {
                let found = try #require(EntryBundle.entries(in: bytes))
                let expected = (tile.index * 256..<tile.index * 256 + tile.width).map { Array("entry \($0)".utf8) }
                #expect(found.map { Array(bytes[$0]) } == expected, "\(tile), \(dice.note)")
            }
        }
    }

    @Test("A log does not grow from a tile that is missing or short, nor by an entry that is too long")
    func noGrowth() {
        var range = MerkleRange()
        for leaf in PlainTree.counted(300).leaves { range.append(leaf) }
        func grown(_ entries: [[UInt8]], _ range: MerkleRange, _ tile: [UInt8]?) -> LogGrowth? {
            LogGrowth.appending(entries, to: range) { _ in tile }
        }
        #expect(grown([[1]], range, nil) == nil && grown([[1]], range, [0, 0]) == nil)
        #expect(grown([[UInt8](repeating: 0, count: 65_536)], MerkleRange(), nil) == nil)
        #expect(grown([], MerkleRange(), nil)?.files == [])
    }
}
