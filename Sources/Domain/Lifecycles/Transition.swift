// What every lifecycle shares: an event that does not fit the state is refused, and what must happen besides is returned.

/// The event does not fit the state. Both are names, never data.
public struct InvalidTransition: Error, Sendable, Hashable {
    public let noun: String
    public let state: String
    public let event: String

    public init(noun: String, state: String, event: String) {
        self.noun = noun
        self.state = state
        self.event = event
    }
}

/// What must happen with a transition. Gateway performs it in the same transaction.
public enum Effect: Hashable, Sendable {
    case makeGrant
    case issueCode
    case endTokens
    case withdrawParcels
    /// What waits and is not covered any more.
    case withdrawUncovered
    /// The application is told (B11).
    case announce
    case dropPayload
}
