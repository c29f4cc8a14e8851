// How far the imports of this process have come, in memory: pages may look as often as they like.

import Domain
import Synchronization

final class ImportBoard: Sendable {
    struct Progress: Sendable {
        var bytesRead: Int64 = 0
        var bytesTotal: Int64 = 0
        var records = 0
        var items = 0
    }

    private let running = Mutex<[ImportID: Progress]>([:])

    func post(_ progress: Progress, of id: ImportID) { running.withLock { $0[id] = progress } }
    func progress(of id: ImportID) -> Progress? { running.withLock { $0[id] } }
    func remove(_ id: ImportID) { _ = running.withLock { $0.removeValue(forKey: id) } }
}
