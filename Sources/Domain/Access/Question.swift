// What is asked of the decision: who wants to do what to which record's data, in which mode.

public struct Question: Hashable, Sendable {
    /// What the answer is for. It chooses the audit's word, never the verdict.
    public enum Purpose: String, CaseIterable, Sendable, Hashable {
        /// An application reads what waits in its bucket.
        case onDemand = "on_demand"
        /// The webhook carries it away.
        case delivery
        /// A token is issued or introspected.
        case hold
    }

    public let application: ApplicationID
    public let purpose: Purpose
    public let mode: Mode
    public let access: Access
    /// Nil asks for whatever the grant covers; named types must be covered, all of them.
    public let types: DataTypeSet?

    public init(application: ApplicationID, purpose: Purpose, mode: Mode, access: Access, types: DataTypeSet?) {
        self.application = application
        self.purpose = purpose
        self.mode = mode
        self.access = access
        self.types = types
    }
}
