// Remembers what a text at rest means. The text itself is the key and decoding it is a pure function, so nothing here can be
// stale, whatever a transaction that failed has written.

import Synchronization

final class Memo<Meaning: Sendable>: Sendable {
    private let known = Mutex<[String: Meaning]>([:])
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func meaning(of text: String, _ decode: (String) throws(StorageError) -> Meaning) throws(StorageError) -> Meaning {
        if let meaning = known.withLock({ $0[text] }) { return meaning }
        let meaning = try decode(text)
        known.withLock { known in
            // Rarely full: then the next few are decoded again.
            if known.count >= limit { known.removeAll(keepingCapacity: true) }
            known[text] = meaning
        }
        return meaning
    }
}
