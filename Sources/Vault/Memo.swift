// Remembers what a text at rest means. The text itself is the key and decoding it is a pure function, so nothing here can be
// stale, whatever a transaction that failed has written.

import Synchronization

final class Memo<Meaning: Sendable>: Sendable {
    /// Longer texts are decoded each time: what is kept must not grow with what somebody writes.
    private static var longest: Int { 32 << 10 }

    // By its bytes: texts that only look the same are not one.
    private let known = Mutex<[[UInt8]: Meaning]>([:])
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func meaning(of text: String, _ decode: (String) throws(StorageError) -> Meaning) throws(StorageError) -> Meaning {
        guard text.utf8.count <= Self.longest else { return try decode(text) }
        let bytes = Array(text.utf8)
        if let meaning = known.withLock({ $0[bytes] }) { return meaning }
        let meaning = try decode(text)
        known.withLock { known in
            // Rarely full: then the next few are decoded again.
            if known.count >= limit { known.removeAll(keepingCapacity: true) }
            known[bytes] = meaning
        }
        return meaning
    }
}
