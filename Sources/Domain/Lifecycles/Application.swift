// The life of an application as the operator sees it: it is in good standing, or it is suspended and nothing leaves for it.

/// ```mermaid
/// stateDiagram-v2
///     [*] --> active
///     active --> suspended: suspend
///     suspended --> active: resume
/// ```
public enum ApplicationState: String, CaseIterable, Sendable, Hashable {
    case active, suspended

    public enum Event: String, CaseIterable, Sendable {
        case suspend, resume
    }

    /// Grants and tokens stay as they are: `decide` looks at the state each time.
    public mutating func apply(_ event: Event) throws(InvalidTransition) -> [Effect] {
        switch (self, event) {
        case (.active, .suspend): self = .suspended
        case (.suspended, .resume): self = .active
        case (.active, .resume), (.suspended, .suspend):
            throw InvalidTransition(noun: "application", state: rawValue, event: event.rawValue)
        }
        return []
    }
}

/// How an application meets people's records (B6–B8).
public enum InteractionModel: String, CaseIterable, Sendable, Hashable {
    /// One record at a time: a token means that the selected record is fully authorized (B7).
    case singleRecord = "single_record"
    /// Several: a token when any record is fully authorized; the application looks at each one's status (B8).
    case multiRecord = "multi_record"
    /// Acts alone after the person agreed once; its rules are offline rules (B6).
    case offline
}
