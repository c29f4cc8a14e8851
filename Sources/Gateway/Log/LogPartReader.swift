// Hides what a folder has of the lowest level of a log: entries with their hashes where it must hold them, hashes alone or only the
// root of a tile where it need not. Whatever it takes on trust here has to fit into the root that was signed.

import Domain

extension LogPart {
    /// What the folder says that it is. Nothing is said of a whole log.
    static func of(_ directory: LogDirectory) throws(LogFault) -> LogPart {
        for (file, read) in [(archiveFile, LogPart.init(archive:)), (minimumFile, LogPart.init(minimum:))]
        where directory.has(file) {
            guard let part = read(try directory.readText(file)) else { throw .notAPart(file: file) }
            return part
        }
        return .whole
    }
}

/// Reads the tiles of level 0 in order, once each.
struct LogPartReader {
    /// One tile: its hashes, or nothing but what the tile above has of it.
    enum Hashes {
        case known([MerkleHash])
        case root(MerkleHash)

        var isKnown: Bool {
            if case .known = self { return true }
            return false
        }

        /// Empty where they are not known.
        var all: [MerkleHash] {
            if case .known(let hashes) = self { return hashes }
            return []
        }

        var root: MerkleHash {
            switch self {
            case .known(let hashes): MerkleRange.root(of: hashes[...])
            case .root(let root): root
            }
        }
    }

    let part: LogPart
    private(set) var unseen = 0
    private let directory: LogDirectory
    private let size: Int
    private let chain: LogKeyChain
    /// The last one that was asked: 256 tiles in a row have theirs in it.
    private var above: (tile: LogTile, hashes: [MerkleHash])?
    /// The highest minimum index that an entry of the log tells of.
    private var announced = 0

    init(_ directory: LogDirectory, size: Int, _ chain: LogKeyChain) throws(LogFault) {
        self.directory = directory
        self.size = size
        self.chain = chain
        part = try LogPart.of(directory)
        switch part {
        case .whole: break
        case .from(let minimum): if minimum > size { throw .notAPart(file: LogPart.minimumFile) }
        case .month(_, let entries): if entries.upperBound > size { throw .notAPart(file: LogPart.archiveFile) }
        }
    }

    mutating func read(_ tile: LogTile) throws(LogFault) -> Hashes {
        guard let bundle = LogTile(.entries, index: tile.index, width: tile.width) else { throw .wrongLength(tile) }
        if part.mustHold(tile) || directory.has(bundle) { return .known(try hashes(of: tile, bundle)) }
        unseen += tile.width
        // A tile that is not full stands in none above.
        if directory.has(tile) || !tile.isFull { return .known(try directory.readHashes(tile)) }
        let place = tile.index / LogTile.fullWidth
        guard let upper = LogTile(.hashes(level: 1), index: place, in: size) else { throw .wrongLength(tile) }
        if above?.tile != upper { above = (upper, try directory.readHashes(upper)) }
        guard let root = above?.hashes[tile.index % LogTile.fullWidth] else { throw .wrongLength(upper) }
        return .root(root)
    }

    /// The end of the log was reached: what is missing must have been announced in it.
    func finish() throws(LogFault) {
        if case .from(let minimum) = part, unseen > 0, announced < minimum { throw .unannounced(minimum: minimum) }
    }

    /// The hashes of a tile's entries, made of the entries and found equal to the tile.
    private mutating func hashes(of tile: LogTile, _ bundle: LogTile) throws(LogFault) -> [MerkleHash] {
        let (bytes, entries) = try directory.readEntries(bundle)
        let stated = try directory.readHashes(tile)
        let wrong = bytes.withUnsafeBytes { raw in
            zip(entries, stated).enumerated().first { _, pair in
                MerkleHash.leaf(of: UnsafeRawBufferPointer(rebasing: raw[pair.0])) != pair.1
            }?.offset
        }
        if let wrong { throw .wrongEntry(tile.index * LogTile.fullWidth + wrong, tile) }
        for (place, entry) in entries.enumerated() where LogRotation.key(namedBy: bytes[entry]) != nil {
            let index = tile.index * LogTile.fullWidth + place
            guard chain.accountsFor(index) else { throw .noHandover(entry: index) }
        }
        if case .from = part {
            for entry in entries where bytes[entry].starts(with: Self.pruning) {
                announced = max(announced, AuditLeaf(parsing: Array(bytes[entry]))?.entry.items ?? 0)
            }
        }
        return stated
    }

    /// How the leaf of an entry begins that tells of pruning: members stand in the order of their names.
    private static let pruning = Array("{\"action\":\"\(AuditEntry.Action.trailPruned.rawValue)\"".utf8)
}
