// How a verb says no: a problem of the catalogue with what the caller needs to mend it. Never a secret, never a health value.

public import Domain

public struct Declined: Error, Sendable, Equatable {
    public let problem: Problem
    /// One sentence more than the problem's title, safe to show; nil when the title says it all.
    public let detail: String?
    /// For `invalidFields`: every fault, by field.
    public let faults: [FieldFault]
    /// For `requiredScopeMissing`: the scope tokens that were left out.
    public let missing: [String]
    /// For `consentRequired` and `accessDenied` on data: where sending the person can repair it.
    public let repairURL: String?
    /// When asking again makes sense; nil when nobody knows.
    public let retryAfter: Span?

    public init(
        _ problem: Problem, _ detail: String? = nil, faults: [FieldFault] = [], missing: [String] = [],
        repairURL: String? = nil, retryAfter: Span? = nil
    ) {
        self.problem = problem
        self.detail = detail
        self.faults = faults
        self.missing = missing
        self.repairURL = repairURL
        self.retryAfter = retryAfter
    }
}
