// Makes zip archives byte by byte, good ones and bad ones, so that no test needs a tool or a file.

import Testing

struct ZipMaker {
    struct Entry {
        var name: String
        var packed: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var unpackedBytes: Int
        var checksum: UInt32
    }

    /// Added to what the end of the directory says of the number of entries.
    var claimedEntries: UInt16?
    private var entries: [Entry] = []

    static func stored(_ files: [(String, String)]) -> [UInt8] {
        var maker = ZipMaker()
        for (name, text) in files { maker.add(name, Array(text.utf8)) }
        return maker.bytes
    }

    mutating func add(_ name: String, _ bytes: [UInt8], method: UInt16 = 0, flags: UInt16 = 0) {
        add(
            Entry(
                name: name, packed: bytes, method: method, flags: flags, unpackedBytes: bytes.count,
                checksum: crc32(bytes)))
    }

    mutating func add(_ entry: Entry) { entries.append(entry) }

    var bytes: [UInt8] {
        var out: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let place = out.count
            var facts: [UInt8] = []
            facts.put(20, bytes: 2)
            facts.put(entry.flags, bytes: 2)
            facts.put(entry.method, bytes: 2)
            facts.put(0, bytes: 4)
            facts.put(entry.checksum, bytes: 4)
            facts.put(entry.packed.count, bytes: 4)
            facts.put(entry.unpackedBytes, bytes: 4)
            facts.put(entry.name.utf8.count, bytes: 2)
            facts.put(0, bytes: 2)
            out += [0x50, 0x4B, 3, 4] + facts + Array(entry.name.utf8) + entry.packed
            directory += [0x50, 0x4B, 1, 2, 20, 0] + facts
            directory.put(0, bytes: 10)
            directory.put(place, bytes: 4)
            directory += Array(entry.name.utf8)
        }
        let place = out.count
        out += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        out.put(Int(claimedEntries ?? UInt16(entries.count)), bytes: 2)
        out.put(Int(claimedEntries ?? UInt16(entries.count)), bytes: 2)
        out.put(directory.count, bytes: 4)
        out.put(place, bytes: 4)
        out.put(0, bytes: 2)
        return out
    }

    /// A deflate stream that unpacks to `HealthData` with one long element over and over: 344 bytes for each of its own.
    static func bomb(unpackedBytes: Int) -> [UInt8] {
        let start = Array("<HealthData>".utf8) + Array("<".utf8) + Array(repeating: 0x61, count: 61) + Array("/>".utf8)
        var bits = BitWriter()
        // First a stored block with the 64 bytes that will be repeated.
        bits.put(0, count: 3)
        bits.align()
        bits.put(start.count, count: 16)
        bits.put(~start.count & 0xFFFF, count: 16)
        for byte in start { bits.put(Int(byte), count: 8) }
        // Then one block with its own code: 256 (the end) and 285 (258 bytes again) take one bit each, and so does the
        // one distance, 49–64. RFC 1951 §3.2.7.
        bits.put(0b101, count: 3)
        bits.put(29, count: 5)
        bits.put(11, count: 5)
        bits.put(14, count: 4)
        // Lengths in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: 18 has one bit, 0 and 1 have two.
        for length in [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] { bits.put(length, count: 3) }
        let zeros = { (bits: inout BitWriter, count: Int) in
            bits.put(0, count: 1)
            bits.put(count - 11, count: 7)
        }
        zeros(&bits, 138)
        zeros(&bits, 118)
        bits.put(0b11, count: 2)
        zeros(&bits, 28)
        bits.put(0b11, count: 2)
        zeros(&bits, 11)
        bits.put(0b11, count: 2)
        for _ in 0..<(unpackedBytes / 258) {
            bits.put(1, count: 1)
            bits.put(0, count: 1)
            bits.put(15, count: 4)
        }
        bits.put(0, count: 1)
        bits.align()
        return bits.bytes
    }
}

private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var held = 0
    private var count = 0

    mutating func put(_ bits: Int, count added: Int) {
        held |= bits << count
        count += added
        while count >= 8 {
            bytes.append(UInt8(held & 0xFF))
            held >>= 8
            count -= 8
        }
    }

    mutating func align() { if count > 0 { put(0, count: 8 - count) } }
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
}

extension [UInt8] {
    fileprivate mutating func put(_ number: some BinaryInteger, bytes count: Int) {
        for index in 0..<count { append(UInt8(truncatingIfNeeded: UInt64(number) >> UInt64(8 * index))) }
    }
}
