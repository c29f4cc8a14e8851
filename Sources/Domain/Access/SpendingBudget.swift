// How often something may fail before it has to wait: a leaky bucket. A delay, never a lockout: whoever waits one refill may
// always try again.

/// So many failures at once, and one more after each refill.
public struct SpendingBudget: Hashable, Sendable {
    /// How many failures there may be at once.
    public let size: Int
    /// How long it takes until one more is there.
    public let refill: Span

    /// Nil unless there is at least one try (at most 10,000) and a refill of more than nothing, at most an hour.
    public init?(size: Int, refill: Span) {
        guard (1...10_000).contains(size), refill > Span(microseconds: 0), refill <= .hours(1) else { return nil }
        self.init(unchecked: size, refill)
    }

    private init(unchecked size: Int, _ refill: Span) {
        self.size = size
        self.refill = refill
    }

    /// 10, then one a minute.
    public static let ofAccount = SpendingBudget(unchecked: 10, .minutes(1))
    /// 100, then one every 6 seconds.
    public static let ofAddress = SpendingBudget(unchecked: 100, .seconds(6))

    /// What was spent, as the time that it takes to come back, and when that was so.
    public struct Debt: Hashable, Sendable {
        public let span: Span
        public let asOf: Moment

        public init(_ span: Span, asOf: Moment) {
            self.span = span
            self.asOf = asOf
        }

        /// What is left of it. A clock that was set back forgives nothing.
        public func left(at now: Moment) -> Span {
            let passed = max(0, (now - asOf).microseconds)
            return Span(microseconds: max(0, span.microseconds - passed))
        }
    }

    /// How long until the next try is there; nil when one is there now.
    public func retryAfter(_ debt: Debt?, at now: Moment) -> Span? {
        let over = left(debt, at: now) - Int64(size - 1) * refill.microseconds
        return over > 0 ? Span(microseconds: over) : nil
    }

    public func isSpent(_ debt: Debt?, at now: Moment) -> Bool { retryAfter(debt, at: now) != nil }

    /// One try less. Never more than everything, so that the wait is never longer than one refill.
    public func spend(_ debt: Debt?, at now: Moment) -> Debt {
        Debt(Span(microseconds: min(left(debt, at: now) + refill.microseconds, whole.microseconds)), asOf: now)
    }

    /// One try back, for one that was no failure.
    public func giveBack(_ debt: Debt?, at now: Moment) -> Debt {
        Debt(Span(microseconds: max(0, left(debt, at: now) - refill.microseconds)), asOf: now)
    }

    /// After this long every debt is gone.
    public var whole: Span { Span(microseconds: Int64(size) * refill.microseconds) }

    // A debt may be of a larger budget that the deployment had before.
    private func left(_ debt: Debt?, at now: Moment) -> Int64 {
        min(debt?.left(at: now).microseconds ?? 0, whole.microseconds)
    }
}
