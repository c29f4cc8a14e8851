// Hides that the same few texts come a million times: one string is made for each and handed out again. Its size is
// bounded; a text that falls on a taken place takes that place over.

struct TextCache {
    private var hashes: [UInt64]
    private var texts: [String]
    private let mask: Int

    /// `places` is a power of two.
    init(places: Int) {
        hashes = Array(repeating: 0, count: places)
        texts = Array(repeating: "", count: places)
        mask = places - 1
    }

    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let hash = Self.hash(bytes)
        let place = Int(truncatingIfNeeded: hash) & mask
        // The hash alone is not believed: a file could be made to collide.
        if hashes[place] == hash, Self.isSame(texts[place], bytes) { return texts[place] }
        let text = String(decoding: bytes, as: UTF8.self)
        hashes[place] = hash
        texts[place] = text
        return text
    }

    private static func isSame(_ text: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.utf8.count == bytes.count else { return false }
        return text.utf8.withContiguousStorageIfAvailable { isSame($0, bytes) } ?? text.utf8.elementsEqual(bytes)
    }

    static func isSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        let one = UnsafeRawBufferPointer(left)
        let other = UnsafeRawBufferPointer(right)
        var at = 0
        while at + 8 <= one.count {
            if one.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                != other.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            {
                return false
            }
            at += 8
        }
        while at < one.count {
            if one[at] != other[at] { return false }
            at += 1
        }
        return true
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(raw.count)
        var at = 0
        while at + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            at += 8
        }
        while at < raw.count {
            hash = (hash ^ UInt64(raw[at])) &* 0xC4CE_B9FE_1A85_EC53
            at += 1
        }
        return hash ^ hash >> 29
    }
}
