// The life of the person's decision (C6, C9). Nothing here deletes, and nothing leads out of `revoked`.

/// ```mermaid
/// stateDiagram-v2
///     [*] --> active
///     active --> active: extend, narrow, renew
///     active --> revoked: revoke
///     active --> expired: expire
///     expired --> revoked: revoke
/// ```
public enum GrantState: String, CaseIterable, Sendable, Hashable {
    case active, expired, revoked

    public enum Event: String, CaseIterable, Sendable {
        /// The person said yes to more, or to something anew.
        case extend
        /// The person took something back.
        case narrow
        /// The person moved the end.
        case renew
        case revoke, expire
    }

    /// A revoked grant takes no event. An expired one may still be revoked: the person's word is recorded.
    public mutating func apply(_ event: Event) throws(InvalidTransition) -> [Effect] {
        switch (self, event) {
        case (.active, .extend), (.active, .narrow): return [.withdrawUncovered, .announce]
        case (.active, .renew): return [.announce]
        case (.active, .revoke), (.expired, .revoke):
            self = .revoked
            return [.endTokens, .withdrawParcels, .announce]
        case (.active, .expire):
            self = .expired
            return [.endTokens, .withdrawParcels, .announce]
        case (.expired, .extend), (.expired, .narrow), (.expired, .renew), (.expired, .expire), (.revoked, _):
            throw InvalidTransition(noun: "grant", state: rawValue, event: event.rawValue)
        }
    }

    /// What a stored state is worth at a moment: the clock ends a grant, whether or not anyone wrote that down.
    public func effective(expiresAt: Moment, at now: Moment) -> GrantState {
        self == .active && now >= expiresAt ? .expired : self
    }
}

/// How long a grant lasts: 1 to 365 days, 90 unless set (C6).
public struct GrantLife: Hashable, Sendable {
    public let days: Int
    public static let standard = GrantLife(unchecked: 90)

    /// Nil outside 1 to 365.
    public init?(days: Int) {
        guard (1...365).contains(days) else { return nil }
        self.init(unchecked: days)
    }
    private init(unchecked days: Int) { self.days = days }

    public var span: Span { .days(Int64(days)) }
}
