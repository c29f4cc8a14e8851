// Gathers rendered items into parcels, one open parcel for each data type of one recipient, and for each range of its days.
// Memory is bounded by their number. Each application knows an item by an id of its own (F8): two of them cannot match a person by their items.

import Domain
import Harmony

/// A full parcel's content before it is sealed: a JSON array of items of one type.
struct Packed: Sendable {
    let type: DataType
    let count: Int
    let json: [UInt8]
    let recipient: Recipient
    let isPushed: Bool
    /// The local days that the first and the last of the items begin on.
    let days: ClosedRange<Int>
}

struct Packing {
    /// Items in a parcel at most: about 18 kB, which webhook receivers take gladly.
    static let capacity = 64

    private struct Open {
        var json: [UInt8] = [UInt8(ascii: "[")]
        var count = 0
        var days: ClosedRange<Int>
    }

    /// Which parcel an item belongs into. A parcel never reaches over days between two ranges: it would lie inside neither. Nor
    /// does it mix days that different modes may read.
    struct Slot: Hashable {
        let type: DataType
        fileprivate let part: Int
        fileprivate let range: Int
    }
    private let recipient: Recipient
    // No type has a limit in any mode that reads it.
    private let isFree: Bool
    private var open: [Slot: Open] = [:]

    init(for recipient: Recipient) {
        self.recipient = recipient
        isFree = recipient.parts.values.allSatisfy { $0.count == 1 && $0.allSatisfy(\.days.isAlways) }
    }

    /// Nil when the recipient does not get the item: neither its type nor its day may be missing from what was agreed to.
    func slot(for item: Item) -> Slot? {
        guard recipient.types.contains(item.type) else { return nil }
        if isFree { return Slot(type: item.type, part: 0, range: 0) }
        let day = item.start.localDay
        for (number, part) in (recipient.parts[item.type] ?? []).enumerated() {
            if let range = part.days.place(of: day) { return Slot(type: item.type, part: number, range: range) }
        }
        return nil
    }

    /// The parcel that this item filled, if it did.
    mutating func add(_ item: Item, in slot: Slot) -> Packed? {
        let day = item.start.localDay
        var parcel = open.removeValue(forKey: slot) ?? Open(days: day...day)
        if !parcel.days.contains(day) {
            parcel.days = min(parcel.days.lowerBound, day)...max(parcel.days.upperBound, day)
        }
        if parcel.count > 0 { parcel.json.append(UInt8(ascii: ",")) }
        renderNative(item.renamed(recipient.itemKey.id(for: item.id)), into: &parcel.json)
        parcel.count += 1
        if parcel.count == Self.capacity { return close(slot, parcel) }
        open[slot] = parcel
        return nil
    }

    /// Everything that is still open.
    mutating func finish() -> [Packed] {
        let rest = DataType.allCases.flatMap { type in
            open.filter { $0.key.type == type }.sorted { ($0.key.part, $0.key.range) < ($1.key.part, $1.key.range) }.map
            { close($0.key, $0.value) }
        }
        open.removeAll()
        return rest
    }

    private func close(_ slot: Slot, _ parcel: Open) -> Packed {
        Packed(
            type: slot.type, count: parcel.count, json: parcel.json + [UInt8(ascii: "]")], recipient: recipient,
            isPushed: recipient.parts[slot.type]?[slot.part].isPushed ?? false, days: parcel.days)
    }
}

/// Remembers the last few thousand item ids, so that a reading that an export states twice is delivered once.
struct Recent {
    private static let size = 4_096
    private var ring: [ItemID] = []
    private var place = 0
    private var held: Set<ItemID> = []

    /// False when it was among them already.
    mutating func insert(_ id: ItemID) -> Bool {
        guard held.insert(id).inserted else { return false }
        if ring.count < Self.size {
            ring.append(id)
        } else {
            held.remove(ring[place])
            ring[place] = id
            place = (place + 1) % Self.size
        }
        return true
    }
}
