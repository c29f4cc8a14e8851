// Remembers what was made of an origin and a device, since the same two texts come a million times. It changes how fast
// the answer is, never which; and it holds a bounded number of short texts, whatever a file contains.

import Domain

struct MakerMemo: Sendable {
    private struct Texts: Hashable {
        let source: Source
        let origin: String
        let device: String?
    }

    static let capacity = 1_000
    static let longestText = 512

    private var known: [Texts: Maker] = [:]
    private var last: (texts: Texts, maker: Maker)?

    mutating func maker(of reading: Reading, key: ItemKey) -> Maker {
        let texts = Texts(source: reading.source, origin: reading.origin, device: reading.device)
        if let last, last.texts == texts { return last.maker }
        if let maker = known[texts] {
            last = (texts, maker)
            return maker
        }
        let maker = Maker(source: texts.source, origin: texts.origin, device: texts.device, key: key)
        guard texts.origin.utf8.count + (texts.device?.utf8.count ?? 0) <= Self.longestText else { return maker }
        if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
        known[texts] = maker
        last = (texts, maker)
        return maker
    }
}
