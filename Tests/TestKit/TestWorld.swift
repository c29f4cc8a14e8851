// A world for tests: a clock that stands still until it is moved, and dice that roll the same every time.

public import Domain
public import Gateway
import Synchronization

/// A clock moved by hand and seeded dice. Nothing here asks the machine for the time or for randomness.
public final class TestWorld: Sendable {
    private struct State {
        var now: Moment
        var dice: UInt64
    }

    /// Say it when a random test fails: the same seed rolls the same bytes.
    public let seed: UInt64
    private let state: Mutex<State>

    /// 2026-11-21T10:00:00Z unless another moment is given.
    public init(seed: UInt64 = 1, at start: Moment = Moment(seconds: 1_795_255_200)) {
        self.seed = seed
        state = Mutex(State(now: start, dice: seed))
    }

    public var now: Moment { state.withLock { $0.now } }

    public func move(by span: Span) { state.withLock { $0.now = $0.now + span } }
    public func move(to moment: Moment) { state.withLock { $0.now = moment } }

    /// What a gateway is given.
    public var world: World {
        World(now: { self.now }, roll: { self.roll($0) })
    }

    // SplitMix64: any seed is a good one.
    private func roll(_ count: Int) -> [UInt8] {
        state.withLock { state in
            var bytes: [UInt8] = []
            while bytes.count < count {
                state.dice &+= 0x9e37_79b9_7f4a_7c15
                var word = state.dice
                word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
                word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
                word ^= word >> 31
                for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
            }
            return Array(bytes.prefix(count))
        }
    }
}
