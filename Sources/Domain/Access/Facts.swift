// What is known when a question is asked. Gathered in the same transaction that answers it; nothing here is an opinion.

public struct Facts: Hashable, Sendable {
    public struct ApplicationFacts: Hashable, Sendable {
        public let id: ApplicationID
        public let isInGoodStanding: Bool
        /// What the current rules ask for: a grant gives no more than that (B3, B6).
        public let currentRules: Permissions

        public init(id: ApplicationID, isInGoodStanding: Bool, currentRules: Permissions) {
            self.id = id
            self.isInGoodStanding = isInGoodStanding
            self.currentRules = currentRules
        }
    }

    public struct GrantFacts: Hashable, Sendable {
        public let id: GrantID
        public let application: ApplicationID
        public let person: PersonID
        public let record: RecordID
        public let permissions: Permissions
        public let expiresAt: Moment
        public let isRevoked: Bool
        /// The days that data may be read of.
        public let dates: ReadingDays

        public init(
            id: GrantID, application: ApplicationID, person: PersonID, record: RecordID, permissions: Permissions,
            expiresAt: Moment, isRevoked: Bool, dates: ReadingDays = .none
        ) {
            self.dates = dates
            self.id = id
            self.application = application
            self.person = person
            self.record = record
            self.permissions = permissions
            self.expiresAt = expiresAt
            self.isRevoked = isRevoked
        }
    }

    /// The person's own access to the record.
    public struct RecordAccessFacts: Hashable, Sendable {
        public let permissions: Permissions
        public let expiresAt: Moment?

        public init(permissions: Permissions, expiresAt: Moment?) {
            self.permissions = permissions
            self.expiresAt = expiresAt
        }
    }

    public var application: ApplicationFacts?
    public var grant: GrantFacts?
    public var recordAccess: RecordAccessFacts?
    public var recordIsSuspended: Bool

    public init(
        application: ApplicationFacts?, grant: GrantFacts?, recordAccess: RecordAccessFacts?, recordIsSuspended: Bool
    ) {
        self.application = application
        self.grant = grant
        self.recordAccess = recordAccess
        self.recordIsSuspended = recordIsSuspended
    }

    /// The same, as if neither the application nor the record were paused.
    public var unpaused: Facts {
        var facts = self
        facts.application = application.map {
            ApplicationFacts(id: $0.id, isInGoodStanding: true, currentRules: $0.currentRules)
        }
        facts.recordIsSuspended = false
        return facts
    }

    /// The same, as if nothing were paused and the person's own access were whole: what their consent alone gives.
    public var unimpeded: Facts {
        var facts = unpaused
        facts.recordAccess = RecordAccessFacts(permissions: .everything, expiresAt: nil)
        return facts
    }
}
