// Hides what the node knows of the newest entry's time. An access that would stand far before it in the trail is not given: a
// clock that was put back would let the trail tell a false story (D3).

import Domain
import Synchronization

final class TrailClock: Sendable {
    /// How far behind the newest entry an access may be.
    static let tolerance = Span.minutes(1)

    private struct State {
        var newest: Moment?
        var wasBehind = false
    }

    enum Standing {
        case right
        /// How far; `isNews` the first time since it was right.
        case behind(by: Span, isNews: Bool)
        /// Right again, the first time since it was behind.
        case recovered
    }

    private let state = Mutex(State())

    /// False until something was seen: then the store is asked.
    var isSet: Bool { state.withLock { $0.newest != nil } }

    /// An entry of that time is in the trail. Nil for an empty trail.
    func see(_ at: Moment?) {
        let at = at ?? Moment(microseconds: .min)
        state.withLock { $0.newest = max($0.newest ?? at, at) }
    }

    func standing(at now: Moment) -> Standing {
        state.withLock { state in
            let wasBehind = state.wasBehind
            if let newest = state.newest, now < newest, newest - now > Self.tolerance {
                state.wasBehind = true
                return .behind(by: newest - now, isNews: !wasBehind)
            }
            state.wasBehind = false
            return wasBehind ? .recovered : .right
        }
    }
}
