// Hides how a log is cut into files (C2SP tlog-tiles): 256 hashes of one level, or 256 entries, under a path that never
// clashes with another. Reading is strict: a tile has one spelling.

/// One file of a log.
public struct LogTile: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// Level 0 holds hashes of entries; each hash of the level above stands for a full tile of this one.
        case hashes(level: Int)
        case entries
    }

    public let kind: Kind
    /// Its place in its level, from 0.
    public let index: Int
    /// How many hashes or entries: 1 to 256.
    public let width: Int

    /// Of a full tile.
    public static let fullWidth = 256
    /// No log is longer: 256^7, so that a tree has at most eight levels.
    public static let mostEntries = 1 << 56
    /// The longest path that is read.
    private static let longestPath = 64

    /// Nil when there is no such tile.
    public init?(_ kind: Kind, index: Int, width: Int = fullWidth) {
        guard index >= 0, (1...Self.fullWidth).contains(width) else { return nil }
        if case .hashes(let level) = kind, !(0...63).contains(level) { return nil }
        self.init(checked: kind, index: index, width: width)
    }

    private init(checked kind: Kind, index: Int, width: Int) {
        self.kind = kind
        self.index = index
        self.width = width
    }

    /// As wide as a tree of that size has it; nil when that tree has none.
    public init?(_ kind: Kind, index: Int, in size: Int) {
        guard index >= 0, (0...Self.mostEntries).contains(size) else { return nil }
        let count = Self.count(kind, in: size)
        guard index <= count / Self.fullWidth, count > index * Self.fullWidth else { return nil }
        self.init(kind, index: index, width: min(Self.fullWidth, count - index * Self.fullWidth))
    }

    /// Hashes of a level, or entries, in a tree of that size.
    private static func count(_ kind: Kind, in size: Int) -> Int {
        switch kind {
        case .entries: size
        case .hashes(let level): level < 8 ? size >> (8 * level) : 0
        }
    }

    /// The same place when it is full. A log may drop a partial tile once this one is there.
    public var full: LogTile { LogTile(checked: kind, index: index, width: Self.fullWidth) }

    public var isFull: Bool { width == Self.fullWidth }

    /// Every file that a log has to write when it grows from one size to another: hashes from level 0 up, then entries.
    public static func grown(from old: Int, to new: Int) -> [LogTile] {
        guard old >= 0, old < new, new <= mostEntries else { return [] }
        var tiles: [LogTile] = []
        for kind in (0..<8).map(Kind.hashes) + [.entries] {
            let before = count(kind, in: old)
            let after = count(kind, in: new)
            guard before < after else { continue }
            for index in before / fullWidth...(after - 1) / fullWidth {
                let width = min(fullWidth, after - index * fullWidth)
                tiles.append(LogTile(checked: kind, index: index, width: width))
            }
        }
        return tiles
    }

    /// `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`; N in groups of three digits, all but the last after an x.
    public var path: String {
        var groups = [Self.threeDigits(index % 1_000)]
        var rest = index / 1_000
        while rest > 0 {
            groups.append("x" + Self.threeDigits(rest % 1_000))
            rest /= 1_000
        }
        let folder: String =
            switch kind {
            case .hashes(let level): "\(level)"
            case .entries: "entries"
            }
        let place = groups.reversed().joined(separator: "/")
        return isFull ? "tile/\(folder)/\(place)" : "tile/\(folder)/\(place).p/\(width)"
    }

    public var description: String { path }

    /// Nil unless it is what `path` writes for some tile.
    public init?(path: String) {
        guard path.utf8.count <= Self.longestPath else { return nil }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "tile", let folder = parts.popFirst(), var last = parts.popLast() else { return nil }
        var width = Self.fullWidth
        if let place = parts.last, place.hasSuffix(".p") {
            guard let given = DecimalText.read(last) else { return nil }
            width = given
            last = place.dropLast(2)
            parts.removeLast()
        }
        var index = 0
        for group in parts.map({ $0.dropFirst() }) + [last] {
            guard group.utf8.count == 3, let digits = DecimalText.digits(group) else { return nil }
            let (product, isTooMuch) = index.multipliedReportingOverflow(by: 1_000)
            let (sum, isTooMuchYet) = product.addingReportingOverflow(digits)
            guard !isTooMuch, !isTooMuchYet else { return nil }
            index = sum
        }
        let kind: Kind
        if folder == "entries" {
            kind = .entries
        } else {
            guard let level = DecimalText.read(folder) else { return nil }
            kind = .hashes(level: level)
        }
        self.init(kind, index: index, width: width)
        guard self.path == path else { return nil }
    }

    private static func threeDigits(_ number: Int) -> String {
        String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0) + "\(number)"
    }
}

/// Numbers in the formats of a log: digits alone, no sign, no zero before another digit.
enum DecimalText {
    static func read(_ text: some StringProtocol) -> Int? {
        guard text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0") else { return nil }
        return digits(text)
    }

    static func digits(_ text: some StringProtocol) -> Int? {
        let zeroToNine = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy(zeroToNine.contains) else { return nil }
        return Int(text)
    }
}
