// What the verbs about records, rules and the life of grants answer with: plain values that pages and JSON are made from.

public import Domain

/// One of the person's records, as a choice on the consent page.
public struct RecordChoice: Sendable, Equatable {
    public let id: RecordID
    /// What its people call it; never empty.
    public let name: String
    public let relationship: Relationship
    public let isChosen: Bool
    /// How the application stands with it.
    public let status: RecordStatus
}

/// One line of a grant's history.
public struct GrantChangeView: Sendable, Equatable {
    public let version: Int
    public let at: Moment
    /// `given`, `extended`, `narrowed`, `renewed`, `revoked`, `expired`.
    public let event: String
    /// `person`, `application`, `clock`, `operator`.
    public let actor: String
    /// `page`, `api`, or `none` for the clock.
    public let method: String
    /// What it gave from then on.
    public let types: DataTypeSet
    /// How many rules gave it.
    public let ruleCount: Int
    /// The rules that had dates from then on, each with its own.
    public let dates: [DatedRule]
    public let expiresAt: Moment
}

public struct GrantPage: Sendable, Equatable {
    /// Newest first.
    public let grants: [GrantView]
    /// Hand it back as `after` for the next page; nil when this was the last.
    public let next: GrantID?
}

/// What the person takes back: words that have not been checked.
public struct NarrowingRequest: Sendable, Equatable {
    /// Data types or categories.
    public var types: [String]
    /// Rule names.
    public var rules: [String]
    /// Days from now; nil leaves the end as it is.
    public var days: Int?

    public init(types: [String] = [], rules: [String] = [], days: Int? = nil) {
        self.types = types
        self.rules = rules
        self.days = days
    }
}

/// A record's status for one application (B9, B10).
public struct RecordStatusView: Sendable, Equatable {
    public let record: RecordPseudonym
    public let relationship: Relationship
    public let status: RecordStatus
    public let isSuspended: Bool
    /// The record that the person last used with the application.
    public let isSelected: Bool
    public let shortfalls: [Shortfall]
    public let grantExpiresAt: Moment?
    /// Where sending the person can repair it; nil where it cannot, or where there is nothing to repair.
    public let askURL: String?
}

public struct PersonInfo: Sendable, Equatable {
    public let person: PersonPseudonym
    public let records: [RecordStatusView]
}

/// One data type's masks (A6).
public struct PermissionEntry: Sendable, Equatable {
    public struct Withheld: Sendable, Equatable {
        public let mode: Mode
        public let access: Access
        /// Which of grant, the person's own access, and the current rules does not give it.
        public let cuts: [EffectiveAccess.Cut]
    }

    public let type: DataType
    public let online: [Access]
    public let offline: [Access]
    public let withheld: [Withheld]
}

public struct PermissionAnswer: Sendable, Equatable {
    public let record: RecordPseudonym
    /// In the order asked.
    public let entries: [PermissionEntry]
    /// Where the person can be asked for more; nil when nothing that the rules name is missing.
    public let askURL: String?
}

/// The platform's own way of asking for more (A7), as it was spelled.
public struct ShellRequest: Sendable, Equatable {
    public var application: String
    /// Names of optional rules, online and offline, in the order of their numbers.
    public var online: [String]
    public var offline: [String]
    /// The application's name for a record.
    public var record: String?
    /// Returned as it came.
    public var actionQuery: String?

    public init(application: String, online: [String], offline: [String], record: String?, actionQuery: String?) {
        self.application = application
        self.online = online
        self.offline = offline
        self.record = record
        self.actionQuery = actionQuery
    }
}

/// A person's access to one record, as that person sees it.
public struct HoldingView: Sendable, Equatable {
    public let record: RecordID
    /// Never empty.
    public let name: String
    public let relationship: Relationship
    public let isCustodian: Bool
    public let permissions: Permissions
    public let expiresAt: Moment?
    public let country: String?
    public let isSuspended: Bool
    /// False after it ended in whatever way.
    public let isInForce: Bool
}

/// Somebody who holds access to a record, as its custodian sees them.
public struct HolderView: Sendable, Equatable {
    public let person: PersonID
    public let name: String
    public let isYou: Bool
    public let relationship: Relationship
    public let isCustodian: Bool
    public let permissions: Permissions
    public let expiresAt: Moment?
    public let state: RecordAccessState
}

public struct RecordInvitationView: Sendable, Equatable {
    public let id: RecordInvitationID
    public let recordName: String
    public let invitedBy: String
    public let relationship: Relationship
    public let isCustodian: Bool
    public let permissions: Permissions
    /// When the access would end by itself.
    public let accessExpiresAt: Moment?
    public let expiresAt: Moment
    /// As it is worth now.
    public let state: RecordAccessState
}

