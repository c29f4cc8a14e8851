// What the templates about records and the account are given; as in `PageContexts.swift`, facts and no sentences of a page.

struct RecordsPage: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let held: [RecordRow]
    let ended: [RecordRow]
    let relationships: [Choice]
    let nameValue: String
    let countryValue: String
    let endsOnValue: String
    let nameError: String?
    let relationshipError: String?
    let countryError: String?
    let endsOnError: String?
}

struct RecordRow: Sendable {
    let recordID: String
    let recordLabel: String
    let relationWords: String
    let isCustodian: Bool
    let accessWords: String
    let recordUntil: TimeText?
    let country: String?
    let isSuspended: Bool
}

/// One record in full.
struct RecordSheet: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let record: RecordRow
    let typeNames: [String]
    let doings: [String]
    let isInForce: Bool
    /// The viewer is custodian.
    let isYours: Bool
    /// The custodian's forms are there; who is custodian past their own end can only hand the record on.
    let mayChange: Bool
    let picture: PeoplePicture?
    let people: [HolderCard]
    let former: [FormerHolder]
    let receivers: [Receiver]
    let waiting: [InvitationRow]
    let invite: InviteForm
    let nameValue: String
    let countryValue: String
    let nameError: String?
    let countryError: String?
    let leaveError: String?
}

/// Who holds a record, drawn: the record in the middle, its people on both sides.
struct PeoplePicture: Sendable {
    let pictureWords: String
    let pictureHeight: Int
    let recordY: Int
    let dots: [PersonDot]
    /// People that did not fit.
    let moreCount: Int?
    let moreY: Int
}

struct PersonDot: Sendable {
    let dotX: Int
    let dotY: Int
    let labelY: Int
    let initial: String
    let dotLabel: String
    let isCustodianDot: Bool
}

struct HolderCard: Sendable {
    let number: Int
    let holderID: String
    let holderName: String
    let isYou: Bool
    let holderRelation: String
    let holderRelationship: String
    let holderIsCustodian: Bool
    /// As the form has it.
    let staysCustodian: Bool
    let holderAccess: String
    let holderUntil: TimeText?
    let holderEndsOn: String
    let holderTypes: [Choice]
    let holderDoings: [Choice]
    let holderFault: String?
}

struct FormerHolder: Sendable {
    let formerName: String
    let formerWords: String
}

struct InvitationRow: Sendable {
    let invitationID: String
    let invitedRelation: String
    let invitedIsCustodian: Bool
    let invitedAccess: String
    let invitedUntil: TimeText?
    let lapses: TimeText
}

struct InviteForm: Sendable {
    let inviteRelationships: [Choice]
    let inviteCategories: [Choice]
    let inviteTypes: [Choice]
    let inviteDoings: [Choice]
    let inviteCustodian: Bool
    let inviteEndsOn: String
    let relationshipFault: String?
    let typesFault: String?
    let doingsFault: String?
    let endsOnFault: String?
    let inviteFault: String?
}

struct InvitationMadePage: Sendable {
    let page: PageFrame
    let recordID: String
    let recordLabel: String
    /// Shown once.
    let invitation: String
    /// Where it is brought.
    let place: String
    let lapses: TimeText
    let given: [String]
}

struct InvitationEntryPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let tokenError: String?
}

struct RecordInvitationPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let invitationToken: String
    let recordLabel: String
    let invitedBy: String
    let relationWords: String
    let isCustodian: Bool
    let typeNames: [String]
    let isEveryType: Bool
    let doings: [String]
    let accessUntil: TimeText?
    let lapses: TimeText
    let isOpen: Bool
    /// What became of it; nil while it is open.
    let overWords: String?
}

struct AccountPage: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let login: String
    let hasRecoveryCode: Bool
    let currentError: String?
    let newError: String?
    let recoveryError: String?
    let recordsClosed: [String]
    let recordsLeft: [String]
    let recordsInTheWay: [String]
    let grantsEnded: [String]
    let mayClose: Bool
    let closeError: String?
}

struct AccountClosedPage: Sendable {
    let page: PageFrame
    /// A JWS in compact form.
    let erasureProof: String
    let erasureEntry: String
}

struct RecoveryCodePage: Sendable {
    let page: PageFrame
    let recoveryCode: String
}

struct RecoverPage: Sendable {
    let page: PageFrame
    var faultSummary: FaultSummary?
    var onward: OnwardWords?
    var loginValue = ""
    var loginError: String?
    var codeError: String?
    var newError: String?
}
