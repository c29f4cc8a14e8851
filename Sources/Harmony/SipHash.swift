// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein), fed piece by piece. Fast, and without the key nobody
// can try values until an id fits.

struct SipHash: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var tail: UInt64 = 0
    private var count: UInt64 = 0

    init(key: ItemKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    mutating func absorb(_ byte: UInt8) {
        tail |= UInt64(byte) << (8 * (count & 7))
        count += 1
        if count & 7 == 0 {
            compress(tail)
            tail = 0
        }
    }

    /// Eight bytes, the lowest first.
    mutating func absorb(_ word: UInt64) {
        let held = 8 * (count & 7)
        count += 8
        compress(tail | word << held)
        tail = held == 0 ? 0 : word >> (64 - held)
    }

    /// The length goes first, so that two texts side by side cannot be read as two others.
    mutating func absorb(_ text: String) {
        absorb(UInt64(text.utf8.count))
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            for byte in bytes { absorb(byte) }
        }
        if isDone == nil { for byte in text.utf8 { absorb(byte) } }
    }

    /// The digest's first and last eight bytes, each with the lowest byte first.
    func finished() -> (first: UInt64, last: UInt64) {
        var state = self
        state.compress(tail | count << 56)
        state.v2 ^= 0xee
        for _ in 0..<4 { state.mix() }
        let first = state.v0 ^ state.v1 ^ state.v2 ^ state.v3
        state.v1 ^= 0xdd
        for _ in 0..<4 { state.mix() }
        return (first, state.v0 ^ state.v1 ^ state.v2 ^ state.v3)
    }

    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        mix()
        mix()
        v0 ^= word
    }

    private mutating func mix() {
        v0 &+= v1
        v1 = v1.rotated(by: 13) ^ v0
        v0 = v0.rotated(by: 32)
        v2 &+= v3
        v3 = v3.rotated(by: 16) ^ v2
        v0 &+= v3
        v3 = v3.rotated(by: 21) ^ v0
        v2 &+= v1
        v1 = v1.rotated(by: 17) ^ v2
        v2 = v2.rotated(by: 32)
    }
}

extension UInt64 {
    fileprivate func rotated(by bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}
