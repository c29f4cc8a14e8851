// Hides how a folder says which entries of a log it must hold (C2SP tlog-tiles, Pruning): all, those from a minimum index on, or those
// of one month. What it must not hold may be missing; the tree above it may not.

public enum LogPart: Hashable, Sendable {
    case whole
    /// What lies before that index was pruned.
    case from(Int)
    /// An archive: the entries of that month are those with these indexes.
    case month(TrailMonth, Range<Int>)

    /// In a copy of a log that was pruned, and at the log itself.
    public static let minimumFile = "minimum"
    /// In an archive.
    public static let archiveFile = "archive"
    /// Bytes of the longest of both.
    public static let longest = 256
    private static let format = "licet-archive v1"

    /// The indexes whose whole bundles an archive of these entries has, in a log of that size: bundles are not cut.
    public static func covered(by entries: Range<Int>, in size: Int) -> Range<Int> {
        let width = LogTile.fullWidth
        let end = min((entries.upperBound + width - 1) / width * width, size)
        return entries.lowerBound / width * width..<max(end, entries.lowerBound / width * width)
    }

    /// Whether the folder must hold the entries of this tile of level 0.
    public func mustHold(_ tile: LogTile) -> Bool {
        let start = tile.index * LogTile.fullWidth
        return switch self {
        case .whole: true
        // Only what lies wholly before it may be missing.
        case .from(let minimum): start + LogTile.fullWidth > minimum
        case .month(_, let entries): entries.overlaps(start..<start + tile.width)
        }
    }

    /// What the folder's file says; nil for a whole log, which has none.
    public var text: String? {
        switch self {
        case .whole: nil
        case .from(let minimum): "\(minimum)\n"
        case .month(let month, let entries):
            "\(Self.format)\nmonth \(month)\nfirst \(entries.lowerBound)\nend \(entries.upperBound)\n"
        }
    }

    /// Reads what `text` writes for a minimum index; nil for anything else.
    public init?(minimum text: String) {
        guard let line = text.utf8.last == UInt8(ascii: "\n") ? text.dropLast() : nil,
            let minimum = DecimalText.read(line),
            minimum <= LogTile.mostEntries
        else { return nil }
        self = .from(minimum)
    }

    /// Reads what `text` writes for an archive; nil for anything else.
    public init?(archive text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, lines[0] == Self.format, lines[4].isEmpty,
            let month = Self.value("month ", lines[1]).flatMap({ TrailMonth($0) }),
            let first = Self.value("first ", lines[2]).flatMap({ DecimalText.read($0) }),
            let end = Self.value("end ", lines[3]).flatMap({ DecimalText.read($0) }), first < end,
            end <= LogTile.mostEntries
        else { return nil }
        self = .month(month, first..<end)
    }

    private static func value(_ word: String, _ line: Substring) -> Substring? {
        line.hasPrefix(word) ? line.dropFirst(word.count) : nil
    }
}
