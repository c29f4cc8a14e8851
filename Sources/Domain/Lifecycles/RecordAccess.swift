// The life of a person's access to a record: invited, held, and ended in one of four ways. Ended access may be given anew; the
// history says so. A record is never without a custodian.

/// ```mermaid
/// stateDiagram-v2
///     [*] --> invited
///     invited --> active: accept
///     invited --> declined: decline
///     invited --> cancelled: cancel
///     invited --> lapsed: lapse
///     active --> active: narrow
///     active --> left: leave
///     active --> removed: remove
///     active --> expired: expire
///     expired --> left: leave
///     expired --> removed: remove
/// ```
public enum RecordAccessState: String, CaseIterable, Sendable, Hashable {
    case invited, active, declined, cancelled, lapsed, left, removed, expired

    public enum Event: String, CaseIterable, Sendable {
        /// The invited person's word.
        case accept, decline
        /// The inviting custodian's.
        case cancel
        /// The invitation's time is over.
        case lapse
        /// Fewer types or accesses, an earlier end, or a custodian who is one no longer.
        case narrow
        /// The person's own word.
        case leave
        /// A custodian's word about another.
        case remove
        /// The end date has come.
        case expire
    }

    public mutating func apply(_ event: Event) throws(InvalidTransition) -> [Effect] {
        switch (self, event) {
        case (.invited, .accept): self = .active
        case (.invited, .decline): self = .declined
        case (.invited, .cancel): self = .cancelled
        case (.invited, .lapse): self = .lapsed
        case (.active, .narrow): return [.announce]
        case (.active, .leave):
            self = .left
            return [.announce]
        case (.active, .remove):
            self = .removed
            return [.announce]
        case (.active, .expire):
            self = .expired
            return [.announce]
        // The end was announced when the day came.
        case (.expired, .leave): self = .left
        case (.expired, .remove): self = .removed
        case (.invited, .narrow), (.invited, .leave), (.invited, .remove), (.invited, .expire),
            (.active, .accept), (.active, .decline), (.active, .cancel), (.active, .lapse),
            (.expired, .accept), (.expired, .decline), (.expired, .cancel), (.expired, .lapse), (.expired, .narrow),
            (.expired, .expire), (.declined, _), (.cancelled, _), (.lapsed, _), (.left, _), (.removed, _):
            throw InvalidTransition(noun: "record access", state: rawValue, event: event.rawValue)
        }
        return []
    }
}

public enum Relationship: String, CaseIterable, Sendable, Hashable {
    case own, child, parent, other
}

/// What a person may do in a record, and until when.
public struct RecordHolding: Hashable, Sendable {
    public var relationship: Relationship
    /// May invite, narrow and remove others, and change the record itself.
    public var isCustodian: Bool
    public var permissions: Permissions
    /// A guardian's access ends by itself. Nil: it does not.
    public var expiresAt: Moment?

    public init(relationship: Relationship, isCustodian: Bool, permissions: Permissions, expiresAt: Moment?) {
        self.relationship = relationship
        self.isCustodian = isCustodian
        self.permissions = permissions
        self.expiresAt = expiresAt
    }

    public func isInForce(at now: Moment) -> Bool { expiresAt.map { now < $0 } ?? true }

    /// Nothing that the other gives would be lost: no type or access fewer, no earlier end.
    public func reaches(asFarAs other: RecordHolding) -> Bool {
        guard other.permissions.isSubset(of: permissions) else { return false }
        guard let expiresAt else { return true }
        return other.expiresAt.map { $0 <= expiresAt } ?? false
    }

    public enum Fault: Error, Sendable, Equatable {
        /// A record is never without a custodian: another has to be one first.
        case lastCustodian
        case notNarrower
        case nothingLeft
        case endInThePast
    }

    /// Takes away and never adds. `others` are the record's other custodians whose access has no end.
    public func narrowed(
        to permissions: Permissions, custodian: Bool, until: Moment?, at now: Moment, otherCustodians others: Int
    ) throws(Fault) -> RecordHolding {
        guard permissions.isSubset(of: self.permissions), isCustodian || !custodian else { throw .notNarrower }
        if let expiresAt {
            guard let until, until <= expiresAt else { throw .notNarrower }
        }
        if let until, until <= now { throw .endInThePast }
        guard !permissions.isEmpty else { throw .nothingLeft }
        // An end date is allowed: who holds the record alone may hand it over even after it.
        if isCustodian, !custodian, others == 0 { throw .lastCustodian }
        var result = self
        result.permissions = permissions
        result.isCustodian = custodian
        result.expiresAt = until
        return result
    }
}
