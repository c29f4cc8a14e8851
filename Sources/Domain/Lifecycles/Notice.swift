// What an application is told about grants and records (B11, F3). A notice carries no health value: names, words and times.

public struct Notice: Hashable, Sendable {
    public enum Event: String, CaseIterable, Sendable, Hashable {
        case grantGiven = "grant.given"
        case grantExtended = "grant.extended"
        case grantNarrowed = "grant.narrowed"
        case grantRenewed = "grant.renewed"
        case grantRevoked = "grant.revoked"
        case grantExpired = "grant.expired"
        /// The person's own access to the record ended.
        case recordAccessLost = "record_access.lost"
        case recordAccessNarrowed = "record_access.narrowed"
        case recordSuspended = "record.suspended"
        case recordResumed = "record.resumed"
    }

    public enum Actor: String, CaseIterable, Sendable, Hashable {
        case person, application, clock, `operator`
    }

    public let id: NoticeID
    public let event: Event
    public let at: Moment
    public let actor: Actor
    public let application: ApplicationID
    public let record: RecordPseudonym
    public let person: PersonPseudonym
    public let grant: GrantID

    public init(
        id: NoticeID, event: Event, at: Moment, actor: Actor, application: ApplicationID, record: RecordPseudonym,
        person: PersonPseudonym, grant: GrantID
    ) {
        self.id = id
        self.event = event
        self.at = at
        self.actor = actor
        self.application = application
        self.record = record
        self.person = person
        self.grant = grant
    }
}
