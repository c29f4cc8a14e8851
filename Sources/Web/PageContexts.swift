// What each template is given: facts only, unescaped; the sentences stand in the templates. The property names are the
// templates' keys. A key that may be absent is nil, for the templates take an empty text for something there.

/// What every page has around it.
struct PageFrame: Sendable {
    let title: String
    let signedIn: PageViewer?
    let formToken: String?
    /// Seconds until the page asks again; nil for pages that stand.
    var refreshSeconds: Int?
}

struct PageViewer: Sendable {
    let viewerName: String
    var viewerAudits = false
}

/// `words` for people, `machine` as RFC 3339.
struct TimeText: Sendable, Equatable {
    let words: String
    let machine: String
}

struct FaultSummary: Sendable {
    let heading: String
    let faults: [Fault]
}

/// `target` is the id of the input that is meant.
struct Fault: Sendable {
    let target: String
    let message: String
}

struct ApplicationCard: Sendable {
    let applicationName: String
    let applicationDescription: String?
    let organizationName: String
    let isSandbox: Bool
    let responsible: String
    let hosts: [String]
}

struct RuleCard: Sendable {
    let number: Int
    let ruleName: String
    let scopeToken: String
    let why: String
    /// The language of `why`, as HTML takes it.
    let whyLanguage: String
    let typeNames: [String]
    let doings: [String]
    let isOffline: Bool
    /// From when to when; empty where nothing is limited.
    var dates: [String] = []
    var isChecked = false
    /// False where the person's own access to the record does not reach.
    var isWithinReach = true
    /// What is wrong with the answer to this rule.
    var ruleFault: String?
}

/// One way to answer: a box to tick, a line of a list, a link to follow.
struct Choice: Sendable {
    let choiceID: String
    /// The field's name.
    let choiceField: String
    let choiceValue: String
    let choiceLabel: String
    let isChosen: Bool
}

struct HomeSignedOut: Sendable {
    let page: PageFrame
}

struct Home: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    /// False on the pages of older grants, which show nothing else.
    let isFirst: Bool
    /// Nil where there are none, or the person does not want to be told.
    let newAccesses: CountWords?
    let pending: [PendingRow]
    let active: [GrantRow]
    let ended: [GrantRow]
    /// The last grant shown, when there are older ones.
    let olderAfter: String?
    let imports: [ImportRow]
    let applications: [ApplicationRow]
    let invitationValue: String
    let invitationError: String?
}

struct ApplicationRow: Sendable {
    let applicationID: String
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
}

struct PendingRow: Sendable {
    let approvalID: String
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
    let closes: TimeText
}

struct GrantRow: Sendable {
    let grantID: String
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
    /// Nil for a person of one record.
    let forRecord: String?
    let typeNames: [String]
    let until: TimeText
    let isRevoked: Bool
    let over: TimeText?
    let itemsDelivered: String
}

struct ImportRow: Sendable {
    let importID: String
    let begun: TimeText
    let isRunning: Bool
    let isComplete: Bool
    let hasFailed: Bool
    let itemsKept: String
}

/// What a page before the sign-in carries on, as a field of a form or of an address.
struct OnwardWords: Sendable {
    let onwardField: String
    let onwardValue: String
    /// Else it is an invitation to a record.
    let isApproval: Bool
}

struct SignUpPage: Sendable {
    let page: PageFrame
    var faultSummary: FaultSummary?
    var onward: OnwardWords?
    var loginValue = ""
    var nameValue = ""
    var loginError: String?
    var nameError: String?
    var passwordError: String?
}

struct SignInPage: Sendable {
    let page: PageFrame
    var notice: String?
    var faultSummary: FaultSummary?
    var onward: OnwardWords?
    var loginValue = ""
    var loginError: String?
    var passwordError: String?
}

struct ImportFormPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let exportError: String?
    let uploadLimitWords: String
    /// The record's name; nil when the person holds none of their own to which they may add.
    let importedTo: String?
    let receivers: [Receiver]
}

/// A grant in force on a record, whoever gave it.
struct Receiver: Sendable {
    /// Nil for a grant that is somebody else's: only who gave it may change it.
    let grantID: String?
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
    let typeNames: [String]
    /// From when to when; empty where nothing is limited.
    let dates: [String]
    /// Nil for the viewer.
    let permittedBy: String?
    let receivesUntil: TimeText
}

struct ImportStatusPage: Sendable {
    let page: PageFrame
    let isRunning: Bool
    let isComplete: Bool
    let hasFailed: Bool
    let begun: TimeText
    let finished: TimeText?
    let bytesRead: Int64
    let bytesTotal: Int64
    let percent: Int
    let sizeWords: String
    let recordsRead: String
    let itemsKept: String
    let byType: [TypeCount]
    let remarks: [String]
    let recipients: [RecipientRow]
    let forNobody: CountWords?
    let failure: String?
}

struct TypeCount: Sendable {
    let typeName: String
    let typeItems: String
}

struct RecipientRow: Sendable {
    let applicationName: String
    let typeNames: [String]
    let recipientItems: String
}

struct CountWords: Sendable {
    let digits: String
    let isOne: Bool
}

struct ProblemPage: Sendable {
    let page: PageFrame
    let status: Int
    let problemTitle: String
    let problemDetail: String?
    let code: String
    let requestID: String
    let faults: [Fault]
    let wayOn: WayOn?
}

struct WayOn: Sendable {
    let href: String
    let label: String
}

struct ProblemCatalogue: Sendable {
    let page: PageFrame
    let problems: [ProblemRow]
}

struct ProblemRow: Sendable {
    let code: String
    let status: Int
    let problemTitle: String
    let oauthName: String
}
