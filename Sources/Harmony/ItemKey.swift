// Hides how an item gets its id: from what the reading says and a key, so that the same reading has the same id at
// every import, and the id tells nothing to who lacks the key.

public import Domain

/// The secret that item ids are made with: 16 bytes from the dice, one for each store of items.
public struct ItemKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    let low: UInt64
    let high: UInt64

    /// 16 bytes. Missing ones count as zero, further ones are ignored.
    public init(_ bytes: [UInt8]) {
        var halves: (UInt64, UInt64) = (0, 0)
        for (place, byte) in bytes.prefix(16).enumerated() {
            if place < 8 {
                halves.0 |= UInt64(byte) << (8 * UInt64(place))
            } else {
                halves.1 |= UInt64(byte) << (8 * UInt64(place - 8))
            }
        }
        (low, high) = halves
    }

    /// Never the key.
    public var description: String { "ItemKey" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension ItemKey {
    /// The offset of the times is left out: Apple writes the zone of the phone that exports, not of the reading.
    func id(of reading: Reading, from maker: Maker) -> ItemID {
        var hash = SipHash(key: self)
        hash.absorb(maker.digest.first)
        hash.absorb(maker.digest.last)
        hash.absorb(reading.kind)
        hash.absorb(UInt64(bitPattern: reading.start.instant.microseconds))
        hash.absorb(UInt64(bitPattern: reading.end.instant.microseconds))
        switch reading.value {
        case .quantity(let text, let unit):
            hash.absorb(1 as UInt8)
            hash.absorb(text)
            hash.absorb(unit)
        case .code(let code):
            hash.absorb(2 as UInt8)
            hash.absorb(code)
        case .pair(let systolic, let diastolic, let unit):
            hash.absorb(3 as UInt8)
            hash.absorb(systolic)
            hash.absorb(diastolic)
            hash.absorb(unit)
        case .workout(let workout):
            hash.absorb(4 as UInt8)
            hash.absorb(workout.activity)
            for amount in [workout.duration, workout.distance, workout.energy] {
                hash.absorb((amount == nil ? 0 : 1) as UInt8)
                hash.absorb(amount?.text ?? "")
                hash.absorb(amount?.unit ?? "")
            }
        }
        let digest = hash.finished()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        append(digest.first, to: &bytes)
        append(digest.last, to: &bytes)
        return ItemID(bytes: bytes)
    }

    private func append(_ word: UInt64, to bytes: inout [UInt8]) {
        var rest = word
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}

extension ItemKey {
    /// The id under which one recipient knows an item: two recipients with keys of their own cannot match theirs.
    public func id(for id: ItemID) -> ItemID {
        var hash = SipHash(key: self)
        hash.absorb(id.text)
        let digest = hash.finished()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        append(digest.first, to: &bytes)
        append(digest.last, to: &bytes)
        return ItemID(bytes: bytes)
    }
}
