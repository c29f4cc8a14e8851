// Hides the one atomic counter that tests with many callers share.

import Synchronization

/// Counts how often a body ran.
final class Tally: Sendable {
    private let held = Atomic(0)

    var count: Int { held.load(ordering: .relaxed) }
    func next() -> Int { held.add(1, ordering: .relaxed).newValue }
}
