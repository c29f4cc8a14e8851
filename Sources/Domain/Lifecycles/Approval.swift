// The life of a request for the person's decision (C2–C5). Time decides first: whatever comes after the end finds it expired.

/// ```mermaid
/// stateDiagram-v2
///     [*] --> pending
///     pending --> approved: approve
///     pending --> denied: deny
///     pending --> expired: lapse
/// ```
public enum ApprovalState: String, CaseIterable, Sendable, Hashable {
    case pending, approved, denied, expired

    public enum Event: String, CaseIterable, Sendable {
        case approve, deny, lapse
    }

    /// Only a pending approval moves, and only once.
    public mutating func apply(_ event: Event) throws(InvalidTransition) -> [Effect] {
        guard self == .pending else {
            throw InvalidTransition(noun: "approval", state: rawValue, event: event.rawValue)
        }
        switch event {
        case .approve:
            self = .approved
            return [.makeGrant, .issueCode]
        case .deny:
            self = .denied
            return []
        case .lapse:
            self = .expired
            return []
        }
    }

    /// What a stored state is worth at a moment: pending past its end is expired, whether or not anyone wrote that down.
    public func effective(expiresAt: Moment, at now: Moment) -> ApprovalState {
        self == .pending && now >= expiresAt ? .expired : self
    }
}

/// How long a request waits for its decision: 1 to 60 minutes, 15 unless set (C4).
public struct ApprovalWindow: Hashable, Sendable {
    public let span: Span
    public static let standard = ApprovalWindow(unchecked: 15)

    /// Nil outside 1 to 60: refused where it is configured.
    public init?(minutes: Int) {
        guard (1...60).contains(minutes) else { return nil }
        self.init(unchecked: minutes)
    }
    private init(unchecked minutes: Int) { span = .minutes(Int64(minutes)) }
}
