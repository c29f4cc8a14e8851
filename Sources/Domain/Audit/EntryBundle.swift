// Hides how the entries of a log lie in a file (C2SP tlog-tiles): each behind its length, two bytes, the high one first.

public enum EntryBundle {
    /// Bytes in the longest entry.
    public static let longestEntry = 65_535
    /// Bytes in the longest bundle.
    public static let longest = LogTile.fullWidth * (2 + longestEntry)

    /// False, and nothing is appended, when the entry is too long.
    public static func append(_ entry: some Collection<UInt8>, to bundle: inout [UInt8]) -> Bool {
        let count = entry.count
        guard count <= longestEntry else { return false }
        bundle.append(UInt8(truncatingIfNeeded: count >> 8))
        bundle.append(UInt8(truncatingIfNeeded: count))
        bundle.append(contentsOf: entry)
        return true
    }

    /// Where each entry lies. Nil when the last is cut off, or there are more than 256.
    public static func entries(in bundle: [UInt8]) -> [Range<Int>]? {
        var found: [Range<Int>] = []
        found.reserveCapacity(LogTile.fullWidth)
        var start = 0
        while start < bundle.count {
            guard bundle.count - start >= 2, found.count < LogTile.fullWidth else { return nil }
            let end = start + 2 + Int(bundle[start]) << 8 + Int(bundle[start + 1])
            guard end <= bundle.count else { return nil }
            found.append(start + 2..<end)
            start = end
        }
        return found
    }
}
