// Every reason to say no. A refusal is an answer: it is returned, recorded and told, never thrown.
// INVARIANT: the cases stand in the order of the ladder that `judge` climbs; `explain` leans on it.

public enum Refusal: String, CaseIterable, Sendable, Hashable {
    case applicationNotInGoodStanding = "application_not_in_good_standing"
    case noGrant = "no_grant"
    case grantRevoked = "grant_revoked"
    case grantExpired = "grant_expired"
    case recordAccessLost = "record_access_lost"
    case recordSuspended = "record_suspended"
    case modeNotGranted = "mode_not_granted"
    case notCovered = "not_covered"
    case recordAccessTooSmall = "record_access_too_small"

    /// What the application is told. A stranger learns nothing: everything before an active grant answers alike.
    public var problem: Problem {
        switch self {
        case .applicationNotInGoodStanding, .noGrant, .grantRevoked, .grantExpired, .modeNotGranted, .notCovered:
            .consentRequired
        case .recordAccessLost, .recordSuspended, .recordAccessTooSmall:
            .accessDenied
        }
    }

    /// One sentence for an operator or a person.
    public var sentence: String {
        switch self {
        case .applicationNotInGoodStanding: "The application is not in good standing."
        case .noGrant: "There is no grant of this person, record and application."
        case .grantRevoked: "The grant was revoked."
        case .grantExpired: "The grant has expired."
        case .recordAccessLost: "The person no longer has access to the record."
        case .recordSuspended: "The record is suspended."
        case .modeNotGranted: "The grant covers nothing in this mode."
        case .notCovered: "The grant and the application's current rules do not cover what was asked."
        case .recordAccessTooSmall: "The person's own access to the record does not reach what was asked."
        }
    }
}
