// Gathers rendered items into parcels, one open parcel for each data type of one recipient. Memory is bounded by the number of
// types. Each application knows an item by an id of its own (F8): two of them cannot match a person by their items.

import Domain
import Harmony

/// A full parcel's content before it is sealed: a JSON array of items of one type.
struct Packed: Sendable {
    let type: DataType
    let count: Int
    let json: [UInt8]
    let recipient: Recipient
}

struct Packing {
    /// Items in a parcel at most: about 18 kB, which webhook receivers take gladly.
    static let capacity = 64

    private struct Open {
        var json: [UInt8] = [UInt8(ascii: "[")]
        var count = 0
    }
    private let recipient: Recipient
    private var open: [DataType: Open] = [:]

    init(for recipient: Recipient) { self.recipient = recipient }

    /// The parcel that this item filled, if it did.
    mutating func add(_ item: Item) -> Packed? {
        guard recipient.types.contains(item.type) else { return nil }
        var parcel = open.removeValue(forKey: item.type) ?? Open()
        if parcel.count > 0 { parcel.json.append(UInt8(ascii: ",")) }
        renderNative(item.renamed(recipient.itemKey.id(for: item.id)), into: &parcel.json)
        parcel.count += 1
        if parcel.count == Self.capacity { return close(item.type, parcel) }
        open[item.type] = parcel
        return nil
    }

    /// Everything that is still open.
    mutating func finish() -> [Packed] {
        let rest = DataType.allCases.compactMap { type in open[type].map { close(type, $0) } }
        open.removeAll()
        return rest
    }

    private func close(_ type: DataType, _ parcel: Open) -> Packed {
        Packed(
            type: type, count: parcel.count, json: parcel.json + [UInt8(ascii: "]")], recipient: recipient)
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
