// One line of the audit trail (D1, D2). Its fields can hold ids, words from closed lists, counts and times; there is no field
// into which free text from outside, a secret, a token or a health value would fit.

public struct AuditEntry: Hashable, Sendable {
    /// What happened: the closed list.
    public enum Action: String, CaseIterable, Sendable, Hashable {
        // Access to health data
        case read
        case deliver
        case acknowledge
        case withdraw
        case lapse
        // Consent
        case approvalStarted = "approval_started"
        case approvalApproved = "approval_approved"
        case approvalDenied = "approval_denied"
        case grantExtended = "grant_extended"
        case grantNarrowed = "grant_narrowed"
        case grantRenewed = "grant_renewed"
        case grantRevoked = "grant_revoked"
        case grantExpired = "grant_expired"
        case tokenIssued = "token_issued"
        case tokenRevoked = "token_revoked"
        // People and applications
        case personRegistered = "person_registered"
        case signedIn = "signed_in"
        case signedOut = "signed_out"
        case imported
        case organizationCreated = "organization_created"
        case invitationUsed = "invitation_used"
        case applicationRegistered = "application_registered"
        case rulesPublished = "rules_published"
        case secretRotated = "secret_rotated"
        case redirectURIsChanged = "redirect_uris_changed"
        case clientChanged = "client_changed"
        case applicationSuspended = "application_suspended"
        case applicationResumed = "application_resumed"
        case passwordChanged = "password_changed"
        case passwordRecovered = "password_recovered"
        case recoveryCodeMade = "recovery_code_made"
        case accountClosed = "account_closed"
        // Records and who holds them
        case recordCreated = "record_created"
        case recordDescribed = "record_described"
        case recordSuspended = "record_suspended"
        case recordResumed = "record_resumed"
        case recordInvited = "record_invited"
        case recordInvitationEnded = "record_invitation_ended"
        case recordAccessGiven = "record_access_given"
        case recordAccessNarrowed = "record_access_narrowed"
        case recordAccessEnded = "record_access_ended"
        // The deployment's own keys
        case keyRotated = "key_rotated"
        case keysRewrapped = "keys_rewrapped"
        case logKeyRotated = "log_key_rotated"
        // What an operator does beside the gateway
        case backupMade = "backup_made"
        case backupRestored = "backup_restored"
        case schemaMigrated = "schema_migrated"
        case trailExported = "trail_exported"
        case trailArchived = "trail_archived"
        /// `items` is the minimum index from then on: how many entries of the log's beginning are not kept any more.
        case trailPruned = "trail_pruned"
        // Who reads the trail as a whole
        case trailRead = "trail_read"
        case auditorAdded = "auditor_added"
        case auditorRemoved = "auditor_removed"
    }

    /// Who changed a consent. Of an access it is always the application.
    public enum Actor: String, CaseIterable, Sendable, Hashable {
        case person, application, clock, `operator`
    }

    /// The way in which a consent was changed: on our pages, or by an app that speaks to us.
    public enum Method: String, CaseIterable, Sendable, Hashable {
        case page, api
    }

    /// Several alike, kept as one entry so that nobody fills the disk with refusals: how many, the first and the last.
    public struct Repetition: Hashable, Sendable {
        /// 2 or more.
        public let times: Int
        public let first: Moment
        /// Not before the first.
        public let last: Moment

        /// Nil for fewer than two, or where the last is before the first.
        public init?(times: Int, first: Moment, last: Moment) {
            guard times >= 2, first <= last else { return nil }
            self.times = times
            self.first = first
            self.last = last
        }
    }

    public enum Outcome: Hashable, Sendable {
        case done
        case refused(Refusal)
        /// A credential or a code that was known but no longer good.
        case failed(Problem)

        /// `done`, `refused:no_grant`, `failed:TOKEN_EXPIRED`.
        public var text: String {
            switch self {
            case .done: "done"
            case .refused(let refusal): "refused:\(refusal.rawValue)"
            case .failed(let problem): "failed:\(problem.rawValue)"
            }
        }
    }

    public let id: AuditID
    public let at: Moment
    public let action: Action
    public let outcome: Outcome
    public let application: ApplicationID?
    /// Pseudonyms of the trail's own, unlinked when the person is erased.
    public let person: AuditName?
    public let record: AuditName?
    public let grant: GrantID?
    public let mode: Mode?
    public let types: DataTypeSet
    /// How many items, never which.
    public let items: Int
    public let request: RequestID?
    /// Of a change of consent.
    public let actor: Actor?
    public let method: Method?
    /// Of a rotation: the key that the log is signed with from then on.
    public let key: LogKeyID?
    /// Nil for an entry that stands for one event. Otherwise `at` is the last of them, and `types` is all that was asked for.
    public let repetition: Repetition?

    public init(
        id: AuditID, at: Moment, action: Action, outcome: Outcome, application: ApplicationID? = nil,
        person: AuditName? = nil, record: AuditName? = nil, grant: GrantID? = nil, mode: Mode? = nil,
        types: DataTypeSet = .none, items: Int = 0, request: RequestID? = nil, actor: Actor? = nil,
        method: Method? = nil, key: LogKeyID? = nil, repetition: Repetition? = nil
    ) {
        self.id = id
        self.at = at
        self.action = action
        self.outcome = outcome
        self.application = application
        self.person = person
        self.record = record
        self.grant = grant
        self.mode = mode
        self.types = types
        self.items = items
        self.request = request
        self.actor = actor
        self.method = method
        self.key = key
        self.repetition = repetition
    }
}
