// What becomes of a refresh token when it is presented. A lost answer may be asked for again; a token from before its successor
// was used is a stolen one (RFC 9700 §4.14.2; FAPI 2.0 Security Profile §5.3.2.1).

/// Everything that one exchange of a code began. Its refresh tokens have generations: using one of the newest makes the next.
///
/// ```mermaid
/// stateDiagram-v2
///     [*] --> alive
///     alive --> alive: the newest is used (rotate)
///     alive --> alive: the one before it, in its window (repeat)
///     alive --> ended: any older one (reuse)
///     alive --> ended: revoked, its grant ended
/// ```
public struct TokenFamily: Hashable, Sendable {
    /// Of the newest refresh tokens. Several may have it: each answer to a retry carries one.
    public var generation: Int
    /// When the newest generation came to be.
    public var advancedAt: Moment
    /// The end of its grant: no token outlives it.
    public var expiresAt: Moment
    public var hasEnded: Bool

    public init(generation: Int, advancedAt: Moment, expiresAt: Moment, hasEnded: Bool = false) {
        self.generation = generation
        self.advancedAt = advancedAt
        self.expiresAt = expiresAt
        self.hasEnded = hasEnded
    }

    public enum Verdict: Hashable, Sendable {
        /// The newest: a new generation begins.
        case rotate
        /// The one before, and no successor was used yet: the answer was lost, and is given again with another successor.
        case repeatAnswer
        /// The one before, after its window. Refused; nothing points to theft, so the family lives.
        case late
        /// A successor was used already: somebody has a copy. The family ends.
        case reuse
        /// The family is over, by the clock or by somebody's word.
        case over
    }

    public func present(generation presented: Int, at now: Moment, window: Span) -> Verdict {
        guard !hasEnded, now < expiresAt else { return .over }
        if presented == generation { return .rotate }
        // That there is no newer generation says that none of the successors was used.
        guard presented == generation - 1 else { return .reuse }
        return now < advancedAt + window ? .repeatAnswer : .late
    }
}