public struct RecordView: Sendable, Equatable {
    public let holding: HoldingView
    /// Empty for anyone but a custodian whose access is in force.
    public let holders: [HolderView]
    /// Empty for anyone but a custodian.
    public let invitations: [RecordInvitationView]
    /// In force now, by whichever holder, newest first. Empty for anyone but a custodian whose access is in force.
    public let grants: [RecordGrantView]
}

/// A grant in force on a record, as somebody sees it who may not have given it.
public struct RecordGrantView: Sendable, Equatable {
    public let grant: GrantID
    public let application: ApplicationView
    public let giver: PersonID
    public let giverName: String
    public let isYours: Bool
    /// What it reaches now; none while everything of it is cut.
    public let types: DataTypeSet
    /// From when to when data may be, by type.
    public let periods: DataPeriods
    public let expiresAt: Moment
}

/// Who would get what of an import that begins now.
public struct ImportOutlook: Sendable, Equatable {
    /// Of the person's own record, into which imports go; nil when they hold none to which they may add.
    public let recordName: String?
    /// Newest first, whoever gave them; what covers nothing is left out.
    public let receivers: [RecordGrantView]
}

/// Access that a custodian gives, or what is to be left of it: words that have not been checked.
public struct HoldingDraft: Sendable, Equatable {
    /// `own`, `child`, `parent`, `other`: what the record is to the person who is invited.
    public var relationship: String
    public var isCustodian: Bool
    /// Data types or categories; empty means all.
    public var types: [String]
    /// `create`, `read`, `update`, `delete`, `write`; empty means all.
    public var accesses: [String]
    /// `2030-05-01`: the access ends when that day begins, in UTC.
    public var endsOn: String?

    public init(
        relationship: String, isCustodian: Bool, types: [String], accesses: [String], endsOn: String?
    ) {
        self.relationship = relationship
        self.isCustodian = isCustodian
        self.types = types
        self.accesses = accesses
        self.endsOn = endsOn
    }
}

public struct MadeInvitation: Sendable, Equatable {
    public let id: RecordInvitationID
    /// Shown once; only its hash is kept.
    public let token: String
    public let expiresAt: Moment
}

/// What closing the account would do, said before it is done.
public struct ClosingView: Sendable, Equatable {
    /// Records that nobody else holds: they are closed.
    public let recordsClosed: [String]
    /// Records that others hold: the person leaves them.
    public let recordsLeft: [String]
    /// Records that others hold and only this person looks after: somebody else must be custodian first.
    public let recordsInTheWay: [String]
    /// Names of the applications whose grants end.
    public let grantsEnded: [String]
}

/// An application as its owner sees it.
public struct ApplicationDetail: Sendable, Equatable {
    public let application: ApplicationView
    public let state: ApplicationState
    public let redirectURIs: [String]
    public let webhookURL: String?
    public let noticeURL: String?
    public let interaction: InteractionModel
    public let countries: [String]
    public let life: GrantLife
    public let client: ClientTraits
    public let rules: RuleSet
    /// While the former secret still works.
    public let formerSecretUntil: Moment?
}

public struct RuleVersionView: Sendable, Equatable {
    public let rules: RuleSet
    /// The name of whoever published it; nil when the operator's command did.
    public let author: String?
    public let at: Moment
    /// Against the version before it.
    public let diff: RuleSetDiff
}

public struct RuleImpactView: Sendable, Equatable {
    public let diff: RuleSetDiff
    public let impact: RuleImpact
}

public struct RotatedSecret: Sendable, Equatable {
    /// Shown once; only its hash is kept.
    public let secret: String
    /// Until when the former one works; nil when it ended at once.
    public let formerUntil: Moment?
}

/// As whom the owner previews the consent page.
public enum PreviewedPerson: String, CaseIterable, Sendable {
    case firstTime = "first_time"
    case returning
}

/// Everything that a decision stood on, for the operator (`licet explain`).
public struct Explanation: Sendable, Equatable {
    public let question: Question
    public let facts: Facts
    public let at: Moment
    /// Asked about an earlier moment: everything is as it was then, but where the record lies and where the application serves.
    public let isPast: Bool
    public let ladder: [Rung]
    /// Nil when permitted.
    public let refusal: Refusal?
    public let types: DataTypeSet
    public let effective: EffectiveAccess?
    public let status: RecordStatus?
}
